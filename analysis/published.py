"""The published table of a closed round: the one thing that pages, documents, exports and the API read."""

from datetime import date
from typing import Any

from msgspec import Struct, field

from analysis.results import CountyRate, Estimate

Judgement = dict[str, Any]
"""What `survey judge --json` prints."""


class GroupCounts(Struct, frozen=True, kw_only=True):
    """Counts of one group."""

    population: int
    target: int
    issued: int
    forms: int


class UnitCounts(Struct, frozen=True, kw_only=True):
    """Counts of one group in one unit; `spent` is forms received."""

    unit: str
    group: str
    population: int
    target: int
    issued: int
    spent: int


class StratumCounts(Struct, frozen=True, kw_only=True):
    """Counts of one group in one stage and locale; "" where they are not known."""

    stage: str
    locale: str
    group: str
    invited: int
    issued: int
    forms: int


class Excess(Struct, frozen=True, kw_only=True):
    """A shared code that brought more forms than there are people."""

    unit: str
    group: str
    class_: str = field(name="class")
    people: int
    forms: int


class Status(Struct, frozen=True, kw_only=True):
    """What `survey status --json` prints: the round's counts beside its targets, by group and by unit.

    `refused` is None for those who may not know how many took no part.
    """

    round: str
    state: str
    forms: int = 0
    groups: dict[str, GroupCounts]
    units: tuple[UnitCounts, ...] = ()
    strata: tuple[StratumCounts, ...] = ()
    refused: int | None = 0
    more_than_people: tuple[Excess, ...] = ()


class UnitRow(Struct, frozen=True, kw_only=True):
    """A place, or a union of them, as it is published (`disclosure.unit_table`)."""

    group: str
    place: str
    level: str
    scope: str
    n: int
    rate: float | None
    lower: float | None = None
    upper: float | None = None
    state: str


class FormSpot(Struct, frozen=True, kw_only=True):
    """Where the forms of (group, member) stand when single forms are handed out."""

    group: str
    member: str
    place: str
    scope: str


class Units(Struct, frozen=True, kw_only=True):
    """Units, stages and localities as they are published, and where single forms may stand."""

    rows: tuple[UnitRow, ...] = ()
    forms: tuple[FormSpot, ...] = ()


class FormerGroup(Struct, frozen=True, kw_only=True):
    """A group's rate in a round before."""

    rate: float | None
    se: float | None


class FormerRound(Struct, frozen=True, kw_only=True):
    """What was published of an earlier round of the county."""

    name: str
    opens: date
    closes: date
    rule: str
    papers: tuple[str, ...]
    valid: int
    county: CountyRate = field(name="recognition")
    groups: dict[str, FormerGroup]


class Former(Struct, frozen=True, kw_only=True):
    """The county's rounds before, the latest first."""

    rounds: tuple[FormerRound, ...] = ()


class Published(Struct, frozen=True, kw_only=True):
    """The published table of a closed round; `estimate` is its part `recognition`.

    `units` is None for a round that was closed before units were published.
    """

    status: Status
    estimate: Estimate = field(name="recognition")
    judgement: Judgement
    units: Units | None = None
    former: Former = Former()
