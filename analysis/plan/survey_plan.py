"""The plan of a survey as `survey plan --json` prints it."""

from typing import Any

from msgspec import Struct, convert

from analysis.plan.planned_units import Unshown


class PlannedProof(Struct, frozen=True, kw_only=True):
    """What is asked for in the county or a group, and what it can prove; by true rate in `power` and `forms_needed`."""

    population: int | None = None
    target: int
    quota: int
    shortfall: int = 0
    slips: int
    expected: int
    smallest_rate: float | None
    power: dict[str, float] = {}
    forms_needed: dict[str, int | None] = {}


class PlannedStratum(Struct, frozen=True, kw_only=True):
    """A part of a group by band of grades and locale; "" where it is not divided."""

    group: str
    band: str
    locale: str
    target: int
    slips: int


class SurveyPlan(Struct, frozen=True, kw_only=True):
    """How many forms and slips are planned, where, and what they can prove."""

    rule: str
    population: int
    return_rate: float
    threshold: float
    county: PlannedProof
    groups: dict[str, PlannedProof]
    strata: tuple[PlannedStratum, ...]
    unshown: tuple[Unshown, ...] = ()


def read_plan(content: dict[str, Any]) -> SurveyPlan:
    """The plan of an object of `plan_survey`."""
    return convert(content, SurveyPlan)
