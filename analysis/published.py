"""The published table of a closed round: the one thing that pages, documents, exports and the API read."""

from collections.abc import Mapping
from datetime import date
from math import ceil, floor
from typing import Any

from msgspec import UNSET, Struct, UnsetType, convert, field

from analysis.results import COUNTY, CountyRate, Estimate, Figure, GroupRate, ItemRate
from analysis.round_counts import Status
from analysis.verdict.judgement import Judgement
from questionnaires.vocabulary import ProblemState

ROUNDING = 1e-9


class UnitRow(Figure, frozen=True, kw_only=True, omit_defaults=False):
    """A place, or a union of them, as it is published (`disclosure.units.unit_table`); extreme rates are statements."""

    group: str
    place: str
    level: str
    scope: str
    n: int
    lower: float | None = None
    upper: float | None = None
    state: str


class Units(Struct, frozen=True, kw_only=True):
    """Units, stages and localities as they are published."""

    rows: tuple[UnitRow, ...] = ()


class GroupRelease(Struct, frozen=True, kw_only=True):
    """How a group was made fit to be told (`analysis.release`).

    `step`: what its headline is rounded to, as a share, None where it is not told; `least`: the fewest forms of an
    item that are told as a number; `deff`: the one design effect behind its intervals. Rows of its units: those printed
    as a number (`numbers`), as a statement beyond the rule's bounds (`statements`), as what follows from the others
    (`coarsened`), and not at all (`withheld`); `statement_items` of items and topics. `narrowest`: how far the rate of
    a row that is no number stays open at least, as a share.
    """

    step: float | None
    least: int
    deff: float
    numbers: int
    statements: int
    coarsened: int
    withheld: int
    statement_items: int
    narrowest: float | None
    holds: bool


class RowName(Struct, frozen=True, kw_only=True):
    """Which row of units: its group, place and scope; without a place, a step of the group's own rate."""

    group: str
    place: str
    scope: str


class ReleaseRecord(Struct, frozen=True, kw_only=True):
    """What was coarsened before anything was told, by group, and what the county's figure is rounded to.

    `taken_back`: rows and steps of which nothing is told because the audit found a count too narrow beside them.
    `sent_in`: of groups in which not all of it counts, what each unit sent in; the forms told below follow from it.
    """

    county_step: float
    groups: dict[str, GroupRelease]
    taken_back: tuple[RowName, ...] = ()
    sent_in: dict[str, dict[str, int]] | UnsetType = UNSET

    @property
    def summary(self) -> "ReleaseSummary":
        """All groups together."""
        groups = self.groups.values()
        return ReleaseSummary(
            rows=sum(own.numbers + own.statements + own.coarsened + own.withheld for own in groups),
            statements=sum(own.statements for own in groups),
            coarsened=sum(own.coarsened for own in groups),
            withheld=sum(own.withheld for own in groups),
            statement_items=sum(own.statement_items for own in groups),
            narrowest=min((own.narrowest for own in groups if own.narrowest is not None), default=None),
        )


class ReleaseSummary(Struct, frozen=True, kw_only=True):
    """How many rows of units there are, and of what kind; bounds among items; the narrowest hidden row, as a share."""

    rows: int
    statements: int
    coarsened: int
    withheld: int
    statement_items: int
    narrowest: float | None


class FormerGroup(Figure, frozen=True, kw_only=True, omit_defaults=False):
    """A group's or topic's rate in a round before, with its interval where it was told."""

    se: float | None
    lower: float | None = None
    upper: float | None = None


def former_group(rate: GroupRate | ItemRate | FormerGroup) -> FormerGroup:
    """A rate as it was told; one that an earlier version kept with every digit is rounded, its interval outward."""
    told = None if rate.rate is None else round(rate.rate, 3)
    lower = None if rate.lower is None else floor(1000 * rate.lower + ROUNDING) / 1000
    upper = None if rate.upper is None else ceil(1000 * rate.upper - ROUNDING) / 1000
    return FormerGroup(
        rate=told,
        at_least=rate.at_least,
        at_most=rate.at_most,
        se=None,
        lower=lower,
        upper=upper,
    )


def former_topics(estimate: Estimate) -> dict[str, FormerGroup]:
    """The county's topics as they were told."""
    return {topic: former_group(domains[COUNTY]) for topic, domains in estimate.topics.items() if COUNTY in domains}


class FormerProblem(Struct, frozen=True, kw_only=True):
    """A problem that was in the register before the round opened, as it stood at the round's close."""

    text: str
    school: str
    lead: str
    state: ProblemState
    reopened: int = 0


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
    topics: dict[str, FormerGroup] = {}


class Former(Struct, frozen=True, kw_only=True):
    """The county's rounds before, the latest first, and what became of the problems that were known before this one."""

    rounds: tuple[FormerRound, ...] = ()
    problems: tuple[FormerProblem, ...] = ()


class Published(Struct, frozen=True, kw_only=True):
    """The published table of a closed round; `estimate` is its part `recognition`.

    `units` is None for a round that was closed before units were published, `release` for one closed before what is
    told was audited.
    """

    status: Status
    estimate: Estimate = field(name="recognition")
    judgement: Judgement
    units: Units | None = None
    release: ReleaseRecord | None = None
    former: Former = Former()

    @property
    def unit_rows(self) -> tuple[UnitRow, ...]:
        """The rows of units; none where units were not published."""
        return self.units.rows if self.units else ()


def read_published(parts: Mapping[str, Any]) -> Published:
    """The published table from its parts as they are stored, those of an earlier version as well."""
    return convert(parts, Published)
