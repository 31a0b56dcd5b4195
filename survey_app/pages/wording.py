"""The words of the pages: Chinese in the templates, every other language laid over them from one file."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from questionnaires.answers import SENTENCES
from questionnaires.vocabulary import Group, words
from reports.setting.moments import say_end, say_moment
from survey_app.answering.writer import NOT_STORED

TEMPLATES = Path(__file__).parents[1] / "templates"
OWN = "zh-CN"
PAUSED = "调查暂时停一停，刚才没有保存。请过一会儿再提交一次，不会重复计数。"
_WORDS = tomllib.loads((TEMPLATES / "minutes.toml").read_text(encoding="utf-8"))
MINUTES = {int(minutes): str(said) for minutes, said in _WORDS.items()}
"""How a median of so many minutes is said, in Chinese."""


class Overlay(msgspec.Struct, frozen=True):
    """A language laid over the templates: its name in itself, and its sentences."""

    name: str
    sentences: dict[str, str]


@cache
def list_languages() -> dict[str, str]:
    """The languages the pages speak, each by the name it has in itself; other files of words lie beside them."""
    whole = [language for language in list_overlays() if not find_gaps(language) and find_locale(language)]
    return {OWN: "中文"} | {language: load_overlay(language).name for language in whole}


def list_overlays() -> list[str]:
    """The languages that have an overlay, whole or not."""
    known = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(TEMPLATES.glob("*.toml"))}
    return [language for language, words in known.items() if "sentences" in words]


def find_gaps(language: str) -> list[str]:
    """The sentences that an overlay lacks, or that the pages do not say: with any of them it is not offered."""
    return sorted(set(load_sentences(language)) ^ list_sentences())


def language_problems() -> list[str]:
    """A sentence for each that keeps a language from being offered."""
    found = list_overlays()
    without_dates = [
        f"{name}.toml: CLDR has no dates in this language: not offered" for name in found if not find_locale(name)
    ]
    return without_dates + [
        f"{language}.toml: sentences: {sentence!r} stands in the pages or in the overlay alone: not offered"
        for language in found
        for sentence in find_gaps(language)
    ]


@cache
def find_locale(language: str) -> Locale | None:
    """What CLDR knows of a language: how it says a date, and where it begins to read."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


@cache
def list_sentences() -> frozenset[str]:
    """Every sentence that the pages say in Chinese."""
    extract = load_environment(OWN).extract_translations  # type: ignore[attr-defined]
    found = (message for path in TEMPLATES.glob("*.html") for _, _, message in extract(path.read_text("utf-8")))
    said = {message if isinstance(message, str) else message[0] for message in found if message}
    return frozenset(
        said | {*SENTENCES.values(), *(group.zh for group in Group), NOT_STORED, PAUSED, *MINUTES.values()}
    )


@cache
def load_overlay(language: str) -> Overlay:
    """A language's words, whole or not."""
    return msgspec.toml.decode((TEMPLATES / f"{language}.toml").read_text(encoding="utf-8"), type=Overlay)


def load_sentences(language: str) -> dict[str, str]:
    """The overlay's sentence for each Chinese one."""
    return load_overlay(language).sentences


def direction_of(language: str) -> str:
    """Where a language begins to read."""
    locale = find_locale(language)
    return locale.text_direction if locale else "ltr"


@cache
def load_environment(language: str) -> Environment:
    """The templates in one language; one that lacks a sentence is not offered (`list_languages`)."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    say = _say(language)
    environment.install_gettext_callables(say, lambda one, many, n: say(one if n == 1 else many), newstyle=True)  # type: ignore[attr-defined]
    moment = say_moment if language == OWN else partial(say_moment_abroad, language)
    environment.filters |= {"moment": moment, "end": lambda when: say_end(when, moment), "group": words(Group).get}
    environment.filters["unbroken"] = Markup('<span class="when">{}</span>').format
    return environment


def _say(language: str) -> Callable[[str], str]:
    if language == OWN:
        return str
    sentences = load_sentences(language)
    return lambda sentence: sentences.get(sentence, sentence)


def say_minutes(minutes: int) -> str:
    """How long a paper takes, for the template to say in its language; what nobody measured is two minutes.

    >>> say_minutes(0), say_minutes(3), say_minutes(6)
    ('约两分钟', '约三分钟', '五分钟以上')
    """
    return MINUTES[minutes if minutes in MINUTES else 2]


def say_moment_abroad(language: str, moment: datetime) -> str:
    """A moment as another language says it by CLDR.

    >>> say_moment_abroad("en", datetime(2026, 11, 20, 8, 30)), say_moment_abroad("fr", datetime(2026, 12, 1, 8))
    ('November 20 08:30', '1 décembre 08:00')
    """
    return f"{format_skeleton('MMMMd', moment.date(), locale=find_locale(language))} {moment:%H:%M}"
