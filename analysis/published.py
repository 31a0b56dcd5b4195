"""The published table of a closed round: the one thing that pages, documents, exports and the API read."""

from datetime import date
from typing import Any

import msgspec

from analysis.results import CountyRate, Estimate, Result

Judgement = dict[str, Any]
"""What `survey judge --json` prints."""


class GroupCounts(Result, kw_only=True):
    """Counts of one group."""

    population: int
    target: int
    issued: int
    forms: int


class UnitCounts(Result, kw_only=True):
    """Counts of one group in one unit; `spent` is forms received."""

    unit: str
    group: str
    population: int
    target: int
    issued: int
    spent: int


class StratumCounts(Result, kw_only=True):
    """Counts of one group in one stage and locale; "" where they are not known."""

    stage: str
    locale: str
    group: str
    invited: int
    issued: int
    forms: int


class Excess(Result, kw_only=True):
    """A shared code that brought more forms than there are people."""

    unit: str
    group: str
    class_: str = msgspec.field(name="class")
    people: int
    forms: int


class Status(Result, kw_only=True):
    """What `survey status --json` prints: the round's counts beside its targets, by group and by unit.

    `refused` is None for those who may not know how many took no part.
    """

    round: str
    state: str
    forms: int = 0
    groups: dict[str, GroupCounts]
    units: list[UnitCounts] = []
    strata: list[StratumCounts] = []
    refused: int | None = 0
    more_than_people: list[Excess] = []


class UnitRow(Result, kw_only=True):
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


class FormSpot(Result, kw_only=True):
    """Where the forms of (group, member) stand when single forms are handed out."""

    group: str
    member: str
    place: str
    scope: str


class Units(Result, kw_only=True):
    """Units, stages and localities as they are published, and where single forms may stand."""

    rows: list[UnitRow] = []
    forms: list[FormSpot] = []


class FormerGroup(Result, kw_only=True):
    """A group's rate in a round before."""

    rate: float | None
    se: float | None


class FormerRound(Result, kw_only=True):
    """What was published of an earlier round of the county."""

    name: str
    opens: date
    closes: date
    rule: str
    papers: list[str]
    valid: int
    county: CountyRate = msgspec.field(name="recognition")
    groups: dict[str, FormerGroup]


class Former(Result, kw_only=True):
    """The county's rounds before, the latest first."""

    rounds: list[FormerRound] = []


class Published(Result, kw_only=True):
    """The published table of a closed round; `estimate` is its part `recognition`.

    `units` is None for a round that was closed before units were published.
    """

    status: Status
    estimate: Estimate = msgspec.field(name="recognition")
    judgement: Judgement
    units: Units | None = None
    former: Former = Former()
