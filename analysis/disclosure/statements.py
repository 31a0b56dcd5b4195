"""Extreme shares as statements: what is told of an item that nearly everyone, or nearly no one, is content with.

Rule 4. Of a group with N valid forms, n_u of them from unit u, an item tells D, the forms that are not content, and
M, those that answered; c = max(3, ceil(max n_u / 10)). D < c prints a lower bound alone, S = M - D < c an upper one.

Proof that no unit's count is told. Of an item only sums over the whole group are told (every form counts once, rule
3): D where D >= c and S >= c, else that D (or S) is below c. Let d_u be the discontented of unit u, which has
n_u >= `smallest` forms, and the others together N - n_u >= n_u / 10 (a unit of which that is not true is joined
with them). Forms that are not content can be given to u or to the others in any number that fits: d_u takes every whole
number from max(0, D - (N - n_u)) to min(n_u, D), as the sum D stays what it is. The difference of these ends is
min(n_u, D, N - n_u, N - D), for subtracting the two candidates of either end leaves one of the four. N - D >= S >= c
and D >= c, and n_u and N - n_u are n_u / 10 at least, so it is n_u / 10 at least: the unit's rate stays open by 10
points. Where D < c, D itself is any of 0 .. c - 1, and d_u any of 0 .. min(n_u, c - 1), so at least three counts fit.
"""

from collections.abc import Sequence
from math import ceil

from msgspec import Struct

from analysis.disclosure.rounding import round_down, round_share, round_up
from analysis.results import Figure

LEAST = 3
PART = 10
PLACES = 1
NOTHING = 1e-9


class Answers(Struct, frozen=True, kw_only=True):
    """What the forms of a group come to on one item, each counted once: who answered, what was content of them.

    `satisfied` is a sum of shares for a topic; `marked` are those who answered or chose 不了解, `unknown` the latter.
    """

    answered: int
    satisfied: float
    marked: int = 0
    unknown: float = 0.0

    @property
    def dissatisfied(self) -> float:
        """The forms that are not content, as a sum."""
        return self.answered - self.satisfied


def least_told(units: Sequence[int]) -> int:
    """c: the fewest of a group that are told as a number, by the forms of its units.

    A group that is one unit hides none of its parts.

    >>> least_told([12, 14]), least_told([20, 45]), least_told([600])
    (3, 5, 3)
    """
    return max(LEAST, ceil(max(units) / PART)) if len(units) > 1 else LEAST


def outweighs_others(forms: int, whole: int) -> bool:
    """Whether a unit leaves too few others to hide it: it is joined with them.

    >>> outweighs_others(100, 110), outweighs_others(115, 126)
    (False, True)
    """
    return 0 < whole - forms < forms / PART


def state_item(answers: Answers, least: int) -> Figure:
    """An item's rate of a group to one decimal of a percent, or a statement where fewer than c were discontented.

    >>> state_item(Answers(answered=120, satisfied=100), 3).rate
    0.833
    >>> state_item(Answers(answered=120, satisfied=118), 3).at_least
    0.975
    >>> state_item(Answers(answered=120, satisfied=2), 3).at_most
    0.025
    """
    if answers.answered <= 0:
        return Figure(rate=None)
    bound = least / answers.answered
    if is_hidden(answers.dissatisfied, least):
        return _at_least(1 - bound)
    if is_hidden(answers.satisfied, least):
        return _at_most(bound)
    return Figure(rate=round_share(answers.satisfied / answers.answered, PLACES))


def state_topic(answers: Answers, items: Sequence[Answers], least: int) -> Figure:
    """A topic's rate where every item of its is told; else what follows from the items that are.

    A form's topic is the mean of the items that it answered, so that the discontented of a topic are at most those of
    its items together. Without that a topic beside one told item would tell the other.

    >>> told = Answers(answered=100, satisfied=80)
    >>> state_topic(Answers(answered=100, satisfied=89.5), [told, Answers(answered=100, satisfied=99)], 3).at_least
    0.77
    >>> state_topic(Answers(answered=100, satisfied=80), [told, told], 3).rate
    0.8
    """
    hidden = [is_hidden(item.dissatisfied, least) for item in items]
    few = [is_hidden(item.satisfied, least) for item in items]
    if not any(hidden) and not any(few):
        return Figure(rate=round_share(answers.satisfied / answers.answered, PLACES))
    if any(hidden) and any(few):
        return Figure(rate=None)
    if any(hidden):
        most = sum(least if dark else item.dissatisfied for dark, item in zip(hidden, items, strict=True))
        return _at_least(1 - most / answers.answered)
    most = sum(least if dark else item.satisfied for dark, item in zip(few, items, strict=True))
    return _at_most(most / answers.answered)


def state_unknown(answers: Answers, least: int) -> Figure:
    """The share of 不了解 among all who marked something: a statement where they are fewer than c.

    >>> state_unknown(Answers(answered=90, satisfied=80, marked=100, unknown=10), 3).rate
    0.1
    >>> state_unknown(Answers(answered=100, satisfied=80, marked=100, unknown=0), 3).at_most
    0.03
    """
    if answers.marked <= 0:
        return Figure(rate=None)
    if is_hidden(answers.unknown, least):
        return _at_most(least / answers.marked)
    return Figure(rate=round_share(answers.unknown / answers.marked, PLACES))


def is_hidden(count: float, least: int) -> bool:
    """Whether a number of forms is too small to be told; sums of thirds are whole up to noise.

    >>> is_hidden(2.9999999999, 3), is_hidden(2, 3)
    (False, True)
    """
    return count < least - NOTHING


def _at_least(share: float) -> Figure:
    """Nothing is said that everyone knows."""
    bound = round_down(max(share, 0.0), PLACES)
    return Figure(rate=None, at_least=bound) if bound > 0 else Figure(rate=None)


def _at_most(share: float) -> Figure:
    bound = round_up(min(share, 1.0), PLACES)
    return Figure(rate=None, at_most=bound) if bound < 1 else Figure(rate=None)
