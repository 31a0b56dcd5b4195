"""Sentences: the Chinese that analysis says, each once, in `sentences.toml`."""

from functools import cache
from pathlib import Path

from questionnaires.pack import read_toml

FILE = Path(__file__).with_name("sentences.toml")


def say(key: str, **facts: object) -> str:
    """A sentence by its table and name, with what it is about filled in.

    >>> say("schools.no_pupils")
    '没有填在校学生数。'
    """
    table, _, name = key.partition(".")
    return str(load_sentences(table)[name]).format(**facts)


@cache
def load_sentences(table: str) -> dict[str, str]:
    """The sentences of one table by name."""
    found: dict[str, str] = read_toml(FILE)[table]
    return found
