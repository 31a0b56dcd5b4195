"""Targets: what the plan promised for a year, beside what the judgement found (规划对照)."""

from typing import Literal, NamedTuple

from analysis.limits import holds
from analysis.roadmap import Target
from analysis.sections import Row
from analysis.standard import Standard

Status = Literal["on_track", "behind", "missing"]


class Actual(NamedTuple):
    """What was found: so many of so many schools, or a percentage; None where it is not known."""

    met: int | None = None
    total: int | None = None
    share: float | None = None


def compare_targets(standard: Standard, year: int, dimensions: dict[str, Row]) -> list[Row]:
    """One row per target of the year that is a number: planned, actual and status.

    Shares are compared, not counts, because schools merge and open; targets in words are left out.
    """
    return [
        _compare(target, year, _find_actual(target, dimensions))
        for target in standard.targets
        if year in target.met or year in target.share
    ]


def _compare(target: Target, year: int, actual: Actual) -> Row:
    met = target.met.get(year)
    planned = target.share.get(year) if met is None else 100 * met / (target.total or 1)
    status: Status = "missing"
    if actual.share is not None and planned is not None:
        status = "on_track" if holds(actual.share, ">=", planned) else "behind"
    return {
        "indicator": target.indicator,
        "stage": target.stage,
        "year": year,
        "planned": {"met": met, "total": target.total, "share": planned},
        "actual": actual._asdict(),
        "status": status,
        "clause": target.clause,
    }


def _find_actual(target: Target, dimensions: dict[str, Row]) -> Actual:
    resources = dimensions["resources"]["indicators"]
    if target.indicator in resources:
        found = resources[target.indicator][target.stage]
        return _of_schools(found["met"], found["schools"], len(found["missing"]))
    indicators = {**dimensions["guarantee"]["indicators"], **dimensions["quality"]["indicators"]}
    parts = [part for each in indicators.values() for part in each["parts"] if part["id"] == target.indicator]
    for counted in (indicators.get(target.indicator, {}), *parts):
        if stage := counted.get("stages", {}).get(target.stage):
            return _of_schools(stage["met"], stage["total"], stage["missing"])
    values = [part["value"] for part in parts if part["stage"] in {"", target.stage} or not target.stage]
    return Actual(share=values[0] if values else None)


def _of_schools(met: int, total: int, missing: int) -> Actual:
    return Actual(met, total) if missing or not total else Actual(met, total, 100 * met / total)
