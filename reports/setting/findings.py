"""Findings: results put into the order in which a report tells them; every figure is taken as it is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.judgement import IndicatorFinding, Missing
from analysis.verdict.ledgers import UnmetRow
from analysis.verdict.school_findings import Resources
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from questionnaires.vocabulary import Group, Verdict

Row = dict[str, Any]
JOIN = "+"
LOWEST_TOPICS, LOWEST_ITEMS = 2, 5
COUNTS = ("population", "target", "issued", "forms")


def name_groups(key: str) -> str:
    """Name a group, or several that were joined before any figure.

    >>> name_groups("deputy+cppcc")
    '人大代表、政协委员'
    """
    return "、".join(Group(group).zh for group in key.split(JOIN))


def order_groups(results: Mapping[str, Row]) -> list[Row]:
    """The groups' results in the glossary's order, each with its `key` and `name`."""
    order = [group.value for group in Group]
    keys = sorted(results, key=lambda key: order.index(key.split(JOIN)[0]))
    return [{"key": key, "name": name_groups(key), **results[key]} for key in keys]


def describe_method(rule: Rule, papers: Sequence[Paper]) -> Row:
    """`weights`: (weight, groups that have it), heaviest first; `counted`: labels of the options that count."""
    names: dict[Fraction, list[str]] = {}
    for group, weight in rule.weights.value.items():
        names.setdefault(weight, []).append(Group(group).zh)
    labels = [option.label for option in papers[0].options if option.value in rule.counting.satisfied.value]
    return {"weights": sorted(names.items(), reverse=True), "counted": labels}


def describe_returns(status: Row, groups: Iterable[Row]) -> Row:
    """`sample`: counts of every group, joined as the results are; `totals`; who is `behind` the plan; `merged`."""
    results = {one["key"]: one for one in groups}
    together = {group for key in results for group in key.split(JOIN)}
    alone: dict[str, Row] = {group: {} for group in status["groups"] if group not in together}
    sample = [_returned(one, status["groups"]) for one in order_groups(results | alone)]
    return {
        "sample": sample,
        "totals": {name: sum(one[name] for one in status["groups"].values()) for name in COUNTS},
        "behind": [one for one in sample if one["received"] < one["target"]],
        "merged": [one["name"] for one in sample if JOIN in one["key"]],
    }


def _returned(result: Row, counts: Mapping[str, Row]) -> Row:
    own = [counts[group] for group in result["key"].split(JOIN) if group in counts]
    summed = {name: sum(one[name] for one in own) for name in COUNTS}
    absent = {"received": summed["forms"], "valid": 0, "response_rate": None}
    return summed | absent | result


def describe_rates(recognition: Row, groups: Sequence[Row], papers: Sequence[Paper]) -> Row:
    """Rates by group, topic and item, the lowest of each, the choices that turn the verdict, who is unreached."""
    rated = [one for one in groups if one["rate"] is not None]
    verdict = recognition["recognition"]["verdict"]
    unreached = recognition["provenance"].get("people_out_of_reach", {})
    turned = [one for one in recognition["sensitivity"] if one["verdict"] != verdict]
    turned.sort(key=lambda one: str(one["verdict"]))
    topics = _topics(recognition["topics"], groups, papers[0])
    items = _items(recognition["items"], papers)
    return {
        "lowest_group": min(rated, key=lambda one: float(one["rate"]), default=None),
        "hidden": len(rated) < len(groups),
        "topics": topics,
        "lowest_topics": _lowest(topics, "county", LOWEST_TOPICS),
        "items": items,
        "lowest_items": _lowest(items, "rate", LOWEST_ITEMS),
        "out_of_reach": [(name_groups(group), people) for group, people in unreached.items() if people],
        "turned": [(verdict, list(same)) for verdict, same in groupby(turned, key=lambda one: one["verdict"])],
    }


def _topics(results: Mapping[str, Row], groups: Sequence[Row], paper: Paper) -> list[Row]:
    return [
        {
            "name": topic.name,
            "county": _rate(results[topic.id], "county"),
            "rates": {one["key"]: _rate(results[topic.id], one["key"]) for one in groups},
        }
        for topic in paper.topics
        if topic.id in results
    ]


def _items(results: Mapping[str, Row], papers: Sequence[Paper]) -> list[Row]:
    """The items of a topic (the overall item is none) with their words on every paper."""
    names = {topic.id: topic.name for topic in papers[0].topics}
    texts = [{item.id: item.text for item in paper.items} for paper in papers]
    return [
        {
            "topic": names[item.topic],
            "texts": [words[item.id] for words in texts],
            "rate": _rate(results[item.id], "county"),
        }
        for item in papers[0].items
        if item.topic and item.id in results
    ]


def _rate(domains: Mapping[str, Row], domain: str) -> float | None:
    rate: float | None = domains.get(domain, {}).get("rate")
    return rate


def _lowest(rows: Iterable[Row], key: str, most: int) -> list[Row]:
    return sorted((row for row in rows if row[key] is not None), key=lambda row: float(row[key]))[:most]


def describe_dimensions(judgement: Judgement, standard: Standard) -> Row:
    """What the four dimensions come to: schools, indicators met or not, what is short and what is missing."""
    dimensions = judgement.dimensions
    resources = dimensions.resources
    judged = {key: dimensions.indicators(key) for key in ("guarantee", "quality")}
    return {
        "resources": resources,
        "schools": _count_schools(resources),
        "tallies": {key: _tally(dimensions.verdict(key), found) for key, found in judged.items()},
        "shortage": {key: short for key, found in judged.items() if (short := _short(found))},
        "borderline": [school.name or school.school for school in resources.borderline],
        "missing": [_tell_missing(missing, standard) for missing in judgement.missing],
        "settled": [conflict for conflict in judgement.contradictions if conflict.used is not None],
    }


class SchoolTally(NamedTuple):
    """Schools met, not known and failing by stage, and the coefficients of variation within their limits."""

    met: int
    total: int
    unknown: int
    failing: list[tuple[str, int]]
    cv_met: int
    cv_over: int
    cv_total: int


class IndicatorTally(NamedTuple):
    """The verdict on a dimension, and the titles of its indicators by what became of them."""

    verdict: Verdict
    met: list[str]
    not_met: list[str]
    undetermined: list[str]
    total: int


class ToldMissing(NamedTuple):
    """What is missing, by the title of its indicator ("" for a condition); `stage` where schools lack a value."""

    indicator: str
    title: str
    stage: str
    why: str


class ShortCount(NamedTuple):
    """How often schools of a stage are below one line."""

    title: str
    stage: str
    not_met: int
    undetermined: int


def _count_schools(resources: Resources) -> SchoolTally:
    verdicts = [school.verdict for school in resources.schools]
    variations = [found.cv_verdict for stages in resources.indicators.values() for found in stages.values()]
    failing = [school.stage for school in resources.schools if school.verdict == Verdict.NOT_MET]
    return SchoolTally(
        met=verdicts.count(Verdict.MET),
        total=len(verdicts),
        unknown=verdicts.count(Verdict.UNDETERMINED),
        failing=[(stage, failing.count(stage)) for stage in dict.fromkeys(failing)],
        cv_met=variations.count(Verdict.MET),
        cv_over=variations.count(Verdict.NOT_MET),
        cv_total=len(variations),
    )


def _tally(verdict: Verdict, indicators: Mapping[str, IndicatorFinding]) -> IndicatorTally:
    titles: dict[Verdict, list[str]] = {kind: [] for kind in Verdict}
    for indicator in indicators.values():
        titles[indicator.verdict].append(indicator.title)
    return IndicatorTally(
        verdict=verdict,
        met=titles[Verdict.MET],
        not_met=titles[Verdict.NOT_MET],
        undetermined=titles[Verdict.UNDETERMINED],
        total=len(indicators),
    )


def _short(indicators: Mapping[str, IndicatorFinding]) -> list[IndicatorFinding]:
    return [indicator for indicator in indicators.values() if indicator.verdict == Verdict.NOT_MET]


def count_short(ledger: Sequence[UnmetRow]) -> list[ShortCount]:
    """A ledger's rows counted by indicator and stage."""
    counts = Counter((row.title, row.stage, row.verdict) for row in ledger)
    return [
        ShortCount(
            title=title,
            stage=stage,
            not_met=counts[title, stage, Verdict.NOT_MET],
            undetermined=counts[title, stage, Verdict.UNDETERMINED],
        )
        for title, stage in dict.fromkeys((title, stage) for title, stage, _ in counts)
    ]


def _tell_missing(missing: Missing, standard: Standard) -> ToldMissing:
    indicator = standard.indicators.get(standard.whole(missing.indicator))
    return ToldMissing(
        indicator=missing.indicator,
        title=indicator.title if indicator else "",
        stage=missing.stage if missing.schools else "",
        why=missing.why,
    )
