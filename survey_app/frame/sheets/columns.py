"""The kinds of sheets and their columns, as kinds/*.toml and vocabularies.toml describe them."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from analysis.indicators.raw_figures import load_raw_figures
from questionnaires.pack import Pack, read_pack
from questionnaires.paper import list_papers, load_paper
from questionnaires.vocabulary import (
    DrawMethod,
    DrawnUnit,
    Group,
    Locale,
    Ownership,
    ProblemSource,
    Role,
    SchoolKind,
    Stage,
    Term,
)

FOLDER = Path(__file__).parent
KINDS = (
    "schools",
    "resources",
    "county",
    "frame",
    "responses",
    "mergers",
    "sample",
    "problems",
    "figures",
    "scores",
    "accounts",
    "follow_ups",
)


class Vocabularies(Pack):
    """Words accepted for each value, and units with how many of the column's own unit one of them is."""

    words: dict[str, dict[str, tuple[str, ...]]]
    units: dict[str, dict[str, Fraction]]


RAW_FIGURES = "raw_figure"
VOCABULARIES = read_pack(FOLDER / "vocabularies.toml", Vocabularies)
CLOSED_LISTS: dict[str, type[Term]] = {
    "kind": SchoolKind,
    "stage": Stage,
    "locale": Locale,
    "ownership": Ownership,
    "group": Group,
    "drawn_unit": DrawnUnit,
    "method": DrawMethod,
    "problem_source": ProblemSource,
    "role": Role,
}


def accepted_words(vocabulary: str) -> dict[str, tuple[str, ...]]:
    """The values of a vocabulary, each with the words accepted for it; the first is the one that is shown.

    A closed list of the project gives values and first words, vocabularies.toml what else people write.
    """
    if vocabulary == RAW_FIGURES:
        return {name: (figure.zh,) for name, figure in load_raw_figures().figures.items()}
    also = VOCABULARIES.words.get(vocabulary, {})
    if vocabulary not in CLOSED_LISTS:
        return also
    return {term.value: (term.zh, *also.get(term.value, ())) for term in CLOSED_LISTS[vocabulary]}


class Column(Pack):
    """One column: `needed` says whether it may be absent and whether its cells may be empty.

    `instead` are heads that stand for it where no other does, `assigned` those that a person gave it; the cells of one
    `of_schools` name a school, by its code, full name or 标识码.
    """

    name: str = ""
    zh: str = ""
    names: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    of_schools: bool = False
    type: Literal["key", "text", "choice", "grade", "answer", "count", "amount", "measure", "year", "duration"]
    needed: Literal["cell", "column", "no"] = "no"
    vocabulary: str = ""
    unit: str = "none"
    default: str = ""
    note: str = ""
    only: frozenset[str] = frozenset()

    @property
    def is_text(self) -> bool:
        """Whether the table holds text, and "" where the cell is empty."""
        return self.type in ("key", "text", "choice")

    @property
    def is_whole(self) -> bool:
        """Whether the table holds whole numbers without gaps."""
        return self.type == "answer" or (self.type == "count" and (self.needed == "cell" or self.default != ""))

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.zh or self.name

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The values of a closed vocabulary (`only` those, where any are named), each with the words accepted."""
        words = accepted_words(self.vocabulary)
        return {value: words[value] for value in words if value in self.only} if self.only else words

    @property
    def units(self) -> dict[str, Fraction]:
        """The units that may stand in brackets after the header."""
        return VOCABULARIES.units[self.unit]


class Kind(Pack):
    """A kind of sheet: its columns in order and what must hold between them."""

    title: str
    columns: dict[str, Column]
    item: Column | None = None
    items_before: str = ""
    unique: tuple[str, ...] = ()
    at_most: tuple[tuple[str, ...], ...] = ()
    lowest_grade: dict[str, int] = Field(default_factory=dict)
    stage_grades: dict[str, tuple[int, int]] = Field(default_factory=dict)
    class_sizes: dict[str, int] = Field(default_factory=dict)
    year_columns: tuple[str, ...] = ()
    veto_prefix: str = ""
    largest_class: int | None = None
    footers: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    own_number: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


@cache
def load_kind(name: str) -> Kind:
    """The description of a kind of sheet."""
    return read_pack(FOLDER / "kinds" / f"{name}.toml", Kind)


@cache
def _item_texts() -> dict[str, tuple[str, ...]]:
    """What the papers ask under each item's id; a platform's download has these texts as its heads."""
    texts: dict[str, dict[str, None]] = {}
    for paper in map(load_paper, list_papers()):
        for item in paper.items:
            texts.setdefault(item.id, {})[item.text] = None
    return {item: tuple(said) for item, said in texts.items()}


def list_columns(kind: Kind, items: Sequence[str]) -> list[Column]:
    """The columns of a kind in their order, with one for each item of the paper where it has such."""
    columns: list[Column] = []
    for name, column in kind.columns.items():
        if kind.item and name == kind.items_before:
            texts = _item_texts()
            columns += [kind.item.model_copy(update={"name": item, "names": texts.get(item, ())}) for item in items]
        columns.append(column.model_copy(update={"name": name}))
    return columns
