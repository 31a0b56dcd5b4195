"""Respondent pages as bytes, with the one style sheet inside and a policy that allows nothing else."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from questionnaires.answers import Checked
from questionnaires.paper import GROUPS, load_paper
from survey_app.answering import Door

HERE = Path(__file__).parent
CSS = (HERE.parents[1] / "static" / "respondent.css").read_text(encoding="utf-8")
STYLE_HASH = b64encode(sha256(CSS.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
DAY = timedelta(days=1)
NOTHING_YET = Checked((), "", ())


class Sheet(NamedTuple):
    """All that a paper's page depends on: the same for every code of a round, group and kind."""

    paper: str
    group: str
    kind: str
    county: str
    organiser: str
    closes: datetime
    invented: bool


def sheet_behind(door: Door) -> Sheet:
    """The page that a door opens to."""
    return Sheet(door.paper, door.group, door.kind, door.county, door.organiser, door.closes, door.invented)


def say_moment(moment: datetime) -> str:
    """A moment as people say it, 11月20日 08:30."""
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def say_end(moment: datetime) -> str:
    """The moment until which something lasts: midnight belongs to the day that ends, 11月19日 24:00."""
    return say_moment(moment) if moment.time() > time.min else f"{say_moment(moment - DAY)[:-5]}24:00"


ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE.parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
ENVIRONMENT.filters |= {"moment": say_moment, "end": say_end}


def draw(name: str, *, group: str = "", invented: bool = False, **content: Any) -> bytes:
    """One page from its template; pupils are spoken to as children are."""
    you = "你" if group == "student" else "您"
    page = ENVIRONMENT.get_template(f"{name}.html")
    return page.render(css=CSS, you=you, group=group, invented=invented, **content).encode()


@cache
def draw_paper(sheet: Sheet) -> bytes:
    """The empty paper: drawn once for each sheet, not for each request."""
    return _draw_questions(sheet, NOTHING_YET, [])


def draw_again(sheet: Sheet, checked: Checked, *sentences: str) -> bytes:
    """The paper with all that was answered, each problem beside its question and `sentences` above them."""
    return _draw_questions(sheet, checked, [*sentences, *(one.sentence for one in checked.problems if not one.item)])


def _draw_questions(sheet: Sheet, checked: Checked, sentences: Sequence[str]) -> bytes:
    paper = load_paper(sheet.paper)
    names = {item: f"第 {number} 题" for number, item in enumerate(paper.item_ids, 1)}
    names |= {"remark": "留言"} if paper.remark else {}
    return draw(
        "paper",
        group=sheet.group,
        invented=sheet.invented,
        sheet=sheet,
        paper=paper,
        language=paper.language,
        filled_by=GROUPS[sheet.group],
        given=dict(zip(paper.item_ids, checked.answers, strict=False)),
        remark=checked.remark,
        sentences=sentences,
        by_item={one.item: one.sentence for one in checked.problems if one.item in names},
        names=names,
        may_skip=any(checked.answers) and not all(checked.answers),
    )
