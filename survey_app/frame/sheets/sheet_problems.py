"""What is wrong with a sheet: sentences that know their place."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from survey_app.core.errors import Fact, SurveyError

SENTENCES: dict[str, Any] = read_toml(Path(__file__).parent / "sentences.toml")


class TemplateWords(Struct, frozen=True, kw_only=True):
    """What an empty sheet says beside its columns; `types`: what may stand in a cell, by the column's type."""

    sheet: str
    heading: list[str]
    needed: str
    guide: str
    answers: str
    other_units: str
    types: dict[str, str]
    codings: dict[str, str]
    beside: list[str]
    answered: str


TEMPLATE_WORDS = convert(SENTENCES["template"], TemplateWords)


def say(section: str, name: str, **details: object) -> str:
    """The Chinese sentence of that name, with its blanks filled in."""
    return str(SENTENCES[section][name]).format(**details)


class Problem(Fact):
    """One sentence with its place in front of it, and the same in parts.

    `sheet` is the worksheet (the file's name for CSV), `row` as the person sees it (the first row is 1,
    0 means the file as a whole), `column` as written in the file with its letter, or empty for a whole row.
    """

    sheet: str
    row: int
    column: str
    sentence: str

    def __new__(cls, sheet: str, row: int, column: str, sentence: str, *, fact: str = "") -> Self:
        """The sentence with its place in front; `fact` where each edge says what can be done about it."""
        form = "place" if column else "place_row" if row else "place_file"
        text = SENTENCES[form].format(sheet=sheet, row=row, column=column, sentence=sentence)
        problem = super().__new__(cls, fact, text)
        problem.sheet = sheet
        problem.row = row
        problem.column = column
        problem.sentence = sentence
        return problem


class SheetError(SurveyError):
    """A sheet was refused whole; `problems` are all there are, by row."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]):
        super().__init__(*sorted(problems, key=lambda problem: problem.row))


class BadCellError(ValueError):
    """A cell cannot be read; the message is the sentence for the person."""
