"""What the checks look at: the codes of a form, how they are alike, and where it is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Marked, Numbers, Whole
from analysis.cells.tallying import valid_forms
from analysis.many_rows import TOGETHER, cut_rows, number_rows
from questionnaires.paper import BLANK, UNKNOWN, Paper
from questionnaires.rule import Rule

Found = TypeVar("Found", Floats, Flags)
MARKS = (1, 2, 3, 4, 5, UNKNOWN)


class Outcome(NamedTuple):
    """One check in every owner, NaN in `p` where it was not made.

    `beyond` tells where the effect reaches the rule's threshold, `marked` which forms a finding there is
    about (all of the place's: None). `came`: what is told of how many came, where that is not the valid forms.
    """

    observed: Floats
    expected: Floats
    p: Floats
    beyond: Flags
    marked: Flags | None = None
    came: Floats | None = None


class FormsPart(NamedTuple):
    """Owners one after another, all forms of which are looked at together, and those forms."""

    owners: slice
    forms: slice


class Shapes(NamedTuple):
    """Of each form: whether it has one and the same answer to everything it answered; its most frequent answer, the
    higher one of two; how many answers are unlike that one."""

    constant: Flags
    mode: Marked
    departures: Marked


@dataclass(frozen=True)
class Answers:
    """Valid forms as rows of codes (forms x items), and the owner, (group, place), of every form.

    The valid forms are taken in the order of their owners and answers, so that no order of rows can show: `rows`
    tells where each one stands in `table`, which is as it came. `every_owner` is the number of each form's owner,
    valid or not; `owners` has one row an owner: group, place, received; `group` is each owner's group as a number;
    `blocks` the columns of each topic, and of each item without one; `ends` tells after how many valid forms those of
    each owner end. What is wider than a byte is computed for a part at a time: ten million forms have room.
    """

    table: Marked
    rows: Numbers
    every_owner: Numbers
    owners: pd.DataFrame
    group: Whole
    blocks: tuple[tuple[int, ...], ...]
    ends: Whole

    @cached_property
    def parts(self) -> list[FormsPart]:
        """The owners in parts of about TOGETHER forms."""
        cuts = np.searchsorted(self.ends, np.arange(TOGETHER, len(self.rows), TOGETHER)) + 1
        bounds = np.unique([0, *cuts.tolist(), len(self.ends)]).tolist()
        before = np.concatenate([[0], self.ends])
        parts = [FormsPart(slice(a, b), slice(int(before[a]), int(before[b]))) for a, b in pairwise(bounds)]
        return parts or [FormsPart(slice(0, 0), slice(0, 0))]

    def codes(self, part: FormsPart) -> Marked:
        """The answers of the forms of a part."""
        return np.ascontiguousarray(self.table[self.rows[part.forms]])

    def owner(self, part: FormsPart) -> Whole:
        """The owner of each form of a part, counted from the first of the part."""
        return np.repeat(np.arange(_size(part)), np.diff(self.ends[part.owners], prepend=part.forms.start))

    def of_forms(self, tell: Callable[[FormsPart], Found]) -> Found:
        """One value a form, told part by part."""
        first, *others = self.parts
        begun = tell(first)
        told = np.empty(len(self.rows), begun.dtype)
        told[first.forms] = begun
        for part in others:
            told[part.forms] = tell(part)
        return told

    def sums(self, values: Callable[[FormsPart], Floats | Flags | Marked]) -> Floats:
        """Sums of each owner, of one value a form, told part by part."""
        return np.concatenate(
            [np.bincount(self.owner(part), values(part), minlength=_size(part)) for part in self.parts]
        )

    @cached_property
    def shapes(self) -> Shapes:
        """What each form looks like as a whole."""
        return Shapes(*map(np.concatenate, zip(*(_shape(self.codes(part)) for part in self.parts), strict=True)))

    @property
    def constant(self) -> Flags:
        """Forms with one and the same answer to everything they answered."""
        return self.shapes.constant

    @cached_property
    def room(self) -> Floats:
        """Mean departures of each owner's forms as a share of the items, constant forms aside; 0 without any."""
        constant, _, departures = self.shapes
        sums = self.sums(lambda part: departures[part.forms] * ~constant[part.forms])
        return np.asarray(sums / np.maximum(self.count(~constant), 1) / self.table.shape[1])

    def count(self, forms: Flags) -> Whole:
        """How many of these forms each owner has."""
        return self.sums(lambda part: forms[part.forms]).astype(np.int64)

    def elsewhere(self, values: Whole | Numbers | Floats) -> Floats:
        """A sum of each owner (first axis) as the sum of all other owners of its group."""
        totals = np.zeros((int(self.group.max(initial=-1)) + 1, *values.shape[1:]), values.dtype)
        np.add.at(totals, self.group, values)
        return np.asarray(totals[self.group] - values, np.float64)


def read_answers(forms: pd.DataFrame, paper: Paper, rule: Rule) -> Answers:
    """The answers of the forms that are valid. Raises ValueError for codes of no option."""
    valid = valid_forms(forms, paper, rule)
    table = forms[list(paper.item_ids)].to_numpy(np.uint8)
    known = np.isin(np.arange(256), (BLANK, *MARKS))
    if not all(known[table[part]][valid[part]].all() for part in cut_rows(len(table))):
        raise ValueError(f"答卷中的选项只能是{BLANK}、{'、'.join(map(str, MARKS))}。")
    every_owner, owners = number_rows(forms, ["group", "place"])
    rows = np.argsort(every_owner, kind="stable").astype(np.int32)
    rows = rows[valid[rows]]
    owners["received"] = np.bincount(every_owner, minlength=len(owners))
    ends = np.cumsum(np.bincount(every_owner[valid], minlength=len(owners)))
    group = np.asarray(owners.groupby("group", sort=True).ngroup(), np.int64)
    for first, end in pairwise([0, *ends.tolist()]):
        rows[first:end] = rows[first:end][_order(np.ascontiguousarray(table[rows[first:end]]))]
    return Answers(table, rows, every_owner, owners, group, _blocks(paper), ends)


def _order(codes: Marked) -> Whole:
    """By answers, read as one row of bytes."""
    return np.argsort(codes.view(np.dtype((np.void, codes.shape[1]))).ravel(), kind="stable")


def _shape(codes: Marked) -> Shapes:
    marks = np.stack([(codes == mark).sum(axis=1, dtype=np.uint8) for mark in MARKS], axis=1)
    last = len(MARKS) - 1 - marks[:, ::-1].argmax(axis=1)
    mode = np.array(MARKS, np.uint8)[last]
    departures = (codes != mode[:, None]).sum(axis=1, dtype=np.uint8)
    return Shapes(constant=(marks > 0).sum(axis=1) == 1, mode=mode, departures=departures)


def _size(part: FormsPart) -> int:
    return int(part.owners.stop - part.owners.start)


def _blocks(paper: Paper) -> tuple[tuple[int, ...], ...]:
    topics = [item.topic or item.id for item in paper.items]
    return tuple(
        tuple(column for column, other in enumerate(topics) if other == topic) for topic in dict.fromkeys(topics)
    )
