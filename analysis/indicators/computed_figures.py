"""Indicators computed of raw figures, each with its formula; what was typed for the same gives way (原始数据计算)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.indicators.raw_figures import Formula, load_raw_figures
from analysis.indicators.reported import TableRow, read_schools, table_rows, text_of
from analysis.sentences import say
from questionnaires.vocabulary import SchoolKind, Stage

SMALL = 100
SMALL_KINDS = (SchoolKind.PRIMARY.value, SchoolKind.POINT.value)
MONTHS_OF_BALANCE = 36
BALANCE = "basic_balance_month"
BALANCED = "P1"
NUMBERS = ("value", "hours", "grade")
NAMED = 5
MAIN = {"G8": "a", "G11": "a", "G14": "a", "G15": "b"}
"""The part that a figure under the indicator's own id is of."""


class Reported(NamedTuple):
    """One amount as it was reported; `school` is empty for the county's."""

    figure: str
    school: str
    stage: str
    value: float


class Computed(NamedTuple):
    """An indicator computed: the formula with its figures in words; `lacking` says why there is no whole figure."""

    indicator: str
    stage: str
    scope: str
    value: float | None
    hours: float | None
    formula: str
    lacking: str = ""


class _Incomplete(Exception):
    """A figure is missing; the message says which."""


def compute_county(
    county: pd.DataFrame, figures: pd.DataFrame, schools: pd.DataFrame, resources: pd.DataFrame, *, until: int | None
) -> pd.DataFrame:
    """The county's table with every indicator that its raw figures give; a typed figure of the same gives way.

    A typed no stays beside what is computed. `until`: the year in whose September the three years of basic balance
    must be full. The table comes back as it is where there are no raw figures.
    """
    reported = list(_read_figures(figures))
    if not reported:
        return county
    listed = _Listed(schools, resources)
    computed = [found for formula in load_raw_figures().formulas for found in _compute(formula, reported, listed)]
    places = {(found.indicator, found.stage) for found in computed}
    balance = _find_balance(reported, until)
    places |= {(BALANCED, "")} if balance else set()
    kept = [row for row in table_rows(county) if not _gives_way(row, places)]
    refused = [row | {"value": None, "hours": None} for row in table_rows(county) if _says_no(row, places)]
    rows = [*kept, *refused, *map(_as_row, computed), *balance]
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
    """Whether the county was recognised as balanced three years before September of that year; a typed yes gives way."""
    months = [amount.value for amount in reported if amount.figure == BALANCE]
    if len(months) != 1 or until is None:
        return []
    year, month = divmod(int(months[0]), SMALL)
    full = (until - year) * 12 + 9 - month
    source = say("figures.balance", year=year, month=month, until=until, full=full)
    return [{"indicator": BALANCED, "met": "yes" if full >= MONTHS_OF_BALANCE else "no", "source": source}]


class _Listed:
    """The schools that have to report, by stage: those with resources, and the small ones of them."""

    def __init__(self, schools: pd.DataFrame, resources: pd.DataFrame):
        self.kinds = {school.code: school.kind for school in read_schools(schools)}
        self.pupils: dict[tuple[str, str], float] = {}
        for row in table_rows(resources):
            pupils = row.get("pupils")
            key = (text_of(row.get("school")), text_of(row.get("stage")))
            self.pupils[key] = pupils if isinstance(pupils, float | int) else 0.0

    def needed(self, formula: Formula, stage: str) -> list[str]:
        """The codes that a formula needs."""
        meant = [key for key in self.pupils if stage in {"", key[1]} or key[1] == "whole"]
        if formula.schools == "small":
            meant = [key for key in meant if self.pupils[key] < SMALL and self._may_be_small(key[0])]
        return list(dict.fromkeys(school for school, _ in meant))

    def _may_be_small(self, school: str) -> bool:
        return self.kinds.get(school, SMALL_KINDS[0]) in SMALL_KINDS


def _compute(formula: Formula, reported: Sequence[Reported], listed: _Listed) -> Iterator[Computed]:
    """What a formula gives, for each stage where it is by stage; nothing where none of its figures is reported."""
    meant = [amount for amount in reported if amount.figure in formula.figures]
    for stage in _stages(formula, meant):
        own = [amount for amount in meant if not stage or amount.stage in {"", stage}]
        if not own:
            continue
        yield _compute_each(formula, stage, own, listed) if formula.each else _compute_sum(formula, stage, own, listed)


def _stages(formula: Formula, meant: Iterable[Reported]) -> list[str]:
    if not formula.by_stage:
        return [formula.stage]
    found = {amount.stage for amount in meant}
    return [stage.value for stage in Stage if stage.value in found] or [""]


def _compute_sum(formula: Formula, stage: str, own: Sequence[Reported], listed: _Listed) -> Computed:
    """The ratio of sums over the county."""
    try:
        amounts = {name: _sum(name, own, listed.needed(formula, stage)) for name in dict.fromkeys(formula.figures)}
        value = _ratio(formula, amounts)
    except _Incomplete as missing:
        return Computed(formula.indicator, stage, formula.scope, None, None, "", str(missing))
    hours = amounts[formula.hours] if formula.hours else None
    return Computed(formula.indicator, stage, formula.scope, value, hours, _say_formula(formula, amounts))


def _sum(name: str, own: Sequence[Reported], needed: Sequence[str]) -> float:
    """A figure of the county, or of all its schools together; raises _Incomplete where it is neither."""
    whole = [amount.value for amount in own if amount.figure == name and not amount.school]
    parts = {amount.school for amount in own if amount.figure == name and amount.school}
    total = sum(amount.value for amount in own if amount.figure == name and amount.school)
    title = load_raw_figures().figures[name].zh
    if not whole and not parts:
        raise _Incomplete(say("figures.none", title=title))
    if parts and (away := [school for school in needed if school not in parts]):
        raise _Incomplete(say("figures.schools", title=title, count=len(away), schools="、".join(away[:NAMED])))
    if whole and parts and sum(whole) != total:
        raise _Incomplete(say("figures.differ", title=title, whole=f"{sum(whole):.10g}", parts=f"{total:.10g}"))
    return sum(whole) if whole else total


def _add(terms: Sequence[str], amounts: Mapping[str, float]) -> float:
    return sum(-amounts[term[1:]] if term.startswith("-") else amounts[term] for term in terms)


def _ratio(formula: Formula, amounts: Mapping[str, float]) -> float:
    value = formula.per * _add(formula.top, amounts)
    for over, under in ((formula.top, formula.bottom), (formula.against_bottom, formula.against_top)):
        if under:
            divisor = _add(under, amounts)
            if divisor <= 0:
                names = "、".join(load_raw_figures().figures[term.removeprefix("-")].zh for term in under)
                raise _Incomplete(say("figures.zero", title=names))
            value = value / divisor * (1.0 if over is formula.top else _add(over, amounts))
    return value


def _compute_each(formula: Formula, stage: str, own: Sequence[Reported], listed: _Listed) -> Computed:
    """Every school by itself: the lowest of them, or the share of those with 1."""
    needed = listed.needed(formula, stage)
    found: dict[str, float] = {}
    said: dict[str, str] = {}
    for school in needed:
        amounts = {amount.figure: amount.value for amount in own if amount.school == school}
        if all(name in amounts for name in formula.figures):
            try:
                found[school] = _ratio(formula, amounts)
            except _Incomplete:
                continue
            said[school] = _say_formula(formula, amounts)
    away = [school for school in needed if school not in found]
    lacking = say("figures.away", count=len(away), schools="、".join(away[:NAMED])) if away else ""
    if not found:
        return Computed(formula.indicator, stage, formula.scope, None, None, "", lacking or say("figures.no_school"))
    if formula.each == "share":
        reached = sum(value >= formula.per for value in found.values())
        value = formula.per * reached / len(needed)
        return Computed(
            formula.indicator, stage, "", value, None,
            say("figures.share", met=reached, total=len(needed)), lacking,
        )  # fmt: skip
    lowest = min(found, key=lambda school: (found[school], school))
    text = say("figures.lowest", school=lowest, total=len(found), formula=said[lowest])
    return Computed(formula.indicator, stage, formula.scope, found[lowest], None, text, lacking)


def _say_formula(formula: Formula, amounts: Mapping[str, float]) -> str:
    """The formula with names and amounts: 交流轮岗教师数108÷符合交流条件的教师数1023×100."""
    text = _say_terms(formula.top, amounts)
    if formula.bottom:
        text = f"{text}÷{_say_terms(formula.bottom, amounts)}"
    if formula.against_top:
        against = f"{_say_terms(formula.against_top, amounts)}÷{_say_terms(formula.against_bottom, amounts)}"
        text = f"（{text}）÷（{against}）"
    scope = f"{formula.scope}：" if formula.scope else ""
    return scope + text + (f"×{formula.per:g}" if formula.per != 1 else "")


def _say_terms(terms: Sequence[str], amounts: Mapping[str, float]) -> str:
    named = load_raw_figures().figures
    told = [
        ("－" if term.startswith("-") else "＋") + named[name].zh + f"{amounts[name]:.10g}"
        for term in terms
        if (name := term.removeprefix("-"))
    ]
    text = "".join(told).removeprefix("＋")
    return f"（{text}）" if len(terms) > 1 else text
