"""The verdict on a county: four dimensions, preconditions and vetoes under one standard (自评结论)."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from msgspec import convert

from analysis.indicators import find_sections
from analysis.indicators.computed_figures import compute_county
from analysis.indicators.county_tables import CountyTables
from analysis.indicators.reported import Section, read_resources, read_schools
from analysis.indicators.sections import TableError
from analysis.sentences import say
from analysis.standard import Condition, Indicator, Standard
from analysis.standard.limits import worst
from analysis.verdict.citations import cite, disagreement, policy_remark
from analysis.verdict.county_rows import (
    LOCAL,
    CountyRow,
    answered,
    county_problems,
    judge_requirement,
    read_county,
)
from analysis.verdict.goals import judge_goals
from analysis.verdict.judgement import (
    Chosen,
    ConditionFinding,
    Dimensions,
    GoalFinding,
    IndicatorDimension,
    IndicatorFinding,
    Judgement,
    Missing,
    PartFinding,
    Provenance,
    RecognitionFinding,
)
from analysis.verdict.milestones import Schools, compare_milestones
from analysis.verdict.pace import judge_pace
from analysis.verdict.plan_findings import Roadmap, Step
from analysis.verdict.resources import judge_resources
from analysis.verdict.school_counts import judge_schools
from analysis.verdict.school_findings import Counted, Resources
from analysis.verdict.surveyed import SurveyedRate
from analysis.verdict.targets import FROM_SCHOOLS, CountyFound, compare_targets
from analysis.verdict.yearly_rise import RISE, rise_row
from questionnaires.vocabulary import Verdict

RECOGNITION = "S1"


def judge(
    standard: Standard, tables: CountyTables, surveyed: SurveyedRate | None = None, *, as_of: int | None = None
) -> Judgement:
    """Judge a county's tables under a standard.

    Where the table of schools is empty, `provenance.notes` says so. `as_of` asks for the plan of that year beside
    what was found. The goals a county's plan adds count like an indicator, unless the plan is only a list of
    targets. A verdict is not_met if anything is known to fail, undetermined if something needed is
    missing (listed under `missing`), met only if everything is there and passes. Raises TableError with
    every problem of the tables.
    """
    sections = _read_sections(standard, tables)
    rows = [*read_county(compute_county(tables, until=as_of)), *_rise_rows(standard, surveyed, as_of)]
    dimensions = Dimensions(
        resources=judge_resources(sections, standard),
        guarantee=_judge_dimension("guarantee", standard, rows, sections),
        quality=_judge_dimension("quality", standard, rows, sections),
        recognition=judge_recognition(standard, surveyed),
    )
    goals = judge_goals(standard, rows, dimensions.resources.composite)
    preconditions = _judge_conditions(standard.preconditions, rows, "answered")
    vetoes = _judge_conditions(standard.vetoes, rows, "checked")
    deciding: list[GoalFinding | ConditionFinding] = [
        *(goal for goal in goals if goal.decides),
        *preconditions,
        *vetoes,
    ]
    return Judgement(
        standard=standard.id,
        title=standard.title,
        verdict=worst([*dimensions.verdicts, *(found.verdict for found in deciding)]),
        dimensions=dimensions,
        goals=goals,
        preconditions=preconditions,
        vetoes=vetoes,
        missing=tuple(_missing(dimensions, deciding)),
        contradictions=tuple(map(disagreement, standard.contradictions)),
        policy_notes=tuple(map(policy_remark, standard.policy_notes)),
        targets=() if as_of is None else compare_targets(standard, as_of, CountyFound(sections, rows, dimensions)),
        roadmap=None if as_of is None else _roadmap(standard, as_of, tables, rows),
        provenance=_provenance(standard, as_of, _notes(standard, tables.schools, rows)),
    )


def _rise_rows(standard: Standard, surveyed: SurveyedRate | None, as_of: int | None) -> Iterator[CountyRow]:
    """Whether recognition rises every year, where a plan asks for it."""
    if as_of is not None and any(milestone.figure == RISE for milestone in standard.milestones):
        first = min(milestone.year for milestone in standard.milestones)
        yield rise_row(surveyed.rounds if surveyed else (), first, as_of)


def _provenance(standard: Standard, as_of: int | None, notes: Iterator[str]) -> Provenance:
    choice = standard.through_school_primary
    return Provenance(
        document=standard.document.number,
        extends=standard.extends,
        published=standard.published.isoformat(),
        through_school_primary=Chosen(value=choice.value, clause=choice.clause),
        as_of=as_of,
        notes=tuple(notes),
    )


def _roadmap(standard: Standard, year: int, tables: CountyTables, rows: Sequence[CountyRow]) -> Roadmap:
    """Where the plan's calendar stands in a year, what else it wanted by then, and what it leaves to its end."""
    reported = Schools(read_schools(tables.schools), read_resources(tables.resources))
    phases = [phase for phase in standard.phases if int(phase.start[:4]) <= year <= int(phase.end[:4] or year)]
    return Roadmap(
        phases=tuple(convert(phase, Step, from_attributes=True) for phase in phases),
        milestones=compare_milestones(standard, year, reported, rows),
        pace=judge_pace(standard),
    )


def _notes(standard: Standard, schools: pd.DataFrame, rows: Sequence[CountyRow]) -> Iterator[str]:
    """What a reader of the result must know about the tables it comes from."""
    if schools.empty:
        yield say("notes.no_schools")
    ids = {row.indicator for row in rows}
    computed = standard.of("resources") | standard.of("recognition")
    if ignored := sorted(ids & computed.keys()):
        yield say("notes.computed", ids="、".join(ignored))
    if foreign := sorted({name for name in ids if name.startswith(LOCAL)} - standard.goals.keys()):
        yield say("notes.foreign_goals", ids="、".join(foreign))


def _read_sections(standard: Standard, tables: CountyTables) -> list[Section]:
    """The sections of the schools; raises TableError with the problems of the county's rows, too."""
    problems = county_problems(tables.county, standard)
    try:
        sections = find_sections(tables.resources, tables.schools, standard)
    except TableError as error:
        raise TableError(error.problems + problems) from None
    if problems:
        raise TableError(problems)
    return sections


def _judge_dimension(
    dimension: str, standard: Standard, rows: Sequence[CountyRow], sections: Sequence[Section]
) -> IndicatorDimension:
    """Guarantee or quality: every indicator must be met."""
    indicators = {
        key: _judge_indicator(key, indicator, standard, rows, sections)
        for key, indicator in standard.of(dimension).items()
    }
    return IndicatorDimension(
        verdict=worst(found.verdict for found in indicators.values()),
        indicators=indicators,
    )


def _judge_indicator(
    key: str, indicator: Indicator, standard: Standard, rows: Sequence[CountyRow], sections: Sequence[Section]
) -> IndicatorFinding:
    """All requirements together; value, threshold and clause are those of the one that decides."""
    requires = indicator.requires.values()
    counted = Counted()
    if FROM_SCHOOLS & {requirement.reads for requirement in requires}:
        parts, counted = judge_schools(key, indicator, sections, rows)
    else:
        parts = tuple(judge_requirement(key, requirement, rows, standard) for requirement in requires)
    verdict = worst(part.verdict for part in parts)
    deciding = [part for part in parts if part.verdict == verdict]
    shown = next((part for part in [*deciding, *parts] if part.operator), parts[0])
    cited = cite(standard, key)
    return IndicatorFinding(
        verdict=verdict,
        title=indicator.title,
        value=shown.value,
        threshold=shown.threshold,
        operator=shown.operator,
        unit=shown.unit,
        clause=shown.clause,
        reason="；".join(dict.fromkeys(_reason(part) for part in deciding)),
        met=counted.met,
        missing=counted.missing,
        total=counted.total,
        stages=counted.stages,
        parts=parts,
        restated=cited.restated,
        units=cited.units,
        contradictions=cited.contradictions,
    )


def _reason(part: PartFinding) -> str:
    return f"{part.title}：{part.reason}" if part.title else part.reason


def judge_recognition(standard: Standard, surveyed: SurveyedRate | None) -> RecognitionFinding:
    """The county's recognition rate against the standard's own line; groups without forms leave it open."""
    limit = standard.recognition_line
    found = surveyed or SurveyedRate(rate=None)
    percentage = None if found.rate is None else found.rate * 100
    verdict = limit.verdict(percentage)
    reason = say("recognition.none")
    if percentage is not None:
        reason = say("recognition.rate", found=limit.explain(percentage, at_most=2))
    if verdict == Verdict.MET and found.incomplete:
        verdict = Verdict.UNDETERMINED
        reason = say("recognition.incomplete", reason=reason, count=len(found.incomplete))
    cited = cite(standard, RECOGNITION)
    return RecognitionFinding(
        verdict=verdict,
        rate=found.rate,
        threshold=limit.value / 100,
        operator=limit.operator,
        evidence=found.evidence,
        incomplete=found.incomplete,
        rule=found.rule,
        clause=limit.clause,
        reason=reason,
        restated=cited.restated,
        units=cited.units,
        contradictions=cited.contradictions,
    )


def _judge_conditions(
    conditions: Mapping[str, Condition], rows: Sequence[CountyRow], words: str
) -> tuple[ConditionFinding, ...]:
    """Preconditions or vetoes: undetermined until the county says yes (holds, nothing found) or no."""
    return tuple(_judge_condition(key, condition, rows, words) for key, condition in conditions.items())


def _judge_condition(key: str, condition: Condition, rows: Sequence[CountyRow], words: str) -> ConditionFinding:
    verdict = answered(rows, (key,))
    computed = "；".join(row.formula or row.lacking for row in rows if row.indicator == key)
    said = computed or say(f"conditions.{words}_{verdict.value}")
    return ConditionFinding(
        id=key,
        title=condition.title,
        verdict=verdict,
        reason=f"{condition.title}：{said}",
        clause=condition.clause,
        source=next((row.source for row in rows if row.indicator == key), None),
    )


def _missing(dimensions: Dimensions, conditions: Sequence[GoalFinding | ConditionFinding]) -> Iterator[Missing]:
    """Everything that stands between this result and a full one, each with why."""
    yield from _missing_values(dimensions.resources)
    for dimension in (dimensions.guarantee, dimensions.quality):
        for indicator in dimension.indicators.values():
            for part in indicator.parts:
                if part.verdict == Verdict.UNDETERMINED:
                    yield Missing(indicator=part.id, stage=part.stage, why=_reason(part))
    if dimensions.recognition.verdict == Verdict.UNDETERMINED:
        yield Missing(indicator=RECOGNITION, why=dimensions.recognition.reason)
    for condition in conditions:
        if condition.verdict == Verdict.UNDETERMINED:
            yield Missing(indicator=condition.id, why=condition.reason)


def _missing_values(resources: Resources) -> Iterator[Missing]:
    for key, stages in resources.indicators.items():
        for stage, found in stages.items():
            if found.missing or found.cv_verdict == Verdict.UNDETERMINED:
                yield Missing(indicator=key, stage=stage, schools=found.missing, why=found.reason)
