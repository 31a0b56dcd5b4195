"""What the checks look at: the codes of a form, how they are alike, and where it is counted."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cells.tallying import valid_forms
from questionnaires.paper import BLANK, UNKNOWN, Paper
from questionnaires.rule import Rule

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

MARKS = (1, 2, 3, 4, 5, UNKNOWN)
TOGETHER = 100_000
"""Forms of which fractions are computed at once: eight bytes an answer, of millions it would be gigabytes."""


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


@dataclass(frozen=True)
class Answers:
    """Valid forms as a matrix of codes (forms x items), and the owner, (group, place), of every form.

    The valid forms stand in the order of their owners and answers, so that no order of rows can show; `rows`
    tells where each one came. `every_owner` is the number of each form's owner, valid or not; `owners` has
    one row an owner: group, place, received; `group` is each owner's group as a number; `blocks` the columns
    of each topic, and of each item without one.
    """

    codes: Codes
    rows: Whole
    every_owner: Whole
    owners: pd.DataFrame
    group: Whole
    blocks: tuple[tuple[int, ...], ...]

    @cached_property
    def owner(self) -> Whole:
        """The owner of each valid form."""
        return self.every_owner[self.rows]

    @cached_property
    def marks(self) -> Codes:
        """How often each form has each of MARKS (forms x marks)."""
        return np.stack([(self.codes == mark).sum(axis=1, dtype=np.uint8) for mark in MARKS], axis=1)

    @cached_property
    def constant(self) -> Flags:
        """Forms with one and the same answer to everything they answered."""
        return np.asarray((self.marks > 0).sum(axis=1) == 1)

    @cached_property
    def mode(self) -> Codes:
        """Each form's most frequent answer, the higher one of two."""
        last: Whole = len(MARKS) - 1 - self.marks[:, ::-1].argmax(axis=1)
        return np.asarray(np.array(MARKS, np.uint8)[last])

    @cached_property
    def unlike(self) -> Flags:
        """Where a form departs from its most frequent answer (forms x items)."""
        return np.asarray(self.codes != self.mode[:, None])

    @cached_property
    def departures(self) -> Codes:
        """How many answers of each form are unlike its most frequent one."""
        return np.asarray(self.unlike.sum(axis=1, dtype=np.uint8))

    @cached_property
    def room(self) -> Floats:
        """Mean departures of each owner's forms as a share of the items, constant forms aside; 0 without any."""
        sums = np.bincount(self.owner, self.departures * ~self.constant, minlength=len(self.owners))
        return np.asarray(sums / np.maximum(self.count(~self.constant), 1) / self.codes.shape[1])

    def count(self, forms: Flags) -> Whole:
        """How many of these forms each owner has."""
        return np.bincount(self.owner[forms], minlength=len(self.owners))

    def elsewhere(self, values: Whole | Floats) -> Floats:
        """A sum of each owner (first axis) as the sum of all other owners of its group."""
        totals = np.zeros((int(self.group.max(initial=-1)) + 1, *values.shape[1:]), values.dtype)
        np.add.at(totals, self.group, values)
        return np.asarray(totals[self.group] - values, np.float64)


def cut_rows(number: int) -> list[slice]:
    """So many rows in parts of TOGETHER, at least one.

    >>> [(part.start, part.stop) for part in cut_rows(120_000)], len(cut_rows(0))
    ([(0, 100000), (100000, 200000)], 1)
    """
    return [slice(first, first + TOGETHER) for first in range(0, max(number, 1), TOGETHER)]


def read_answers(forms: pd.DataFrame, paper: Paper, rule: Rule) -> Answers:
    """The answers of the forms that are valid. Raises ValueError for codes of no option."""
    rows = np.flatnonzero(valid_forms(forms, paper, rule))
    codes = forms[list(paper.item_ids)].to_numpy(np.uint8)[rows]
    if not np.isin(codes, (BLANK, *MARKS)).all():
        raise ValueError(f"答卷中的选项只能是{BLANK}、{'、'.join(map(str, MARKS))}。")
    keyed = forms.groupby(["group", "place"], sort=True, observed=True)
    every_owner = np.asarray(keyed.ngroup(), np.int64)
    order = _order(every_owner[rows], codes)
    owners = keyed.size().reset_index(name="received")
    group = np.asarray(owners.groupby("group", sort=True).ngroup(), np.int64)
    return Answers(codes[order], rows[order], every_owner, owners, group, _blocks(paper))


def _order(owner: Whole, codes: Codes) -> Whole:
    """By owner, then by answers, both read as one row of bytes."""
    whole = np.column_stack([owner.astype(">u4").view(np.uint8).reshape(-1, 4), codes])
    return np.argsort(whole.view(np.dtype((np.void, whole.shape[1]))).ravel(), kind="stable")


def _blocks(paper: Paper) -> tuple[tuple[int, ...], ...]:
    topics = [item.topic or item.id for item in paper.items]
    return tuple(
        tuple(column for column, other in enumerate(topics) if other == topic) for topic in dict.fromkeys(topics)
    )
