"""What is said of a database that is named wrongly or cannot be had, from `database_words.toml`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("database_words.toml")


@cache
def load_database_words() -> dict[str, Any]:
    """The sentences by what is wrong; those for SQLite and PostgreSQL by the names and numbers of their errors."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def say_database(name: str, /, **facts: object) -> str:
    """One sentence with what it is about filled in."""
    return str(load_database_words()[name]).format(**facts)
