"""The rule of shown_counts for tables of frame rows: which sums are live, and the figures of all others."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import pandas as pd

from analysis.column_values import texts, whole_numbers
from survey_app.core.ledger_slots import FEW, SLOTS_AN_HOUR
from survey_app.watching.shown_counts import SLOTS_A_MARK, Arrival, Figure, Word, list_steps
from survey_app.watching.shown_ledger import Arrivals
from survey_app.watching.shown_parts import Part, show_groups

LIVE = {"whole", "group"}
Replayed = dict[Hashable, object]
"""What was replayed of some rows at one mark, by what it is and of which rows."""
T = TypeVar("T")


def add_replay(rows: pd.DataFrame, arrivals: Arrivals, mark: int, replayed: Replayed | None = None) -> pd.DataFrame:
    """All rows of a frame with what was sent in by each, whether its group has several units, and the mark.

    `replayed`: what was worked out of these arrivals at this mark already, and will be.
    `mixed`: what the county's total tells beyond the live groups is of several units, too, and so of none alone.
    """
    known: Replayed = {} if replayed is None else replayed
    answered = rows[rows["issued"] > 0]
    several = rows["group"].map(answered.groupby("group")["unit"].nunique()).fillna(0) > 1
    return rows.assign(
        arrivals=rows["id"].map(lambda row: arrivals.get(row, [])),
        several=several,
        mixed=answered.loc[~several, "unit"].nunique() > 1,
        every=len(rows),
        replayed=rows["id"].map(lambda _: known),
        mark=mark,
    )


def add_shown(table: pd.DataFrame, rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """A table of sums by some keys with `forms` and `recent` as they are shown, and `word`.

    The whole county and its groups are live, but a group with a single unit is shown like a unit; it is so within the
    sum of the county, too, if that would tell the count of one unit alone. Rows without `arrivals` are exact.
    """
    if "arrivals" not in rows.columns:
        return table.assign(word=Word.COUNT.value)
    live = set(keys) <= LIVE and _is_county(rows)
    mark = whole_numbers(rows.mark)[0]
    parts = rows.groupby(list(keys), sort=False)
    if live:
        figures = {key: _show_live(part, mark) for key, part in parts}
    else:
        figures = _replay_once(rows, keys, lambda: {key: read_part(part).show(mark) for key, part in parts})
    columns = [table[key].to_list() for key in keys]
    found = [figures[key] for key in zip(*columns, strict=True)]
    return table.assign(
        forms=[figure.n for figure in found],
        recent=[figure.recent for figure in found],
        word=[figure.word.value for figure in found],
    )


def _replay_once(rows: pd.DataFrame, what: Sequence[str], work: Callable[[], T]) -> T:
    """The result, worked out once for these rows and codes as long as the mark stands: a million forms take seconds."""
    known: Replayed = rows["replayed"].iloc[0]
    about = (tuple(what), tuple(whole_numbers(rows.id)), tuple(whole_numbers(rows.issued)))
    if about not in known:
        known[about] = work()
    return known[about]  # type: ignore[return-value]


def count_groups(frame: pd.DataFrame, batches: pd.DataFrame, counts: pd.DataFrame) -> dict[str, int]:
    """Forms by group of the round's batches."""
    group_of = batches["id"].map(frame.set_index("id")["group"]).set_axis(batches["batch"])
    sums = counts.groupby(counts["batch"].map(group_of))["forms"].sum()
    return {str(group): int(n) for group, n in sums.items()}


def read_part(rows: pd.DataFrame) -> Part:
    """Some rows of the frame together."""
    return Part(
        issued=int(rows["issued"].sum()),
        forms=int(rows["forms"].sum()),
        recent=int(rows["recent"].sum()),
        arrivals=[arrival for found in rows["arrivals"] for arrival in found],
    )


def _count_part(rows: pd.DataFrame) -> Part:
    """The same of rows whose counts are live: when their forms came is of no use."""
    return Part(forms=int(rows["forms"].sum()), recent=int(rows["recent"].sum()), issued=int(rows["issued"].sum()))


def _is_county(rows: pd.DataFrame) -> bool:
    return len(rows) == whole_numbers(rows.every)[0]


def _show_live(rows: pd.DataFrame, mark: int) -> Figure:
    """Live counts of the groups with several units, and what is shown of each other group; all live if mixed."""
    if _is_live_whole(rows):
        return _count_part(rows).tell()
    groups = {
        str(group): _count_part(part) if part["several"].all() else read_part(part)
        for group, part in rows.groupby("group")
    }
    return show_groups(groups, set(texts(rows.group[rows["several"]])), mark)


def _is_live_whole(rows: pd.DataFrame) -> bool:
    return bool(rows["mixed"].iloc[0]) and _is_county(rows)


def shown_hours(rows: pd.DataFrame) -> dict[int, int]:
    """Forms by the hour (since 1970) they came in where that is live, else by the hour in which the figure moved.

    What was counted without a time (`ledger_slots.NO_TIME`) is in no hour.
    """
    return _replay_once(rows, ["by hour"], lambda: _find_hours(rows))


def _find_hours(rows: pd.DataFrame) -> dict[int, int]:
    hours: Counter[int] = Counter()
    several = (rows["several"] | rows["mixed"]) & _is_county(rows)
    for arrivals in rows.loc[several, "arrivals"]:
        for arrival in arrivals:
            hours[arrival.hour] += arrival.n
    rest = rows[~several]
    parts: Iterable[pd.DataFrame] = (part for _, part in rest.groupby("group")) if _is_county(rows) else (rest,)
    for part in parts:
        for mark, n in _list_shown_steps(part):
            hours[(mark * SLOTS_A_MARK - 1) // SLOTS_AN_HOUR] += n
    return {hour: n for hour, n in hours.items() if hour >= 0}


def _list_shown_steps(rows: pd.DataFrame) -> Sequence[tuple[int, int]]:
    """The steps of some rows together; none where they have too few codes for a count."""
    if rows["issued"].sum() < FEW:
        return []
    arrivals: list[Arrival] = [arrival for found in rows["arrivals"] for arrival in found]
    return list_steps(arrivals, whole_numbers(rows.mark)[0])
