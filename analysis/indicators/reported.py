"""Reported rows: what schools hand in, and each section as it is judged; what was left blank is None."""

import pandas as pd
from msgspec import Struct, field

ReportedCell = str | float | bool | None
TableRow = dict[str, ReportedCell]


class ListedSchool(Struct, frozen=True, kw_only=True):
    """One row of the table of schools; `parent` is the school that a teaching point belongs to."""

    code: str
    name: str = ""
    kind: str
    parent: str = ""
    locale: str = ""
    built_year: float | None = None


class ResourceRow(Struct, frozen=True, kw_only=True):
    """One row of resources: a school's stage, or the whole school; amounts by column."""

    school: str
    stage: str
    amounts: dict[str, float | None]


class SchoolCounts(Struct, frozen=True, kw_only=True):
    """What was reported of a section's size, classes and rooms; `rooms_of` is the stage, or `whole` where shared."""

    size: float | None = None
    classes: float | None = None
    largest_class: float | None = None
    classes_over: float | None = None
    classes_56: float | None = None
    classes_66: float | None = None
    rooms_of: str = ""
    music_rooms: float | None = None
    art_rooms: float | None = None
    music_rooms_all: float | None = None
    art_rooms_all: float | None = None

    def rooms(self, kind: str) -> float | None:
        """Rooms large enough, by `music_rooms` or `art_rooms`; with `_all`, those of any size too."""
        found: float | None = getattr(self, kind)
        return found


class Section(Struct, frozen=True, kw_only=True):
    """The primary or junior part of a school as it is judged; values per pupil (or hundred) by indicator."""

    school: str
    name: str = ""
    kind: str
    stage: str
    locale: str = ""
    pupils: float | None = None
    values: dict[str, float | None] = field(default_factory=dict)
    counts: SchoolCounts = SchoolCounts()

    @property
    def key(self) -> tuple[str, str]:
        """The school's code and the stage."""
        return self.school, self.stage


def table_rows(table: pd.DataFrame) -> list[TableRow]:
    """The rows of a table by column, every blank (NaN or "") as None.

    >>> table_rows(pd.DataFrame({"school": ["P01", ""], "pupils": [200.0, float("nan")]}))
    [{'school': 'P01', 'pupils': 200.0}, {'school': None, 'pupils': None}]
    """
    names = [str(name) for name in table.columns]
    columns = [
        [None if empty or cell == "" else cell for cell, empty in zip(column.tolist(), blank, strict=True)]
        for (_, column), blank in zip(table.items(), table.isna().to_numpy().T.tolist(), strict=True)
    ]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def read_schools(table: pd.DataFrame) -> list[ListedSchool]:
    """The table of schools, one record a row."""
    return [
        ListedSchool(
            code=str(row.get("code")),
            name=text_of(row.get("name")),
            kind=text_of(row.get("kind")),
            parent=text_of(row.get("parent_school")),
            locale=text_of(row.get("locale")),
            built_year=None if isinstance(year := row.get("built_year"), str) else year,
        )
        for row in table_rows(table)
    ]


def read_resources(table: pd.DataFrame) -> list[ResourceRow]:
    """The table of resources, one record a row; columns that hold texts are left out."""
    return [
        ResourceRow(
            school=str(row.get("school")),
            stage=str(row.get("stage")),
            amounts={name: cell for name, cell in row.items() if not isinstance(cell, str)},
        )
        for row in table_rows(table)
    ]


def text_of(cell: ReportedCell) -> str:
    """A cell as a text; nothing for a blank."""
    return "" if cell is None else str(cell)
