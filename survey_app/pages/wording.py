"""The words of the pages: Chinese in the templates, every other language laid over them from one file."""

import tomllib
from calendar import month_name
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from questionnaires.vocabulary import Group, words

TEMPLATES = Path(__file__).parents[1] / "templates"
OWN = "zh-CN"
DAY = timedelta(days=1)


class Overlay(msgspec.Struct, frozen=True):
    """A language laid over the templates: its name in itself, and its sentence for each Chinese one."""

    name: str
    sentences: dict[str, str]


@cache
def list_languages() -> dict[str, str]:
    """The languages the pages speak, each by the name it has in itself; other files of words lie beside them."""
    known = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(TEMPLATES.glob("*.toml"))}
    spoken = {language: words for language, words in known.items() if "sentences" in words}
    return {OWN: "中文"} | {language: msgspec.convert(words, Overlay).name for language, words in spoken.items()}


@cache
def load_sentences(language: str) -> dict[str, str]:
    """The overlay's sentence for each Chinese one."""
    text = (TEMPLATES / f"{language}.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Overlay).sentences


@cache
def load_environment(language: str) -> Environment:
    """The templates in one language; a sentence that its overlay lacks stays Chinese."""
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
    moment = say_moment if language == OWN else say_moment_abroad
    environment.filters |= {"moment": moment, "end": lambda when: say_end(when, moment), "group": words(Group).get}
    return environment


def _say(language: str) -> Callable[[str], str]:
    if language == OWN:
        return str
    sentences = load_sentences(language)
    return lambda sentence: sentences.get(sentence, sentence)


def say_moment(moment: datetime) -> str:
    """A moment as people say it, 11月20日 08:30."""
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def say_moment_abroad(moment: datetime) -> str:
    """A moment as the overlays say it, 20 November 08:30."""
    return f"{moment.day} {month_name[moment.month]} {moment:%H:%M}"


def say_end(moment: datetime, say: Callable[[datetime], str]) -> str:
    """The moment until which something lasts: midnight belongs to the day that ends, 11月19日 24:00."""
    return say(moment) if moment.time() > time.min else f"{say(moment - DAY)[:-5]}24:00"
