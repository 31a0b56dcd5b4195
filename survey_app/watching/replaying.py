"""The rule of shown_counts for many sums at once, on arrays: a million forms came in nearly as many slots."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Whole
from survey_app.core.ledger_slots import FEW, SLOTS_AN_HOUR
from survey_app.watching.shown_counts import DAY, LEAST, SLOTS_A_MARK, Arrival, Figure, tell_figure
from survey_app.watching.slots import Slots

MOST = 1_000_000
"""Numbers that are worked on at a time."""


@dataclass(frozen=True, eq=False)
class Arrived:
    """What came by row of a frame: of row r the entries from `starts[r]` to `starts[r + 1]`.

    Of each entry the slot after its end (`Arrival.ended`), its forms, and the place of its mark in `marks`, which rise.
    """

    starts: Whole
    ended: Whole
    n: Whole
    moment: Whole
    marks: Whole

    def entries(self, rows: Whole) -> Whole:
        """Where the entries of these rows stand."""
        rows = rows[rows < len(self.starts) - 1]
        first = self.starts[rows]
        sizes = self.starts[rows + 1] - first
        return np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())

    def list_arrivals(self, rows: Whole) -> list[Arrival]:
        """The entries of a few rows."""
        found = self.entries(rows)
        return [Arrival(*entry) for entry in zip(self.ended[found].tolist(), self.n[found].tolist(), strict=True)]

    def by_hour(self, rows: Whole) -> dict[int, int]:
        """Forms of these rows by the hour since 1970 in which their slot ended."""
        found = self.entries(rows)
        hours, at = np.unique((self.ended[found] - 1) // SLOTS_AN_HOUR, return_inverse=True)
        return dict(zip(hours.tolist(), np.bincount(at, self.n[found]).astype(int).tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Steps:
    """What is shown: forms, those of the last day and the mark of the last move by part, and by mark by how much all
    parts moved together."""

    n: Whole
    recent: Whole
    last: Whole
    moved: Mapping[int, int]

    def tell(self, issued: Sequence[int]) -> list[Figure]:
        """The figures of parts with so many codes."""
        parts = zip(self.n.tolist(), self.recent.tolist(), issued, self.last.tolist(), strict=True)
        return [tell_figure(*part) for part in parts]


def gather_arrivals(slots: Slots, row: Whole, people: Whole) -> Arrived:
    """The ledger's entries sorted by the row of the frame that each belongs to; `people`: for how many its batch is."""
    order = np.argsort(row, kind="stable")
    ended = (slots.slot + np.where(people >= FEW, 1, SLOTS_AN_HOUR))[order]
    marks, moment = np.unique(-(-(ended + SLOTS_A_MARK) // SLOTS_A_MARK), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=1))])
    return Arrived(starts, ended, slots.n[order], moment, marks)


def replay(arrived: Arrived, parts: Sequence[Whole], mark: int) -> Steps:
    """What `shown_counts.list_steps` gives for each part, rows of the frame together, up to a mark."""
    known = int(np.searchsorted(arrived.marks, mark, side="right"))
    moved = np.zeros(known)
    shown = [np.zeros((0, 3))]
    for some in _in_turns(arrived, parts):
        taken_in = _take_in(arrived, some)[:known]
        waiting = np.zeros(len(some))
        figures = np.zeros((len(some), 3))
        for at, forms in enumerate(taken_in):
            waiting += forms
            step = np.where(waiting >= LEAST, waiting, 0)
            waiting -= step
            moved[at] += step.sum()
            figures[:, 0] += step
            figures[step > 0, 2] = arrived.marks[at]
            if arrived.marks[at] > mark - DAY:
                figures[:, 1] += step
        shown.append(figures)
    n, recent, last = np.concatenate(shown).T.astype(int)
    by_mark = zip(arrived.marks[:known].tolist(), moved.astype(int).tolist(), strict=True)
    return Steps(n, recent, last, {moment: forms for moment, forms in by_mark if forms})


def _in_turns(arrived: Arrived, parts: Sequence[Whole]) -> Iterator[list[Whole]]:
    """The parts in turns of at most MOST numbers: of each a number for every mark and one for every entry."""
    turn: list[Whole] = []
    size = 0
    for part in parts:
        rows = part[part < len(arrived.starts) - 1]
        numbers = len(arrived.marks) + int((arrived.starts[rows + 1] - arrived.starts[rows]).sum())
        if turn and size + numbers > MOST:
            yield turn
            turn = []
            size = 0
        turn.append(part)
        size += numbers
    if turn:
        yield turn


def _take_in(arrived: Arrived, parts: Sequence[Whole]) -> Floats:
    """Forms by mark and part."""
    entries = [arrived.entries(part) for part in parts]
    of_part = np.repeat(np.arange(len(parts)), [len(found) for found in entries])
    found = np.concatenate(entries)
    cells = arrived.moment[found] * len(parts) + of_part
    counts = np.bincount(cells, arrived.n[found], minlength=len(arrived.marks) * len(parts)).astype(np.float64)
    return counts.reshape(len(arrived.marks), len(parts))
