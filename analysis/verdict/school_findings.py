"""What a judgement finds of the schools: each by its rule, each indicator by stage, and what is counted."""

from msgspec import field

from analysis.indicators.reported import SchoolCounts
from analysis.verdict.records import Disagreement, Record
from questionnaires.vocabulary import Verdict


class StageFinding(Record, frozen=True, kw_only=True):
    """One resource indicator in one stage: how many schools meet it, and how far apart they are.

    `missing` and `failing` are codes of schools: without a value, and failing their rule with this one short.
    """

    title: str
    threshold: float
    operator: str
    unit: str
    clause: str
    met: int
    schools: int
    missing: tuple[str, ...]
    failing: tuple[str, ...]
    mean: float | None
    cv: float | None
    cv_limit: float
    cv_operator: str
    cv_clause: str
    cv_verdict: Verdict
    cv_reason: str
    cv_borderline: bool
    verdict: Verdict
    reason: str
    restated: str = ""
    units: tuple[str, ...] = ()
    contradictions: tuple[Disagreement, ...] = ()


class Short(Record, frozen=True, kw_only=True):
    """What a school lacks of one resource indicator: its share of the threshold, and the gap in natural units."""

    indicator: str
    value: float
    threshold: float
    ratio: float
    lacks: float
    unit: str


class JudgedSchool(Record, frozen=True, kw_only=True):
    """One school section against the school rule; `values` by indicator, unrounded."""

    school: str
    name: str
    kind: str
    stage: str
    pupils: float | None
    met: int
    verdict: Verdict
    values: dict[str, float | None]
    short: tuple[Short, ...]
    missing: tuple[str, ...]
    counts: SchoolCounts
    reason: str


class Borderline(Record, frozen=True, kw_only=True):
    """A school whose result would turn if its values were rounded as they are shown."""

    school: str
    name: str
    stage: str
    verdict: Verdict
    rounded_verdict: Verdict
    indicators: tuple[str, ...]


class Resources(Record, frozen=True, kw_only=True):
    """The resources dimension: indicators by id and stage, every school, and the mean of the CVs by stage."""

    verdict: Verdict
    indicators: dict[str, dict[str, StageFinding]]
    schools: tuple[JudgedSchool, ...]
    borderline: tuple[Borderline, ...]
    composite: dict[str, float | None] = field(default_factory=dict)


class CountShort(Record, frozen=True, kw_only=True):
    """A school section that fails a count; it lacks rooms, or exceeds its size or its largest class."""

    school: str
    name: str
    stage: str
    value: float | None
    threshold: float | None
    lacks: float | None
    exceeds: float | None


class StageTally(Record, frozen=True, kw_only=True):
    """Schools of one stage that meet a count, are not known, and all."""

    met: int
    missing: int
    total: int


class Counted(Record, frozen=True, kw_only=True):
    """Schools that meet what is counted school by school; all None, and no stages, where nothing is."""

    met: int | None = None
    missing: int | None = None
    total: int | None = None
    stages: dict[str, StageTally] = field(default_factory=dict)
