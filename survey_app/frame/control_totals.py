"""Control totals: what a person compares with the sheet in their hand before anything is stored."""

from dataclasses import dataclass

import pandas as pd

from survey_app.frame.sheets import Sheet
from survey_app.frame.sheets.columns import load_kind
from survey_app.frame.sheets.sheet_problems import SENTENCES, say

NEVER_SUMMED = ("county", "responses", "figures", "scores")
YEARS = ("built_year", "grade")


@dataclass(frozen=True)
class ColumnTotal:
    """One total: what was added up, in the person's words, and the sum as they write it."""

    label: str
    total: str


@dataclass(frozen=True)
class ControlTotals:
    """`rows` of a sheet that were taken, from which worksheets, and the totals over them."""

    rows: int
    sheets: tuple[str, ...]
    columns: tuple[ColumnTotal, ...]

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        totals = "；".join(f"{total.label} {total.total}" for total in self.columns)
        return say("totals", "sentence", rows=self.rows, sheets="、".join(self.sheets), totals=totals)


def control_totals(sheet: Sheet) -> ControlTotals:
    """How many rows, schools or units, classes and people by group there are, and the sum of each numeric column.

    Of county values, which are rates and not quantities, nothing is summed, and of answers neither.
    """
    sheets = tuple(dict.fromkeys(name for name, _ in sheet.places))
    totals = [*_distinct(sheet.table), *_people(sheet.table)]
    if sheet.kind not in NEVER_SUMMED:
        totals += _sums(sheet.kind, sheet.table)
    return ControlTotals(rows=len(sheet.table), sheets=sheets, columns=tuple(totals))


def _distinct(table: pd.DataFrame) -> list[ColumnTotal]:
    counted = [
        ColumnTotal(label=str(label), total=f"{table[name][table[name] != ''].nunique()}")
        for name, label in SENTENCES["totals"]["distinct"].items()
        if name in table
    ]
    if "class" in table:
        classes = table[table["class"] != ""][["unit", "class"]].drop_duplicates()
        counted.append(ColumnTotal(label=say("totals", "classes"), total=f"{len(classes)}"))
    return counted


def _people(table: pd.DataFrame) -> list[ColumnTotal]:
    if not {"group", "population"} <= set(table):
        return []
    words = load_kind("frame").columns["group"].words
    sums = table.groupby("group", sort=True).population.sum()
    return [ColumnTotal(label=words[str(group)][0], total=f"{people:g}") for group, people in sums.items()]


def _sums(kind: str, table: pd.DataFrame) -> list[ColumnTotal]:
    return [
        ColumnTotal(label=column.label, total=f"{table[name].sum():.12g}")
        for name, column in load_kind(kind).columns.items()
        if name in table and not column.is_text and name not in YEARS and table[name].notna().any()
    ]
