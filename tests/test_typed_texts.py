"""Text on the command line: cleaned for every command as the console's forms are, paths left as they are typed."""

from collections.abc import Iterator

import click
import pytest

from survey_app.cli import survey

SEEN = "第一 小学 甲 乙"
TYPED = "\u202e第一\u200b \t小学\x07\x1c甲\x1b\ufeff\n乙\udc80"


def list_params(command: click.Command, called: str = "survey") -> Iterator[tuple[str, click.Parameter]]:
    """Every parameter of the command and of those in it, with how it is called."""
    yield from ((f"{called} {param.opts[0]}", param) for param in command.params)
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from list_params(inner, f"{called} {name}")


def take(param: click.Parameter) -> object:
    """What the command is given of the text; nothing where the option refuses it."""
    try:
        return param.type(TYPED, param)
    except (click.UsageError, ValueError):
        return None


def test_no_command_takes_a_text_that_was_not_cleaned() -> None:
    params = dict(list_params(survey))
    taken = {called: take(param) for called, param in params.items() if not isinstance(param.type, click.Path)}
    texts = {called: text for called, text in taken.items() if text is not None}
    assert {called: text for called, text in texts.items() if text != SEEN} == {}
    assert {"survey problem add --text", "survey user add name", "survey round open --county"} <= texts.keys()
    assert len(texts) > 60


@pytest.mark.parametrize("called", ["survey key try given", "survey judge --earlier", "survey proof add --dir"])
def test_a_path_is_what_was_typed(called: str) -> None:
    param = dict(list_params(survey))[called]
    assert str(param.type("表  一\u200b.csv", param)) == "表  一\u200b.csv"
