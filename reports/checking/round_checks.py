"""Checks of what is said of rounds before, of stages and localities, and of earlier problems."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from analysis.published import FormerGroup, UnitRow
from analysis.recognition.ordering import Moved, find_lowest, find_moved
from analysis.results import COUNTY, GroupRate, ItemRate
from questionnaires.vocabulary import Locale, ProblemState, Stage
from reports.checking.cells_agree import NONE, Grid, same_difference, same_figure, same_share, tell_row
from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound, figure_agrees, name_of, read_number
from reports.checking.rate_table_checks import Row, TableCheck, each_row
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten

Rate = GroupRate | ItemRate | FormerGroup
MOVE = re.compile(r"([^（）]+?)（由([^（）]+)到([^（）]+)）、?")
PLACES: Mapping[str, Mapping[str, str]] = {
    "stage": {stage.value: stage.zh for stage in Stage},
    "locale": {locale.value: locale.zh for locale in Locale},
}


def _moves(round_: PublishedRound, topics: bool) -> dict[str, tuple[Rate, Rate, Moved]]:
    """What was told in both rounds by Chinese name: then, now, and the change as it is tested."""
    rounds = round_.published.former.rounds
    if not rounds or not round_.is_comparable(rounds[0]):
        return {}
    found = round_.published.estimate.topics.items()
    rates = {key: domains[COUNTY] for key, domains in found if COUNTY in domains}
    names = {topic.id: topic.name for topic in round_.facts.papers[0].topics}
    confidence = round_.facts.rule.confidence.value
    if topics:
        then = rounds[0].topics
        return {names[own.name]: (then[own.name], rates[own.name], own) for own in find_moved(rates, then, confidence)}
    before = rounds[0].groups
    groups = round_.published.estimate.groups
    moved = find_moved(groups, before, confidence)
    return {name_of(own.name): (before[own.name], groups[own.name], own) for own in moved}


def check_moved(way: int) -> Check:
    """The check of what rose (1), fell (-1) or was told apart by no test (0): all of it, and nothing else."""

    def check(said: Said, round_: PublishedRound) -> bool:
        moves = _moves(round_, load_table_words().words.topic in said["what"])
        clear = {name: (then, now) for name, (then, now, own) in moves.items() if own.clear}
        if way == 0:
            return bool(moves) and not clear
        wanted = {name: pair for name, pair in clear.items() if moves[name][2].change.difference * way > 0}
        named = MOVE.findall(said["moved"])
        return sorted(name for name, _, _ in named) == sorted(wanted) and all(
            figure_agrees(then, wanted[name][0], round_.share) and figure_agrees(now, wanted[name][1], round_.share)
            for name, then, now in named
        )

    return check


def check_moved_apart(_: Said, round_: PublishedRound) -> bool:
    """That topics of two rounds are compared in which other groups answered."""
    return round_.is_apart(round_.published.former.rounds[0]) and bool(_moves(round_, topics=True))


def check_earlier(said: Said, round_: PublishedRound) -> bool:
    """How many problems were known before the round, by where they stand."""
    problems = round_.published.former.problems
    states = Counter(problem.state for problem in problems)
    counts = {
        "total": len(problems),
        "closed": states[ProblemState.CLOSED],
        "applied": states[ProblemState.APPLIED],
        "open": states[ProblemState.OPEN],
    }
    return all(read_number(said[name]) == count for name, count in counts.items())


def check_again(said: Said, round_: PublishedRound) -> bool:
    """How many of them were found again after they had been closed."""
    again = sum(problem.reopened > 0 for problem in round_.published.former.problems)
    return read_number(said["count"]) == again > 0


def check_moves(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Every group and topic that was told in both rounds."""
    both = [(name, move) for topics in (False, True) for name, move in _moves(round_, topics).items()]
    if [name for name, _ in both] != [row[1] for row in grid[1:]]:
        yield "table moved: rows"
        return
    for row, (_, (then, now, own)) in zip(grid[1:], both, strict=True):
        told = same_figure(row[2], then, round_.share) and same_figure(row[3], now, round_.share)
        clear = row[5] == load_table_words().words.exceeds
        if not (told and same_difference(row[4], own.change.difference, now, then) and clear == own.clear):
            yield tell_row("moved", row)


def find_margins(round_: PublishedRound) -> dict[tuple[str, str], UnitRow]:
    """Stages and localities that are told as numbers, by group and place in Chinese."""
    rows = [row for row in round_.published.unit_rows if row.scope == "whole" and row.state == "shown"]
    return {
        (name_of(row.group), PLACES[row.level][place]): row
        for row in rows
        if row.rate is not None and (place := row.place.rpartition("/")[2]) in PLACES.get(row.level, {})
    }


def _margin_row(row: Row, round_: PublishedRound) -> bool:
    own = find_margins(round_)[row[0], row[1]]
    return same_figure(row[2], own, round_.share) and same_share(row[3], own.lower) and same_share(row[4], own.upper)


def _problem_row(row: Row, round_: PublishedRound) -> bool:
    return any(
        tighten(problem.text.replace("|", "｜")) == row[0]
        and problem.state.zh == row[3]
        and row[1] == (tighten(problem.school.replace("|", "｜")) or NONE)
        for problem in round_.published.former.problems
    )


def check_margins_level(_: Said, round_: PublishedRound) -> bool:
    """That no test tells stages or localities of one group apart."""
    found = [find_lowest(own, round_.facts.rule.confidence.value) for own in round_.margins.values()]
    return not any(lowest.apart for lowest in found if lowest is not None)


CHECKS: Mapping[str, Check] = {
    "margins_level": check_margins_level,
    "moved_up": check_moved(1),
    "moved_down": check_moved(-1),
    "moved_open": check_moved(0),
    "moved_apart": check_moved_apart,
    "earlier_problems": check_earlier,
    "earlier_again": check_again,
}
TABLES: Mapping[str, TableCheck] = {
    "moved": check_moves,
    "margins": each_row("margins", _margin_row, all_of=lambda round_: len(find_margins(round_))),
    "problems": each_row("problems", _problem_row),
}
