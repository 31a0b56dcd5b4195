"""Console pages from their templates, with the one style sheet and the one script inside."""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from questionnaires.vocabulary import (
    BatchState,
    CodeKind,
    Group,
    HandOverMeans,
    JobKind,
    JobState,
    Locale,
    ReportedStage,
    Role,
    RoundState,
    Verdict,
    words,
)
from reports.setting.figures import percent, whole_percent
from reports.setting.moments import say_end, say_moment
from survey_app.pages.console.watch_charts import draw_bar
from survey_app.pages.response_headers import page_headers
from survey_app.rounds.draft import read_time
from survey_app.rounds.round_words import name_actor

ROOT = Path(__file__).parents[2]
STATIC = ROOT.parent / "static"
TEMPLATES = ROOT / "templates" / "console"
CSS = (STATIC / "console.css").read_text(encoding="utf-8")
SCRIPT = (STATIC / "console.js").read_text(encoding="utf-8")
NOT_SAID = {"": "未注明"}
STAGES = words(ReportedStage) | NOT_SAID
LOCALES = words(Locale) | NOT_SAID
HEADERS = page_headers(CSS, SCRIPT, sounds="'self'")


def draw(template: str, /, **content: Any) -> bytes:
    """One page from its template."""
    return load_templates().get_template(f"{template}.html").render(css=CSS, script=SCRIPT, **content).encode()


@cache
def load_words(name: str) -> dict[str, str]:
    """A table of the words that pages say: names of views, of files."""
    words: dict[str, str] = tomllib.loads((TEMPLATES / "words.toml").read_text(encoding="utf-8"))[name]
    return words


@cache
def load_advice() -> dict[str, str]:
    """What pages add to a fact: what their own users can do."""
    return tomllib.loads((TEMPLATES / "advice.toml").read_text(encoding="utf-8"))


def draw_text(name: str, **content: Any) -> str:
    """A text to paste elsewhere, from its template."""
    return load_templates().get_template(f"{name}.txt").render(**content).strip()


@cache
def load_templates() -> Environment:
    """The console's templates and the words they share."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: bool(name and name.endswith(".html")),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "moment": say_moment,
        "actor": name_actor,
        "end": say_end,
        "span": say_span,
        "local": write_local,
        "share": say_share,
        "one": lambda number: "—" if number != number else f"{number:.1f}",
        "group": words(Group).get,
        "percent": percent,
        "whole": whole_percent,
        "band": lambda band: f"{band.replace('-', '—')}年级" if band else "不分年级",
    }
    environment.globals |= {
        "bar": draw_bar,
        "groups": words(Group),
        "roles": words(Role),
        "states": words(RoundState),
        "batches": words(BatchState),
        "kinds": words(CodeKind),
        "job_states": words(JobState),
        "job_kinds": words(JobKind),
        "code_kinds": load_words("codes"),
        "unit_kinds": {kind: word for kind, word in load_words("codes").items() if kind != JobKind.USUAL},
        "means": words(HandOverMeans),
        "stages": STAGES,
        "locales": LOCALES,
        "verdicts": words(Verdict),
    }
    return environment


def write_local(text: str) -> str:
    """A moment as a field for date and time holds it; what is none stays as it was typed.

    >>> write_local("2025-11-20 08:00"), write_local("soon")
    ('2025-11-20T08:00', 'soon')
    """
    moment = read_time(text)
    return f"{moment:%Y-%m-%dT%H:%M}" if moment else text


def say_share(share: float) -> str:
    """A share of the target in whole percent, downwards: 100 % is said only when it is reached.

    >>> say_share(0.999), say_share(1.2), say_share(float("nan"))
    ('99%', '120%', '—')
    """
    return "—" if share != share else f"{int(share * 100 + 1e-9)}%"


def say_span(span: timedelta) -> str:
    """How long, in days and hours.

    >>> say_span(timedelta(days=3, hours=4, minutes=50)), say_span(timedelta(minutes=50))
    ('3天4小时', '50分钟')
    """
    minutes = max(0, int(span.total_seconds())) // 60
    days, hours = divmod(minutes // 60, 24)
    if not days and not hours:
        return f"{minutes}分钟"
    return (f"{days}天" if days else "") + (f"{hours}小时" if hours else "")


def until(closes: datetime, now: datetime) -> timedelta:
    """The time that is left."""
    return max(timedelta(0), closes - now)
