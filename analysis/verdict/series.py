"""Series: several school years of one county side by side, indicator by indicator (历年对照)."""

from collections.abc import Mapping, Sequence

from analysis.verdict.judgement import Judgement
from analysis.verdict.year_findings import StageYear, YearResult


def list_years(
    judgements: Sequence[Judgement], rates: Mapping[str, float | None] | None = None
) -> tuple[YearResult, ...]:
    """One result a judgement, the earliest school year first; those that name no year keep their order before.

    What a year's standard has no indicator for is not in that year; nothing is compared by more than its id. `rates`:
    what the round of a school year published, None where it has none: a judgement may have taken another year's.
    """
    ordered = sorted(judgements, key=lambda judgement: judgement.provenance.school_year)
    return tuple(_result(judgement, rates or {}) for judgement in ordered)


def _result(judgement: Judgement, rates: Mapping[str, float | None]) -> YearResult:
    dimensions = judgement.dimensions
    return YearResult(
        school_year=judgement.provenance.school_year,
        standard=judgement.standard,
        verdict=judgement.verdict,
        rate=rates.get(judgement.provenance.school_year, dimensions.recognition.rate),
        resources={
            key: {
                stage: StageYear(
                    met=found.met,
                    schools=found.schools,
                    mean=found.mean,
                    cv=found.cv,
                    verdict=found.verdict,
                )
                for stage, found in stages.items()
            }
            for key, stages in dimensions.resources.indicators.items()
        },
        indicators={
            key: found.verdict
            for name in ("guarantee", "quality")
            for key, found in dimensions.indicators(name).items()
        },
    )
