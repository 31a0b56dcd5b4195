"""What live pages are told each second: a whole look at the counts now and then, in between how much each group grew.

Of units and classes nothing may move between two ten-minute marks (`shown_counts`): only the groups are counted.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from analysis.column_values import texts, whole_numbers
from survey_app.core.models import ORDINARY, Batch, FrameRow, Ledger, Round
from survey_app.watching.live_counts import Seen, Watch
from survey_app.watching.remembered import sum_batches
from survey_app.watching.shown_ledger import mark_for

WHOLE = timedelta(minutes=1)
"""After so long the whole is looked at again: a form may have waited in a queue for longer than what is counted."""


class Glance(NamedTuple):
    """A whole look, and how many forms each group has more than in it by now, at `at`."""

    seen: Seen
    grown: Mapping[str, int]
    at: datetime


class _Standing(msgspec.Struct, frozen=True):
    """What the figures depend on beside the counts: the round, its ten-minute mark, and its batches in sums."""

    round_id: int
    state: str
    opens: datetime
    closes: datetime
    mark: int | None
    batches: tuple[int, ...]


class _Rest(NamedTuple):
    """The whole look that glances rest on, when it was true, and forms by group in it."""

    seen: Seen
    standing: _Standing
    forms: Mapping[str, int]


class GroupWatch:
    """Looks at the whole when anything but a count changed, or after WHOLE; for one thread at a time."""

    def __init__(self, store: Engine, watch: Watch):
        self._store = store
        self._watch = watch
        self._rest: _Rest | None = None

    def glance(self, round_: Round, now: datetime) -> Glance:
        """What is known of the round by now."""
        with Session(self._store) as session:
            standing = _read_standing(session, round_, now)
            rest = self._rest
            if rest is not None and _still_holds(rest, standing, now):
                return Glance(rest.seen, _read_growth(session, round_, rest), now)
        seen = self._watch.look(round_, now, afresh=True)  # after what stands was read: nothing is missed
        forms = Counter[str]()
        for group, n in zip(texts(seen.rows.group), whole_numbers(seen.rows.forms), strict=True):
            forms[group] += n
        self._rest = _Rest(seen, standing, forms)
        return Glance(seen, {}, seen.at)


def _still_holds(rest: _Rest, standing: _Standing, now: datetime) -> bool:
    """Exact counts of units, as after the window's end, are looked at each time."""
    return standing.mark is not None and standing == rest.standing and rest.seen.at <= now < rest.seen.at + WHOLE


def _read_standing(session: Session, round_: Round, now: datetime) -> _Standing:
    return _Standing(
        round_id=round_.id,
        state=round_.state,
        opens=round_.opens,
        closes=round_.closes,
        mark=mark_for(round_, now),
        batches=sum_batches(session),
    )


def _read_growth(session: Session, round_: Round, rest: _Rest) -> dict[str, int]:
    """Forms of the newest slots by group, and what was there before them, beside those of the whole look."""
    newest = (
        select(FrameRow.group, func.sum(Ledger.n))
        .join(Batch, Batch.frame_row_id == FrameRow.id)
        .join(Ledger, Ledger.batch_id == Batch.id)
        .where(FrameRow.round_id == round_.id, ORDINARY, Ledger.five_minutes >= rest.seen.newest)
        .group_by(FrameRow.group)
    )
    forms = Counter(rest.seen.older)
    for group, n in session.execute(newest):
        forms[group] += int(n)
    return {group: n - rest.forms.get(group, 0) for group, n in forms.items() if n > rest.forms.get(group, 0)}
