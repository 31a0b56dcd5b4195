"""The rule for what officials see of a unit while its round is open: replayed from the ledger, mark by mark.

At each ten-minute mark the slots of the ledger that ended ten minutes before are taken in, and the figure moves only
if at least LEAST came since it moved last. Nothing is remembered: every process, and one that starts anew, says the
same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from survey_app.core.ledger_slots import FEW, SLOTS_AN_HOUR, five_minutes

LEAST = 3
SLOTS_A_MARK = 2
DAY = 24 * SLOTS_AN_HOUR // SLOTS_A_MARK


class Word(StrEnum):
    """What is said of a unit instead of a count, or beside it."""

    COUNT = ""
    FEW = "few"
    ISSUED = "issued"
    BEGUN = "begun"
    NEAR = "near"


class Arrival(msgspec.Struct, frozen=True, order=True):
    """Forms sent in with one batch in one slot: the slot after its end, five minutes each since 1970."""

    ended: int
    n: int

    @property
    def mark(self) -> int:
        """The first ten-minute mark, counted since 1970, at which the slot has ended for ten minutes."""
        return -(-(self.ended + SLOTS_A_MARK) // SLOTS_A_MARK)

    @property
    def hour(self) -> int:
        """The hour since 1970 in which the slot ended."""
        return (self.ended - 1) // SLOTS_AN_HOUR


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a unit, class or batch: `n` for programs, `recent` of the last day, and the word for people.

    `last`: the mark at which it moved last; 0 where it never did, is live, or has too few codes for a count.
    """

    n: int
    recent: int
    word: Word
    last: int = 0

    @property
    def hidden(self) -> bool:
        """Whether there are too few codes for a count."""
        return self.word in (Word.ISSUED, Word.BEGUN)


def find_mark(now: datetime) -> int:
    """The last ten-minute mark at a Beijing time, counted since 1970."""
    return five_minutes(now) // SLOTS_A_MARK


def read_arrival(slot: int, n: int, people: int) -> Arrival:
    """A row of the ledger; a batch for fewer than FEW people is counted by the hour."""
    return Arrival(slot + (1 if people >= FEW else SLOTS_AN_HOUR), n)


def list_steps(arrivals: Iterable[Arrival], mark: int) -> Sequence[tuple[int, int]]:
    """The marks up to this one at which the figure moved, and by how many: always LEAST or more.

    >>> list_steps([Arrival(1, 2), Arrival(3, 2), Arrival(9, 1)], 9)
    [(3, 4)]
    """
    taken_in: Counter[int] = Counter()
    for arrival in arrivals:
        taken_in[arrival.mark] += arrival.n
    steps = []
    waiting = 0
    for moment in sorted(taken_in):
        waiting += taken_in[moment]
        if moment <= mark and waiting >= LEAST:
            steps.append((moment, waiting))
            waiting = 0
    return steps


def show_figure(arrivals: Iterable[Arrival], issued: int, mark: int) -> Figure:
    """The figure of a unit with so many codes at a mark."""
    steps = list_steps(arrivals, mark)
    recent = sum(grown for moment, grown in steps if moment > mark - DAY)
    return tell_figure(sum(grown for _, grown in steps), recent, issued, steps[-1][0] if steps else 0)


def tell_figure(n: int, recent: int, issued: int, last: int = 0) -> Figure:
    """How a replayed figure is told; with fewer codes than FEW it only says that LEAST have answered."""
    if issued < FEW:
        word = Word.BEGUN if n else Word.ISSUED if issued else Word.FEW
        return Figure(n=min(n, LEAST), recent=0, word=word)
    return Figure(n=n, recent=recent, word=choose_word(n, issued), last=last)


def choose_word(n: int, issued: int) -> Word:
    """How a count reads beside the codes that were issued."""
    if 0 <= issued - n < LEAST:
        return Word.NEAR
    return Word.COUNT if n else Word.FEW
