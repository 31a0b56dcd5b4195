"""The lines that commands print, from `command_lines.toml`."""

from functools import cache
from pathlib import Path

from questionnaires.pack import read_toml

FILE = Path(__file__).with_name("command_lines.toml")


@cache
def load_command_lines() -> dict[str, str]:
    """The lines by their names."""
    return read_toml(FILE)


def say_command(name: str, /, **facts: object) -> str:
    """One line with what it is about filled in."""
    return load_command_lines()[name].format(**facts)
