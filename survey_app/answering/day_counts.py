"""From how few networks a class code's forms come: counted in memory for a day, kept as counts of batches alone.

A network is an address prefix (/24 of IPv4, /64 of IPv6), known by a hash under a key of this process and day. Neither
is ever written: what is kept of a batch is how many forms came, and in which quarter of them the share of its fullest
networks lies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from secrets import token_bytes
from threading import Lock

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from questionnaires.rule import load_rule
from questionnaires.vocabulary import RoundState
from survey_app.core.db import reading
from survey_app.core.models import Batch, DayCount, FrameRow, Round

FULLEST = 3
"""So many of a batch's networks are looked at together."""
QUARTERS = 4
MOST_NETWORKS = 64
"""Of a batch: forms from one more are counted, their network is not."""
MOST_COUNTERS = 200_000
"""Of all batches together, some 30 MB."""
KEY = 32
LIVE = (RoundState.OPEN.value, RoundState.PAUSED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedBatch:
    """What one process counted of a batch from `since` on, until the day, the window or the process ended."""

    batch_id: int
    since: datetime
    forms: int
    quarter: int


class DayCounts:
    """The counts of one process."""

    def __init__(self, now: datetime, random: Callable[[int], bytes] = token_bytes):
        self._random = random
        self._counting = Lock()
        self._storing = Lock()
        self._ended: list[CountedBatch] = []
        self._begin(now)

    def count(self, batch_id: int, network: str, now: datetime) -> None:
        """One form of a batch came from a network; the server's own calls come from none, and are not counted."""
        if not network:
            return
        with self._counting:
            self._turn(now)
            self._forms[batch_id] += 1
            own = self._networks.setdefault(batch_id, {})
            known = blake2b(network.encode(), key=self._key, digest_size=8).digest()
            if known in own:
                own[known] += 1
            elif len(own) < MOST_NETWORKS and self._counters < MOST_COUNTERS:
                own[known] = 1
                self._counters += 1

    def end(self, now: datetime) -> None:
        """What was counted so far is all of its batches; what comes is counted anew."""
        with self._counting:
            self._end()
            self._begin(now)

    def store(self, engine: Engine, now: datetime) -> None:
        """Write what ended: each day that is over, and everything once no window is open. A failure loses nothing."""
        with self._storing:
            if not _is_window_open(engine, now):
                self.end(now)
            with self._counting:
                self._turn(now)
                ended = tuple(self._ended)
            if ended:
                with Session(engine) as session, session.begin():
                    store_counted(session, ended)
            with self._counting:
                del self._ended[: len(ended)]

    def _turn(self, now: datetime) -> None:
        """Begin anew at midnight."""
        if now.date() != self._since.date():
            self._end()
            self._begin(datetime.combine(now.date(), datetime.min.time()))

    def _begin(self, since: datetime) -> None:
        self._since = since
        self._key = self._random(KEY)
        self._forms: Counter[int] = Counter()
        self._networks: dict[int, dict[bytes, int]] = {}
        self._counters = 0

    def _end(self) -> None:
        for batch_id, forms in sorted(self._forms.items()):
            quarter = find_quarter(self._networks[batch_id].values(), forms)
            self._ended.append(CountedBatch(batch_id=batch_id, since=self._since, forms=forms, quarter=quarter))


def find_quarter(networks: Collection[int], forms: int) -> int:
    """In which quarter of the forms, 1 to 4, the share of the FULLEST networks lies: above the one before it.

    Where not every network was counted it may be a lower one than it was.

    >>> [find_quarter(networks, 12) for networks in ([12], [4, 3, 2, 2, 1], [1] * 12, [])]
    [4, 3, 1, 1]
    """
    fullest = sum(sorted(networks, reverse=True)[:FULLEST])
    return max(-(-QUARTERS * fullest // forms), 1)


def store_counted(session: Session, counted: Iterable[CountedBatch]) -> None:
    """Keep what was counted of batches with enough forms, of a round that is not over; the rest is forgotten."""
    rules = dict(
        session.execute(
            select(Batch.id, Round.rule)
            .join(FrameRow, Batch.frame_row_id == FrameRow.id)
            .join(Round, FrameRow.round_id == Round.id)
            .where(Round.state.in_(LIVE))
        ).all()
    )
    rows = [
        {"batch_id": batch.batch_id, "since": batch.since, "forms": batch.forms, "quarter": batch.quarter}
        for batch in counted
        if batch.batch_id in rules and batch.forms >= load_rule(rules[batch.batch_id]).smallest
    ]
    if rows:
        session.execute(insert(DayCount), rows)


def _is_window_open(engine: Engine, now: datetime) -> bool:
    query = select(Round.id).where(Round.state.in_(LIVE), Round.closes > now).limit(1)
    with Session(reading(engine)) as session:
        return session.scalar(query) is not None
