"""Returns: who was given codes and who answered, by stage, locale and unit; counts only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
MOST_UNITS = 10
STAGES, LOCALES = ("primary", "junior", ""), ("city", "town", "village", "")


def describe_strata(status: Row) -> Row:
    """`stages` and `locales`: invited, issued, forms and their share of the invited; where none is known, last."""
    strata = status.get("strata", ())
    return {"stages": _sum_by("stage", STAGES, strata), "locales": _sum_by("locale", LOCALES, strata)}


def _sum_by(key: str, order: Iterable[str], strata: Sequence[Row]) -> list[Row]:
    found = [(name, [one for one in strata if one[key] == name]) for name in order]
    sums = [
        {"key": name} | {part: sum(one[part] for one in own) for part in ("invited", "issued", "forms")}
        for name, own in found
        if own
    ]
    return [one | {"share": one["forms"] / one["invited"] if one["invited"] else None} for one in sums]


def describe_units(status: Row, names: Mapping[str, str]) -> Row:
    """`units`: every unit with its counts, those that lack most first; `units_behind` lack any, `units_shown` most.

    `names` tells what a unit's code stands for.
    """
    units: dict[str, Row] = {}
    for one in status.get("units", ()):
        row = units.setdefault(one["unit"], {"unit": one["unit"], "target": 0, "issued": 0, "forms": 0})
        for name, counted in (("target", "target"), ("issued", "issued"), ("forms", "spent")):
            row[name] += one[counted]
    for row in units.values():
        row |= {"name": names.get(row["unit"], row["unit"]), "lacks": max(0, row["target"] - row["forms"])}
    listed = sorted(units.values(), key=lambda row: (-row["lacks"], row["unit"]))
    behind = [row for row in listed if row["lacks"]]
    return {"units": listed, "units_behind": behind, "units_shown": behind[:MOST_UNITS]}
