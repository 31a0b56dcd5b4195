"""Whole numbers that share out a total: alike, or in proportion to people."""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key", str, tuple[str, str, str])


def largest_remainder(total: int, people: Mapping[Key, int]) -> dict[Key, int]:
    """`total` shared out in proportion to `people`: whole parts, then one each by the largest remainder.

    Equal remainders go by name; no share exceeds its people as long as the total does not exceed all of
    them. Hare's method; Balinski & Young (1982), Fair Representation, chapter 3.

    >>> largest_remainder(10, {"A": 47, "B": 16, "C": 37})
    {'A': 5, 'B': 1, 'C': 4}
    """
    everyone = sum(people.values())
    parts = {unit: divmod(total * count, everyone) if count else (0, 0) for unit, count in people.items()}
    shares = {unit: whole for unit, (whole, _) in parts.items()}
    by_remainder = sorted((unit for unit in parts if parts[unit][1]), key=lambda unit: (-parts[unit][1], unit))
    for unit in by_remainder[: total - sum(shares.values())]:
        shares[unit] += 1
    return shares


def equal_shares(total: int, people: Mapping[Key, int]) -> dict[Key, int]:
    """`total` shared out alike, nobody above their people.

    What one cannot take the others do, so that the shares add up to the total or to everyone. What cannot be
    shared alike goes one each to those with the most people, then to the last by name.

    >>> equal_shares(10, {"1-3": 2, "4-6": 50, "7-9": 40})
    {'1-3': 2, '4-6': 4, '7-9': 4}
    """
    shares = dict.fromkeys(people, 0)
    left = total
    takers = sorted(people, key=lambda key: (people[key], key))
    for place, key in enumerate(takers):
        shares[key] = min(people[key], left // (len(takers) - place))
        left -= shares[key]
    return shares
