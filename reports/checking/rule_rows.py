"""Checks of the rule as it is told: its numbers, and which options of each paper count."""

import re
from collections.abc import Mapping

from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound
from reports.checking.rate_table_checks import Row
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten

NUMBERS = re.compile(r"\d+(?:\.\d+)?")


def check_counted(said: Said, round_: PublishedRound) -> bool:
    """Every option that counts in any paper, and no other."""
    return said["counted"] == _list_counted(round_)


def rule_row(row: Row, round_: PublishedRound) -> bool:
    """A choice of the rule: its numbers are the rule's own, and so is what counts in which paper."""
    rule = round_.facts.rule
    if row[0].startswith(load_table_words().words.counted):
        return _is_counted(row, round_)
    sample = rule.sample
    known: dict[str, list[object]] = {
        "permille": [f"{sample.permille.value:g}"],
        "floor": [sample.floor_below.value, sample.floor.value] if sample.floor and sample.floor_below else [],
        "parents": _numbers_of(sample.parents_min_share.value),
        "bands": [grade for band in sample.grade_bands.value for grade in band],
        "weights": [
            number for share in sorted(set(rule.weights.value.values()), reverse=True) for number in _numbers_of(share)
        ],
        "valid_form": _numbers_of(rule.valid_form.value),
        "valid_return": [f"{rule.valid_return.value * 100:g}"] if rule.valid_return else [],
        "line": [f"{round_.line.value:g}"],
        "smallest": [rule.smallest],
    }
    wanted = known.get(load_table_words().rule.get(row[0], ""), [])
    return NUMBERS.findall(row[1].replace(",", "")) == [str(number) for number in wanted]


def _numbers_of(value: object) -> list[object]:
    """The whole numbers in a share as the rule writes it.

    >>> _numbers_of("1/12")
    ['1', '12']
    """
    return [*NUMBERS.findall(str(value))]


def term_row(row: Row, round_: PublishedRound) -> bool:
    """A word explained: its numbers are the rule's, or those of every survey, and what counts is said in full."""
    rule = round_.facts.rule
    known = {"95", "1", f"{rule.confidence.value * 100:g}", *NUMBERS.findall(str(rule.valid_form.value))}
    counts = row[0] != load_table_words().words.rate or _list_counted(round_) in row[1]
    return counts and set(NUMBERS.findall("".join(row))) <= known


def _is_counted(row: Row, round_: PublishedRound) -> bool:
    """The options that count by the rule's list, or in a paper that says so itself, each with the clause of its own."""
    name, options, clause = row
    counted = load_table_words().words.counted
    rule = round_.facts.rule
    for paper in round_.facts.papers:
        title = f"{counted}：{paper.title}" if paper.counts else counted
        if name == tighten(title):
            why = paper.counts.clause if paper.counts else rule.counting.satisfied.clause
            return options == "、".join(_counted(paper, rule)) and clause == tighten(why)
    return False


def _list_counted(round_: PublishedRound) -> str:
    labels = [label for paper in round_.facts.papers for label in _counted(paper, round_.facts.rule)]
    return "、".join(dict.fromkeys(labels))


def _counted(paper: Paper, rule: Rule) -> list[str]:
    values = paper.counts.value if paper.counts else rule.counting.satisfied.value
    return [tighten(option.label) for option in paper.options if option.value in values]


CHECKS: Mapping[str, Check] = {"counted": check_counted}
