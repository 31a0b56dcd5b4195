"""The judgement: what `survey judge --json` prints, made once and read by attribute; JSON is made at the edge.

One schema holds for every standard and county; verdicts, operators and ids are those of the standard.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import convert, field
from msgspec.structs import replace

from analysis.standard import load_standard, standard_digests
from analysis.verdict.plan_findings import Roadmap, TargetFinding
from analysis.verdict.records import Disagreement, PolicyRemark, Record
from analysis.verdict.school_findings import Counted, CountShort, Resources
from analysis.verdict.year_findings import YearComparison, YearResult
from questionnaires.vocabulary import Dimension, Verdict


class PartFinding(Counted, frozen=True, kw_only=True):
    """One requirement of an indicator or goal; `value` is the reported number that is hardest to pass with."""

    id: str
    title: str
    stage: str
    verdict: Verdict
    value: float | None
    threshold: float | None
    operator: str | None
    unit: str
    clause: str
    reason: str
    short: tuple[CountShort, ...] = ()


class IndicatorFinding(Counted, frozen=True, kw_only=True):
    """An indicator of guarantee or quality; value, threshold and clause are those of the part that decides."""

    verdict: Verdict
    title: str
    value: float | None
    threshold: float | None
    operator: str | None
    unit: str
    clause: str
    reason: str
    parts: tuple[PartFinding, ...]
    restated: str = ""
    units: tuple[str, ...] = ()
    contradictions: tuple[Disagreement, ...] = ()


class IndicatorDimension(Record, frozen=True, kw_only=True):
    """Guarantee or quality: met when every indicator is."""

    verdict: Verdict
    indicators: dict[str, IndicatorFinding]


class RecognitionFinding(Record, frozen=True, kw_only=True):
    """The county's recognition rate (a share of 1) against the standard's own line."""

    verdict: Verdict
    rate: float | None
    threshold: float
    operator: str
    evidence: str | None
    incomplete: tuple[str, ...]
    rule: str | None
    clause: str
    reason: str
    restated: str = ""
    units: tuple[str, ...] = ()
    contradictions: tuple[Disagreement, ...] = ()


class Dimensions(Record, frozen=True, kw_only=True):
    """The four dimensions."""

    resources: Resources
    guarantee: IndicatorDimension
    quality: IndicatorDimension
    recognition: RecognitionFinding

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts in the order of the dimensions."""
        return (
            self.resources.verdict,
            self.guarantee.verdict,
            self.quality.verdict,
            self.recognition.verdict,
        )

    def verdict(self, name: str) -> Verdict:
        """The verdict on one dimension by its name."""
        return dict(zip(Dimension, self.verdicts, strict=True))[Dimension(name)]

    def indicators(self, name: str) -> dict[str, IndicatorFinding]:
        """The indicators of guarantee or quality; none for the others, which are made otherwise."""
        found = {"guarantee": self.guarantee, "quality": self.quality}.get(name)
        return found.indicators if found else {}


class GoalFinding(Record, frozen=True, kw_only=True):
    """A goal that the county's plan adds; it takes part in the verdict where `decides`."""

    id: str
    title: str
    year: int | None
    decides: bool
    verdict: Verdict
    value: float | None
    threshold: float | None
    operator: str | None
    unit: str
    clause: str
    reason: str
    parts: tuple[PartFinding, ...]


class ConditionFinding(Record, frozen=True, kw_only=True):
    """A precondition or a veto; `source` says by whom it was checked."""

    id: str
    title: str
    verdict: Verdict
    reason: str
    clause: str
    source: str | None


class Missing(Record, frozen=True, kw_only=True):
    """What stands between a judgement and a full one, and why; `schools` are those without a value."""

    indicator: str
    stage: str = ""
    schools: tuple[str, ...] = ()
    why: str


class Chosen(Record, frozen=True, kw_only=True):
    """A choice of the standard with its clause."""

    value: str
    clause: str


class Provenance(Record, frozen=True, kw_only=True):
    """What a judgement rests on; `inputs` and `packs` are SHA-256 by name of file and pack."""

    document: str
    extends: str
    published: str
    through_school_primary: Chosen
    as_of: int | None
    notes: tuple[str, ...]
    program: str = ""
    county: str = ""
    school_year: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    packs: dict[str, str] = field(default_factory=dict)


class Judgement(Record, frozen=True, kw_only=True):
    """A county judged under one standard (自评结论)."""

    standard: str
    title: str
    verdict: Verdict
    dimensions: Dimensions
    goals: tuple[GoalFinding, ...]
    preconditions: tuple[ConditionFinding, ...]
    vetoes: tuple[ConditionFinding, ...]
    missing: tuple[Missing, ...]
    contradictions: tuple[Disagreement, ...]
    policy_notes: tuple[PolicyRemark, ...]
    targets: tuple[TargetFinding, ...]
    roadmap: Roadmap | None
    provenance: Provenance
    years: YearComparison | None = None
    series: tuple[YearResult, ...] = ()


def with_provenance(
    judgement: Judgement, *, program: str, school_year: str, inputs: Mapping[str, str], county: str = ""
) -> Judgement:
    """The judgement with what it was made by and of; packs are the standard's and those it extends.

    `county` is a code or a name; without it the standard's own county, if it has one. `inputs`: SHA-256 by name.
    """
    standard = load_standard(judgement.standard)
    provenance = replace(
        judgement.provenance,
        program=program,
        county=county or standard.county,
        school_year=school_year,
        inputs=dict(inputs),
        packs=standard_digests(standard),
    )
    return replace(judgement, provenance=provenance)


def read_judgement(content: Mapping[str, Any]) -> Judgement:
    """A judgement from its JSON, also one of an earlier version, which may lack what came later.

    Raises msgspec.ValidationError on anything else.
    """
    return convert(content, Judgement)
