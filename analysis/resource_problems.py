"""What is wrong with a table of resources: every problem in one Chinese sentence with school and stage."""

from collections import Counter
from collections.abc import Iterator

from analysis.sections import PARTS, ROOMS, SHARING, STAGE_NAMES, WITH_SENIOR, Row, School, is_excluded
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


def resource_problems(resources: list[Row], listed: list[Row], schools: list[School], standard: Standard) -> list[str]:
    """Every problem of the two tables, in the order of the rows."""
    problems = [*_duplicates(resources, listed), *_unknown_schools(resources, schools)]
    for school in schools:
        problems += _kind_problems(school)
        if school.kind in PARTS and not is_excluded(school, standard):
            problems += _row_problems(school)
            problems += _whole_problems(school, standard)
    return problems


def _duplicates(resources: list[Row], listed: list[Row]) -> Iterator[str]:
    for code, times in Counter(str(row.get("code")) for row in listed).items():
        if times > 1:
            yield f"{code}：学校表中出现{times}次，请只保留一行。"
    reported = Counter((str(row.get("school")), str(row.get("stage"))) for row in resources)
    for (code, stage), times in reported.items():
        if times > 1:
            yield f"{code}（{STAGE_NAMES.get(stage, stage)}）：资源表中出现{times}次，请只保留一行。"


def _unknown_schools(resources: list[Row], schools: list[School]) -> Iterator[str]:
    known = {school.code for school in schools}
    for code in dict.fromkeys(str(row.get("school")) for row in resources):
        if code not in known:
            yield f"{code}：学校表中没有这所学校，请先补入学校表或更正代码。"


def _kind_problems(school: School) -> Iterator[str]:
    parts = PARTS.get(school.kind)
    if parts is None:
        if school.kind not in {"special", "vocational"}:
            yield f"{school.code} {school.name}：不认识的学校类型“{school.kind}”。"
        return
    allowed = {*parts, "whole"} if school.kind in SHARING else set(parts)
    for stage in sorted(school.rows.keys() - allowed):
        yield f"{school.label(stage)}：这所学校的类型没有这一学段，请核对学段或学校类型。"


def _row_problems(school: School) -> Iterator[str]:
    for stage, row in school.rows.items():
        if stage != "whole" and school.pupils(stage) is None:
            yield f"{school.label(stage)}：没有填在校学生数。"
        if row.get("pupils") == 0:
            yield f"{school.label(stage)}：在校学生数为0，无法计算生均值。"
        for column, name in COLUMN_NAMES.items():
            if (row.get(column) or 0) < 0:
                yield f"{school.label(stage)}：{name}为负数（{row[column]:g}），请更正。"
        over, classes = row.get("classes_over"), row.get("classes")
        if over is not None and classes is not None and over > classes:
            yield f"{school.label(stage)}：超标准班额班数（{over:g}）多于班级数（{classes:g}）。"


def _whole_problems(school: School, standard: Standard) -> Iterator[str]:
    if not school.shares:
        return
    place = school.label("whole")
    split = standard.split_indicators
    reported = []
    for name, indicator in standard.of("resources").items():
        if indicator.measure and school.own("whole", indicator.measure.column) is not None:
            reported.append(indicator.measure.column)
            if name not in split.value:
                yield f"{place}：“{indicator.title}”不按学生数拆分，请分学段填报（{split.clause}）。"
    for column in (*reported, *(room for room in ROOMS if school.own("whole", room) is not None)):
        for stage in PARTS[school.kind]:
            if school.own(stage, column) is not None:
                yield f"{place}：{COLUMN_NAMES[column]}在整校行和{STAGE_NAMES[stage]}行都填了，请只填一处。"
    if reported:
        yield from _missing_pupils(school)
    for stage in PARTS[school.kind]:
        own, whole = school.own(stage, "pupils"), school.own("whole", f"pupils_{stage}")
        if own is not None and whole is not None and own != whole:
            name = STAGE_NAMES[stage]
            yield f"{place}：{name}学生数（{whole:g}）与{name}行（{own:g}）不一致。"


def _missing_pupils(school: School) -> Iterator[str]:
    parts = (*PARTS[school.kind], "senior") if school.kind in WITH_SENIOR else PARTS[school.kind]
    for stage in parts:
        if school.pupils(stage) is None:
            yield f"{school.label('whole')}：没有填{STAGE_NAMES[stage]}学生数，整校的数值无法按学段拆分。"
        elif stage != "senior" and school.pupils(stage) == 0:
            yield f"{school.label('whole')}：{STAGE_NAMES[stage]}学生数为0，请核对学校类型。"
