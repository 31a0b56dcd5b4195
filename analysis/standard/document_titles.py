"""The documents' own titles, as they are printed on them: the only ones that stand inside 《》."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from questionnaires.pack import read_toml

FILE = Path(__file__).with_name("document_titles.toml")


@cache
def load_document_titles() -> Mapping[str, str]:
    """Title by the standard that restates the document; a standard of no known document is not there."""
    return read_toml(FILE)
