"""Rows of the annex by indicator: parts, ledgers, conditions, documents that disagree, recognition, two years."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard.limits import say_demand
from analysis.verdict.judgement import ConditionFinding, PartFinding
from analysis.verdict.ledgers import MetRow, UnmetRow, met_ledger, unmet_ledger
from analysis.verdict.year_findings import SchoolChange, YearChange
from questionnaires.vocabulary import Evidence, Verdict
from reports.checking.annex_cells import (
    Row,
    Wanted,
    demanded,
    hundredths,
    limit_of,
    listed,
    measured,
    verdict_word,
)
from reports.checking.annex_school_rows import SPREAD, places_of
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.published_round import PublishedRound


def list_indicators(dimension: str, round_: PublishedRound) -> list[Row]:
    """Every requirement of every indicator of a dimension."""
    return [
        part_row(own.title, part, round_.facts.standard.units(key))
        for key, own in round_.published.judgement.dimensions.indicators(dimension).items()
        for part in own.parts
    ]


def list_goals(round_: PublishedRound) -> list[Row]:
    """Every requirement of every goal that a plan adds."""
    goals = round_.published.judgement.goals
    return [part_row(goal.title, part, round_.facts.standard.units(goal.id)) for goal in goals for part in goal.parts]


def part_row(title: str, part: PartFinding, units: list[str]) -> Row:
    """One requirement: what was reported, what is demanded, the verdict, why, by which clause, who answers."""
    short = part.value is not None and part.verdict == Verdict.NOT_MET
    return [
        Wanted(part.id),
        Wanted(title),
        Wanted(part.title),
        Wanted(STAGE_NAMES.get(part.stage, "")),
        Wanted(part.value, short=short),
        demanded(part.operator, part.threshold),
        Wanted(part.unit),
        verdict_word(part.verdict),
        Wanted(part.reason),
        Wanted(part.clause),
        listed(units),
    ]


def list_unmet(dimensions: tuple[str, ...], round_: PublishedRound) -> list[Row]:
    """What is short in these dimensions, and the least that mends it."""
    standard = round_.facts.standard
    ledger = unmet_ledger(round_.published.judgement, standard)
    own = [row for row in ledger if standard.indicators[row.indicator].dimension in dimensions]
    return [
        [
            *_named(number, row),
            _value(row, round_),
            Wanted(row.threshold),
            measured(None if row.ratio is None else 100 * row.ratio, 1),
            Wanted(row.text),
            verdict_word(row.verdict),
            Wanted(row.repair_text),
            Wanted(_lift_to(row, round_)),
            listed(row.units),
        ]
        for number, row in enumerate(own, 1)
    ]


def _lift_to(row: UnmetRow, round_: PublishedRound) -> str:
    words = load_annex_table_words().words
    rest = words.to_remainder.format(share=100 * round_.facts.standard.school_rule.remainder.value)
    left = words.open if row.verdict == Verdict.UNDETERMINED else words.optional
    return {"threshold": words.to_threshold, "remainder": rest}.get(row.repair, left)


def _value(row: MetRow | UnmetRow, round_: PublishedRound) -> Wanted:
    standard = round_.facts.standard
    if standard.indicators[row.indicator].measure is None:
        return Wanted(row.value)
    return measured(row.value, places_of(row.indicator, round_), standard.threshold(row.indicator, row.stage))


def _named(number: int, row: MetRow | UnmetRow) -> Row:
    place = (row.school, row.name, STAGE_NAMES[row.stage], row.title)
    return [Wanted(number), *map(Wanted, place)]


def list_met(round_: PublishedRound) -> list[Row]:
    """What is met, by school section and resource indicator."""
    standard = round_.facts.standard
    rows: list[Row] = []
    for number, row in enumerate(met_ledger(round_.published.judgement, standard), 1):
        line = standard.threshold(row.indicator, row.stage)
        demand = demanded(line.operator, row.threshold)
        rows.append([*_named(number, row), _value(row, round_), demand, Wanted(line.unit)])
    return rows


def list_conditions(round_: PublishedRound) -> list[Row]:
    """Preconditions, then vetoes."""
    words = load_annex_table_words().words
    judgement = round_.published.judgement
    first = [_condition_row(words.precondition, own, verdict_word(own.verdict)) for own in judgement.preconditions]
    vetoes = [_condition_row(words.veto, own, Wanted(words.veto_found[own.verdict])) for own in judgement.vetoes]
    return [*first, *vetoes]


def _condition_row(kind: str, own: ConditionFinding, conclusion: Wanted) -> Row:
    said = own.reason.removeprefix(load_annex_table_words().words.reason.format(title=own.title))
    named = [Wanted(kind), Wanted(own.id), Wanted(own.title), conclusion]
    return [*named, Wanted(said), Wanted(own.source or ""), Wanted(own.clause)]


def list_conflicts(round_: PublishedRound) -> list[Row]:
    """Documents that disagree: every value with its clause, and the one that was used."""
    form = load_annex_table_words().words.reading
    rows: list[Row] = []
    for own in round_.published.judgement.contradictions:
        demands = [(say_demand(value.operator, value.value, value.unit), value.clause) for value in own.values]
        said = "；".join(form.format(demand=demand, clause=clause) for demand, clause in demands)
        rows.append([Wanted(own.indicator), Wanted(own.title), Wanted(said), Wanted(own.used), Wanted(own.reason)])
    return rows


def list_recognition(round_: PublishedRound) -> list[Row]:
    """The county's rate against the line of the standard."""
    own = round_.published.judgement.dimensions.recognition
    line = limit_of(own.operator, 100 * own.threshold)
    evidence = [term.zh for term in Evidence if term.value == own.evidence]
    return [
        [
            hundredths(own.rate, line),
            demanded(own.operator, 100 * own.threshold),
            verdict_word(own.verdict),
            Wanted("".join(evidence)),
            Wanted(own.rule or ""),
            Wanted(own.reason),
            Wanted(own.clause),
        ]
    ]


def year_heads(round_: PublishedRound) -> list[str]:
    """The columns of the indicators, before and after."""
    words = load_annex_table_words().words
    indicators = round_.facts.standard.of("resources").values()
    return [form.format(title=own.title) for own in indicators for form in (words.before, words.after)]


def list_school_years(round_: PublishedRound) -> list[Row]:
    """Every school section of either year; none without an earlier year."""
    years = round_.published.judgement.years
    schools = years.schools if years else ()
    return [_year_row(number, school, round_) for number, school in enumerate(schools, 1)]


def _year_row(number: int, school: SchoolChange, round_: PublishedRound) -> Row:
    status = load_annex_table_words().words.statuses[school.status].format(schools="、".join(school.sources))
    named = (school.school, school.name, STAGE_NAMES[school.stage], status)
    counts = (school.pupils.before, school.pupils.after, school.met.before, school.met.after)
    verdicts = (school.verdict.before, school.verdict.after)
    cells = [Wanted(number), *map(Wanted, named), *map(Wanted, counts), *map(verdict_word, verdicts)]
    for key, change in school.indicators.items():
        line = round_.facts.standard.threshold(key, school.stage)
        cells += [measured(value, places_of(key, round_), line) for value in (change.before, change.after)]
    return cells


def list_indicator_years(round_: PublishedRound) -> list[Row]:
    """Every resource indicator and stage, then and now."""
    years = round_.published.judgement.years
    return [
        [
            Wanted(round_.facts.standard.indicators[key].title),
            Wanted(STAGE_NAMES[stage]),
            *map(Wanted, (own.met.before, own.met.after, own.schools.before, own.schools.after)),
            *_changed(own.mean, places_of(key, round_)),
            *_changed(own.cv, SPREAD),
        ]
        for key, stages in (years.indicators.items() if years else ())
        for stage, own in stages.items()
    ]


def _changed(own: YearChange, places: int) -> Iterator[Wanted]:
    yield from (measured(value, places) for value in (own.before, own.after, own.change))
