"""Counts of a round, open or closed: how many were asked, given codes and answered; never an answer."""

from msgspec import UNSET, Struct, UnsetType, field

from questionnaires.vocabulary import RoundState


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

    `refused` is None for those who may not know how many took no part. `imported`: of a closed round, how many forms
    came in files, if there were no fewer than the rule's `smallest`; `codings`: how their answers were written.
    `opinions`: how many forms came from classes that were not drawn, with opinion codes, if no fewer; they are in no
    other count.
    """

    round: str
    state: RoundState
    forms: int = 0
    groups: dict[str, GroupCounts]
    units: tuple[UnitCounts, ...] = ()
    strata: tuple[StratumCounts, ...] = ()
    refused: int | None = 0
    more_than_people: tuple[Excess, ...] = ()
    imported: int | UnsetType = UNSET
    opinions: int | UnsetType = UNSET
    codings: tuple[str, ...] | UnsetType = UNSET
