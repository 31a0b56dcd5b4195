"""How a county's files name our columns and values: assigned once, kept, proposed for its next file; ready ones."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from questionnaires.school_year import SchoolYear
from survey_app.cli import ADVICE
from survey_app.core.errors import SurveyError
from survey_app.frame.assignments import load_assignment
from survey_app.frame.importing import Import, read_import, store_import
from survey_app.frame.schools import load_resources, load_schools
from survey_app.frame.sheets import KINDS, Mapping, SheetError, Stated, load_mapping, read_responses, read_stated
from survey_app.frame.sheets.columns import list_columns, load_kind
from survey_app.frame.sheets.mapping import READY, list_ready
from tests.county import NOW
from tests.program import survey

YEAR = SchoolYear.parse("2025-2026")
ITEMS = load_paper("social-2026").item_ids
OWN_HEADS = ["校号", "校名", "类别"]
OWN_ROWS = [["P01", "第一小学", "镇小"], ["P02", "第二小学", "镇小"]]
OWN_TOML = """
[columns]
"校号" = "code"
"校名" = "name"
"类别" = "kind"
[values.kind]
"镇小" = "primary"
"""
MOE_HEADS = [
    ["学校（机构）标识码", "学校（机构）名称", "学校（机构）", "学校（机构）所在地"],
    ["", "", "办学类型", "城乡分类"],
]
MOE_ROWS = [
    ["2150012345", "青山县第一小学", "211小学", "111主城区"],
    ["2150012346", "青山县第二小学", "211", "121"],
    ["3150012347", "青山县九年一贯制学校", "312-九年一贯制学校", "220村庄"],
    ["2150012348", "青山县大坪教学点", "218小学教学点", "210乡中心区"],
]


def write(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def take(engine: Engine, kind: str, path: Path, mapping: Mapping | None = None, year: SchoolYear | None = None) -> int:
    asked = Import(kind=kind, files=[path], year=year, mapping=mapping or Mapping())
    with Session(engine) as session, session.begin():
        return len(store_import(session, asked, actor="王", now=NOW).sheet.table)


def list_problems(engine: Engine, kind: str, path: Path, mapping: Mapping | None = None) -> tuple[str, ...]:
    year = YEAR if kind == "resources" else None
    with Session(engine) as session, pytest.raises(SurveyError) as refused:
        read_import(session, Import(kind=kind, files=[path], year=year, mapping=mapping or Mapping()))
    return refused.value.problems


def test_heads_and_words_are_assigned_on_the_command_line_and_kept_for_the_next_file(tmp_path: Path) -> None:
    write(tmp_path / "own.csv", OWN_HEADS, *OWN_ROWS)
    (tmp_path / "own.toml").write_text(OWN_TOML, encoding="utf-8")
    own = ("import", "schools", "own.csv")
    assert "没有找到表头" in survey(*own, folder=tmp_path, code=2).stderr
    assert "导入 2 行" in survey(*own, "--mapping", "own.toml", folder=tmp_path).stdout
    write(tmp_path / "own.csv", OWN_HEADS, *OWN_ROWS, ["P03", "第三小学", "镇小"])
    refused = survey(*own, folder=tmp_path, code=2).stderr
    assert "以前导入这种表时，对应过表头和取值。要照样读入，请加 --mapping kept。" in refused
    assert "导入 3 行" in survey(*own, "--mapping", "kept", folder=tmp_path).stdout


def test_a_refused_file_that_a_ready_mapping_reads_is_told_by_its_name(tmp_path: Path) -> None:
    write(tmp_path / "moe.csv", *MOE_HEADS, *MOE_ROWS)
    assert "这份文件像是“教育事业统计”：加 --mapping moe-statistics 就能读入。" in survey(
        "import", "schools", "moe.csv", folder=tmp_path, code=2
    ).stderr  # fmt: skip
    assert "导入 4 行" in survey(
        "import", "schools", "moe.csv", "--mapping", "moe-statistics", folder=tmp_path
    ).stdout  # fmt: skip
    write(tmp_path / "moe.csv", *MOE_HEADS, *MOE_ROWS, ["x", "某校", "999", "111"])
    assert "就能读入" not in survey("import", "schools", "moe.csv", folder=tmp_path, code=2).stderr


def test_whom_to_invite_is_said_where_a_frame_does_not_tell(tmp_path: Path) -> None:
    heads = ["对象", "学校", "班级", "年级", "人数"]
    row = ["家长", "P01", "三1班", "3", "45"]
    write(tmp_path / "own.csv", heads, row)
    told = survey("import", "frame", "own.csv", folder=tmp_path).stdout
    assert "文件中没有“邀请人数”这一列，各行按“总人数”处理。" in told
    write(tmp_path / "own.csv", [*heads, "发放份数"], [*row, "40"])
    told = survey("import", "frame", "own.csv", folder=tmp_path).stdout
    assert "没有“邀请人数”" not in told
    assert "邀请人数 40" in told


def test_what_was_assigned_is_kept_by_kind_and_grows(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", OWN_HEADS, *OWN_ROWS)
    own = Mapping(columns={"校号": "code", "校名": "name", "类别": "kind"}, values={"kind": {"镇小": "primary"}})
    assert take(engine, "schools", path, own) == 2
    write(path, OWN_HEADS, *OWN_ROWS, ["P03", "第三中学", "镇中"])
    with Session(engine) as session:
        kept = load_assignment(session, "schools")
        assert load_assignment(session, "frame") == Mapping()
    assert "不能写“镇中”" in list_problems(engine, "schools", path, kept)[0]
    assert take(engine, "schools", path, kept.joined(Mapping(values={"kind": {"镇中": "junior"}}))) == 3
    with Session(engine) as session:
        assert load_assignment(session, "schools").values == {"kind": {"镇小": "primary", "镇中": "junior"}}


def test_a_refused_file_keeps_no_assignment(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", OWN_HEADS, ["P01", "第一小学", "镇小"])
    list_problems(engine, "schools", path, Mapping(columns={"校号": "code", "校名": "name", "类别": "kind"}))
    with Session(engine) as session:
        assert not load_assignment(session, "schools").says_something


def test_every_fact_of_an_assignment_is_advised_on_the_command_line() -> None:
    assert "assignment_kept" in ADVICE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.stem for path in READY.glob("*.toml")))
def test_a_ready_mapping_names_columns_and_values_that_there_are(name: str) -> None:
    mapping = load_mapping(Path(name))
    assert mapping.title
    assert mapping.kinds
    assert set(mapping.kinds) <= set(KINDS)
    columns = {column.name: column for kind in mapping.kinds for column in list_columns(load_kind(kind), ITEMS)}
    assert set(mapping.columns.values()) <= set(columns)
    for column, words in mapping.values.items():
        assert set(words.values()) <= set(columns[column].words)


def test_there_are_ready_mappings_for_platforms_and_for_the_yearly_statistics() -> None:
    forms = {"wjx-text", "wjx-number", "wjx-score", "tencent", "wps", "kobo"}
    assert set(list_ready("responses")) == forms
    assert list_ready("schools") == {"moe-statistics": "教育事业统计"}


def test_the_yearly_statistics_come_in_by_their_codes_with_heads_in_two_rows(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "moe.csv", ["基础教育学校名录"], *MOE_HEADS, *MOE_ROWS, ["合计", "4"])
    assert take(engine, "schools", path, load_mapping(Path("moe-statistics"))) == 4
    with Session(engine) as session:
        table = load_schools(session)
    assert table[["code", "kind", "locale"]].to_numpy().tolist() == [
        ["2150012345", "primary", "city"],
        ["2150012346", "primary", "town"],
        ["2150012348", "point", "village"],
        ["3150012347", "nine_year", "village"],
    ]


def test_a_code_that_tells_no_locality_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "moe.csv", *MOE_HEADS, [*MOE_ROWS[0][:3], "100"])
    with pytest.raises(SheetError, match="不能写“100”"):
        read_stated("schools", path, Stated(mapping=load_mapping(Path("moe-statistics"))))


@pytest.mark.parametrize(
    ("name", "answers", "coding"),
    [
        ("wjx-text", ["非常满意", "不满意"], "text"),
        ("wjx-number", ["1", "4"], "best-is-1"),
        ("wjx-score", ["5", "2"], "best-is-5"),
        ("tencent", ["非常满意", "不满意"], "text"),
        ("wps", ["A.非常满意", "D.不满意"], "text"),
        ("kobo", ["非常满意", "不满意"], "text"),
    ],
)
def test_each_ready_mapping_reads_the_download_it_is_for(
    tmp_path: Path, name: str, answers: list[str], coding: str
) -> None:
    identity = {"tencent": ["您的身份", "学校名称", "所在年级班级"], "wps": ["您的身份", "学校名称", "所在年级班级"]}
    heads = identity.get(name, ["_group", "school", "class"] if name == "kobo" else ["您的身份", "单位", "班级"])
    heads = ["调查对象", *heads[1:]] if name in ("wjx-number", "wjx-score") else heads
    rows = [["家长", "P01", "1班", *[answer] * len(ITEMS)] for answer in answers]
    path = write(tmp_path / "download.csv", [*heads, *ITEMS], *rows)
    sheet = read_responses(path, ITEMS, load_mapping(Path(name)))
    assert sheet.table.overall.tolist() == [5, 2]
    assert sheet.coding == coding


def test_words_for_answers_hold_for_every_item(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", ["调查对象", "单位", *ITEMS], ["家长", "P01", *["很好"] * len(ITEMS)])
    sheet = read_responses(path, ITEMS, Mapping(values={"answer": {"很好": "5"}}))
    assert set(sheet.table[list(ITEMS)].iloc[0]) == {5}


SCHOOL_HEADS = ["code", "moe_code", "name", "kind"]
SCHOOL_ROWS = [["P01", "2150012345", "第一小学", "小学"], ["P02", "2150012346", "第二小学", "小学"]]


@pytest.fixture
def listed(engine: Engine, tmp_path: Path) -> Engine:
    take(engine, "schools", write(tmp_path / "schools.csv", SCHOOL_HEADS, *SCHOOL_ROWS))
    return engine


@pytest.mark.parametrize("head", ["学校代码", "学校（机构）标识码"])
@pytest.mark.parametrize("written", ["2150012345", "２１５００１２３４５", "2150012345\u200b", "第一小学"])
def test_a_school_may_be_named_by_its_ministry_code_or_full_name(
    listed: Engine, tmp_path: Path, head: str, written: str
) -> None:
    path = write(tmp_path / "r.csv", [head, "stage", "pupils"], [written, "小学", "100"])
    assert take(listed, "resources", path, year=YEAR) == 1
    with Session(listed) as session:
        assert load_resources(session, YEAR).school.tolist() == ["P01"]
    frame = write(tmp_path / "f.csv", ["group", "unit", "class", "population"], ["家长", written, "1班", "40"])
    with Session(listed) as session:
        incoming = read_import(session, Import(kind="frame", files=[frame]))
    assert incoming.sheet.table.unit.tolist() == ["P01"]
    assert any("（P01）" in note for note in incoming.sheet.notes)


@pytest.mark.parametrize("written", ["一小", "县第一小学", "p01", "P1", "P001"])
@pytest.mark.parametrize("kind", ["resources", "frame"])
def test_another_name_is_proposed_and_what_a_person_says_is_kept(
    listed: Engine, tmp_path: Path, kind: str, written: str
) -> None:
    rows = {
        "resources": (["school", "stage", "pupils"], [written, "小学", "100"]),
        "frame": (["group", "unit", "class", "population"], ["家长", written, "1班", "40"]),
    }
    path = write(tmp_path / "sheet.csv", *rows[kind])
    column = rows[kind][0][kind == "frame"]
    [problem] = list_problems(listed, kind, path)
    assert f"“{written}”是不是“第一小学”（P01）？" in problem
    confirmed = Mapping(values={column: {written: "P01"}})
    assert take(listed, kind, path, confirmed, YEAR if kind == "resources" else None) == 1
    with Session(listed) as session:
        assert load_assignment(session, kind).values == confirmed.values


def test_a_name_that_means_no_school_is_settled_by_itself(listed: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", ["group", "unit", "population"], ["其他群众", "一小", "400"])
    assert take(listed, "frame", path, Mapping(values={"unit": {"一小": "一小"}})) == 1


def test_two_schools_of_one_name_are_neither(engine: Engine, tmp_path: Path) -> None:
    twins = [["P01", "", "第一小学", "小学"], ["P02", "", "第一小学", "小学"]]
    take(engine, "schools", write(tmp_path / "schools.csv", SCHOOL_HEADS, *twins))
    path = write(tmp_path / "r.csv", ["school", "stage", "pupils"], ["第一小学", "小学", "100"])
    assert "没有代码“第一小学”" in list_problems(engine, "resources", path)[0]


POINTS = [
    ["code", "name", "kind", "parent_school"],
    ["P01", "第一小学", "小学", ""],
    ["D01", "东坡教学点", "教学点", "第一小学"],
]


def test_a_point_names_its_school_by_its_full_name(engine: Engine, tmp_path: Path) -> None:
    assert take(engine, "schools", write(tmp_path / "s.csv", *POINTS)) == 2
    with Session(engine) as session:
        table = load_schools(session)
    assert dict(zip(table.code, table.parent_school, strict=True)) == {"P01": "", "D01": "P01"}


def test_a_short_name_of_a_points_school_is_asked_for(engine: Engine, tmp_path: Path) -> None:
    short = [*POINTS[:2], [*POINTS[2][:3], "一小"]]
    path = write(tmp_path / "s.csv", *short)
    [problem] = list_problems(engine, "schools", path)
    assert "“一小”是不是“第一小学”（P01）？" in problem
    assert take(engine, "schools", path, Mapping(values={"parent_school": {"一小": "P01"}})) == 2


def test_the_faults_of_all_files_of_an_import_are_told_at_once(engine: Engine, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.csv", POINTS[0], [name, "", "小学", ""]) for name in ("A", "B")]
    with Session(engine) as session, pytest.raises(SurveyError) as refused:
        read_import(session, Import(kind="schools", files=paths))
    assert [path.name in problem for path, problem in zip(paths, refused.value.problems, strict=True)] == [True, True]
