"""The rule of shown_counts for tables of frame rows: which sums are live, and the figures of all others."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.column_values import texts, whole_numbers
from survey_app.core.ledger_slots import FEW, SLOTS_AN_HOUR
from survey_app.watching.replaying import Arrived, replay
from survey_app.watching.shown_counts import DAY, SLOTS_A_MARK, Figure, Word
from survey_app.watching.shown_parts import CountedPart, show_groups

LIVE = {"whole", "group"}
Replayed = dict[Hashable, object]
"""What was replayed of some rows at one mark, by what it is and of which rows."""
T = TypeVar("T")


def add_replay(rows: pd.DataFrame, arrived: Arrived, mark: int, replayed: Replayed | None = None) -> pd.DataFrame:
    """All rows of a frame, each with what was sent in by all, whether its group has several units, and the mark.

    `replayed`: what was worked out of these arrivals at this mark already, and will be.
    `mixed`: what the county's total tells beyond the live groups is of several units, too, and so of none alone.
    """
    known: Replayed = {} if replayed is None else replayed
    answered = rows[rows["issued"] > 0]
    several = rows["group"].map(answered.groupby("group")["unit"].nunique()).fillna(0) > 1
    return rows.assign(
        arrivals=np.full(len(rows), arrived, object),
        several=several,
        mixed=answered.loc[~several, "unit"].nunique() > 1,
        every=len(rows),
        replayed=np.full(len(rows), known, object),
        mark=mark,
    )


def add_shown(table: pd.DataFrame, rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """A table of sums by some keys with `forms` and `recent` as they are shown, `word`, `quiet` days without a move.

    The whole county and its groups are live, but a group with a single unit is shown like a unit; it is so within the
    sum of the county, too, if that would tell the count of one unit alone. Rows without `arrivals` are exact.
    """
    if "arrivals" not in rows.columns:
        return table.assign(word=Word.COUNT.value, quiet=0)
    live = set(keys) <= LIVE and _is_county(rows)
    if live and rows["several"].all():
        return table.assign(word=Word.COUNT.value, quiet=0)
    mark = whole_numbers(rows.mark)[0]
    if live:
        figures = {key: _show_live(part, mark) for key, part in rows.groupby(list(keys), sort=False)}
    else:
        figures = _replay_once(rows, keys, lambda: _show_parts(rows, keys, mark))
    columns = [table[key].to_list() for key in keys]
    found = [figures[key] for key in zip(*columns, strict=True)]
    return table.assign(
        forms=[figure.n for figure in found],
        recent=[figure.recent for figure in found],
        word=[figure.word.value for figure in found],
        quiet=[(mark - figure.last) // DAY if figure.last else 0 for figure in found],
    )


def _replay_once(rows: pd.DataFrame, what: Sequence[str], work: Callable[[], T]) -> T:
    """The result, worked out once for these rows and codes as long as the mark stands: a million forms take seconds."""
    known: Replayed = rows["replayed"].iloc[0]
    about = (tuple(what), rows["id"].to_numpy().tobytes(), rows["issued"].to_numpy().tobytes())
    if about not in known:
        known[about] = work()
    return known[about]  # type: ignore[return-value]


def _show_parts(rows: pd.DataFrame, keys: Sequence[str], mark: int) -> dict[tuple[Hashable, ...], Figure]:
    """What is shown of the rows that have each value of the keys."""
    issued = rows["issued"].to_numpy()
    ids = rows["id"].to_numpy()
    found = [(key, places) for key, places in rows.groupby(list(keys), sort=False).indices.items()]
    steps = replay(read_arrived(rows), [ids[places] for _, places in found], mark)
    figures = steps.tell([int(issued[places].sum()) for _, places in found])
    return {key if isinstance(key, tuple) else (key,): figure for (key, _), figure in zip(found, figures, strict=True)}


def read_arrived(rows: pd.DataFrame) -> Arrived:
    """What `add_replay` gave each row of a frame, of which there is one at least."""
    arrived: Arrived = rows["arrivals"].iloc[0]
    return arrived


def read_part(rows: pd.DataFrame) -> CountedPart:
    """Some rows of the frame together."""
    return CountedPart(
        issued=int(rows["issued"].sum()),
        forms=int(rows["forms"].sum()),
        recent=int(rows["recent"].sum()),
        arrivals=read_arrived(rows).list_arrivals(rows["id"].to_numpy()),
    )


def _count_part(rows: pd.DataFrame) -> CountedPart:
    """The same of rows whose counts are live: when their forms came is of no use."""
    return CountedPart(
        forms=int(rows["forms"].sum()), recent=int(rows["recent"].sum()), issued=int(rows["issued"].sum())
    )


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
    arrived = read_arrived(rows)
    several = (rows["several"] | rows["mixed"]) & _is_county(rows)
    hours = Counter(arrived.by_hour(rows.loc[several, "id"].to_numpy()))
    rest = rows[~several]
    parts: Iterable[pd.DataFrame] = (part for _, part in rest.groupby("group")) if _is_county(rows) else (rest,)
    shown = [part["id"].to_numpy() for part in parts if part["issued"].sum() >= FEW]
    for mark, n in replay(arrived, shown, whole_numbers(rows.mark)[0]).moved.items():
        hours[(mark * SLOTS_A_MARK - 1) // SLOTS_AN_HOUR] += n
    return {hour: n for hour, n in hours.items() if hour >= 0}
