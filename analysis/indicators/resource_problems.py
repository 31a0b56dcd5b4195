"""What is wrong with a table of resources: every problem in one Chinese sentence with school and stage."""

from collections import Counter
from collections.abc import Iterator

from analysis.indicators.sections import PARTS, ROOMS, SHARING, STAGE_NAMES, WITH_SENIOR, Row, School, sum_known
from analysis.standard import Standard

COLUMN_NAMES = {
    "pupils": "在校学生数",
    "pupils_primary": "小学学生数",
    "pupils_junior": "初中学生数",
    "pupils_senior": "高中学生数",
    "qualified_teachers": "高于规定学历教师数",
    "backbone_teachers": "骨干教师数",
    "pe_art_teachers": "体育、艺术专任教师数",
    "teaching_area": "教学及辅助用房面积",
    "sports_area": "体育运动场馆面积",
    "equipment_value": "教学仪器设备值",
    "multimedia_rooms": "网络多媒体教室数",
    "classes": "班级数",
    "music_rooms": "达标音乐教室数",
    "art_rooms": "达标美术教室数",
    "music_rooms_all": "音乐教室数",
    "art_rooms_all": "美术教室数",
    "largest_class": "最大班额",
    "classes_over": "超标准班额班数",
    "classes_56": "56人及以上班数",
    "classes_66": "66人及以上班数",
}
MEASURED = (
    *("qualified_teachers", "backbone_teachers", "pe_art_teachers"),
    *("teaching_area", "sports_area", "equipment_value", "multimedia_rooms"),
)


class RowProblem(str):
    """A sentence about one row of a table; `school` and `stage` are the row's key, "" for no row of resources."""

    school: str
    stage: str

    def __new__(cls, school: str, stage: str, text: str) -> "RowProblem":
        """The sentence, with the row it is about."""
        problem = super().__new__(cls, text)
        problem.school, problem.stage = school, stage
        return problem


def resource_problems(
    resources: list[Row], listed: list[Row], schools: list[School], standard: Standard
) -> list[RowProblem]:
    """Every problem of the two tables: those under any standard, then those under this one."""
    problems = table_problems(resources, listed, schools)
    for school in schools:
        if school.kind in PARTS:
            problems += _unsplittable(school, standard)
    return problems


def table_problems(resources: list[Row], listed: list[Row], schools: list[School]) -> list[RowProblem]:
    """What no standard can judge by: rows that stand twice, are of no school, or contradict themselves.

    `resources` and `listed` are the two tables' rows (blanks None), `schools` what they make together.

    >>> from analysis.indicators.sections import gather_schools
    >>> row = {"school": "P01", "stage": "primary", "pupils": 200}
    >>> table_problems([row, row], [], gather_schools([row, row], []))
    ['P01（小学）：资源表中出现2次，请只保留一行。']
    """
    problems = [*_duplicates(resources, listed), *_unknown_schools(resources, schools)]
    codes = {school.code for school in schools}
    for school in schools:
        problems += _parent_problems(school, codes)
        problems += _kind_problems(school)
        if school.kind in PARTS:
            problems += _row_problems(school)
            problems += _whole_problems(school)
    return problems


def _about(school: School, stage: str, sentence: str) -> RowProblem:
    return RowProblem(school.code, stage, f"{school.label(stage)}：{sentence}")


def _duplicates(resources: list[Row], listed: list[Row]) -> Iterator[RowProblem]:
    for code, times in Counter(str(row.get("code")) for row in listed).items():
        if times > 1:
            yield RowProblem(code, "", f"{code}：学校表中出现{times}次，请只保留一行。")
    reported = Counter((str(row.get("school")), str(row.get("stage"))) for row in resources)
    for (code, stage), times in reported.items():
        if times > 1:
            name = STAGE_NAMES.get(stage, stage)
            yield RowProblem(code, stage, f"{code}（{name}）：资源表中出现{times}次，请只保留一行。")


def _unknown_schools(resources: list[Row], schools: list[School]) -> Iterator[RowProblem]:
    known = {school.code for school in schools}
    first: dict[str, str] = {}
    for row in resources:
        first.setdefault(str(row.get("school")), str(row.get("stage")))
    for code, stage in first.items():
        if code not in known:
            yield RowProblem(code, stage, f"{code}：学校表中没有这所学校，请先补入学校表或更正代码。")


def _parent_problems(school: School, codes: set[str]) -> Iterator[RowProblem]:
    """A point counts with its parent school, so that school must be there, and be another."""
    place = f"{school.code} {school.name}".rstrip()
    if school.parent == school.code:
        yield RowProblem(school.code, "", f"{place}：所属学校写成了自己，请更正或留空。")
    elif school.parent and school.parent not in codes:
        yield RowProblem(school.code, "", f"{place}：学校表中没有所属学校“{school.parent}”，请补入或更正代码。")


def _kind_problems(school: School) -> Iterator[RowProblem]:
    parts = PARTS.get(school.kind)
    if parts is None:
        if school.kind not in {"special", "vocational"}:
            sentence = f"{school.code} {school.name}：不认识的学校类型“{school.kind}”。"
            yield RowProblem(school.code, "", sentence)
        return
    allowed = {*parts, "whole"} if school.kind in SHARING else set(parts)
    for stage in sorted(school.rows.keys() - allowed):
        yield _about(school, stage, "这所学校的类型没有这一学段，请核对学段或学校类型。")
    for stage in ("primary", "junior", "senior"):
        if school.own("whole", f"pupils_{stage}") and stage not in _stages(school):
            yield _about(school, "whole", f"这所学校的类型没有{STAGE_NAMES[stage]}，却填了{STAGE_NAMES[stage]}学生数。")


def _stages(school: School) -> tuple[str, ...]:
    parts = PARTS[school.kind]
    return (*parts, "senior") if school.kind in WITH_SENIOR else parts


def _row_problems(school: School) -> Iterator[RowProblem]:
    for stage, row in school.rows.items():
        if stage != "whole" and school.pupils(stage) is None:
            yield _about(school, stage, "没有填在校学生数。")
        if row.get("pupils") == 0:
            yield _about(school, stage, "在校学生数为0，无法计算生均值。")
        for column, name in COLUMN_NAMES.items():
            if (row.get(column) or 0) < 0:
                yield _about(school, stage, f"{name}为负数（{row[column]:g}），请更正。")
        over, classes = row.get("classes_over"), row.get("classes")
        if over is not None and classes is not None and over > classes:
            yield _about(school, stage, f"超标准班额班数（{over:g}）多于班级数（{classes:g}）。")


def _whole_problems(school: School) -> Iterator[RowProblem]:
    """A row of the whole school says nothing that another row says too, or says otherwise."""
    if not school.shares:
        return
    shared = [column for column in (*MEASURED, *ROOMS) if school.own("whole", column) is not None]
    for column in shared:
        for stage in PARTS[school.kind]:
            if school.own(stage, column) is not None:
                sentence = f"{COLUMN_NAMES[column]}在整校行和{STAGE_NAMES[stage]}行都填了，请只填一处。"
                yield _about(school, "whole", sentence)
    if any(column not in ROOMS for column in shared):
        yield from _missing_pupils(school)
    for stage in PARTS[school.kind]:
        own, whole = school.own(stage, "pupils"), school.own("whole", f"pupils_{stage}")
        if own is not None and whole is not None and own != whole:
            name = STAGE_NAMES[stage]
            yield _about(school, "whole", f"{name}学生数（{whole:g}）与{name}行（{own:g}）不一致。")
    yield from _sum_problems(school)


def _sum_problems(school: School) -> Iterator[RowProblem]:
    """All pupils are those of the stages (with or without the senior part), all classes those of the rows."""
    parts = PARTS[school.kind]
    pupils, senior = sum_known([school.pupils(stage) for stage in parts]), school.pupils("senior") or 0
    total = school.own("whole", "pupils")
    if None not in {total, pupils} and total not in {pupils, (pupils or 0) + senior}:
        yield _about(school, "whole", f"在校学生数（{total:g}）与各学段之和（{(pupils or 0) + senior:g}）不一致。")
    classes, total = sum_known([school.own(stage, "classes") for stage in parts]), school.own("whole", "classes")
    if None not in {total, classes} and total != classes and school.kind not in WITH_SENIOR:
        yield _about(school, "whole", f"班级数（{total:g}）与各学段之和（{classes:g}）不一致。")


def _missing_pupils(school: School) -> Iterator[RowProblem]:
    for stage in _stages(school):
        if school.pupils(stage) is None:
            yield _about(school, "whole", f"没有填{STAGE_NAMES[stage]}学生数，整校的数值无法按学段拆分。")
        elif stage != "senior" and school.pupils(stage) == 0:
            yield _about(school, "whole", f"{STAGE_NAMES[stage]}学生数为0，请核对学校类型。")


def _unsplittable(school: School, standard: Standard) -> Iterator[RowProblem]:
    """What the standard does not split (teachers) but a row of the whole school reports."""
    split = standard.split_indicators
    for name, indicator in standard.of("resources").items() if school.shares else ():
        measure = indicator.measure
        if measure and name not in split.value and school.own("whole", measure.column) is not None:
            sentence = f"“{indicator.title}”不按学生数拆分，请分学段填报（{split.clause}）。"
            yield _about(school, "whole", sentence)
