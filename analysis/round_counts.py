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


class CourseCounts(Struct, frozen=True, kw_only=True):
    """How answering went for one group, of the `forms` whose phones told it; None where too few people stand behind.

    `opened`: once, twice, more often; `first_answer` and `minutes`: within 1, 2, 3, 5 minutes, longer;
    `review_edits`: never, once, more often; `median`: within how many minutes half were done, 6 for more than five.
    """

    forms: int
    opened: tuple[int | None, ...]
    first_answer: tuple[int | None, ...]
    minutes: tuple[int | None, ...]
    review_edits: tuple[int | None, ...]
    reached_last: int | None
    median: int


class SplitCounts(Struct, frozen=True, kw_only=True):
    """A split ballot: `kind` of the rule, forms of both halves, and the second's rate less the first's.

    `difference`, `lower` and `upper` as shares, in whole percentage points.
    """

    kind: str
    forms: tuple[int, int]
    difference: float
    lower: float
    upper: float


class Status(Struct, frozen=True, kw_only=True):
    """What `survey status --json` prints: the round's counts beside its targets, by group and by unit.

    `refused` is None for those who may not know how many took no part. `imported`: of a closed round, how many forms
    came in files, if there were no fewer than the rule's `smallest`; `codings`: how their answers were written.
    `opinions`: how many forms came from classes that were not drawn, with opinion codes, if no fewer; they are in no
    other count. `course`: of a closed round, how answering went on phones, by group; `split`: how far
    the halves of a split ballot differ.
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
    course: dict[str, CourseCounts] | UnsetType = UNSET
    split: SplitCounts | UnsetType = UNSET
