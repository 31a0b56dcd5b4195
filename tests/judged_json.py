"""Judgements in tests as the JSON that `survey judge` prints, so that what is asserted is what others read."""

from typing import Any

import pandas as pd
from msgspec import to_builtins

from analysis.indicators import find_sections
from analysis.indicators.reported import SchoolCounts, Section
from analysis.results import as_json
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.verdict import (
    CountyTables,
    Judgement,
    ledgers,
    read_judgement,
    read_surveyed,
    schools_rule,
    years,
)
from analysis.verdict import judge as judge_county
from analysis.verdict.school_findings import JudgedSchool

Told = dict[str, Any]


def judge(
    standard: Standard,
    schools: pd.DataFrame,
    resources: pd.DataFrame,
    county: pd.DataFrame,
    recognition: Told | None = None,
    *,
    as_of: int | None = None,
) -> Told:
    surveyed = read_surveyed(recognition) if recognition else None
    return as_json(judge_county(standard, CountyTables(schools, resources, county), surveyed, as_of=as_of))


def typed(told: Told) -> Judgement:
    return read_judgement(told)


def compare_years(before: Told, after: Told, *, merged: dict[str, str] | None = None) -> Told:
    return as_json(years.compare_years(read_judgement(before), read_judgement(after), merged=merged))


def unmet_ledger(told: Told, standard: Standard) -> list[Told]:
    return [as_json(row) for row in ledgers.unmet_ledger(read_judgement(told), standard)]


def met_ledger(told: Told, standard: Standard) -> list[Told]:
    return [as_json(row) for row in ledgers.met_ledger(read_judgement(told), standard)]


def school_of(
    values: dict[str, float | None], standard: Standard, limits: dict[str, Limit], *, pupils: float = 1000
) -> JudgedSchool:
    """A primary school with these values per pupil, judged."""
    section = Section(
        school="P01", kind="primary", stage="primary", pupils=pupils, values=values, counts=SchoolCounts()
    )
    return schools_rule.judge_school(section, standard, limits)


def resource_values(resources: pd.DataFrame, schools: pd.DataFrame, standard: Standard) -> pd.DataFrame:
    """The sections as a table: what they are, their values by indicator, and what was counted; blanks are NaN."""
    sections = [to_builtins(section) for section in find_sections(resources, schools, standard)]
    nested = ("values", "counts")
    rows = [
        {name: cell for name, cell in section.items() if name not in nested} | section["values"] | section["counts"]
        for section in sections
    ]
    texts = {"school", "name", "kind", "stage", "locale", "rooms_of"}
    table = pd.DataFrame(rows)
    return table.astype({name: float for name in table.columns if name not in texts})
