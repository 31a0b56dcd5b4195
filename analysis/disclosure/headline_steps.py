"""How finely a group's headline may be told beside items that are statements."""

from collections.abc import Sequence
from math import floor

from msgspec import Struct

from analysis.disclosure.rounding import printed_band, round_share
from analysis.results import Figure

STEPS = (0.001, 0.01, 0.05, 0.1)
"""A tenth of a percent, a percent, and classes of five and ten points, which are told by both their ends."""
PLACES = {0.0001: 2, 0.001: 1, 0.01: 0}
FINEST = min(PLACES)
EDGE = 1e-12

Band = tuple[float, float]


class Room(Struct, frozen=True, kw_only=True):
    """How far a rate must be able to lie above and below what it is, by all that is printed.

    A form's headline is the mean of its K items, so that one discontented answer more or less moves the rate by
    w/(K sum w n). Where an item is a statement, its count is any of 0 .. c - 1: if the rate as printed did not leave
    room for that, the item's count would follow from the headline and the other items.
    """

    above: float
    below: float

    def fits(self, rate: float, band: Band) -> bool:
        """Whether a band leaves it; beyond 0 and 1 there is nothing to leave."""
        low, high = band
        return low <= max(rate - self.below, 0.0) + EDGE and high >= min(rate + self.above, 1.0) - EDGE


def room_for(hidden: Sequence[tuple[float, bool]], least: int, per_answer: float) -> Room:
    """The room that a group's statements need.

    `hidden`: of each item that is a statement the count behind it, and whether that is of the discontented;
    `per_answer`: how far one answer moves the group's rate at most.

    >>> room_for([(0, True), (2, True)], 3, 0.01)
    Room(above=0.02, below=0.02)
    """
    fewer = [count if discontented else least - 1 - count for count, discontented in hidden]
    more = [least - 1 - count if discontented else count for count, discontented in hidden]
    return Room(above=max([*fewer, 0.0]) * per_answer, below=max([*more, 0.0]) * per_answer)


def print_rate(rate: float, step: float | None, line: float | None = None) -> Figure:
    """A rate told in steps: a number down to whole percents, then the class that it lies in.

    >>> print_rate(0.91236, 0.001).rate, print_rate(0.912, 0.05).span, print_rate(0.97, 0.05).at_most
    (0.912, (0.9, 0.95), None)
    """
    if step is None:
        return Figure(rate=None)
    if step in PLACES:
        return Figure(rate=round_share(rate, PLACES[step], line))
    low, high = _class_of(rate, step)
    return Figure(rate=None, at_least=low or None, at_most=None if high >= 1 else high)


def told_band(rate: float, step: float | None) -> Band:
    """What the rate can be by what is printed of it."""
    if step is None:
        return 0.0, 1.0
    return printed_band(round_share(rate, PLACES[step]), PLACES[step]) if step in PLACES else _class_of(rate, step)


def _class_of(rate: float, step: float) -> Band:
    number = min(floor(rate / step + EDGE), round(1 / step) - 1)
    return round(number * step, 6), round((number + 1) * step, 6)
