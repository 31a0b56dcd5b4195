"""How another platform's file is to be read: its heads, its words, what it leaves out, and its coding of answers."""

import re
from pathlib import Path
from typing import Literal
from unicodedata import normalize

from pydantic import Field

from questionnaires.pack import Pack, PackError, read_pack
from questionnaires.text import clean_text
from survey_app.core.errors import SurveyError
from survey_app.frame.sheets.cell_reading import bare_option
from survey_app.frame.sheets.grids import Cell

Coding = Literal["best-is-5", "best-is-1"]
BARE_NUMBER = re.compile(r"[1-6](?:\.0+)?")
TURNED = {"1": "5", "2": "4", "3": "3", "4": "2", "5": "1", "6": "9"}  # the sixth option is 不了解
ANSWERS = "answer"
READY = Path(__file__).parent / "mappings"


class Mapping(Pack):
    """`columns`: head as written to column; `values`: column, then word as written to value (`answer`: of every item);
    `fixed`: column to the value that holds for every row; `coding`: which number is the best, None where the file must
    say so itself; `source`: which survey of another platform it is, where several number their rows alike. A ready one
    has a `title`, and the `kinds` of sheets it is for.
    """

    title: str = ""
    kinds: tuple[str, ...] = ()
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    fixed: dict[str, str] = Field(default_factory=dict)
    coding: Coding | None = None
    source: str = ""

    def with_coding(self, coding: Coding | None) -> "Mapping":
        """The same with the coding that a person stated, where they did."""
        return self.model_copy(update={"coding": coding}) if coding else self

    def heads_of(self, column: str) -> tuple[str, ...]:
        """The heads that were assigned to a column."""
        return tuple(head for head, name in self.columns.items() if name == column)

    def words_of(self, column: str, *, is_item: bool) -> dict[str, str]:
        """The words that were assigned values in a column; those of answers hold for every item."""
        return (self.values.get(ANSWERS, {}) if is_item else {}) | self.values.get(column, {})

    def joined(self, later: "Mapping") -> "Mapping":
        """This one and a later one, which holds where both say something."""
        columns = {**self.values, **later.values}
        return Mapping(
            columns=self.columns | later.columns,
            values={column: self.values.get(column, {}) | later.values.get(column, {}) for column in columns},
            fixed=self.fixed | later.fixed,
            coding=later.coding or self.coding,
            source=later.source or self.source,
        )

    def for_kind(self, kind: str) -> "Mapping":
        """Itself for a sheet that it is meant for, nothing for another; one that names no kinds is for every sheet."""
        return self if not self.kinds or kind in self.kinds else Mapping()

    @property
    def says_something(self) -> bool:
        """Whether it assigns anything at all."""
        return bool(self.columns or self.values or self.fixed or self.coding)


def load_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file, or a ready one by its name; raises SurveyError with what is wrong in it."""
    ready = READY / f"{path.name}.toml"
    try:
        return read_pack(path if path.suffix or not ready.exists() else ready, Mapping)
    except PackError as error:
        raise SurveyError(*getattr(error, "problems", error.args)) from error
    except OSError as error:
        raise SurveyError(f"{path.name}：打不开这个文件，请检查路径和权限。") from error


def list_ready(kind: str) -> dict[str, str]:
    """The ready mappings for a kind of sheet: their names and titles."""
    ready = {path.stem: load_mapping(Path(path.stem)) for path in sorted(READY.glob("*.toml"))}
    return {name: mapping.title for name, mapping in ready.items() if kind in mapping.kinds}


def is_bare_number(cell: Cell) -> bool:
    """Whether an answer is a number whose direction nobody can see, however it is written.

    >>> [is_bare_number(cell) for cell in ("1", "５", "\u200b2", "A.1", "1(5分)", "满意(4分)", "9")]
    [True, True, True, True, True, False, False]
    """
    return BARE_NUMBER.fullmatch(plain_option(cell)) is not None


def turn_number(cell: Cell) -> Cell:
    """The number of an option, counted from the best, as the code that is highest for the best.

    >>> turn_number("1"), turn_number("2.0"), turn_number("６"), turn_number("满意")
    ('5', '4', '9', '满意')
    """
    return TURNED[plain_option(cell)[0]] if is_bare_number(cell) else cell


def plain_option(cell: Cell) -> str:
    """An option without the letter before it, the points behind it, and characters that are not seen."""
    return bare_option(normalize("NFKC", clean_text(str(cell))).strip())
