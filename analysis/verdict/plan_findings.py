"""What a judgement finds beside a plan: targets of a year, milestones, and the pace that the plan set."""

from msgspec import field

from analysis.verdict.records import Record
from questionnaires.vocabulary import TargetStatus, Verdict


class Planned(Record, frozen=True, kw_only=True):
    """What a plan promised: so many of so many schools, a percentage, or words."""

    met: int | None
    total: int | None
    share: float | None
    text: str | None


class ShareRange(Record, frozen=True, kw_only=True):
    """What a percentage is at least and at most, as far as the reported figures tell it."""

    lower: float
    upper: float


class Actual(Record, frozen=True, kw_only=True):
    """What was found: so many of so many schools, a percentage, or only whether it is met.

    `bases`: where a plan does not say of what its percentage is, the percentage of each thing it may be of.
    """

    met: int | None = None
    total: int | None = None
    missing: int | None = None
    share: float | None = None
    verdict: Verdict = Verdict.UNDETERMINED
    bases: dict[str, ShareRange] = field(default_factory=dict)


class TargetFinding(Record, frozen=True, kw_only=True):
    """A target of the plan for a year beside what was found."""

    indicator: str
    stage: str
    base: str
    year: int
    planned: Planned
    actual: Actual
    status: TargetStatus
    units: tuple[str, ...]
    clause: str


class Step(Record, frozen=True, kw_only=True):
    """One step of the plan's calendar; an empty end is open."""

    name: str
    start: str
    end: str
    clause: str


class MilestoneFinding(Record, frozen=True, kw_only=True):
    """Another goal of the plan; `status` is None where a person has to tell, under `id` in the county's file.

    `formula`: how what was found is computed of raw figures, and what these lack.
    """

    id: str = ""
    indicator: str
    year: int
    goal: str
    reads: str
    operator: str | None
    value: float | None
    unit: str
    base: str
    clause: str
    actual: float | None
    status: TargetStatus | None
    units: tuple[str, ...]
    formula: str = ""


class PaceFinding(Record, frozen=True, kw_only=True):
    """How much of what remained when the plan was made falls to its last year; `share` is due of remaining."""

    indicator: str
    stage: str
    base: str
    last_year: int
    due: float
    remaining: float
    unit: str
    share: float
    back_loaded: bool
    clause: str


class Roadmap(Record, frozen=True, kw_only=True):
    """Where the plan's calendar stands in a year, what else it wanted by then, and what it leaves to its end."""

    phases: tuple[Step, ...]
    milestones: tuple[MilestoneFinding, ...]
    pace: tuple[PaceFinding, ...]
