"""Strata with a single PSU, whose variance cannot be seen, joined with a sibling."""

from typing import NamedTuple

import numpy as np

from analysis.arrays import Codes, Flags, Floats


class Strata(NamedTuple):
    """Strata in the order of their names, one array element each.

    `psus` m_h were taken of the `frame_psus` M_h (NaN: no end). `township` and `locale` are codes, -1 where
    the stratum has none or several.
    """

    group: Codes
    person: Flags
    psus: Floats
    frame_psus: Floats
    township: Codes
    locale: Codes

    def open(self) -> Flags:
        """Whether the stratum was sampled and not taken whole: 0 < m and not f = 1."""
        some: Flags = self.psus > 0
        whole: Flags = self.psus >= self.frame_psus
        return some & ~whole

    def lone(self) -> Flags:
        """Whether one PSU stands for others: m = 1 and f < 1."""
        single: Flags = self.psus == 1
        return single & self.open()


def join_lonely(strata: Strata) -> Codes:
    """Position of the stratum that each stratum is counted in, itself unless it was joined.

    A lonely stratum joins the open stratum of its group and kind in its township, else in its locale, that
    has the smallest M, then the first name; m and M add, and it goes on until none is lonely or has a
    sibling. Lumley (2010), Complex Surveys, section 3.2.

    >>> one, zero = np.ones(2), np.zeros(2, dtype=np.int64)
    >>> join_lonely(Strata(zero, zero == 0, np.array([1.0, 4.0]), one * 9, zero, zero)).tolist()
    [1, 1]
    """
    joined = strata._replace(psus=strata.psus.copy(), frame_psus=strata.frame_psus.copy())
    home = np.arange(len(strata.psus))
    lonely = np.flatnonzero(strata.lone())
    for position in lonely[np.argsort(_size(strata.frame_psus[lonely]), kind="stable")].tolist():
        here: int | None = position
        while here is not None and joined.lone()[here]:
            here = _join(joined, home, here)
    return home


def _join(strata: Strata, home: Codes, here: int) -> int | None:
    """Add stratum `here` to its sibling, which is returned; None when it has none."""
    near = strata.open() & _like(strata.group, here) & _like(strata.person, here)
    near[here] = False
    for place in (strata.township, strata.locale):
        known: Flags = place >= 0
        siblings = np.flatnonzero(near & _like(place, here) & known)
        if siblings.size:
            sibling = int(siblings[np.argmin(_size(strata.frame_psus[siblings]))])
            strata.psus[sibling] += strata.psus[here]
            strata.frame_psus[sibling] += strata.frame_psus[here]
            strata.psus[here] = 0
            home[home == here] = sibling
            return sibling
    return None


def _like(values: Codes | Flags, here: int) -> Flags:
    """Where the value is that of stratum `here`."""
    same: Flags = values == values[here]
    return same


def _size(frame_psus: Floats) -> Floats:
    return np.where(np.isnan(frame_psus), np.inf, frame_psus)
