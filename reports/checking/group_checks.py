"""Checks of claims on groups, topics and items: who is below the line, who is lowest, how many were asked."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from analysis.published import UnitRow
from analysis.recognition.ordering import Lowest, find_lowest
from analysis.results import Figure, GroupRate, ItemRate
from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import (
    PublishedRound,
    agrees,
    all_in_order,
    figure_agrees,
    is_below,
    is_ranged,
    name_of,
    read_number,
    split_named,
)
from reports.setting.findings import name_codings, say_split

WITH_RESULTS = "有结果的"


def _listed(text: str, figures: Mapping[str, Figure], wanted: list[str], line: float) -> bool:
    """Whether exactly these are named, each with its own figure."""
    named = split_named(text)
    if not all_in_order([name for name, _ in named], wanted):
        return False
    return all(figure_agrees(rate, figures[name], line) for name, rate in named)


def check_below(tested: bool) -> Check:
    """The check that every group below the line is named: those a test tells from it, or the others."""

    def check(said: Said, round_: PublishedRound) -> bool:
        short = {name: rate for name, rate in round_.groups.items() if is_below(rate, round_.share)}
        sure = [name for name, rate in short.items() if rate.upper is not None and rate.upper < round_.share]
        wanted = sure if tested else [name for name in short if name not in sure]
        return agrees(said["line"], round_.share) and _listed(said["rated"], round_.groups, wanted, round_.share)

    return check


def check_level(said: Said, round_: PublishedRound) -> bool:
    """No group that has a figure is below the line."""
    rated = [rate for rate in round_.groups.values() if rate.rank is not None]
    known = not any(is_below(rate, round_.share) or is_ranged(rate, round_.share) for rate in rated)
    return known and read_number(said["count"]) == len(rated) and agrees(said["line"], round_.share)


def check_ranged(below: bool) -> Check:
    """The check that those are named whose ranges leave it open, and whether other groups are below the line."""

    def check(said: Said, round_: PublishedRound) -> bool:
        wanted = [name for name, rate in round_.groups.items() if is_ranged(rate, round_.share)]
        some_below = any(is_below(rate, round_.share) for rate in round_.groups.values())
        named = len(said["names"]) == len("、".join(wanted)) > 0 and all(name in said["names"] for name in wanted)
        return named and some_below == below and agrees(said["line"], round_.share)

    return check


def check_group(way: str) -> Check:
    """The check of one group's sentence, its interval above, below or across the line."""

    def check(said: Said, round_: PublishedRound) -> bool:
        rate = round_.groups.get(said["name"])
        if rate is None or rate.lower is None or rate.upper is None:
            return False
        true_way = "above" if rate.lower > round_.share else "below" if rate.upper < round_.share else "open"
        figures = [(said["rate"], rate.rate), (said["lower"], rate.lower), (said["upper"], rate.upper)]
        return (
            way == true_way
            and all(agrees(text, share, round_.share) for text, share in figures)
            and agrees(said["line"], round_.share)
        )

    return check


def check_alone(said: Said, round_: PublishedRound) -> bool:
    """A group's figure without an interval."""
    rate = round_.groups.get(said["name"])
    return rate is not None and figure_agrees(said["rate"], rate, round_.share)


def check_unshown(said: Said, round_: PublishedRound) -> bool:
    """A group without a figure, and its valid forms."""
    rate = round_.groups.get(said["name"])
    return rate is not None and rate.rank is None and read_number(said["valid"]) == rate.valid


def _compared(what: str, round_: PublishedRound) -> Mapping[str, GroupRate | ItemRate | UnitRow]:
    margins = round_.margins.get(what)
    if margins is not None:
        return margins
    return round_.topics if "方面" in what else round_.groups


def check_lowest(right: Callable[[Lowest], bool]) -> Check:
    """The check of a superlative: the test says the same, and the figures are those of who is named."""

    def check(said: Said, round_: PublishedRound) -> bool:
        figures = _compared(said["what"], round_)
        lowest = find_lowest(figures, round_.facts.rule.confidence.value)
        untold = any(figure.is_statement for figure in figures.values())
        known = all(figure.rank is not None for figure in figures.values())
        if lowest is None or untold or not right(lowest) or (WITH_RESULTS in said["what"]) == known:
            return False
        first = figures[lowest.names[0]]
        if "rated" in said:
            return _listed(said["rated"], figures, list(lowest.names), round_.share)
        named = said.get("names", lowest.names[0]) == lowest.names[0]
        return named and ("rate" not in said or figure_agrees(said["rate"], first, round_.share))

    return check


def check_topics(said: Said, round_: PublishedRound) -> bool:
    """Every topic below the line."""
    wanted = [name for name, rate in round_.topics.items() if is_below(rate, round_.share)]
    return agrees(said["line"], round_.share) and _listed(said["rated"], round_.topics, wanted, round_.share)


def check_items(said: Said, round_: PublishedRound) -> bool:
    """How many items are below the line, and that those named are the lowest of them, none left out that ties."""
    short = {name: rate for name, rate in round_.items.items() if is_below(rate, round_.share)}
    named = split_named(said.get("rated", ""))
    ranks = sorted(rate.rank or 0.0 for rate in short.values())
    order = ranks[: len(named)]
    torn = named and len(named) < len(ranks) and order[-1] == ranks[len(named)]
    return (
        agrees(said["line"], round_.share)
        and read_number(said["count"]) == len(short) > 0
        and not torn
        and all(name in short and figure_agrees(rate, short[name], round_.share) for name, rate in named)
        and sorted(short[name].rank or 0.0 for name, _ in named) == order
    )


def check_items_named(said: Said, round_: PublishedRound) -> bool:
    """Every item below the line."""
    wanted = [name for name, rate in round_.items.items() if is_below(rate, round_.share)]
    return agrees(said["line"], round_.share) and _listed(said["rated"], round_.items, wanted, round_.share)


def check_no_problem(said: Said, round_: PublishedRound) -> bool:
    """Nothing is below the line; of how much a range leaves it open, where any does."""
    figures = [*round_.groups.values(), *round_.topics.values(), *round_.items.values()]
    ranged = sum(is_ranged(rate, round_.share) for rate in figures)
    told = read_number(said["count"]) == ranged > 0 if "count" in said else ranged == 0
    return told and not any(is_below(rate, round_.share) for rate in figures) and agrees(said["line"], round_.share)


def check_asked(said: Said, round_: PublishedRound) -> bool:
    """Who was asked, how many kinds, and which of them is missing."""
    groups = "、".join(map(name_of, round_.facts.rule.groups))
    missing = "、".join(map(name_of, round_.published.estimate.county.incomplete))
    counted = read_number(said["count"]) == len(round_.facts.rule.groups)
    told = said.get("missing", "") == (missing if round_.published.estimate.county.rate is not None else "")
    return said["groups"] == groups and counted and told


def check_planned(said: Said, round_: PublishedRound) -> bool:
    """What the rule asks of the population, what the plan has, and which groups are too few where it is less."""
    facts = round_.facts
    permille = Decimal(str(facts.rule.sample.permille.value))
    quota = read_number(said["quota"])
    target = read_number(said["target"])
    told = sum(group.target for group in round_.published.status.groups.values())
    short = "、".join(name_of(group.group) for group in round_.published.estimate.shortfalls)
    return (
        read_number(said["population"]) == facts.population
        and target == told
        and ("permille" not in said or read_number(said["permille"]) == permille)
        and ("permille" not in said or abs(quota - permille * facts.population / 1000) < 1)
        and ("below" not in said or quota == _floor(round_))
        and ("groups" in said) == (bool(short) and target < quota and "below" not in said)
        and said.get("groups", short) == short
    )


def _floor(round_: PublishedRound) -> int | None:
    floor = round_.facts.rule.sample.floor
    return floor.value if floor else None


def check_returned(said: Said, round_: PublishedRound) -> bool:
    """Codes, forms, valid forms and their share."""
    estimate = round_.published.estimate
    issued = sum(group.issued for group in round_.published.status.groups.values())
    counts = [(said["issued"], issued), (said["received"], estimate.received), (said["valid"], estimate.valid)]
    return all(read_number(text) == count for text, count in counts) and agrees(
        said["validity"], estimate.valid / estimate.received
    )


def check_papers(said: Said, round_: PublishedRound) -> bool:
    """How many papers, items and topics there are."""
    papers = round_.facts.papers
    counts = {"papers": len(papers), "items": len(papers[0].items), "topics": len(papers[0].topics)}
    return all(read_number(said[name]) == count for name, count in counts.items())


def check_behind(said: Said, round_: PublishedRound) -> bool:
    """A group's plan, its forms and what is lacking."""
    rate = round_.groups.get(said["name"])
    planned = {name_of(key): group.target for key, group in round_.published.status.groups.items()}
    target = rate.target if rate and rate.target is not None else planned.get(said["name"])
    if rate is None or target is None:
        return False
    lacks = target - rate.received
    counts = {"target": target, "received": rate.received, "lacks": lacks}
    return lacks > 0 and all(read_number(said[name]) == count for name, count in counts.items())


def check_sampled(said: Said, round_: PublishedRound) -> bool:
    """The plan beside codes and forms."""
    target = sum(group.target for group in round_.published.status.groups.values())
    return read_number(said["target"]) == target and check_returned(said, round_)


def check_from_files(said: Said, round_: PublishedRound) -> bool:
    """Forms that came in files, and how their answers were written."""
    status = round_.published.status
    return read_number(said["imported"]) == status.imported and said["codings"] == name_codings(status.codings or ())


def check_opinions(said: Said, round_: PublishedRound) -> bool:
    """Forms from classes that were not drawn."""
    return read_number(said["opinions"]) == round_.published.status.opinions


def check_split(said: Said, round_: PublishedRound) -> bool:
    """The halves of a split ballot and how far they differ."""
    split = round_.published.status.split
    if not split:
        return False
    return {name: said[name] for name in ("first", "second", "gap", "low", "high")} == say_split(split)


def check_unreturned(said: Said, round_: PublishedRound) -> bool:
    """Codes, and not one form."""
    counts = round_.published.status.groups.values()
    issued = read_number(said["issued"]) == sum(group.issued for group in counts)
    planned = "target" not in said or read_number(said["target"]) == sum(group.target for group in counts)
    return issued and planned and round_.published.estimate.received == 0


def check_response(said: Said, round_: PublishedRound) -> bool:
    """Valid forms, and the forms of all who were given a code."""
    estimate = round_.published.estimate
    issued = sum(group.issued for group in round_.published.status.groups.values())
    return read_number(said["valid"]) == estimate.valid and agrees(said["share"], estimate.received / issued)


CHECKS: Mapping[str, Check] = {
    "groups_below": check_below(True),
    "groups_short": check_below(False),
    "groups_level": check_level,
    "groups_ranged": check_ranged(False),
    "groups_left": check_ranged(True),
    **{f"group_{way}": check_group(way) for way in ("above", "below", "open")},
    "group_alone": check_alone,
    "group_none": check_unshown,
    "lowest_apart": check_lowest(lambda lowest: lowest.apart and len(lowest.names) == 1),
    "lowest_tied": check_lowest(lambda lowest: lowest.apart and len(lowest.names) > 1),
    "lowest_open": check_lowest(lambda lowest: not lowest.apart and not lowest.same),
    "lowest_same": check_lowest(lambda lowest: lowest.same),
    "topics_below": check_topics,
    "items_below": check_items,
    "items_counted": check_items,
    "items_named": check_items_named,
    "no_problem": check_no_problem,
    "no_problem_ranged": check_no_problem,
    "asked": check_asked,
    "asked_missing": check_asked,
    "planned": check_planned,
    "planned_capped": check_planned,
    "planned_floor": check_planned,
    "returned": check_returned,
    "response": check_response,
    "papers": check_papers,
    "behind_codes": check_behind,
    "behind_answers": check_behind,
    "sampled": check_sampled,
    "from_files": check_from_files,
    "opinions": check_opinions,
    "split_reversed": check_split,
    "split_apart": check_split,
    "returned_none": check_unreturned,
    "sampled_none": check_unreturned,
}
