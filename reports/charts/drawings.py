"""Drawings: the report's charts, made of the same results as its tables."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.plan_findings import Actual, Planned
from analysis.verdict.school_findings import Resources
from questionnaires.vocabulary import TargetStatus
from reports.charts.charts import Bar, Chart, Dot, Mark, Marks, Panels
from reports.setting.figures import coefficient, count, percent, whole_percent

Row = dict[str, Any]


def draw_groups(groups: Iterable[Row], line: float) -> Chart:
    """The groups' rates with their intervals against the line."""
    bars = [
        Bar(one["name"], one["rate"], one["lower"], one["upper"], percent(one["rate"], line))
        for one in groups
        if one["rate"] is not None
    ]
    return Chart(tuple(bars), line, whole_percent(line))


def draw_topics(topics: Iterable[Row], groups: Sequence[Row], line: float) -> Panels:
    """Every topic's rate in every group, a panel for each group."""
    keys = [one["key"] for one in groups]
    rows = [
        (one["name"], tuple(Dot(rate, percent(rate, line)) for rate in map(one["rates"].get, keys))) for one in topics
    ]
    return Panels(tuple(one["name"] for one in groups), tuple(rows), line, whole_percent(line))


def draw_returns(sample: Iterable[Row], legend: tuple[str, str]) -> Marks:
    """Each group's forms as a share of its target."""
    counted = [one for one in sample if one["target"]]
    marks = [
        Mark(one["name"], one["received"] / one["target"], 1.0, f"{count(one['received'])}/{count(one['target'])}")
        for one in counted
    ]
    return Marks(tuple(marks), legend)


def draw_variations(resources: Resources, standard: Standard, stages: dict[str, str], legend: tuple[str, str]) -> Marks:
    """The coefficient of variation of every resource indicator against its limit."""
    marks = [
        Mark(
            f"{_short(standard.indicators[key].title)}·{stages[stage]}",
            finding.cv,
            finding.cv_limit,
            coefficient(finding.cv, finding.cv_limit),
        )
        for key, found in resources.indicators.items()
        for stage, finding in found.items()
        if finding.cv is not None
    ]
    return Marks(tuple(marks), legend, whole=False)


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
    own = [each.title for each in entry.requires.values() if indicator in each.ids and each.title]
    return own[0] if own else entry.title


def draw_plans(plans: Iterable[PlannedTarget], stages: dict[str, str], legend: tuple[str, str]) -> Marks:
    """Schools that were found to meet a target against those planned for the year, as shares."""
    return Marks(tuple(_draw_plan(plan, stages) for plan in plans if plan.planned.met is not None), legend)


def _draw_plan(plan: PlannedTarget, stages: dict[str, str]) -> Mark:
    return Mark(
        "·".join(filter(None, (_short(plan.title), stages.get(plan.stage, "")))),
        (plan.actual.share or 0) / 100,
        (plan.planned.share or 0) / 100,
        f"{count(plan.actual.met or 0)}/{count(plan.planned.met or 0)}",
    )


def _short(title: str) -> str:
    """An indicator's title without what every one of them begins with."""
    return title.removeprefix("每百名学生拥有").removeprefix("生均")
