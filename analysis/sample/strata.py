"""Strata (层): the finest parts of the frame that the sample covers."""

from collections import defaultdict
from collections.abc import Sequence

from analysis.places import LEVELS, Chain

Cell = tuple[str, ...]
"""The keys on the way from the county down to a part of the frame."""


def covering_cells(chains: Sequence[Chain], selected: Sequence[bool], finest: str = "unit") -> list[Cell]:
    """For each row of one group the finest cell of which every part has someone selected.

    Down from the county a cell (stage x locale, township, unit) is divided only if each of its parts was
    reached; otherwise the rows reached speak for the whole of it. So nobody in the frame is left without
    weight as long as anyone was selected. No cell is finer than `finest`: where schools were drawn they are
    no strata.

    >>> chains = [("", f"unit/{unit}", f"township/{town}", "stratum/primary/town", "county")
    ...           for town, unit in (("T", "A"), ("T", "B"), ("U", "C"), ("U", "D"))]
    >>> [cell[-1] for cell in covering_cells(chains, [True, True, True, False])]
    ['unit/A', 'unit/B', 'township/U', 'township/U']
    """
    cells: list[Cell] = [("county",)] * len(chains)

    def divide(rows: list[int], level: int) -> None:
        parts: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            parts[chains[row][level]].append(row)
        if level < LEVELS.index(finest) or not all(any(selected[row] for row in part) for part in parts.values()):
            return
        for key, part in parts.items():
            for row in part:
                cells[row] = (*cells[row], key) if key else cells[row]
            divide(part, level - 1)

    divide(list(range(len(chains))), LEVELS.index("county") - 1)
    return cells
