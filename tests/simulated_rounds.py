"""Rounds that were never held: people answer one by one, each unit with a pace of its own; no curve is assumed."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

OPENS_AT = 8
CLOCK = np.array([0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 2, 5, 6, 5, 5, 6, 9, 7, 5, 5, 6, 8, 10, 13, 14, 11, 6, 2])
KINDS = ("steady", "reminded", "weekend", "staggered", "quick")
"""Nothing special, a reminder on one day, two slow days, codes that reach some schools a day or two late, most on the
first day."""


class Simulated(NamedTuple):
    """Forms of each hour of a window of four to six days, and how many were invited."""

    by_hour: list[int]
    invited: int

    @property
    def forms(self) -> int:
        """All forms of the round."""
        return sum(self.by_hour)


def simulate(rng: np.random.Generator, kind: str) -> Simulated:
    """A round of 20 to 94 units, whose people answer with an hourly chance as long as the window is open."""
    hours = int(rng.choice([84, 108, 132]))
    units = int(rng.integers(20, 95))
    invited = rng.integers(15, 120, units)
    start = rng.choice([0, 24, 48], units, p=[0.6, 0.3, 0.1]) if kind == "staggered" else np.zeros(units)
    pace = np.exp(rng.normal(np.log(1.0 if kind == "quick" else 0.35), 0.5, units))
    waiting = rng.binomial(invited, rng.beta(3 if kind == "quick" else 6, 4, units))
    chance = _draw_days(rng, kind, hours // 24 + 1)[np.arange(hours) // 24] * _draw_clock(rng)[np.arange(hours) % 24]
    by_hour = []
    for hour in range(hours):
        came = rng.binomial(waiting, np.where(start <= hour, 1 - np.exp(-pace * chance[hour]), 0))
        waiting = waiting - came
        by_hour.append(int(came.sum()))
    return Simulated(by_hour, int(invited.sum()))


def _draw_days(rng: np.random.Generator, kind: str, days: int) -> npt.NDArray[np.float64]:
    push = np.exp(rng.normal(0, 0.3, days))
    if kind == "reminded":
        push[rng.integers(1, days)] *= rng.uniform(1.5, 3)
    if kind == "weekend":
        first = rng.integers(0, 3)
        push[first : first + 2] *= rng.uniform(0.4, 0.8)
    return np.asarray(push)


def _draw_clock(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    clock = CLOCK * np.exp(rng.normal(0, 0.3, 24))
    return np.asarray(np.roll(clock / clock.sum(), -OPENS_AT))
