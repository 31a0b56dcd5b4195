"""A worksheet whose cells were read, before anything is held against anything."""

from typing import NamedTuple

import pandas as pd

from survey_app.frame.sheets.columns import Column
from survey_app.frame.sheets.sheet_problems import Problem, say


class Filled(NamedTuple):
    """A worksheet whose cells were read: the table by row as the person sees it, and its columns' places.

    `percents` are the rows in which a measure was written with a percent sign.
    """

    sheet: str
    table: pd.DataFrame
    columns: dict[str, Column]
    places: dict[str, str]
    percents: frozenset[int] = frozenset()

    def problem(self, row: object, column: str, rule: str, **details: object) -> Problem:
        """The problem of one row under a rule."""
        return Problem(self.sheet, int(str(row)), self.places.get(column, ""), say("row", rule, **details))

    def numbers(self, column: str, rows: "pd.Series[bool] | None" = None) -> dict[int, float]:
        """The numbers of a column by row, without empty cells; of the `rows` that are meant, all if not told."""
        chosen = self.table[column] if rows is None else self.table.loc[rows, column]
        return {int(str(row)): float(value) for row, value in chosen.dropna().items()}

    def texts(self, column: str) -> dict[int, str]:
        """The texts of a column by row."""
        return {int(str(row)): str(value) for row, value in self.table[column].items()}

    def show(self, column: str, value: object) -> str:
        """A cell's value as a person reads it."""
        words = self.columns[column].vocabulary and self.columns[column].words.get(str(value))
        return words[0] if words else f"{value:g}" if isinstance(value, float) else str(value)
