"""The ledger's rows brought to the rows of a frame: forms, those of late, people with codes, and forms by hour."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Whole
from analysis.column_values import texts, whole_by_name
from questionnaires.vocabulary import BatchState
from survey_app.core.ledger_slots import SLOTS_AN_HOUR
from survey_app.watching.shown_counts import read_arrival
from survey_app.watching.shown_ledger import find_figure
from survey_app.watching.slots import Slots, join_slots


class CountedRows(NamedTuple):
    """Rows of the ledger that are of a round's batches: of each the row of the frame and the people of its batch."""

    slots: Slots
    row: Whole
    people: Whole


def place_slots(slots: Slots, batches: pd.DataFrame) -> CountedRows:
    """The rows of the ledger beside the batches that they are of; `batches` in the order of their numbers."""
    numbers = _whole(batches["batch"])
    place = np.searchsorted(numbers, slots.batch)
    ours = place < len(numbers)
    ours[ours] = numbers[place[ours]] == slots.batch[ours]
    place = place[ours]
    return CountedRows(slots.where(ours), _whole(batches["id"])[place], _whole(batches["issued"])[place])


def join_counted(before: CountedRows, after: CountedRows) -> CountedRows:
    """The rows of both."""
    slots = join_slots(before.slots, after.slots)
    return CountedRows(slots, np.concatenate([before.row, after.row]), np.concatenate([before.people, after.people]))


def sum_forms(frame: pd.DataFrame, counted: CountedRows, first: int | None = None, end: int | None = None) -> Whole:
    """Forms of each row of the frame, of all slots or of those from `first` on or before `end`."""
    wanted = np.ones(len(counted.row), bool)
    if first is not None:
        wanted &= counted.slots.slot >= first
    if end is not None:
        wanted &= counted.slots.slot < end
    return _add_up(counted.row[wanted], counted.slots.n[wanted], _whole(frame["id"]))


def sum_issued(
    frame: pd.DataFrame, batches: pd.DataFrame, past: CountedRows, newest: CountedRows, mark: int | None
) -> Whole:
    """People with codes of each row of the frame.

    Of a void batch only what is shown at the mark counts, or all that came where counts are exact.
    """
    void = (batches["state"] == BatchState.VOID).to_numpy()
    issued = np.where(void, 0, _whole(batches["issued"]))
    if void.any():
        numbers = _whole(batches["batch"])[void]
        came = join_slots(*(part.slots.where(np.isin(part.slots.batch, numbers)) for part in (past, newest)))
        issued[void] = _show_void(batches[void], came, mark)
    return _add_up(_whole(batches["id"]), issued, _whole(frame["id"]))


def count_hours(frame: pd.DataFrame, counted: CountedRows) -> dict[str, dict[int, int]]:
    """Forms by unit and hour since 1970; what was counted without a time is in no hour."""
    timed = counted.slots.slot >= 0
    units, names = pd.factorize(frame["unit"])
    unit_of = np.zeros(int(frame["id"].max()) + 1, np.int64)
    unit_of[_whole(frame["id"])] = units
    hours, at = np.unique(counted.slots.slot[timed] // SLOTS_AN_HOUR, return_inverse=True)
    cells = unit_of[counted.row[timed]] * len(hours) + at
    sums = np.bincount(cells, counted.slots.n[timed], minlength=len(names) * len(hours)).astype(int)
    by_unit = zip(texts(pd.Series(names)), sums.reshape(len(names), len(hours)), strict=True)
    return {unit: dict(zip(hours[row > 0].tolist(), row[row > 0].tolist(), strict=True)) for unit, row in by_unit}


def count_groups(frame: pd.DataFrame, forms: Whole) -> dict[str, int]:
    """Forms of each row of the frame by group, of groups that have any."""
    by_group = pd.Series(forms, index=frame.index).groupby(frame["group"]).sum()
    return {group: n for group, n in whole_by_name(by_group).items() if n}


def _show_void(void: pd.DataFrame, slots: Slots, mark: int | None) -> list[int]:
    shown = []
    about = zip(
        _whole(void["batch"]).tolist(), _whole(void["issued"]).tolist(), _whole(void["codes"]).tolist(), strict=True
    )
    for batch, issued, codes in about:
        own = slots.where(slots.batch == batch)
        arrivals = [read_arrival(slot, n, issued) for slot, n in zip(own.slot.tolist(), own.n.tolist(), strict=True)]
        shown.append(find_figure(arrivals, issued or codes, mark).n)
    return shown


def _add_up(by: Whole, n: Whole, ids: Whole) -> Whole:
    """Sums by row of the frame, in the order of the ids."""
    sums = np.bincount(by, n, minlength=int(ids.max(initial=0)) + 1)
    return sums[ids].astype(np.int64)


def _whole(column: "pd.Series[int]") -> Whole:
    return np.asarray(column, np.int64)
