"""Watching a round while it is open: how many forms came, where, how fast, and what is still needed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.column_values import texts
from analysis.plan import sample_strata
from analysis.quota.apportion import largest_remainder
from questionnaires.rule import Rule, load_rule
from survey_app.core.ledger_slots import SLOTS_AN_HOUR, five_minutes
from survey_app.core.models import FrameRow, Round
from survey_app.core.settings import BEIJING
from survey_app.rounds.frame_rows import frame_table
from survey_app.rounds.opening import name_schools
from survey_app.watching.counted_rows import (
    CountedRows,
    count_groups,
    count_hours,
    join_counted,
    place_slots,
    sum_forms,
    sum_issued,
)
from survey_app.watching.remembered import RememberedRound
from survey_app.watching.replaying import gather_arrivals
from survey_app.watching.shown_counts import Word
from survey_app.watching.shown_figures import add_replay, add_shown, shown_hours
from survey_app.watching.shown_ledger import mark_for
from survey_app.watching.slots import Slots, count_before, read_slots

LATE = SLOTS_AN_HOUR + 2  # slots in which a form that waited in the queue may still be counted
FRESH = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = 24
VIEWS: dict[str, tuple[str, ...]] = {
    "unit": ("unit",),
    "unit_group": ("unit", "group"),
    "group": ("group",),
    "stage": ("stage", "group"),
    "band": ("band", "group"),
    "locale": ("locale", "group"),
    "township": ("township",),
    "class": ("unit", "class", "group"),
}
"""What a round can be looked at by."""


class Pace(NamedTuple):
    """How long the forms of late took to come, and how long there is to closing, in hours.

    `more`: forms still to come for each of late, as outlook tells; None while nobody can say.
    """

    elapsed: float
    left: float
    more: float | None = None


class Seen(NamedTuple):
    """What is known of a round at a moment.

    `rows`: one row a row of the frame with its share of the target, people with live codes (`issued`), `forms`
    and those of the last day (`recent`). `hours`: forms by unit and hour since 1970 in Beijing where counts are exact.
    `older`: forms by group that came before the slot `newest`.
    """

    rows: pd.DataFrame
    hours: dict[str, dict[int, int]]
    at: datetime
    pace: Pace
    older: Mapping[str, int] = {}
    newest: int = 0


class Watch:
    """Reads the ledger for one process: what is long past only once, the newest at most once a second."""

    def __init__(self, store: Engine):
        self._store = store
        self._lock = Lock()
        self._known: dict[int, RememberedRound] = {}
        self._seen: dict[int, Seen] = {}

    def look(self, round_: Round, now: datetime, *, afresh: bool = False) -> Seen:
        """What is known of the round, at most a second old."""
        with self._lock:
            last = self._seen.get(round_.id)
            if last is None or afresh or not last.at <= now < last.at + FRESH:
                with Session(self._store) as session:
                    self._seen[round_.id] = self._read(session, round_, now)
            return self._seen[round_.id]

    def _read(self, session: Session, round_: Round, now: datetime) -> Seen:
        settled = five_minutes(now) - LATE
        if round_.id not in self._known:
            self._known = {
                round_.id: RememberedRound(load_targets(session, round_), settled, _read_past(session, settled))
            }
        known = self._known[round_.id]
        mark = mark_for(round_, now)
        if mark != known.mark and known.past.n.sum() != count_before(session, known.since):
            known.past = _read_past(session, known.since)  # what had waited in a queue for very long came after all
            known.placed = None
        batches = known.load_batches(session, round_)
        slots = read_slots(session, known.since)
        newest = place_slots(slots, batches)
        if mark != known.mark:
            known.arrived = None
            if mark is not None:
                known.arrived = gather_arrivals(*join_counted(known.place_past(batches), newest))
            known.mark = mark
            known.replayed = {}
        seen = _join(known, batches, newest, round_, now)
        known.settle(slots, settled)
        return seen


def _read_past(session: Session, end: int) -> Slots:
    slots = read_slots(session)
    return slots.where(slots.slot < end)


def load_targets(session: Session, round_: Round) -> pd.DataFrame:
    """The round's frame with ids, names of units, grade bands, and each row's share of the sample to be reached."""
    rows = list(session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)))
    names = name_schools(session)
    frame = frame_table(rows)
    rule = load_rule(round_.rule)
    frame = frame.assign(
        id=[row.id for row in rows],
        name=[names.get(row.unit, row.unit) for row in rows],
        band=[_band(rule, row.group, row.grade) for row in rows],
    )
    return frame.assign(target=_spread_targets(frame, sample_strata(rule, frame, round_.population)))


def _band(rule: Rule, group: str, grade: int | None) -> str:
    """The grade band as `sample_strata` names it."""
    bands = rule.sample.grade_bands.value if group in rule.sample.by_grade.value and grade else ()
    return next((f"{first}-{last}" for first, last in bands if grade and first <= grade <= last), "")


def _spread_targets(frame: pd.DataFrame, strata: pd.DataFrame) -> "pd.Series[int]":
    """Whole forms for each row: what a group, grade band and locale owe falls on those invited there.

    Where nobody is invited it falls on everyone, so that the lack is seen.
    """
    keys = ["group", "band", "locale"]
    targets = strata.groupby(keys)["target"].sum().to_dict()
    shares: dict[str, int] = {}
    for key, rows in frame.groupby(keys, sort=False):
        asked = rows["invited"] if rows["invited"].sum() else rows["population"]
        shares |= largest_remainder(int(targets.get(key, 0)), {str(index): int(n) for index, n in asked.items()})
    return pd.Series([shares[str(index)] for index in frame.index], index=frame.index, dtype="int64")


def _join(known: RememberedRound, batches: pd.DataFrame, newest: CountedRows, round_: Round, now: datetime) -> Seen:
    frame = known.frame
    day = (hour_of(now) - DAY + 1) * SLOTS_AN_HOUR
    last = five_minutes(now) - 1
    past = known.place_past(batches)
    forms, recent = known.sum_past(batches, day)
    rows = frame.assign(
        issued=sum_issued(frame, batches, past, newest, known.mark),
        forms=forms + sum_forms(frame, newest),
        recent=recent + sum_forms(frame, newest, day),
    )
    if known.mark is not None and known.arrived is not None:
        rows = add_replay(rows, known.arrived, known.mark, known.replayed)
    return Seen(
        rows=rows,
        hours=count_hours(frame, join_counted(past, newest)) if known.mark is None else {},
        at=now,
        pace=find_pace(round_, now),
        older=count_groups(frame, forms + sum_forms(frame, newest, end=last)),
        newest=last,
    )


def find_pace(round_: Round, now: datetime) -> Pace:
    """The part of the last day in which the round was open (at least an hour), and the time to closing.

    A closed round has no time left, whenever it was to close.
    """
    since = start_of(hour_of(now) - DAY + 1)
    open_since = min(max(since, round_.opens), now)
    left = 0.0 if round_.state == "closed" else max(0.0, (round_.closes - max(now, round_.opens)) / HOUR)
    return Pace(max(1.0, (now - open_since) / HOUR), left)


def hour_of(now: datetime) -> int:
    """The hour since 1970 in which a Beijing time lies."""
    return five_minutes(now) // SLOTS_AN_HOUR


def start_of(hour: int) -> datetime:
    """When an hour since 1970 began, in Beijing."""
    return datetime.fromtimestamp(hour * 3600, BEIJING).replace(tzinfo=None)


def summarise(rows: pd.DataFrame, keys: Sequence[str], pace: Pace) -> pd.DataFrame:
    """Counts by some keys, those furthest behind first.

    Columns: the keys; population, invited, target, issued, forms, recent; `needed` = forms the target still lacks,
    group by group: too many of one group stand in for none of another; `forecast` = forms at closing by the round's
    course, at most one for each code given out, those that are there while nobody can say; `short` = what the target
    will lack then;
    `word` = what people read where that is no count (shown_counts);
    `share` = what of the target is there, forms/target once nothing is needed (NaN without a target), `rate` and
    `hourly` = forms an hour of late, and those it would take from now on.
    """
    sums = ["population", "invited", "target", "issued", "forms", "recent", "needed", "forecast", "short"]
    table = _outlook(rows, keys, pace).groupby(list(keys), sort=False, as_index=False)[sums].sum()
    table = add_shown(table, rows, keys)
    there = (table["target"] - table["needed"]).where(table["needed"] > 0, table["forms"])
    table = table.assign(
        share=(there / table["target"]).where(table["target"] > 0),
        rate=table["recent"] / pace.elapsed,
        hourly=table["needed"] / pace.left if pace.left else float("nan"),
    )
    return table.sort_values(
        ["share", "needed", *keys], ascending=[True, False, *[True] * len(keys)], ignore_index=True
    )


def _outlook(rows: pd.DataFrame, keys: Sequence[str], pace: Pace) -> pd.DataFrame:
    """Counts of each group by some keys, with what is needed and what is to be expected."""
    counts = ["population", "invited", "target", "issued", "forms", "recent"]
    parts = list(dict.fromkeys([*keys, "group"]))
    table = add_shown(rows.groupby(parts, sort=False, as_index=False)[counts].sum(), rows, parts)
    expected = table["forms"] + table["recent"] * (pace.more or 0)
    forecast = expected.round().clip(upper=table[["issued", "forms"]].max(axis=1)).astype(int)
    return table.assign(
        needed=(table["target"] - table["forms"]).clip(lower=0).where(table["word"] != Word.NEAR, 0),
        forecast=forecast,
        short=(table["target"] - forecast).clip(lower=0).where(table["word"] != Word.NEAR, 0),
    )


def confine(rows: pd.DataFrame, role: str, scope: str) -> pd.DataFrame:
    """The rows that a role may see: a unit contact its unit, a township official its township, others all."""
    column = {"unit": "unit", "township": "township"}.get(role)
    return rows if column is None else rows[rows[column] == scope]


def add_hours(seen: Seen, rows: pd.DataFrame) -> dict[int, int]:
    """Forms of some rows together by the hour they came in, or by the hour the shown figure moved."""
    if "arrivals" in rows.columns:
        return shown_hours(rows)
    total: Counter[int] = Counter()
    for unit in texts(rows.unit.drop_duplicates()):
        total.update(seen.hours.get(unit, {}))
    return dict(total)
