"""Dimension findings: what the judgement says of the four dimensions, in the order in which a report tells it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.judgement import IndicatorFinding, Missing
from analysis.verdict.ledgers import UnmetRow
from analysis.verdict.records import Disagreement
from analysis.verdict.school_findings import Resources
from questionnaires.vocabulary import Verdict


class SchoolTally(NamedTuple):
    """Schools met, not known and failing by stage, and the coefficients of variation within their limits."""

    met: int
    total: int
    unknown: int
    failing: list[tuple[str, int]]
    cv_met: int
    cv_over: int
    cv_total: int


class IndicatorTally(NamedTuple):
    """The verdict on a dimension, and the titles of its indicators by what became of them."""

    verdict: Verdict
    met: list[str]
    not_met: list[str]
    undetermined: list[str]
    total: int


class ToldMissing(NamedTuple):
    """What is missing, by the title of its indicator ("" for a condition); `stage` where schools lack a value."""

    indicator: str
    title: str
    stage: str
    why: str


class ShortCount(NamedTuple):
    """How often schools of a stage are below one line."""

    title: str
    stage: str
    not_met: int
    undetermined: int


class FourDimensions(NamedTuple):
    """What the four dimensions come to: schools, indicators met or not, what is short and what is missing."""

    resources: Resources
    schools: SchoolTally
    tallies: dict[str, IndicatorTally]
    shortage: dict[str, list[IndicatorFinding]]
    borderline: list[str]
    missing: list[ToldMissing]
    settled: list[Disagreement]


def describe_dimensions(judgement: Judgement, standard: Standard) -> FourDimensions:
    """What the judgement says of the four dimensions."""
    dimensions = judgement.dimensions
    resources = dimensions.resources
    judged = {key: dimensions.indicators(key) for key in ("guarantee", "quality")}
    return FourDimensions(
        resources=resources,
        schools=_count_schools(resources),
        tallies={key: _tally(dimensions.verdict(key), found) for key, found in judged.items()},
        shortage={key: short for key, found in judged.items() if (short := _short(found))},
        borderline=[school.name or school.school for school in resources.borderline],
        missing=[_tell_missing(missing, standard) for missing in judgement.missing],
        settled=[conflict for conflict in judgement.contradictions if conflict.used is not None],
    )


def _count_schools(resources: Resources) -> SchoolTally:
    verdicts = [school.verdict for school in resources.schools]
    variations = [found.cv_verdict for stages in resources.indicators.values() for found in stages.values()]
    failing = [school.stage for school in resources.schools if school.verdict == Verdict.NOT_MET]
    return SchoolTally(
        met=verdicts.count(Verdict.MET),
        total=len(verdicts),
        unknown=verdicts.count(Verdict.UNDETERMINED),
        failing=[(stage, failing.count(stage)) for stage in dict.fromkeys(failing)],
        cv_met=variations.count(Verdict.MET),
        cv_over=variations.count(Verdict.NOT_MET),
        cv_total=len(variations),
    )


def _tally(verdict: Verdict, indicators: Mapping[str, IndicatorFinding]) -> IndicatorTally:
    titles: dict[Verdict, list[str]] = {kind: [] for kind in Verdict}
    for indicator in indicators.values():
        titles[indicator.verdict].append(indicator.title)
    return IndicatorTally(
        verdict=verdict,
        met=titles[Verdict.MET],
        not_met=titles[Verdict.NOT_MET],
        undetermined=titles[Verdict.UNDETERMINED],
        total=len(indicators),
    )


def _short(indicators: Mapping[str, IndicatorFinding]) -> list[IndicatorFinding]:
    return [indicator for indicator in indicators.values() if indicator.verdict == Verdict.NOT_MET]


def count_short(ledger: Sequence[UnmetRow]) -> list[ShortCount]:
    """A ledger's rows counted by indicator and stage."""
    counts = Counter((row.title, row.stage, row.verdict) for row in ledger)
    return [
        ShortCount(
            title=title,
            stage=stage,
            not_met=counts[title, stage, Verdict.NOT_MET],
            undetermined=counts[title, stage, Verdict.UNDETERMINED],
        )
        for title, stage in dict.fromkeys((title, stage) for title, stage, _ in counts)
    ]


def _tell_missing(missing: Missing, standard: Standard) -> ToldMissing:
    indicator = standard.indicators.get(standard.whole(missing.indicator))
    return ToldMissing(
        indicator=missing.indicator,
        title=indicator.title if indicator else "",
        stage=missing.stage if missing.schools else "",
        why=missing.why,
    )
