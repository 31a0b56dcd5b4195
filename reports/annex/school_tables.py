"""Annex tables on schools: the resource indicators by stage, the variation, size and classes, rooms."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analysis.indicators.reported import Section
from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.verdict import Judgement
from analysis.verdict.school_counts import ROOM_KINDS, VERDICTS, Check, applies_to, check_section
from analysis.verdict.school_findings import JudgedSchool, Resources, StageFinding
from analysis.verdict.schools_rule import school_limits
from analysis.verdict.whatif import Variations, what_if
from questionnaires.vocabulary import Verdict
from reports.annex.annex_words import load_annex_words
from reports.annex.tables import (
    AnnexTable,
    Cell,
    build_table,
    figure,
    limit_figure,
    plain_figure,
    verdict_cell,
)
from reports.setting.figures import coefficient, numeral

BLANK = Cell("")


class SharedRooms(NamedTuple):
    """A school with rooms of its own, and the stage they stand for (`whole` where all share them)."""

    school: JudgedSchool
    stage: str


def schools_table(judgement: Judgement, standard: Standard, stage: str) -> AnnexTable:
    """学校资源配置达标情况一览表 of one stage: what is demanded, every school, the means."""
    words = load_annex_words()
    resources = judgement.dimensions.resources
    limits = school_limits(standard, stage)
    found = {key: resources.indicators[key][stage] for key in limits}
    heads = tuple((f"{finding.title}（{limits[key].unit}）", words.schools.width) for key, finding in found.items())
    schools = [school for school in resources.schools if school.stage == stage]
    means = [
        figure(finding.mean, decimals_of(standard, key), limits[key])._replace(short=False)
        for key, finding in found.items()
    ]
    rows = [
        _summary(words.requirement, [limit_figure(limit) for limit in limits.values()]),
        *(_school_row(number, school, limits, standard) for number, school in enumerate(schools, 1)),
        _summary(words.mean, means),
        _summary(words.met_schools, [Cell(finding.met) for finding in found.values()]),
    ]
    columns = (*words.schools.columns, *heads, *words.schools.last)
    return build_table(words.schools, rows, columns=columns, notes=[words.short], stage=STAGE_NAMES[stage])


def _summary(word: str, cells: list[Cell]) -> list[Cell]:
    return [BLANK, BLANK, Cell(word), BLANK, *cells, BLANK, BLANK, BLANK]


def decimals_of(standard: Standard, key: str) -> int:
    """With how many decimals the values of an indicator are printed."""
    measure = standard.indicators[key].measure
    return measure.decimals if measure else 0


def _school_row(number: int, school: JudgedSchool, limits: Mapping[str, Limit], standard: Standard) -> list[Cell]:
    return [
        Cell(number),
        Cell(school.school),
        Cell(school.name),
        Cell(school.pupils),
        *(figure(value, decimals_of(standard, key), limits[key]) for key, value in school.values.items()),
        Cell(school.met),
        verdict_cell(school.verdict),
        Cell(school.reason),
    ]


def variations_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """校际差异系数表, with the schools that drive each coefficient and what lifting schools would make of it."""
    words = load_annex_words()
    resources = judgement.dimensions.resources
    rows = [
        _variation_row(key, stage, resources, standard)
        for key, stages in resources.indicators.items()
        for stage in stages
    ]
    return build_table(words.variations, rows, notes=[words.short, _say_composite(resources)])


def _say_composite(resources: Resources) -> str:
    each = "，".join(f"{STAGE_NAMES[stage]}{coefficient(value)}" for stage, value in resources.composite.items())
    return load_annex_words().variations.composite.format(each=each, count=numeral(len(resources.indicators)))


def _variation_row(key: str, stage: str, resources: Resources, standard: Standard) -> list[Cell]:
    found = resources.indicators[key][stage]
    lifted = what_if(key, stage, resources.schools, standard)
    return [*_variation_cells(found, key, stage, standard), *_lifted_cells(lifted, key, stage, standard)]


def _variation_cells(found: StageFinding, key: str, stage: str, standard: Standard) -> list[Cell]:
    limit = standard.variation.of(stage)
    threshold = standard.threshold(key, stage)
    return [
        Cell(found.title),
        Cell(STAGE_NAMES[stage]),
        Cell(threshold.unit),
        limit_figure(threshold),
        figure(found.mean, decimals_of(standard, key), threshold)._replace(short=False),
        Cell(found.met),
        Cell(found.schools),
        figure(found.cv, 3, limit),
        limit_figure(limit),
        verdict_cell(found.cv_verdict),
    ]


def _lifted_cells(lifted: Variations | None, key: str, stage: str, standard: Standard) -> list[Cell]:
    if lifted is None:
        return [Cell(None)] * 5
    limit = standard.variation.of(stage)
    enough = lifted.drivers_lifted
    reached = enough.verdict == Verdict.MET
    return [
        Cell(_name_drivers(lifted)),
        figure(lifted.all_lifted.mean, decimals_of(standard, key)),
        figure(lifted.all_lifted.cv, 3, limit),
        Cell(len(enough.lifted) if reached else None),
        figure(enough.cv if reached else None, 3, limit),
    ]


def _name_drivers(lifted: Variations) -> str:
    words = load_annex_words()
    names = [
        f"{driver.name or driver.school}{words.variations.high if driver.value > lifted.now.mean else ''}"
        f" {driver.share:.1%}"
        for driver in lifted.drivers[: words.drivers]
        if driver.share
    ]
    return "、".join(names)


def sizes_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """学校规模与班额: what each school has, held against its own lines."""
    words = load_annex_words()
    schools = judgement.dimensions.resources.schools
    rows = [_size_row(number, school, standard) for number, school in enumerate(schools, 1)]
    return build_table(words.sizes, rows, notes=[words.short])


def _size_row(number: int, school: JudgedSchool, standard: Standard) -> list[Cell]:
    counts = school.counts
    size = _check(school, standard, "size")
    classes = _check(school, standard, "largest_class")
    return [
        *_place(number, school, school.stage),
        _value(counts.size, size),
        _line(size),
        _passes(size),
        Cell(counts.classes if counts.rooms_of != "whole" else None),
        _value(counts.largest_class, classes),
        _line(classes),
        Cell(counts.classes_over),
        Cell(counts.classes_56),
        Cell(counts.classes_66),
        _passes(classes),
    ]


def rooms_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """音乐美术教室: how many each school needs and has; what is shared by a whole school stands once."""
    words = load_annex_words()
    rows = [
        [
            *_place(number, shared.school, shared.stage),
            Cell(shared.school.counts.classes),
            *(cell for kind in ROOM_KINDS for cell in _room_cells(shared.school, standard, kind)),
        ]
        for number, shared in enumerate(_rooms_once(judgement), 1)
    ]
    return build_table(words.rooms, rows, notes=[words.short])


def _rooms_once(judgement: Judgement) -> Iterator[SharedRooms]:
    seen = set()
    for school in judgement.dimensions.resources.schools:
        stage = school.counts.rooms_of
        if (school.school, stage) not in seen:
            seen.add((school.school, stage))
            yield SharedRooms(school=school, stage=stage)


def _room_cells(school: JudgedSchool, standard: Standard, kind: str) -> list[Cell]:
    check = _check(school, standard, kind)
    return [
        Cell(check.threshold if check else None),
        _value(school.counts.rooms(kind), check),
        Cell(school.counts.rooms(f"{kind}_all")),
        _passes(check),
    ]


def _place(number: int, school: JudgedSchool, stage: str) -> list[Cell]:
    return [
        Cell(number),
        Cell(school.school),
        Cell(school.name),
        Cell(STAGE_NAMES[stage]),
    ]


def _check(school: JudgedSchool, standard: Standard, reads: str) -> Check | None:
    """The school section against the requirement that means it; None where none does."""
    section = Section(school=school.school, kind=school.kind, stage=school.stage, counts=school.counts)
    for indicator in standard.of("guarantee").values():
        for requirement in indicator.requires.values():
            if requirement.reads == reads and applies_to(requirement, section):
                return check_section(section, requirement)
    return None


def _line(check: Check | None) -> Cell:
    return plain_figure(check.threshold if check else None)


def _value(value: float | None, check: Check | None) -> Cell:
    return Cell(value, short=check is not None and check.passes is False)


def _passes(check: Check | None) -> Cell:
    return BLANK if check is None else verdict_cell(VERDICTS[check.passes])
