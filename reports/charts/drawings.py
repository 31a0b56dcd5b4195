"""Drawings: the report's charts, made of the same results as its tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from analysis.standard import Standard
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


def draw_variations(resources: Row, standard: Standard, stages: dict[str, str], legend: tuple[str, str]) -> Marks:
    """The coefficient of variation of every resource indicator against its limit."""
    marks = [
        Mark(
            f"{_short(standard.indicators[key].title)}·{stages[stage]}",
            one["cv"],
            one["cv_limit"],
            coefficient(one["cv"], one["cv_limit"]),
        )
        for key, found in resources["indicators"].items()
        for stage, one in found.items()
        if one["cv"] is not None
    ]
    return Marks(tuple(marks), legend, whole=False)


def list_plans(judgement: Row, standard: Standard) -> list[Row]:
    """The plan's targets that are due and counted in schools or hundredths, each with what was found."""
    return [
        {**one, "title": _title(one["indicator"], standard)}
        for one in judgement["targets"]
        if one["planned"]["share"] is not None and one["actual"]["share"] is not None
    ]


def _title(indicator: str, standard: Standard) -> str:
    """What a target is about: the requirement's own title where it has one."""
    entry = standard.entries[standard.whole(indicator)]
    own = [each.title for each in entry.requires.values() if indicator in each.ids and each.title]
    return own[0] if own else entry.title


def draw_plans(plans: Iterable[Row], stages: dict[str, str], legend: tuple[str, str]) -> Marks:
    """Schools that were found to meet a target against those planned for the year, as shares."""
    marks = [
        Mark(
            "·".join(filter(None, (_short(one["title"]), stages.get(one["stage"], "")))),
            one["actual"]["share"] / 100,
            one["planned"]["share"] / 100,
            f"{count(one['actual']['met'])}/{count(one['planned']['met'])}",
        )
        for one in plans
        if one["planned"]["met"] is not None
    ]
    return Marks(tuple(marks), legend)


def _short(title: str) -> str:
    """An indicator's title without what every one of them begins with."""
    return title.removeprefix("每百名学生拥有").removeprefix("生均")
