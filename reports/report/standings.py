"""Standings: who lies below the line and who is lowest, each tested before it is worded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from analysis.results import COUNTY, Figure, GroupRate, ItemRate
from questionnaires.vocabulary import Operator, Verdict
from reports.claims.claim import Claim, make_claim
from reports.report.movements import word_lowest
from reports.report.point_words import is_open, is_short, list_names, load_point_words, say_word
from reports.report.telling import Telling
from reports.setting.figures import count, percent, short_percent, whole_percent
from reports.setting.findings import GroupLine
from reports.setting.told_figures import tell_figure

MOST_ITEMS = 3
COUNTY_BELOW = "problem_county"


class Weak(NamedTuple):
    """What falls short of the line: groups, topics and items as (name, figure), lowest first."""

    groups: list[GroupLine]
    topics: list[tuple[str, Figure]]
    items: list[tuple[str, Figure]]


def find_weak(told: Telling) -> Weak:
    """Everything measured below the line; what stands at 100 % is never among it."""
    line = told.facts.rule.threshold.value
    estimate = told.estimate
    return Weak(
        groups=sorted((group for group in told.groups if is_short(group, line)), key=lambda group: group.rank or 0.0),
        topics=_short(estimate.topics, {topic.id: topic.name for topic in told.facts.papers[0].topics}, line),
        items=_short(estimate.items, {item.id: item.text for item in told.facts.papers[0].items if item.topic}, line),
    )


def _short(
    found: Mapping[str, Mapping[str, ItemRate]], names: Mapping[str, str], line: float
) -> list[tuple[str, Figure]]:
    rates = [(names[key], domains[COUNTY]) for key, domains in found.items() if key in names and COUNTY in domains]
    return sorted(((name, rate) for name, rate in rates if is_short(rate, line)), key=lambda pair: pair[1].rank or 0.0)


def part_weak(weak: Weak, line: float) -> tuple[list[GroupLine], list[GroupLine]]:
    """The groups below the line: those that a test tells from it, and the others."""
    below = [group for group in weak.groups if group.upper is not None and group.upper < line]
    return below, [group for group in weak.groups if group not in below]


def say_groups(told: Telling, weak: Weak) -> Iterator[Claim]:
    """Every group below the line, those that no test confirms apart, or that none is; whose ranges leave it open."""
    line = told.facts.rule.threshold.value
    said = whole_percent(line)
    below, open_ = part_weak(weak, line)
    if below:
        yield make_claim("groups_below", line=said, rated=name_rated(below))
    if open_:
        yield make_claim("groups_short", line=said, rated=name_rated(open_))
    if ranged := [group.name for group in told.groups if is_open(group, line)]:
        yield make_claim("groups_left" if weak.groups else "groups_ranged", line=said, names=list_names(ranged))
    elif not weak.groups:
        rated = [group for group in told.groups if group.rank is not None]
        yield make_claim("groups_level", line=said, count=len(rated))


def name_rated(groups: Iterable[GroupLine]) -> str:
    """Groups with their figures."""
    return list_names(say_word("named", name=group.name, rate=tell_figure(group)) for group in groups)


def say_group(group: GroupLine, line: float) -> Claim:
    """One group's figure, and how its interval lies to the line."""
    if group.rank is None:
        return make_claim("group_none", name=group.name, valid=count(group.valid))
    if group.rate is None or group.lower is None or group.upper is None:
        return make_claim("group_alone", name=group.name, rate=tell_figure(group))
    return make_claim(
        f"group_{_lie(group.lower, group.upper, line)}",
        name=group.name,
        rate=tell_figure(group),
        lower=short_percent(group.lower),
        upper=short_percent(group.upper),
        line=whole_percent(line),
    )


def _lie(lower: float, upper: float, line: float) -> str:
    if lower > line:
        return "above"
    return "below" if upper < line else "open"


def say_problems(told: Telling, weak: Weak) -> Iterator[Claim]:
    """What falls short of the line; or that nothing does."""
    line = told.facts.rule.threshold.value
    said = whole_percent(line)
    if weak.groups:
        yield from say_groups(told, weak)
    if weak.topics:
        yield make_claim("topics_below", line=said, rated=_name_short(weak.topics))
    if weak.items:
        lowest = list_lowest(weak.items)
        rated = _name_short(lowest)
        form = "items_named" if len(lowest) == len(weak.items) else "items_below" if lowest else "items_counted"
        yield make_claim(form, line=said, count=len(weak.items), rated=rated)
    if not any(weak):
        yield from _say_nothing_short(told, said)


def _say_nothing_short(told: Telling, said: str) -> Iterator[Claim]:
    """That nothing falls short, or how much a range leaves open; the county itself, where it does all the same."""
    threshold = told.facts.rule.threshold
    county = told.estimate.county
    ranged = sum(is_open(rate, threshold.value) for rate in _list_rates(told))
    if county.verdict == Verdict.NOT_MET:
        rate = percent(county.rate, threshold.value)
        yield make_claim(COUNTY_BELOW, rate=rate, need=Operator(threshold.operator).zh + said)
    if ranged:
        yield make_claim("no_problem_ranged", line=said, count=ranged)
    elif county.verdict != Verdict.NOT_MET:
        yield make_claim("no_problem", line=said)


def _list_rates(told: Telling) -> Iterator[Figure]:
    """What the search for problems looks through: groups, and the county's topics and items."""
    paper = told.facts.papers[0]
    yield from told.groups
    for found, keys in (
        (told.estimate.topics, [topic.id for topic in paper.topics]),
        (told.estimate.items, [item.id for item in paper.items if item.topic]),
    ):
        yield from (found[key][COUNTY] for key in keys if COUNTY in found.get(key, {}))


def _name_short(rates: Iterable[tuple[str, Figure]]) -> str:
    return list_names(say_word("named", name=name, rate=tell_figure(rate)) for name, rate in rates)


def say_lowest(told: Telling) -> dict[str, Claim]:
    """The lowest group and topic, told from the others by a test or named with those that none tells from it."""
    titles = {topic.id: topic.name for topic in told.facts.papers[0].topics}
    compared: dict[str, dict[str, GroupRate | ItemRate]] = {
        "groups": {group.name: group for group in told.groups},
        "topics": {
            titles[key]: rates[COUNTY]
            for key, rates in told.estimate.topics.items()
            if COUNTY in rates and key in titles
        },
    }
    names = load_point_words().compared
    confidence = told.facts.rule.confidence.value
    found = {
        table: word_lowest(figures, confidence, what=_name_compared(names[table], figures.values()), table=table)
        for table, figures in compared.items()
    }
    return {table: claim for table, claim in found.items() if claim}


def _name_compared(what: str, figures: Iterable[Figure]) -> str:
    """What is compared: those with a figure, where not all have one."""
    return say_word("with_results", what=what) if any(figure.rank is None for figure in figures) else what


def list_lowest(items: Sequence[tuple[str, Figure]]) -> list[tuple[str, Figure]]:
    """The lowest items that are named: none of them ties with one that is not; without ties as many as may be."""
    if len(items) <= MOST_ITEMS:
        return [*items]
    next_rank = items[MOST_ITEMS][1].rank or 0.0
    return [pair for pair in items[:MOST_ITEMS] if (pair[1].rank or 0.0) < next_rank]
