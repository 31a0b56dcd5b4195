"""What a wrong call is told: one Chinese sentence that names the option and what it takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import click

CLICKS = re.compile(r"(is|does) not ")
"""In what click says of a value; a sentence of our own callbacks has none of it."""
SENTENCES = Path(__file__).with_name("wrong_calls.toml")


def say_wrong_call(error: click.UsageError) -> str:
    """The sentence for what click found wrong; its own words where there is none for it."""
    said: dict[str, str] = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    if isinstance(error, click.NoSuchOption):
        return said["no_such_option"].format(option=error.option_name)
    param = getattr(error, "param", None)
    if not isinstance(error, click.BadParameter) or param is None:
        return " ".join(error.format_message().split())
    option = param.opts[-1] if isinstance(param, click.Option) else str(param.human_readable_name)
    if isinstance(error, click.MissingParameter):
        return said["missing"].format(option=option)
    takes = _say_type(param.type, said) if CLICKS.search(error.message) else ""
    return said["wrong"].format(option=option, takes=takes or " ".join(error.message.split()))


def _say_type(kind: click.ParamType[Any], said: dict[str, str]) -> str:
    """What an option takes, or nothing for a type without a sentence."""
    if isinstance(kind, click.Choice):
        return said["choice"].format(choices="、".join(str(choice) for choice in kind.choices))
    if isinstance(kind, click.IntRange):
        return said["whole"].format(bounds=_say_bounds(kind.min, kind.max, said))
    if isinstance(kind, click.FloatRange):
        return said["share" if kind.min_open else "number"].format(bounds=_say_bounds(kind.min, kind.max, said))
    names = {"integer": "whole", "float": "number"}
    return said[names[kind.name]].format(bounds="") if kind.name in names else ""


def _say_bounds(least: float | None, most: float | None, said: dict[str, str]) -> str:
    if least is not None and most is not None:
        return said["between"].format(least=f"{least:.15g}", most=f"{most:.15g}")
    if least is not None:
        return said["at_least"].format(least=f"{least:.15g}")
    return said["at_most"].format(most=f"{most:.15g}") if most is not None else ""
