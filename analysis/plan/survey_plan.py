"""The plan of a survey as `survey plan --json` prints it."""

from msgspec import Struct

from analysis.plan.planned_units import Unshown


class PlannedProof(Struct, frozen=True, kw_only=True):
    """What is asked for in the county or a group, and what it can prove; by true rate in `power` and `forms_needed`.

    `population` is None where no frame says how many there are.
    """

    population: int | None
    quota: int
    target: int
    shortfall: int
    slips: int
    expected: int
    deff: float
    smallest_rate: float | None
    power: dict[str, float]
    forms_needed: dict[str, int | None]


class PlannedStratum(Struct, frozen=True, kw_only=True):
    """A part of a group by band of grades and locale; "" where it is not divided."""

    group: str
    band: str
    locale: str
    population: int | None
    target: int
    slips: int


class PlannedUnit(Struct, frozen=True, kw_only=True):
    """A unit's part of a group."""

    group: str
    unit: str
    population: int
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
    units: tuple[PlannedUnit, ...]
    unshown: tuple[Unshown, ...]
