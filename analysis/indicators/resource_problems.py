"""What is wrong with a table of resources: every problem in one Chinese sentence with school and stage."""

from collections import Counter
from collections.abc import Iterator, Sequence

from analysis.indicators.reported import ListedSchool, ResourceRow
from analysis.indicators.sections import PARTS, ROOMS, SHARING, STAGE_NAMES, WITH_SENIOR, School, sum_known
from analysis.sentences import load_sentences, say
from analysis.standard import Standard

COUNTED = ("music_rooms_all", "art_rooms_all", "largest_class")


class RowProblem(str):
    """A sentence about one row of a table; `school` and `stage` are the row's key, "" for no row of resources."""

    school: str
    stage: str

    def __new__(cls, school: str, stage: str, text: str) -> "RowProblem":
        """The sentence, with the row it is about."""
        problem = super().__new__(cls, text)
        problem.school = school
        problem.stage = stage
        return problem


def resource_problems(
    resources: Sequence[ResourceRow], listed: Sequence[ListedSchool], schools: Sequence[School], standard: Standard
) -> list[RowProblem]:
    """Every problem of the two tables: those under any standard, then those under this one."""
    problems = table_problems(resources, listed, schools)
    for school in schools:
        if school.kind in PARTS:
            problems += _unsplittable(school, standard)
    return problems


def table_problems(
    resources: Sequence[ResourceRow], listed: Sequence[ListedSchool], schools: Sequence[School]
) -> list[RowProblem]:
    """What no standard can judge by: rows that stand twice, are of no school, or contradict themselves.

    `resources` and `listed` are the two tables' rows, `schools` what they make together.

    >>> from analysis.indicators.sections import gather_schools
    >>> row = ResourceRow(school="P01", stage="primary", amounts={"pupils": 200})
    >>> table_problems([row, row], [], gather_schools([row, row], []))
    ['P01（小学）：资源表中出现2次，请只保留一行。']
    """
    problems = [*_duplicates(resources, listed), *_unknown_schools(resources, schools)]
    codes = {school.code for school in schools}
    for school in schools:
        problems += _parent_problems(school, codes)
        problems += _kind_problems(school)
        if school.kind in PARTS:
            problems += _pupil_problems(school)
            problems += _amount_problems(school)
            problems += _whole_problems(school)
    return problems


def name_column(column: str) -> str:
    """What a column of resources is called; its own name where none is listed."""
    return load_sentences("columns").get(column, column)


def _about(school: School, stage: str, key: str, /, **facts: object) -> RowProblem:
    return RowProblem(school.code, stage, f"{school.label(stage)}：{say(f'schools.{key}', **facts)}")


def _duplicates(resources: Sequence[ResourceRow], listed: Sequence[ListedSchool]) -> Iterator[RowProblem]:
    for code, times in Counter(school.code for school in listed).items():
        if times > 1:
            yield RowProblem(code, "", say("schools.listed_twice", code=code, times=times))
    for (code, stage), times in Counter((row.school, row.stage) for row in resources).items():
        if times > 1:
            name = STAGE_NAMES.get(stage, stage)
            yield RowProblem(code, stage, say("schools.reported_twice", code=code, stage=name, times=times))


def _unknown_schools(resources: Sequence[ResourceRow], schools: Sequence[School]) -> Iterator[RowProblem]:
    known = {school.code for school in schools}
    first: dict[str, str] = {}
    for row in resources:
        first.setdefault(row.school, row.stage)
    for code, stage in first.items():
        if code not in known:
            yield RowProblem(code, stage, say("schools.unknown", code=code))


def _parent_problems(school: School, codes: set[str]) -> Iterator[RowProblem]:
    """A point counts with its parent school, so that school must be there, and be another."""
    place = f"{school.code} {school.name}".rstrip()
    if school.parent == school.code:
        yield RowProblem(school.code, "", say("schools.own_parent", place=place))
    elif school.parent and school.parent not in codes:
        yield RowProblem(school.code, "", say("schools.unknown_parent", place=place, parent=school.parent))


def _kind_problems(school: School) -> Iterator[RowProblem]:
    parts = PARTS.get(school.kind)
    if parts is None:
        if school.kind not in {"special", "vocational"}:
            facts = {"code": school.code, "name": school.name, "kind": school.kind}
            yield RowProblem(school.code, "", say("schools.unknown_kind", **facts))
        return
    allowed = {*parts, "whole"} if school.kind in SHARING else set(parts)
    for stage in sorted(school.rows.keys() - allowed):
        yield _about(school, stage, "no_such_stage")
    for stage in ("primary", "junior", "senior"):
        if school.own("whole", f"pupils_{stage}") and stage not in _stages(school):
            yield _about(school, "whole", "pupils_of_no_stage", stage=STAGE_NAMES[stage])


def _stages(school: School) -> tuple[str, ...]:
    parts = PARTS[school.kind]
    return (*parts, "senior") if school.kind in WITH_SENIOR else parts


def _pupil_problems(school: School) -> Iterator[RowProblem]:
    for stage, amounts in school.rows.items():
        if stage != "whole" and school.pupils(stage) is None:
            yield _about(school, stage, "no_pupils")
        if amounts.get("pupils") == 0:
            yield _about(school, stage, "zero_pupils")


def _amount_problems(school: School) -> Iterator[RowProblem]:
    for stage, amounts in school.rows.items():
        for column, amount in amounts.items():
            if (amount or 0) < 0:
                yield _about(school, stage, "negative", name=name_column(column), amount=f"{amount:g}")
        over = amounts.get("classes_over")
        classes = amounts.get("classes")
        if over is not None and classes is not None and over > classes:
            yield _about(school, stage, "more_over_than_classes", over=f"{over:g}", classes=f"{classes:g}")


def _whole_problems(school: School) -> Iterator[RowProblem]:
    """A row of the whole school says nothing that another row says too, or says otherwise."""
    if not school.shares:
        return
    shared = _shared_columns(school)
    for column in shared:
        for stage in PARTS[school.kind]:
            if school.own(stage, column) is not None:
                yield _about(school, "whole", "said_twice", name=name_column(column), stage=STAGE_NAMES[stage])
    if any(column not in ROOMS for column in shared):
        yield from _missing_pupils(school)
    yield from _pupil_conflicts(school)
    yield from _sum_problems(school)


def _shared_columns(school: School) -> list[str]:
    """What the whole row reports to be split or shared: no pupils, and of what is counted only rooms."""
    return [
        column
        for column, amount in school.rows["whole"].items()
        if amount is not None and column not in COUNTED and not column.startswith(("pupils", "classes"))
    ]


def _pupil_conflicts(school: School) -> Iterator[RowProblem]:
    for stage in PARTS[school.kind]:
        own = school.own(stage, "pupils")
        whole = school.own("whole", f"pupils_{stage}")
        if own is not None and whole is not None and own != whole:
            yield _about(school, "whole", "pupils_differ", stage=STAGE_NAMES[stage], whole=f"{whole:g}", own=f"{own:g}")


def _sum_problems(school: School) -> Iterator[RowProblem]:
    """All pupils are those of the stages (with or without the senior part), all classes those of the rows."""
    parts = PARTS[school.kind]
    pupils = sum_known([school.pupils(stage) for stage in parts])
    total = school.own("whole", "pupils")
    if total is not None and pupils is not None:
        everyone = pupils + (school.pupils("senior") or 0)
        if total not in {pupils, everyone}:
            yield _about(school, "whole", "pupils_do_not_add_up", total=f"{total:g}", sum=f"{everyone:g}")
    classes = sum_known([school.own(stage, "classes") for stage in parts])
    total = school.own("whole", "classes")
    if total is not None and classes is not None and total != classes and school.kind not in WITH_SENIOR:
        yield _about(school, "whole", "classes_do_not_add_up", total=f"{total:g}", sum=f"{classes:g}")


def _missing_pupils(school: School) -> Iterator[RowProblem]:
    for stage in _stages(school):
        if school.pupils(stage) is None:
            yield _about(school, "whole", "cannot_be_split", stage=STAGE_NAMES[stage])
        elif stage != "senior" and school.pupils(stage) == 0:
            yield _about(school, "whole", "zero_pupils_of_stage", stage=STAGE_NAMES[stage])


def _unsplittable(school: School, standard: Standard) -> Iterator[RowProblem]:
    """What the standard does not split (teachers) but a row of the whole school reports."""
    split = standard.split_indicators
    for name, indicator in standard.of("resources").items() if school.shares else ():
        measure = indicator.measure
        if measure and name not in split.value and school.own("whole", measure.column) is not None:
            yield _about(school, "whole", "not_split", title=indicator.title, clause=split.clause)
