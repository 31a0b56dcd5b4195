"""Rows of a sheet as people read them: heads and closed lists in words, schools with their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from survey_app.frame.sheets.columns import Column, load_kind

APART = "/"
UNNAMED = ("unit", "school")


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """One row: its `key`, what its school is called, and its cells in the order of the columns, for people."""

    key: str
    name: str
    cells: tuple[str, ...]

    def holds(self, text: str) -> bool:
        """Whether a text stands somewhere in the row."""
        return any(text in cell for cell in (self.name, *self.cells))


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """The columns in which something stands, by name, and the rows."""

    columns: Mapping[str, str]
    rows: tuple[ShownRow, ...]

    @property
    def named(self) -> bool:
        """Whether a row has a school's name beside its code."""
        return any(row.name for row in self.rows)


def show_table(kind: str, table: pd.DataFrame, keys: tuple[str, ...], names: Mapping[str, str]) -> ShownTable:
    """The table for people; `names` are the schools' by their codes."""
    columns = {name: column for name, column in load_kind(kind).columns.items() if name in table}
    filled = {name: column for name, column in columns.items() if any(say_cell(cell) for cell in table[name])}
    of_school = next((name for name in UNNAMED if name in table), "")
    rows = [
        ShownRow(
            key=name_key(row, keys),
            name=names.get(str(row.get(of_school, "")), ""),
            cells=tuple(say_value(column, row.get(name)) for name, column in filled.items()),
        )
        for row in table.to_dict("records")
    ]
    return ShownTable(columns={name: column.label for name, column in filled.items()}, rows=tuple(rows))


def name_key(row: Mapping[Any, Any], keys: tuple[str, ...]) -> str:
    """What a row is known by among those of its table.

    >>> name_key({"school": "P01", "stage": "primary", "pupils": 300.0}, ("school", "stage"))
    'P01/primary'
    """
    return APART.join(say_cell(row.get(key, "")) for key in keys)


def say_value(column: Column, value: Any) -> str:
    """A cell for people: the word of a closed list, else what stands there."""
    text = say_cell(value)
    found = column.words.get(text, ()) if column.vocabulary and column.is_text else ()
    return found[0] if found else text


def say_cell(value: Any) -> str:
    """A cell as it is stored: nothing for what is missing, no .0 after whole numbers."""
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)
