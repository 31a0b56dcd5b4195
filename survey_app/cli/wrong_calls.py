"""What a wrong call is told: one Chinese sentence that names what to mend, and the command whose help says more."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

OURS = re.compile("[\u4e00-\u9fff]")
"""How a sentence of our own callbacks begins; click's begin in English or with the value."""
EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
SENTENCES = Path(__file__).with_name("wrong_calls.toml")


class Called(NamedTuple):
    """The command that was called, and what to type for it."""

    command: click.Command
    path: str


def say_wrong_call(error: click.UsageError, ctx: click.Context, words: Sequence[str] = ()) -> str:
    """The sentence for what click found wrong, with the help to read; `words`: what was typed after the program."""
    said: dict[str, str] = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    called = Called(error.ctx.command, error.ctx.command_path) if error.ctx else _find_called(ctx, words)
    return _say_wrong(error, called, said) + said["usage"].format(path=called.path)


def _find_called(ctx: click.Context, words: Sequence[str]) -> Called:
    """The command that the first words lead to; click's parser does not tell which one it read for."""
    called = Called(ctx.command, ctx.command_path)
    for word in words:
        inner = called.command.get_command(ctx, word) if isinstance(called.command, click.Group) else None
        if inner is None:
            break
        called = Called(inner, f"{called.path} {word}")
    return called


def _say_wrong(error: click.UsageError, called: Called, said: dict[str, str]) -> str:
    """The sentence by the kind of error; click's own words where there is none for it."""
    match error:
        case click.NoSuchOption():
            return _say_no_option(error, called, said)
        case click.exceptions.NoSuchCommand():
            return _say_no_command(error.command_name, called, said)
        case click.BadOptionUsage():
            return _say_values(error.option_name, called, said)
        case click.BadParameter(param=click.Parameter() as param):
            return _say_value(error, param, said)
    if found := EXTRA.match(error.message):
        return said["extra"].format(extra=_on_one_line(found[1]))
    return _on_one_line(error.format_message())


def _say_no_option(error: click.NoSuchOption, called: Called, said: dict[str, str]) -> str:
    if isinstance(called.command, click.Group):
        return said["option_too_early"].format(option=error.option_name, path=called.path)
    if error.possibilities:
        return said["near_option"].format(option=error.option_name, near=error.possibilities[0])
    return said["no_such_option"].format(option=error.option_name)


def _say_no_command(name: str, called: Called, said: dict[str, str]) -> str:
    from difflib import get_close_matches

    assert isinstance(called.command, click.Group)
    near = get_close_matches(name, called.command.list_commands(click.Context(called.command)), 1)
    return said["near_command" if near else "no_such_command"].format(command=_on_one_line(name), near="".join(near))


def _say_values(option: str, called: Called, said: dict[str, str]) -> str:
    """Too few values, or one for a flag, which takes none."""
    param = next((param for param in called.command.params if option in param.opts), None)
    if not isinstance(param, click.Option) or param.is_flag:
        return said["takes_no_value"].format(option=option)
    takes = _say_type(param.type, said)
    return said["needs_kind" if takes else "needs_values"].format(option=option, count=param.nargs, takes=takes)


def _say_value(error: click.BadParameter, param: click.Parameter, said: dict[str, str]) -> str:
    option = param.opts[-1] if isinstance(param, click.Option) else str(param.human_readable_name)
    if isinstance(error, click.MissingParameter):
        return said["missing"].format(option=option)
    takes = "" if OURS.match(error.message) else _say_type(param.type, said)
    return said["wrong"].format(option=option, takes=takes or _on_one_line(error.message))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _say_type(kind: click.ParamType[Any], said: dict[str, str]) -> str:
    """What an option takes, or nothing for a type without a sentence."""
    if isinstance(kind, click.Choice):
        return said["choice"].format(choices="、".join(str(choice) for choice in kind.choices))
    if isinstance(kind, click.IntRange):
        return said["whole"].format(bounds=_say_bounds(kind.min, kind.max, said))
    if isinstance(kind, click.FloatRange):
        return said["share" if kind.min_open else "number"].format(bounds=_say_bounds(kind.min, kind.max, said))
    if isinstance(kind, click.Path):
        return said[_name_path(kind)] if not (kind.file_okay and kind.dir_okay) else ""
    if isinstance(kind, click.Tuple):
        parts = [(number, _say_type(part, said)) for number, part in enumerate(kind.types, start=1)]
        return "".join(said["part"].format(number=number, takes=takes) for number, takes in parts if takes)
    names = {"integer": "whole", "float": "number", "datetime": "moment"}
    return said[names[kind.name]].format(bounds="") if kind.name in names else ""


def _name_path(kind: click.Path) -> str:
    if kind.file_okay:
        return "file"
    return "folder_there" if kind.exists else "folder"


def _say_bounds(least: float | None, most: float | None, said: dict[str, str]) -> str:
    if least is not None and most is not None:
        return said["between"].format(least=f"{least:.15g}", most=f"{most:.15g}")
    if least is not None:
        return said["at_least"].format(least=f"{least:.15g}")
    return said["at_most"].format(most=f"{most:.15g}") if most is not None else ""
