"""Lots: what is drawn is decided by SHA-256 of a seed and a name, so that any computer draws the same list again."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from questionnaires.vocabulary import DrawnUnit


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Where something is drawn: in which stratum of which group, at which stage, with which seed."""

    seed: str
    group: str
    stratum: str
    stage: DrawnUnit

    def number(self, unit: str = "", class_: str = "") -> int:
        """The lot of a unit or class: SHA-256 of the six texts in UTF-8, parted by line feeds, as a whole number.

        >>> lot = Lot(seed="7", group="parent", stratum="1-3/town", stage=DrawnUnit.CLASS)
        >>> hex(lot.number("P01", "一年级1班"))[:12]
        '0xebdfa9b0c3'
        """
        text = "\n".join((self.seed, self.group, self.stratum, self.stage.value, unit, class_))
        return int.from_bytes(sha256(text.encode()).digest(), "big")

    def start(self, size: int) -> int:
        """Where a systematic draw begins, from 0 to `size` - 1: the lot of nothing, modulo `size`."""
        return self.number() % size


def steps(start: int, size: int, drawn: int) -> list[int]:
    """Places 0 to `size` - 1 that a systematic draw takes: (start + i size) // drawn, for i from 0 to drawn - 1.

    Over all `size` starts each place is taken `drawn` times: the probability is drawn/size exactly, in whole
    numbers. Source: Lohr, Sampling: Design and Analysis, section 2.7.

    >>> steps(3, 10, 4)
    [0, 3, 5, 8]
    """
    return [(start + place * size) // drawn for place in range(drawn)]


def draw_by_size(start: int, sizes: Sequence[int], drawn: int) -> list[int]:
    """Which of the `sizes` a systematic draw in proportion to size takes; probability drawn * size/sum.

    None may be larger than sum/drawn; those are certain and drawn apart (`certain_by_size`). Source: Lohr,
    Sampling: Design and Analysis, section 6.2.

    >>> draw_by_size(5, [30, 10, 40, 20], 2)
    [0, 2]
    """
    taken = []
    end = 0
    picks = iter(steps(start, sum(sizes), drawn))
    pick = next(picks, None)
    for place, size in enumerate(sizes):
        end += size
        if pick is not None and pick < end:
            taken.append(place)
            pick = next(picks, None)
    return taken


def certain_by_size(sizes: Sequence[int], drawn: int) -> set[int]:
    """Those so large that a draw in proportion to size takes them for certain: size * left to draw >= sum left.

    >>> certain_by_size([90, 10, 12, 8], 3)
    {0}
    """
    certain: set[int] = set()
    while len(certain) < drawn:
        left = drawn - len(certain)
        rest = sum(size for place, size in enumerate(sizes) if place not in certain)
        larger = {place for place, size in enumerate(sizes) if place not in certain and size * left >= rest > 0}
        if not larger:
            break
        certain |= set(sorted(larger)[:left])
    return certain
