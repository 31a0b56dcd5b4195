"""Findings: results put into the order in which a report tells them; every figure is taken as it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from msgspec.structs import asdict, replace

from analysis.results import COUNTY, Choice, Domains, Estimate, Figure, GroupRate
from analysis.round_counts import GroupCounts, SplitCounts, Status
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from questionnaires.vocabulary import AnswerCoding, Group, Locale, Stage, Verdict, place_in_list, words

JOIN = "+"
WHOLE = "不分层"
Line = TypeVar("Line")
LOWEST_TOPICS = 2
LOWEST_ITEMS = 5
NOT_TOLD = Figure(rate=None)


def name_groups(key: str) -> str:
    """Name a group, or several that were joined before any figure.

    >>> name_groups("deputy+cppcc")
    '人大代表、政协委员'
    """
    return "、".join(Group(group).zh for group in key.split(JOIN))


def say_groups(keys: Iterable[str]) -> str:
    """Several groups in one breath.

    >>> say_groups(("parent", "deputy+cppcc"))
    '家长、人大代表、政协委员'
    """
    return "、".join(map(name_groups, keys))


class GroupLine(GroupRate, frozen=True, kw_only=True):
    """One group's result by its name, with its counts where they are told (`describe_returns`)."""

    key: str
    name: str
    population: int = 0
    issued: int = 0
    forms: int = 0


def order_groups(groups: Mapping[str, GroupRate]) -> list[GroupLine]:
    """The groups' results in the glossary's order, each with its `key` and `name`."""
    return [GroupLine(key=key, name=name_groups(key), **asdict(groups[key])) for key in _in_order(groups)]


def _in_order(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=lambda key: place_in_list(Group, key.split(JOIN)[0]))


class Method(NamedTuple):
    """`weights`: (weight, groups that have it), heaviest first; `counted`: labels of the options that count.

    `by_rule`: those that count by the rule's list, none where every paper says so itself.
    `own_scales`: title, labels and clause of each paper that says itself which of its options count.
    """

    weights: list[tuple[Fraction, list[str]]]
    counted: list[str]
    by_rule: list[str]
    own_scales: list[tuple[str, list[str], str]]


def describe_method(rule: Rule, papers: Sequence[Paper]) -> Method:
    """How the rule counts answers and weighs groups."""
    names: dict[Fraction, list[str]] = {}
    for group, weight in rule.weights.value.items():
        names.setdefault(weight, []).append(Group(group).zh)
    own = [paper for paper in papers if paper.counts]
    listed = [label for paper in papers if not paper.counts for label in _counted_labels(paper, rule)]
    labels = [label for paper in papers for label in _counted_labels(paper, rule)]
    return Method(
        weights=sorted(names.items(), reverse=True),
        counted=list(dict.fromkeys(labels)),
        by_rule=list(dict.fromkeys(listed)),
        own_scales=[(paper.title, _counted_labels(paper, rule), paper.counts.clause) for paper in own if paper.counts],
    )


def _counted_labels(paper: Paper, rule: Rule) -> list[str]:
    counted = paper.counts.value if paper.counts else rule.counting.satisfied.value
    return [option.label for option in paper.options if option.value in counted]


class Returns(NamedTuple):
    """`sample`: counts of every group, joined as the results are; who is `behind` the plan; names of `merged`.

    `imported`: forms that came in files, 0 for none or too few to be told; `codings` how their answers were written.
    `opinions`: forms from classes that were not drawn, which are in no figure. `split`: what is said of a split ballot.
    """

    sample: list[GroupLine]
    totals: GroupCounts
    behind: list[GroupLine]
    merged: list[str]
    imported: int
    codings: str
    opinions: int
    split: dict[str, str]


def describe_returns(status: Status, groups: Iterable[GroupLine]) -> Returns:
    """Codes and forms of every group beside the plan."""
    lines = {line.key: line for line in groups}
    together = {group for key in lines for group in key.split(JOIN)}
    alone = [group for group in status.groups if group not in together]
    sample = [_returned(key, lines.get(key), status.groups) for key in _in_order([*lines, *alone])]
    return Returns(
        sample=sample,
        totals=_sum_counts(status.groups.values()),
        behind=[line for line in sample if line.received < (line.target or 0)],
        merged=[line.name for line in sample if JOIN in line.key],
        imported=status.imported or 0,
        codings=name_codings(status.codings or ()),
        opinions=status.opinions or 0,
        split=say_split(status.split) if status.split else {},
    )


def say_split(split: SplitCounts) -> dict[str, str]:
    """The halves of a split ballot: their forms, by how much the second's rate differs, and between which bounds.

    >>> said = say_split(SplitCounts(kind="reversed", forms=(120, 1300), difference=-0.02, lower=-0.06, upper=0.02))
    >>> said["second"], said["gap"], said["low"], said["high"]
    ('1,300', '-2', '-6', '2')
    """
    points = {"gap": split.difference, "low": split.lower, "high": split.upper}
    first, second = (f"{forms:,}" for forms in split.forms)
    return {"first": first, "second": second, **{name: f"{round(100 * share)}" for name, share in points.items()}}


def name_codings(codings: Iterable[str]) -> str:
    """How the answers of files were written.

    >>> name_codings(["best-is-1", "text"])
    '选项序号，1为最满意；选项文字'
    """
    return "；".join(AnswerCoding(coding).zh for coding in codings)


def _returned(key: str, line: GroupLine | None, counts: Mapping[str, GroupCounts]) -> GroupLine:
    """A group's line with its counts; one without a result has counts alone."""
    own = _sum_counts(counts[group] for group in key.split(JOIN) if group in counts)
    line = line or GroupLine(
        key=key,
        name=name_groups(key),
        rate=None,
        lower=None,
        upper=None,
        received=own.forms,
        valid=0,
        response_rate=None,
        unknown=None,
    )
    return replace(
        line,
        population=own.population,
        target=own.target if line.target is None else line.target,
        issued=own.issued,
        forms=own.forms,
    )


def _sum_counts(counts: Iterable[GroupCounts]) -> GroupCounts:
    own = list(counts)
    return GroupCounts(
        population=sum(group.population for group in own),
        target=sum(group.target for group in own),
        issued=sum(group.issued for group in own),
        forms=sum(group.forms for group in own),
    )


class TopicLine(NamedTuple):
    """A topic by its name: the county's rate, and each group's by its key."""

    name: str
    county: Figure
    rates: dict[str, Figure]


class ItemLine(NamedTuple):
    """An item with its topic's name, its words on every paper and the county's rate."""

    topic: str
    texts: list[str]
    rate: Figure


class Rates(NamedTuple):
    """Rates by topic and item, the lowest of each, the choices that turn the verdict, who is out of reach."""

    lowest_group: GroupLine | None
    hidden: bool
    topics: list[TopicLine]
    lowest_topics: list[TopicLine]
    items: list[ItemLine]
    lowest_items: list[ItemLine]
    out_of_reach: list[tuple[str, int]]
    turned: list[tuple[Verdict, list[Choice]]]


def describe_rates(estimate: Estimate, groups: Sequence[GroupLine], papers: Sequence[Paper]) -> Rates:
    """What the rates come to."""
    rated = [line for line in groups if line.rank is not None]
    topics = _topics(estimate.topics, groups, papers[0])
    items = _items(estimate.items, papers)
    unreached = estimate.provenance.people_out_of_reach
    return Rates(
        lowest_group=min(rated, key=lambda line: line.rank or 0.0, default=None),
        hidden=len(rated) < len(groups),
        topics=topics,
        lowest_topics=_lowest(topics, lambda topic: topic.county)[:LOWEST_TOPICS],
        items=items,
        lowest_items=_behind(items, lambda item: item.rate, LOWEST_ITEMS),
        out_of_reach=[(name_groups(group), people) for group, people in unreached.items() if people],
        turned=_turned(estimate),
    )


def _turned(estimate: Estimate) -> list[tuple[Verdict, list[Choice]]]:
    """The choices under which the verdict is another, by that verdict."""
    turned: dict[Verdict, list[Choice]] = {}
    for choice in estimate.sensitivity:
        if choice.verdict is not None and choice.verdict != estimate.county.verdict:
            turned.setdefault(choice.verdict, []).append(choice)
    return sorted(turned.items())


def _topics(results: Mapping[str, Domains], groups: Sequence[GroupLine], paper: Paper) -> list[TopicLine]:
    return [
        TopicLine(
            name=topic.name,
            county=_rate(results[topic.id], COUNTY),
            rates={line.key: _rate(results[topic.id], line.key) for line in groups},
        )
        for topic in paper.topics
        if topic.id in results
    ]


def _items(results: Mapping[str, Domains], papers: Sequence[Paper]) -> list[ItemLine]:
    """The items of a topic (the overall item is none) with their words on every paper."""
    names = {topic.id: topic.name for topic in papers[0].topics}
    texts = [{item.id: item.text for item in paper.items} for paper in papers]
    return [
        ItemLine(
            topic=names[item.topic],
            texts=[wordings[item.id] for wordings in texts],
            rate=_rate(results[item.id], COUNTY),
        )
        for item in papers[0].items
        if item.topic and item.id in results
    ]


def _rate(domains: Domains, domain: str) -> Figure:
    return domains.get(domain, NOT_TOLD)


def _lowest(lines: Iterable[Line], rate: Callable[[Line], Figure]) -> list[Line]:
    """Those with a rate or a bound, the lowest first."""
    return sorted((line for line in lines if rate(line).rank is not None), key=lambda line: rate(line).rank or 0.0)


def _behind(lines: Iterable[Line], rate: Callable[[Line], Figure], most: int) -> list[Line]:
    """The lowest, so many and whoever ties with the last of them, but none that no other is above."""
    ranked = _lowest(lines, rate)
    ranks = [rate(line).rank or 0.0 for line in ranked]
    border = ranks[min(most, len(ranks)) - 1] if ranks else 0.0
    return [line for line, rank in zip(ranked, ranks, strict=True) if rank <= border and rank < ranks[-1]]


def name_stratum(stratum: str) -> str:
    """A stratum's name in Chinese.

    >>> name_stratum("1-3/town+village"), name_stratum("primary/city"), name_stratum("county")
    ('1—3年级 镇区、乡村', '小学 城区', '不分层')
    """
    if stratum == "county":
        return WHOLE
    return " ".join("、".join(_name_part(part) for part in level.split("+")) for level in stratum.split("/"))


def _name_part(part: str) -> str:
    known = words(Stage) | words(Locale)
    return known.get(part, f"{part.replace('-', '—')}年级")
