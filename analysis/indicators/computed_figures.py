"""Indicators computed of raw figures, each with its formula; what was typed for the same gives way (原始数据计算)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.indicators.county_tables import CountyTables
from analysis.indicators.formula_values import (
    NAMED,
    IncompleteError,
    Reported,
    find_hours,
    find_ratio,
    say_formula,
    sum_figure,
)
from analysis.indicators.monitored_scores import score_rows
from analysis.indicators.raw_figures import Formula, load_raw_figures
from analysis.indicators.reported import TableRow, read_resources, read_schools, table_rows, text_of
from analysis.indicators.sections import PARTS, School, gather_schools
from analysis.sentences import say
from questionnaires.vocabulary import Locale, SchoolKind, Stage

SMALL = 100
TOWNS = frozenset({Locale.CITY.value, Locale.TOWN.value})
SMALL_KINDS = (SchoolKind.PRIMARY.value, SchoolKind.POINT.value)
PRIMARY = Stage.PRIMARY.value
REPORTING = (*PARTS, SchoolKind.SPECIAL.value)
MONTHS = 12
MONTHS_OF_BALANCE = 36
SEPTEMBER = 9
OLDEST = 2000
BALANCE = "basic_balance_month"
BALANCED = "P1"
NUMBERS = ("value", "hours", "grade")
MAIN = {"G8": "a", "G11": "a", "G14": "a", "G15": "b"}
"""The part that a figure under the indicator's own id is of."""


class Computed(NamedTuple):
    """An indicator computed: the formula with its figures in words; `lacking` says why there is no whole figure."""

    indicator: str
    stage: str
    scope: str
    value: float | None
    hours: float | None
    formula: str
    lacking: str = ""


def compute_county(tables: CountyTables, *, until: int | None) -> pd.DataFrame:
    """The county's table with every indicator that its raw figures give; a typed figure of the same gives way.

    A typed no stays beside what is computed. `until`: the year in whose September the three years of basic balance
    must be full. Q9 is computed of monitored scores. The table comes back as it is where there are neither.
    """
    reported = list(_read_figures(tables.figures))
    county = _compute_figures(tables, reported, until) if reported else tables.county
    if not len(tables.scores):
        return county
    computed, typed = score_rows(tables.scores, list(table_rows(county)))
    return _build_county([*typed, *computed], county)


def _compute_figures(tables: CountyTables, reported: Sequence[Reported], until: int | None) -> pd.DataFrame:
    county = tables.county
    listed = _Listed(tables.schools, tables.resources)
    computed = [found for formula in load_raw_figures().formulas for found in _compute(formula, reported, listed)]
    places = {(found.indicator, found.stage) for found in computed}
    balance = _find_balance(reported, until)
    places |= {(BALANCED, "")} if balance else set()
    kept = [row for row in table_rows(county) if not _gives_way(row, places)]
    refused = [row | {"value": None, "hours": None} for row in table_rows(county) if _says_no(row, places)]
    return _build_county([*kept, *refused, *map(_as_row, computed), *balance], county)


def _build_county(rows: Sequence[TableRow], county: pd.DataFrame) -> pd.DataFrame:
    """The county's table of these rows, numbers as numbers and missing texts empty."""
    columns = list(dict.fromkeys([*county.columns, *(str(name) for row in rows for name in row)]))
    table = pd.DataFrame(rows, columns=columns)
    numbers = [name for name in columns if name in NUMBERS]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    texts = [name for name in columns if name not in NUMBERS]
    table[texts] = table[texts].astype(object).where(table[texts].notna(), "")
    return table


def _read_figures(figures: pd.DataFrame) -> Iterator[Reported]:
    for row in table_rows(figures):
        value = row.get("value")
        if value is not None and not isinstance(value, str):
            yield Reported(text_of(row["figure"]), text_of(row.get("school")), text_of(row.get("stage")), float(value))


def _gives_way(row: TableRow, places: set[tuple[str, str]]) -> bool:
    """Whether what a row says is computed: for its stage, or for any where it speaks for all."""
    name = text_of(row.get("indicator"))
    stage = text_of(row.get("stage"))
    own = {name, f"{name}{MAIN[name]}"} if name in MAIN else {name}
    return any(indicator in own and (stage == place or "" in {stage, place}) for indicator, place in places)


def _says_no(row: TableRow, places: set[tuple[str, str]]) -> bool:
    return row.get("met") == "no" and _gives_way(row, places)


def _as_row(found: Computed) -> TableRow:
    return {
        "indicator": found.indicator,
        "stage": found.stage,
        "scope": found.scope,
        "value": found.value,
        "hours": found.hours,
        "source": say("figures.source"),
        "formula": found.formula,
        "lacking": found.lacking,
    }


def _find_balance(reported: Sequence[Reported], until: int | None) -> list[TableRow]:
    """Whether three years have passed since basic balance, in September of that year; a typed yes gives way.

    Two months, or one that is none, leave it open.
    """
    months = {amount.value for amount in reported if amount.figure == BALANCE}
    if not months or until is None:
        return []
    year, month = divmod(int(min(months)), SMALL)
    row: TableRow = {"indicator": BALANCED, "source": say("figures.source")}
    if len(months) > 1 or min(months) % 1 or not 1 <= month <= MONTHS or not OLDEST <= year <= until:
        told = "、".join(f"{found:.10g}" for found in sorted(months))
        return [row | {"lacking": say("figures.no_month", months=told)}]
    full = (until - year) * MONTHS + SEPTEMBER - month
    formula = say("figures.balance", year=year, month=month, until=until, full=full)
    return [row | {"met": "yes" if full >= MONTHS_OF_BALANCE else "no", "formula": formula}]


class _Listed:
    """The schools that have to report, by stage, and the small ones of them."""

    def __init__(self, schools: pd.DataFrame, resources: pd.DataFrame):
        found = gather_schools(read_resources(resources), read_schools(schools))
        self.schools = [school for school in found if school.kind in REPORTING and (school.rows or not school.parent)]

    def needed(self, formula: Formula, stage: str) -> list[str]:
        """The codes that a formula needs."""
        meant = self._of(stage)
        if formula.schools == "small":
            meant = [school for school in meant if _is_small(school)]
        if formula.schools == "town":
            meant = [school for school in meant if school.locale in TOWNS]
        return [school.code for school in meant]

    def unknown(self, formula: Formula) -> list[str]:
        """The codes of those that may be meant: nobody reported their pupils, or where they lie."""
        match formula.schools:
            case "small":
                small = [school for school in self.schools if school.kind in SMALL_KINDS]
                return [school.code for school in small if school.pupils(PRIMARY) is None]
            case "town":
                return [school.code for school in self._of(formula.stage) if not school.locale]
        return []

    def _of(self, stage: str) -> list[School]:
        return [school for school in self.schools if stage in {"", *PARTS.get(school.kind, (school.kind,))}]


def _is_small(school: School) -> bool:
    pupils = school.pupils(PRIMARY)
    return school.kind in SMALL_KINDS and pupils is not None and pupils < SMALL


def _compute(formula: Formula, reported: Sequence[Reported], listed: _Listed) -> Iterator[Computed]:
    """What a formula gives, for each stage where it is by stage; nothing where none of its figures is reported."""
    meant = [amount for amount in reported if amount.figure in formula.figures]
    compute = _compute_each if formula.each else _compute_sum
    for stage in _stages(formula, meant):
        own = [amount for amount in meant if _is_of(amount, formula, stage)]
        if own:
            yield compute(formula, stage, own, listed)


def _is_of(amount: Reported, formula: Formula, stage: str) -> bool:
    """Whether an amount belongs to a stage: one without stage is of every stage, unless the formula goes by stages."""
    if formula.by_stage:
        return amount.stage == stage
    return not stage or amount.stage in {"", stage}


def _stages(formula: Formula, meant: Iterable[Reported]) -> list[str]:
    if not formula.by_stage:
        return [formula.stage]
    found = {amount.stage for amount in meant}
    return [stage for stage in ("", *Stage) if stage in found]


def _compute_sum(formula: Formula, stage: str, own: Sequence[Reported], listed: _Listed) -> Computed:
    """The ratio of sums over the county."""
    try:
        needed = listed.needed(formula, stage)
        amounts = {name: sum_figure(name, own, needed, stage) for name in formula.figures if name != formula.hours}
        hours = find_hours(formula.hours, own)
        value = find_ratio(formula, amounts)
    except IncompleteError as missing:
        return Computed(formula.indicator, stage, formula.scope, None, None, "", str(missing))
    return Computed(formula.indicator, stage, formula.scope, value, hours, say_formula(formula, amounts))


def _compute_each(formula: Formula, stage: str, own: Sequence[Reported], listed: _Listed) -> Computed:
    """Every school by itself: the lowest or highest, or the share of those with 1 if all that are away had it, too."""
    needed = listed.needed(formula, stage)
    found: dict[str, float] = {}
    said: dict[str, str] = {}
    for school in needed:
        amounts = {amount.figure: amount.value for amount in own if amount.school == school}
        if all(name in amounts for name in formula.figures):
            try:
                found[school] = find_ratio(formula, amounts)
            except IncompleteError:
                continue
            said[school] = say_formula(formula, amounts)
    lacking = "；".join(_say_away(formula, needed, found, listed.unknown(formula)))
    if not found:
        return Computed(formula.indicator, stage, formula.scope, None, None, "", lacking or say("figures.no_school"))
    if formula.each == "share":
        reached = sum(value >= formula.per for value in found.values())
        value = formula.per * (1 - (len(found) - reached) / len(needed))
        return Computed(
            formula.indicator, stage, "", value, None,
            say("figures.share", met=reached, total=len(needed)), lacking,
        )  # fmt: skip
    ordered = sorted(found, key=lambda school: (found[school], school))
    worst = ordered[-1 if formula.each == "highest" else 0]
    text = say(f"figures.{formula.each}", school=worst, total=len(found), formula=said[worst])
    return Computed(formula.indicator, stage, formula.scope, found[worst], None, text, lacking)


def _say_away(
    formula: Formula, needed: Sequence[str], found: Mapping[str, float], unknown: Sequence[str]
) -> Iterator[str]:
    """Which schools are still away, and of which nobody knows whether they are meant."""
    away = [school for school in needed if school not in found]
    for key, schools in (("away", away), (f"unknown_{formula.schools}", unknown)):
        if schools:
            yield say(f"figures.{key}", count=len(schools), schools="、".join(schools[:NAMED]))
