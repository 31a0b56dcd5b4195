"""Drawings: the report's charts, made of the same results as its tables."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, Protocol, runtime_checkable

from msgspec import Struct, convert

from analysis.results import Figure
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.plan_findings import Actual, Planned
from analysis.verdict.school_findings import Resources
from questionnaires.pack import read_toml
from questionnaires.vocabulary import Stage, TargetStatus, words
from reports.charts.charts import Bar, Chart, Dot, Mark, Marks, Panels
from reports.setting.figures import coefficient, count, whole_percent
from reports.setting.findings import GroupLine, TopicLine
from reports.setting.told_figures import Told, percent_of
from reports.setting.typesetting import TEMPLATES

Legend = tuple[str, str]


class Legends(Struct, frozen=True):
    """What the bars and what the lines of a chart are."""

    returns: Legend
    variations: Legend
    plans: Legend


@cache
def load_legends() -> Legends:
    """The legends in Chinese."""
    return convert(read_toml(TEMPLATES / "drawings.toml"), Legends)


class Interval(Protocol):
    """A rate with its interval, by name; None where it is not known or may not be told."""

    @property
    def name(self) -> str:
        """What the rate is of."""

    @property
    def rate(self) -> float | None:
        """A share."""

    @property
    def lower(self) -> float | None:
        """The lower end of its interval."""

    @property
    def upper(self) -> float | None:
        """The upper end of its interval."""


@runtime_checkable
class Stated(Told, Protocol):
    """What may be a statement (`analysis.results.Figure`)."""

    @property
    def is_statement(self) -> bool:
        """Whether a bound stands in for the rate."""

    @property
    def span(self) -> tuple[float, float]:
        """What it leaves open."""


def draw_intervals(rates: Iterable[Interval], line: float) -> Chart:
    """Rates with their intervals against the line; those without either are left out."""
    bars = tuple(bar for rate in rates if (bar := _bar(rate, line)))
    return Chart(bars, line, whole_percent(line))


def _bar(rate: Interval, line: float) -> Bar | None:
    """A rate with its interval; a statement reaches as far as what it leaves open."""
    if isinstance(rate, Stated) and rate.is_statement:
        lower, upper = rate.span
        return Bar(rate.name, None, lower, upper, percent_of(rate))
    if rate.rate is None or rate.lower is None or rate.upper is None:
        return None
    return Bar(
        rate.name, rate.rate, rate.lower, rate.upper, percent_of(rate if isinstance(rate, Told) else rate.rate, line)
    )


def _dot(rate: Figure, line: float) -> Dot:
    """A rate of a panel, or the span that a statement leaves open."""
    return Dot(rate.rate, percent_of(rate, line), rate.span if rate.is_statement else None)


def draw_topics(topics: Iterable[TopicLine], groups: Sequence[GroupLine], line: float) -> Panels:
    """Every topic's rate in every group, a panel for each group."""
    keys = [group.key for group in groups]
    rows = [(topic.name, tuple(_dot(topic.rates[key], line) for key in keys)) for topic in topics]
    return Panels(tuple(group.name for group in groups), tuple(rows), line, whole_percent(line))


def draw_returns(sample: Iterable[GroupLine]) -> Marks:
    """Each group's forms as a share of its target."""
    marks = [
        Mark(group.name, group.received / group.target, 1.0, f"{count(group.received)}/{count(group.target)}")
        for group in sample
        if group.target
    ]
    return Marks(tuple(marks), load_legends().returns)


def draw_variations(resources: Resources, standard: Standard) -> Marks:
    """The coefficient of variation of every resource indicator against its limit."""
    marks = [
        Mark(
            f"{_short(standard.indicators[key].title)}·{Stage(stage).zh}",
            finding.cv,
            finding.cv_limit,
            coefficient(finding.cv, finding.cv_limit),
        )
        for key, found in resources.indicators.items()
        for stage, finding in found.items()
        if finding.cv is not None
    ]
    return Marks(tuple(marks), load_legends().variations, whole=False)


class PlannedTarget(NamedTuple):
    """A target of the plan that is due, by its title; shares are percentages."""

    title: str
    stage: str
    year: int
    planned: Planned
    actual: Actual
    status: TargetStatus


def list_plans(judgement: Judgement, standard: Standard) -> list[PlannedTarget]:
    """The plan's targets that are due and counted in schools or hundredths, each with what was found."""
    return [
        PlannedTarget(
            title=_title(target.indicator, standard),
            stage=target.stage,
            year=target.year,
            planned=target.planned,
            actual=target.actual,
            status=target.status,
        )
        for target in judgement.targets
        if target.planned.share is not None and target.actual.share is not None
    ]


def _title(indicator: str, standard: Standard) -> str:
    """What a target is about: the requirement's own title where it has one."""
    entry = standard.entries[standard.whole(indicator)]
    own = [part.title for part in entry.requires.values() if indicator in part.ids and part.title]
    return own[0] if own else entry.title


def draw_plans(plans: Iterable[PlannedTarget]) -> Marks:
    """Schools that were found to meet a target against those planned for the year, as shares."""
    marks = tuple(_draw_plan(plan) for plan in plans if plan.planned.met is not None)
    return Marks(marks, load_legends().plans)


def _draw_plan(plan: PlannedTarget) -> Mark:
    stage = words(Stage).get(plan.stage, "")
    return Mark(
        "·".join(filter(None, (_short(plan.title), stage))),
        (plan.actual.share or 0) / 100,
        (plan.planned.share or 0) / 100,
        f"{count(plan.actual.met or 0)}/{count(plan.planned.met or 0)}",
    )


def _short(title: str) -> str:
    """An indicator's title without what every one of them begins with."""
    return title.removeprefix("每百名学生拥有").removeprefix("生均")
