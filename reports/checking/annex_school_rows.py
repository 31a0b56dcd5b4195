"""Rows of the annex on schools: what each table should hold of the judgement's schools, by stage and indicator."""

from collections.abc import Iterator

from analysis.indicators.reported import Section
from analysis.indicators.sections import STAGE_NAMES
from analysis.standard.limits import Limit
from analysis.verdict.school_counts import ROOM_KINDS, VERDICTS, Check, applies_to, check_section
from analysis.verdict.school_findings import JudgedSchool, StageFinding
from analysis.verdict.whatif import Variations, what_if
from questionnaires.vocabulary import Verdict
from reports.checking.annex_cells import (
    BLANK,
    NOTHING,
    Row,
    Wanted,
    demanded,
    limit_of,
    measured,
    verdict_word,
)
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.published_round import PublishedRound

DRIVERS = 3
SPREAD = 3


def places_of(key: str, round_: PublishedRound) -> int:
    """With how many decimals a page shows an indicator."""
    measure = round_.facts.standard.indicators[key].measure
    return measure.decimals if measure else 0


def findings_of(stage: str, round_: PublishedRound) -> dict[str, StageFinding]:
    """The resource indicators of one stage."""
    found = round_.published.judgement.dimensions.resources.indicators
    return {key: stages[stage] for key, stages in found.items()}


def school_heads(stage: str, round_: PublishedRound) -> list[str]:
    """The columns of the indicators, each with its unit."""
    form = load_annex_table_words().words.of_unit
    return [form.format(title=own.title, unit=own.unit) for own in findings_of(stage, round_).values()]


def list_schools(stage: str, round_: PublishedRound) -> list[Row]:
    """What is demanded, the schools of a stage, the means, and how many meet each."""
    words = load_annex_table_words().words
    found = findings_of(stage, round_)
    schools = [own for own in round_.published.judgement.dimensions.resources.schools if own.stage == stage]
    means = [_unmarked(measured(own.mean, places_of(key, round_), _line_of(own))) for key, own in found.items()]
    return [
        _summary(words.requirement, [demanded(own.operator, own.threshold) for own in found.values()]),
        *(_school_row(number, school, found, round_) for number, school in enumerate(schools, 1)),
        _summary(words.mean, means),
        _summary(words.met_schools, [Wanted(own.met) for own in found.values()]),
    ]


def _line_of(own: StageFinding) -> Limit:
    return limit_of(own.operator, own.threshold)


def _unmarked(wanted: Wanted) -> Wanted:
    return wanted._replace(short=False)


def _summary(word: str, cells: list[Wanted]) -> Row:
    return [BLANK, BLANK, Wanted(word), BLANK, *cells, BLANK, BLANK, BLANK]


def _school_row(number: int, school: JudgedSchool, found: dict[str, StageFinding], round_: PublishedRound) -> Row:
    values = [measured(school.values[key], places_of(key, round_), _line_of(own)) for key, own in found.items()]
    named = [Wanted(number), Wanted(school.school), Wanted(school.name), Wanted(school.pupils)]
    return [*named, *values, Wanted(school.met), verdict_word(school.verdict), Wanted(school.reason)]


def list_variations(round_: PublishedRound) -> list[Row]:
    """How far apart schools are, by indicator and stage, and what lifting schools would make of it."""
    resources = round_.published.judgement.dimensions.resources
    return [
        [*_variation(key, stage, own, round_), *_lifted(key, stage, own, round_)]
        for key, stages in resources.indicators.items()
        for stage, own in stages.items()
    ]


def _variation(key: str, stage: str, own: StageFinding, round_: PublishedRound) -> Row:
    return [
        Wanted(own.title),
        Wanted(STAGE_NAMES[stage]),
        Wanted(own.unit),
        demanded(own.operator, own.threshold),
        _unmarked(measured(own.mean, places_of(key, round_), _line_of(own))),
        Wanted(own.met),
        Wanted(own.schools),
        measured(own.cv, SPREAD, limit_of(own.cv_operator, own.cv_limit)),
        demanded(own.cv_operator, own.cv_limit),
        verdict_word(own.cv_verdict),
    ]


def _lifted(key: str, stage: str, own: StageFinding, round_: PublishedRound) -> Row:
    schools = round_.published.judgement.dimensions.resources.schools
    found = what_if(key, stage, schools, round_.facts.standard)
    if found is None:
        return [NOTHING] * 5
    limit = limit_of(own.cv_operator, own.cv_limit)
    reached = found.drivers_lifted.verdict == Verdict.MET
    few = [Wanted(len(found.drivers_lifted.lifted)), measured(found.drivers_lifted.cv, SPREAD, limit)]
    return [
        Wanted(_drivers(found)),
        measured(found.all_lifted.mean, places_of(key, round_)),
        measured(found.all_lifted.cv, SPREAD, limit),
        *(few if reached else [NOTHING, NOTHING]),
    ]


def _drivers(found: Variations) -> str:
    words = load_annex_table_words().words
    named = []
    for driver in found.drivers[:DRIVERS]:
        name = driver.name or driver.school
        high = words.high.format(name=name) if driver.value > found.now.mean else name
        named += [words.driver.format(name=high, share=driver.share)] if driver.share else []
    return "、".join(named)


def list_sizes(round_: PublishedRound) -> list[Row]:
    """Size and classes of every school section, each against its own line."""
    schools = round_.published.judgement.dimensions.resources.schools
    return [_size_row(number, school, round_) for number, school in enumerate(schools, 1)]


def _size_row(number: int, school: JudgedSchool, round_: PublishedRound) -> Row:
    counts = school.counts
    size = _check(school, "size", round_)
    classes = _check(school, "largest_class", round_)
    return [
        *_named(number, school, school.stage),
        _counted(counts.size, size),
        Wanted(size.threshold if size else None),
        _passes(size),
        Wanted(None if counts.rooms_of == "whole" else counts.classes),
        _counted(counts.largest_class, classes),
        Wanted(classes.threshold if classes else None),
        *map(Wanted, (counts.classes_over, counts.classes_56, counts.classes_66)),
        _passes(classes),
    ]


def list_rooms(round_: PublishedRound) -> list[Row]:
    """Rooms for music and arts of every school; what the stages of a school share stands once."""
    shared: dict[tuple[str, str], JudgedSchool] = {}
    for school in round_.published.judgement.dimensions.resources.schools:
        shared.setdefault((school.school, school.counts.rooms_of), school)
    return [
        [
            *_named(number, school, stage),
            Wanted(school.counts.classes),
            *(cell for kind in ROOM_KINDS for cell in _rooms(school, kind, round_)),
        ]
        for number, ((_, stage), school) in enumerate(shared.items(), 1)
    ]


def _rooms(school: JudgedSchool, kind: str, round_: PublishedRound) -> Iterator[Wanted]:
    check = _check(school, kind, round_)
    yield Wanted(check.threshold if check else None)
    yield _counted(school.counts.rooms(kind), check)
    yield Wanted(school.counts.rooms(f"{kind}_all"))
    yield _passes(check)


def _named(number: int, school: JudgedSchool, stage: str) -> Row:
    return [Wanted(number), Wanted(school.school), Wanted(school.name), Wanted(STAGE_NAMES[stage])]


def _check(school: JudgedSchool, reads: str, round_: PublishedRound) -> Check | None:
    """A school section against the first requirement of government guarantee that reads this of it."""
    section = Section(school=school.school, kind=school.kind, stage=school.stage, counts=school.counts)
    required = [need for own in round_.facts.standard.of("guarantee").values() for need in own.requires.values()]
    meant = [need for need in required if need.reads == reads and applies_to(need, section)]
    return check_section(section, meant[0]) if meant else None


def _counted(value: float | None, check: Check | None) -> Wanted:
    return Wanted(value, short=value is not None and check is not None and check.passes is False)


def _passes(check: Check | None) -> Wanted:
    return BLANK if check is None else verdict_word(VERDICTS[check.passes])
