"""The forms of a group as the auditor knows them: where each came from, its headline, its answer to each item."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Marked, Numbers, Whole
from analysis.column_values import texts
from analysis.disclosure.attack import Kind
from analysis.disclosure.groups import LEFT_OUT
from analysis.many_rows import cut_rows, number_rows
from analysis.release.group_counts import GroupAnswers, headline_items
from questionnaires.paper import Paper
from questionnaires.rule import Rule

UNKNOWN = -1
CODES = range(256)


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownForms:
    """A group's forms that have a headline, in one order.

    `place`: the number of its place among those of the group; `satisfied` of `answered` items make its headline;
    `answers`: the column of each item, in which a form's answer stands at its place in `rows`; `content` and `said`:
    the codes that are content, and those that are an answer.
    """

    place: Numbers
    satisfied: Marked
    answered: Marked
    rows: Numbers
    answers: Mapping[str, Marked]
    content: Flags
    said: Flags
    in_headline: frozenset[str]

    def headlines(self) -> tuple[Floats, Numbers]:
        """Every headline that a form has, in their order, and the number of each form's."""
        wide = len(self.in_headline) + 1
        pair = self.satisfied.astype(np.int32) * wide + self.answered
        pairs = np.flatnonzero(np.bincount(pair))
        values, number = np.unique(pairs // wide / (pairs % wide), return_inverse=True)
        numbers = np.zeros(wide * wide, np.int32)
        numbers[pairs] = number.ravel()
        return values, numbers[pair]

    def marked(self, item: str, *, discontented: bool) -> Flags:
        """The forms that are discontented with an item, or those that are content."""
        marks = self.said & (~self.content if discontented else self.content)
        return np.asarray(marks[self.answers[item][self.rows]])


class KnownTable(NamedTuple):
    """All valid forms: the column of each item, each form's place and the places' names, and the rule."""

    answers: Mapping[str, Marked]
    place: Numbers
    names: list[str]
    paper: Paper
    rule: Rule


def know_table(forms: pd.DataFrame, paper: Paper, rule: Rule) -> KnownTable:
    """Valid forms (columns place and items), without a copy of their answers."""
    places = number_rows(forms, ["place"])
    answers = {item: forms[item].to_numpy(np.uint8) for item in paper.item_ids}
    return KnownTable(answers, places.of, texts(places.values.place), paper, rule)


def find_groups(forms: pd.DataFrame, labels: Mapping[str, str]) -> Iterator[tuple[str, Numbers]]:
    """The rows of each group's forms, under the labels of `join_groups`, without the groups that are left out."""
    groups = number_rows(forms, ["group"])
    shown = np.array([labels.get(group, group) for group in texts(groups.values.group)], object)
    for label in sorted(set(shown.tolist()) - {LEFT_OUT}):
        yield label, np.flatnonzero((shown == label)[groups.of]).astype(np.int32)


def know_forms(table: KnownTable, rows: Numbers, counts: GroupAnswers) -> KnownForms:
    """The forms of a group beside its counts; those without a headline are left out."""
    content = np.isin(CODES, list(table.rule.counting.codes_of(counts.group)))
    said = np.isin(CODES, list(table.rule.counting.score.value))
    items = headline_items(table.paper)
    satisfied = np.zeros(len(rows), np.uint8)
    answered = np.zeros(len(rows), np.uint8)
    for item in items:
        code = table.answers[item][rows]
        satisfied += content[code]
        answered += said[code]
    has_headline = answered > 0
    numbers = {name: at for at, name in enumerate(counts.names)}
    number = np.array([numbers.get(name, UNKNOWN) for name in table.names], np.int32)
    return KnownForms(
        place=number[table.place[rows[has_headline]]],
        satisfied=satisfied[has_headline],
        answered=answered[has_headline],
        rows=rows[has_headline],
        answers=table.answers,
        content=content,
        said=said,
        in_headline=frozenset(items),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemForms:
    """The kinds of a group's forms on one item, and how many of each cell (kind and answer) every place has."""

    kinds: tuple[Kind, ...]
    known: Floats


class Alike(NamedTuple):
    """Forms that say the same, one row for each way of it: their headline, and their code of the item."""

    satisfied: Whole
    answered: Whole
    content: Flags
    said: Flags

    def marked(self, *, discontented: bool) -> Flags:
        """Those that are discontented with the item, or those that are content."""
        return self.said & (~self.content if discontented else self.content)


def sort_forms(forms: KnownForms, item: str, places: int, *, discontented: bool, is_statement: bool) -> ItemForms:
    """A group's forms by what an attacker can tell apart: headline and answer, or all but the answer of a statement.

    `discontented`: the discontented are counted, else the content.
    """
    alike, counts = _count_alike(forms, item, places)
    marked = alike.marked(discontented=discontented)
    in_headline = item in forms.in_headline
    table = _ways(alike, in_headline, discontented=discontented) if is_statement else _told(alike, marked)
    ways, of_kind = np.unique(table, axis=0, return_inverse=True)
    of_kind = of_kind.ravel()
    sizes = np.bincount(of_kind, counts.sum(axis=0), minlength=len(ways))
    kinds = tuple(_kind(way, int(size)) for way, size in zip(ways, sizes, strict=True))
    width = np.array([len(kind.answers) for kind in kinds])
    first = np.concatenate([[0], np.cumsum(width)[:-1]])
    cell = first[of_kind] + np.where(width[of_kind] > 1, marked, 0)
    known = np.zeros((places, int(width.sum())))
    np.add.at(known.T, cell, counts.T)
    return ItemForms(kinds=kinds, known=known)


def _count_alike(forms: KnownForms, item: str, places: int) -> tuple[Alike, Whole]:
    """Every way in which forms are alike on an item, and how many of each way every place has."""
    wide = len(forms.in_headline) + 1

    def way(part: slice) -> Numbers:
        code = forms.answers[item][forms.rows[part]]
        headline = forms.satisfied[part].astype(np.int32) * wide + forms.answered[part]
        return headline * 4 + forms.content[code] * 2 + forms.said[code]

    parts = cut_rows(len(forms.rows))
    seen = np.flatnonzero(sum(np.bincount(way(part), minlength=wide * wide * 4) for part in parts))
    number = np.zeros(wide * wide * 4, np.int32)
    number[seen] = np.arange(len(seen))
    counts = np.zeros(places * len(seen), np.int64)
    for part in parts:
        cell = forms.place[part].astype(np.int64) * len(seen) + number[way(part)]
        counts += np.bincount(cell, minlength=len(counts))
    content, said = (seen % 4 // 2).astype(bool), (seen % 2).astype(bool)
    alike = Alike(satisfied=seen // 4 // wide, answered=seen // 4 % wide, content=content, said=said)
    return alike, counts.reshape(places, len(seen))


def _told(alike: Alike, marked: Flags) -> Floats:
    headline = alike.satisfied / alike.answered
    return np.column_stack([headline, headline, marked.astype(float)])


def _ways(alike: Alike, in_headline: bool, *, discontented: bool) -> Floats:
    """Headline without and with the mark, where only the other answers of a form are known."""
    said = alike.said
    one = (said & in_headline).astype(np.int64)
    base = alike.satisfied - (alike.content & (one > 0))
    without = np.where(said, base + (one if discontented else 0), base) / alike.answered
    with_it = np.where(said, base + (0 if discontented else one), base) / alike.answered
    return np.column_stack([without, with_it, np.where(said, UNKNOWN, 0).astype(float)])


def _kind(way: Floats, size: int) -> Kind:
    content, discontented, answer = way.tolist()
    return Kind(
        forms=size,
        content=content,
        discontented=discontented,
        answer=None if answer == UNKNOWN else int(answer),
    )
