"""Text as it is typed on the command line: cleaned for every command in one place, as the console cleans its forms."""

import click

from questionnaires.text import clean_text


class _Text(click.types.StringParamType):
    """One line of text without what cannot be seen."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return clean_text(super().convert(value, param, ctx))


TEXT = _Text()


def clean_texts(command: click.Command) -> None:
    """Let the command, and all commands in it, take each text cleaned; paths stay as they are typed."""
    for param in command.params:
        if isinstance(param.type, click.types.StringParamType):
            param.type = TEXT
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            clean_texts(inner)
