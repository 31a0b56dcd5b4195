"""Annex tables on schools: the seven indicators by stage, the variation, size and classes, rooms."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.verdict.school_counts import Check, applies_to, check_section
from analysis.verdict.whatif import Variations, what_if
from reports.annex.tables import (
    AnnexTable,
    Cell,
    build_table,
    figure,
    limit_figure,
    load_annex_words,
    plain_figure,
    verdict_cell,
)
from reports.setting.figures import coefficient

VERDICTS = {True: "met", False: "not_met", None: "undetermined"}
BLANK = Cell("")


def schools_table(judgement: Row, standard: Standard, stage: str) -> AnnexTable:
    """学校资源配置达标情况一览表 of one stage: what is demanded, every school, the means."""
    words = load_annex_words()
    indicators = standard.of("resources")
    found = {key: each[stage] for key, each in judgement["dimensions"]["resources"]["indicators"].items()}
    limits = {key: standard.threshold(key, stage) for key in indicators}
    heads = [[f"{each.title}（{limits[key].unit}）", words["schools"]["width"]] for key, each in indicators.items()]
    schools = [each for each in judgement["dimensions"]["resources"]["schools"] if each["stage"] == stage]
    decimals = {key: each.measure.decimals for key, each in indicators.items() if each.measure}
    means = [figure(found[key]["mean"], decimals[key], limits[key])._replace(short=False) for key in indicators]
    rows = [
        _summary("requirement", [limit_figure(limit) for limit in limits.values()]),
        *(_school_row(number, each, limits, decimals) for number, each in enumerate(schools, 1)),
        _summary("mean", means),
        _summary("met_schools", [Cell(found[key]["met"]) for key in indicators]),
    ]
    columns = [*words["schools"]["columns"], *heads, *words["schools"]["last"]]
    return build_table(words["schools"], rows, columns=columns, notes=[words["short"]], stage=STAGE_NAMES[stage])


def _summary(word: str, cells: list[Cell]) -> list[Cell]:
    return [BLANK, BLANK, Cell(load_annex_words()[word]), BLANK, *cells, BLANK, BLANK, BLANK]


def _school_row(number: int, school: Row, limits: dict[str, Limit], decimals: dict[str, int]) -> list[Cell]:
    values = [figure(value, decimals[key], limits[key]) for key, value in school["values"].items()]
    name = [Cell(number), Cell(school["school"]), Cell(school["name"]), Cell(school["pupils"])]
    return [*name, *values, Cell(school["met"]), verdict_cell(school["verdict"]), Cell(school["reason"])]


def variations_table(judgement: Row, standard: Standard) -> AnnexTable:
    """校际差异系数表, with the schools that drive each coefficient and what lifting schools would make of it."""
    resources = judgement["dimensions"]["resources"]
    rows = [
        _variation_row(key, stage, each, what_if(key, stage, resources["schools"], standard), standard)
        for key, stages in resources["indicators"].items()
        for stage, each in stages.items()
    ]
    notes = [load_annex_words()["short"], _say_composite(resources["composite"])]
    return build_table(load_annex_words()["variations"], rows, notes=notes)


def _say_composite(composite: dict[str, float | None]) -> str:
    each = "，".join(f"{STAGE_NAMES[stage]}{coefficient(value)}" for stage, value in composite.items())
    return str(load_annex_words()["variations"]["composite"].format(each=each))


def _variation_row(key: str, stage: str, found: Row, variations: Variations | None, standard: Standard) -> list[Cell]:
    measure = standard.indicators[key].measure
    limit, threshold = getattr(standard.variation, stage), standard.threshold(key, stage)
    decimals = measure.decimals if measure else 0
    cells = [
        Cell(found["title"]),
        Cell(STAGE_NAMES[stage]),
        Cell(threshold.unit),
        limit_figure(threshold),
        figure(found["mean"], decimals, threshold)._replace(short=False),
        Cell(found["met"]),
        Cell(found["schools"]),
        figure(found["cv"], 3, limit),
        limit_figure(limit),
        verdict_cell(found["cv_verdict"]),
    ]
    if variations is None:
        return [*cells, *[Cell(None)] * 5]
    everyone, enough = variations.all_lifted, variations.drivers_lifted
    reached = enough.verdict == "met"
    return [
        *cells,
        Cell(_name_drivers(variations)),
        figure(everyone.mean, decimals),
        figure(everyone.cv, 3, limit),
        Cell(len(enough.lifted) if reached else None),
        figure(enough.cv if reached else None, 3, limit),
    ]


def _name_drivers(variations: Variations) -> str:
    words = load_annex_words()
    names = [
        f"{each.name or each.school}{words['variations']['high'] if each.value > variations.now.mean else ''}"
        f" {each.share:.1%}"
        for each in variations.drivers[: words["drivers"]]
        if each.share
    ]
    return "、".join(names)


def sizes_table(judgement: Row, standard: Standard) -> AnnexTable:
    """学校规模与班额: what each school has, held against its own lines."""
    rows = [
        [
            *_place(number, school, school["stage"]),
            _value(school, _check(school, standard, "size"), "size"),
            _line(school, standard, "size"),
            _passes(_check(school, standard, "size")),
            Cell(school["counts"]["classes"] if school["counts"]["rooms_of"] != "whole" else None),
            _value(school, _check(school, standard, "largest_class"), "largest_class"),
            _line(school, standard, "largest_class"),
            *(Cell(school["counts"][column]) for column in ("classes_over", "classes_56", "classes_66")),
            _passes(_check(school, standard, "largest_class")),
        ]
        for number, school in enumerate(judgement["dimensions"]["resources"]["schools"], 1)
    ]
    return build_table(load_annex_words()["sizes"], rows, notes=[load_annex_words()["short"]])


def rooms_table(judgement: Row, standard: Standard) -> AnnexTable:
    """音乐美术教室: how many each school needs and has; what is shared by a whole school stands once."""
    rows = [
        [
            *_place(number, school, stage),
            Cell(school["counts"]["classes"]),
            *(cell for room in ("music_rooms", "art_rooms") for cell in _room_cells(school, standard, room)),
        ]
        for number, (school, stage) in enumerate(_rooms_once(judgement), 1)
    ]
    return build_table(load_annex_words()["rooms"], rows, notes=[load_annex_words()["short"]])


def _rooms_once(judgement: Row) -> Iterator[tuple[Row, str]]:
    seen = set()
    for school in judgement["dimensions"]["resources"]["schools"]:
        stage = school["counts"]["rooms_of"]
        if (school["school"], stage) not in seen:
            seen.add((school["school"], stage))
            yield school, stage


def _room_cells(school: Row, standard: Standard, room: str) -> list[Cell]:
    check = _check(school, standard, room)
    needed = check.threshold if check else None
    return [
        Cell(needed),
        _value(school, check, room),
        Cell(school["counts"][f"{room}_all"]),
        _passes(check),
    ]


def _place(number: int, school: Row, stage: str) -> list[Cell]:
    return [Cell(number), Cell(school["school"]), Cell(school["name"]), Cell(STAGE_NAMES[stage])]


def _check(school: Row, standard: Standard, reads: str) -> Check | None:
    """The school section against the requirement that means it; None where none does."""
    section = school | school["counts"]
    for indicator in standard.of("guarantee").values():
        for requirement in indicator.requires.values():
            if requirement.reads == reads and applies_to(requirement, section):
                return check_section(section, requirement)
    return None


def _line(school: Row, standard: Standard, reads: str) -> Cell:
    check = _check(school, standard, reads)
    return plain_figure(check.threshold if check else None)


def _value(school: Row, check: Check | None, column: str) -> Cell:
    return Cell(school["counts"][column], short=check is not None and check.passes is False)


def _passes(check: Check | None) -> Cell:
    return BLANK if check is None else verdict_cell(VERDICTS[check.passes])
