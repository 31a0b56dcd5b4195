"""One sheet a school (一校一策): its gaps in natural units, the cheapest repair, its problems, what is published."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from analysis.published import UnitRow
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.ledgers import UnmetRow, unmet_ledger
from analysis.verdict.repair_costs import Prices, RepairCost, find_cost, is_bought, is_disputed
from analysis.verdict.unmet import name_row
from questionnaires.vocabulary import Group, ProblemState, ReportedStage, Verdict, words
from reports.document.document import Document, read_document
from reports.setting.figures import NONE, number
from reports.setting.texts import fill, unmark
from reports.setting.told_figures import tell_figure

STAGES = words(ReportedStage)


class SheetFacts(Struct, frozen=True, kw_only=True):
    """What all sheets say; `round` is the name of the last closed survey, empty without one."""

    county: str
    organiser: str
    school_year: str
    standard: str
    round: str
    day: date
    mark: str = ""


class SheetProblem(Struct, frozen=True, kw_only=True):
    """A line of the register about the school, as its sheet lists it; a building project is listed apart."""

    number: int
    text: str
    measure: str
    lead: str
    due: date | None
    funds: int | None
    state: ProblemState
    overdue: bool
    is_project: bool = False


class SheetSection(Struct, frozen=True, kw_only=True):
    """A stage of the school under the school rule."""

    stage: str
    met: int
    verdict: Verdict
    missing: tuple[str, ...]


class SheetGap(Struct, frozen=True, kw_only=True):
    """An indicator below its line, as it is printed; `repair` is empty where the school passes without.

    `cost` in yuan by the county's prices; `bought` where it would have one, `disputed` where that
    was told twice otherwise.
    """

    stage: str
    indicator: str
    title: str
    value: str
    threshold: str
    text: str
    repair: str
    cost: RepairCost | None = None
    bought: bool = False
    disputed: bool = False


class PlannedYear(NamedTuple):
    """What is due in a year (None: on no day), of that closed, and the yuan that are said of how many lines."""

    year: int | None
    lines: int
    closed: int
    said: int
    yuan: int


class SheetRate(Struct, frozen=True, kw_only=True):
    """A published figure of the school."""

    group: Group
    figure: str
    n: int


class SchoolSheet(Struct, frozen=True, kw_only=True):
    """What one school's sheet says; `checked`: what the school said of its figures, empty where it was not asked."""

    code: str
    name: str
    township: str
    sections: tuple[SheetSection, ...] = ()
    gaps: tuple[SheetGap, ...] = ()
    problems: tuple[SheetProblem, ...] = ()
    rates: tuple[SheetRate, ...] = ()
    checked: str = ""

    @property
    def cost(self) -> int:
        """What all repairs that have a price cost, in yuan."""
        return sum(gap.cost.yuan for gap in self.gaps if gap.cost)

    @property
    def unpriced(self) -> int:
        """How many repairs would have a price, but nobody told it."""
        return sum(gap.bought and gap.cost is None and not gap.disputed for gap in self.gaps)

    @property
    def disputed(self) -> int:
        """How many repairs have a price that was told twice otherwise."""
        return sum(gap.disputed for gap in self.gaps)

    @property
    def years(self) -> list[PlannedYear]:
        """The plan by year: what is due in each, the year without a day last."""
        years = {problem.due.year if problem.due else None for problem in self.problems}
        return [self._plan(year) for year in sorted(years, key=lambda year: (year is None, year or 0))]

    def _plan(self, year: int | None) -> PlannedYear:
        own = [problem for problem in self.problems if (problem.due.year if problem.due else None) == year]
        funds = [problem.funds for problem in own if problem.funds is not None]
        closed = sum(problem.state == ProblemState.CLOSED for problem in own)
        return PlannedYear(year, len(own), closed, len(funds), sum(funds))


def school_sheet(facts: SheetFacts, sheet: SchoolSheet) -> Document:
    """The sheet as a document; the same facts give the same bytes."""
    typed = replace(unmark(sheet), problems=tuple(map(unmark, sheet.problems)))
    text = fill("school_sheet.jinja", facts=unmark(facts), sheet=typed, stages=STAGES)
    return read_document(text, {}, author=facts.organiser, day=facts.day, mark=facts.mark)


def list_sections(judgement: Judgement, school: str) -> tuple[SheetSection, ...]:
    """The stages of a school that were judged."""
    return tuple(
        SheetSection(stage=judged.stage, met=judged.met, verdict=judged.verdict, missing=judged.missing)
        for judged in judgement.dimensions.resources.schools
        if judged.school == school
    )


def list_gaps(judgement: Judgement, standard: Standard, prices: Prices) -> Iterator[tuple[str, SheetGap]]:
    """Every gap of every school, with the school's code."""
    for row in unmet_ledger(judgement, standard):
        yield row.school, _print_gap(row, standard, prices)


def _print_gap(row: UnmetRow, standard: Standard, prices: Prices) -> SheetGap:
    measure = standard.indicators[row.indicator].measure
    places = measure.decimals if measure else 0
    return SheetGap(
        stage=row.stage,
        indicator=row.indicator,
        title=name_row(row, standard),
        value=number(row.value, places, row.threshold),
        threshold=NONE if row.threshold is None else f"{row.threshold:,g}",
        text=row.text,
        repair=row.repair_text,
        cost=find_cost(row, prices),
        bought=is_bought(row),
        disputed=is_disputed(row, prices),
    )


def list_rates(rows: tuple[UnitRow, ...], school: str) -> tuple[SheetRate, ...]:
    """What was published of a school as a whole, a group each; what was withheld or joined with others is not there."""
    return tuple(
        SheetRate(group=Group(row.group), figure=tell_figure(row), n=row.n)
        for row in rows
        if row.place == f"unit/{school}" and row.scope == "whole" and (row.rate is not None or row.is_statement)
    )
