"""The data desk: what was imported is seen, searched, put right a cell at a time and taken away, with its history."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.audit import load_audit
from survey_app.core.models import FrameRow
from survey_app.frame.correcting import list_correctable
from survey_app.frame.importing import KEYS, OF_A_YEAR, Import, load_table, store_import
from survey_app.frame.sheets import Upload
from survey_app.frame.shown_rows import name_key, say_cell
from survey_app.pages.console.data_pages import KINDS
from tests.console import Console, open_console
from tests.county import NOW

YEAR = "2025-2026"
TABLES = {
    "schools": """code,name,kind,moe_code,parent_school,township,locale,built_year
P01,第一小学,primary,2150012345,,甲镇,town,1998
P02,第二学校,nine_year,,,乙镇,city,
D01,东坡教学点,point,,P01,甲镇,village,2001
""",
    "resources": """school,stage,pupils,classes,qualified_teachers
P01,primary,300,8,20
P02,primary,200,6,14
P02,junior,150,4,12
""",
    "county": "indicator,value\nG9,98.5\nG10,97\n",
    "figures": "figure,school,value,source\n初三毕业人数,P01,40,人事科\n初三毕业人数,P02,30,人事科\n",
    "scores": """monitored,grade,subject,school,tested,mean,deviation
2025,4,语文,P01,40,520.5,80
2025,4,语文,P02,30,500,90
""",
    "frame": """group,unit,class,grade,population,invited
parent,P01,三年级1班,3,40,40
teacher,P01,,,20,20
public,乙镇,,,400,60
""",
}


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    year = SchoolYear.parse(YEAR)
    with Session(sqlite_engine) as session, session.begin():
        for kind, text in TABLES.items():
            files = [Upload(name="表.csv", content=text.encode())]
            store_import(session, Import(kind=kind, files=files, year=year), actor="王老师", now=NOW)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def upload(console: Console, kind: str, text: str | bytes, name: str = "表.csv") -> Any:
    content = text.encode() if isinstance(text, str) else text
    files = {"file": (name, io.BytesIO(content), "")}
    return console.people["county"].post("/console/import", {"kind": kind, "year": YEAR}, files)


def store(console: Console, page: Any) -> None:
    hidden = dict(re.findall('name="([a-z]+)" value="([^"]*)"', page.text.split("/console/import/store")[1]))
    assert console.people["county"].post("/console/import/store", hidden).status_code == 303


def cell(kind: str, key: str, column: str, seen: str, value: str, reason: str = "学校来函更正") -> dict[str, str]:
    year = YEAR if kind in OF_A_YEAR else ""
    fields = {"kind": kind, "year": year, "key": key, "column": column, "seen": seen, "value": value, "reason": reason}
    return {name: text for name, text in fields.items() if text}


def correct(console: Console, *about: str, who: str = "county") -> Any:
    return console.people[who].post("/console/data/correct", cell(*about))


def stored(console: Console, kind: str, key: str, column: str) -> str:
    year = SchoolYear.parse(YEAR) if kind in OF_A_YEAR else None
    with Session(console.engine) as session:
        rows = load_table(session, kind, year).to_dict("records")
    [row] = [row for row in rows if name_key(row, KEYS[kind]) == key]
    return say_cell(row[column])


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_is_seen_in_words_searched_and_goes_out_as_it_can_come_in_again(
    console: Console, kind: str
) -> None:
    county = console.people["county"]
    page = county.get(f"/console/data?kind={kind}").text
    lines = TABLES[kind].count("\n") - 1
    assert f"共 {lines} 行" in page
    assert "导入" in page.split("<h2>经过</h2>")[1]
    search = "98.5" if kind == "county" else "P01"
    assert re.search("共 [12] 行", county.get(f"/console/data?kind={kind}&search={search}").text)
    assert "没有含“没有的”的行" in county.get(f"/console/data?kind={kind}&search=没有的").text
    book = county.get(f"/console/data.xlsx?kind={kind}").content
    again = upload(console, kind, book, "表.xlsx")
    assert "和现在的一样" in again.text


def test_a_search_finds_a_school_by_its_name_where_the_table_has_its_code(console: Console) -> None:
    page = console.people["county"].get("/console/data?kind=resources&search=第二学校").text
    assert "含“第二学校”的共 2 行" in page
    assert "初中" in page


CORRECTIONS = [
    ("schools", "P01", "name", "第一小学", "实验小学", "实验小学"),
    ("schools", "P01", "built_year", "1998", "", ""),
    ("schools", "P02", "built_year", "", "2003", "2003"),
    ("schools", "D01", "parent_school", "P01", "P02", "P02"),
    ("schools", "P02", "kind", "nine_year", "junior", "junior"),
    ("resources", "P01/primary", "pupils", "300", "310", "310"),
    ("resources", "P01/primary", "qualified_teachers", "20", "21", "21"),
    ("county", "G9////", "value", "98.5", "99.1", "99.1"),
    ("figures", "graduates/P01/", "source", "人事科", "师资科", "师资科"),
    ("scores", "2025/4/语文/P01", "mean", "520.5", "521", "521"),
    ("frame", "parent/P01/三年级1班", "invited", "40", "38", "38"),
    ("frame", "parent/P01/三年级1班", "grade", "3", "4", "4"),
]
REFUSED = [
    ("resources", "P01/primary", "pupils", "300", "三百零半", "pupils|学生数|数"),
    ("resources", "P01/primary", "pupils", "300", "300", "和现在的一样"),
    ("schools", "P01", "kind", "primary", "palace", "palace"),
    ("frame", "parent/P01/三年级1班", "invited", "40", "41", "40"),
    ("frame", "parent/P01/三年级1班", "population", "40", "4000", "一个班有 4000 人"),
    ("schools", "P01", "code", "P01", "P09", "请选择要更正哪一项"),
]


def test_a_cell_is_put_right_with_a_reason_and_its_history_says_both(console: Console) -> None:
    for kind, key, column, seen, value, after in CORRECTIONS:
        assert stored(console, kind, key, column) == seen
        done = correct(console, kind, key, column, seen, value)
        assert done.status_code == 303, re.sub("<[^>]+>", " ", done.text)
        assert stored(console, kind, key, column) == after
        with Session(console.engine) as session:
            [*_, row] = [row for row in load_audit(session) if row.action == "correct_data"]
        assert (row.detail["row"], row.detail["column"]) == (key, list_correctable(kind)[column].label)
        page = console.people["county"].get(done.headers["location"]).text
        assert "学校来函更正" in page.split("这一行更正过的")[1]
        assert "更正数据" in console.people["county"].get(f"/console/data?kind={kind}").text


def test_what_an_import_would_refuse_is_refused_and_what_was_typed_stays(console: Console) -> None:
    for kind, key, column, seen, value, said in REFUSED:
        answer = correct(console, kind, key, column, seen, value)
        assert answer.status_code == 422
        assert re.search(said, answer.text.split('role="alert"')[1].split("</div>")[0])
        assert "row.csv" not in answer.text
        assert column not in list_correctable(kind) or 'value="学校来函更正"' in answer.text
        assert stored(console, kind, key, column) == seen


def test_nothing_is_put_right_without_a_reason_and_no_row_that_is_not_there(console: Console) -> None:
    nameless = cell("schools", "P01", "name", "第一小学", "甲", "")
    answer = console.people["county"].post("/console/data/correct", nameless)
    assert "请写明更正的理由" in answer.text
    assert correct(console, "schools", "P99", "name", "", "甲").status_code == 404
    assert stored(console, "schools", "P01", "name") == "第一小学"


def test_of_two_who_put_one_cell_right_the_second_is_told_by_whom_it_was_changed(console: Console) -> None:
    assert correct(console, "resources", "P01/primary", "pupils", "300", "310", who="admin").status_code == 303
    late = correct(console, "resources", "P01/primary", "pupils", "300", "320")
    assert late.status_code == 422
    assert re.search("admin在18:00把学生数从300改成了310。请核对后再改", late.text)
    assert stored(console, "resources", "P01/primary", "pupils") == "310"
    assert '<input type="text" id="value" name="value" value="320">' in late.text
    assert 'name="seen" value="310"' in late.text
    store(console, upload(console, "resources", TABLES["resources"].replace("300", "290")))
    assert (
        "county在18:00重新导入了这份表，学生数现在是290"
        in correct(console, "resources", "P01/primary", "pupils", "310", "320").text
    )


def test_a_frame_of_a_round_is_no_longer_here(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        for row in session.scalars(select(FrameRow)):
            session.delete(row)
    assert "开始调查以后，名册归那次调查" in console.people["county"].get("/console/data?kind=frame").text


def test_a_preview_shows_names_and_values_of_what_comes_and_goes(console: Console) -> None:
    """It listed the keys of rows: P02 初中."""
    rows = "P01,primary,300,9\nP02,junior,150,4\nP02,whole,350,11\n"
    page = upload(console, "resources", f"school,stage,pupils,classes\n{rows}").text
    removed, changed, added = (page.split(head)[1].split("<h2")[0] for head in ("将删除", "将改动", "将新增"))
    assert re.search("第二学校.*P02.*小学.*200.*6", removed, re.DOTALL)
    assert re.search("第二学校.*P02.*全校.*350.*11", added, re.DOTALL)
    assert re.search(r"第一小学 P01 小学\s*</th><td>班级数</td><td>8</td><td class=\"strong\">9", changed)


NEW = {
    "schools": ("code=P03 name=第三小学 kind=primary township=甲镇", "P03", "第三小学"),
    "resources": ("school=D01 stage=primary pupils=31 classes=2", "D01/primary", "31"),
    "county": ("indicator=G11 value=12", "G11////", "12"),
    "figures": ("figure=初三毕业人数 school=D01 value=9", "graduates/D01/", "9"),
    "scores": (
        "monitored=2025 grade=4 subject=数学 school=P01 tested=40 mean=500 deviation=80",
        "2025/4/数学/P01",
        "500",
    ),
    "frame": ("group=parent unit=P01 class=三年级2班 grade=3 population=38 invited=38", "parent/P01/三年级2班", "38"),
}
"""Of each kind the cells of one row more, its key, and what is seen of it in the table."""


def edit(console: Console, act: str, kind: str, **fields: str) -> Any:
    about = {"kind": kind} | ({"year": YEAR} if kind in OF_A_YEAR else {})
    return console.people["county"].post(f"/console/data/{act}", about | fields)


def keys_stored(console: Console, kind: str) -> list[str]:
    year = SchoolYear.parse(YEAR) if kind in OF_A_YEAR else None
    with Session(console.engine) as session:
        return [name_key(row, KEYS[kind]) for row in load_table(session, kind, year).to_dict("records")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_comes_and_goes_with_a_reason_in_the_log_and_totals_shown(console: Console, kind: str) -> None:
    cells, key, shown = NEW[kind]
    before = keys_stored(console, kind)
    fields = {f"cell_{name}": value for name, value in (cell.split("=") for cell in cells.split())}
    assert edit(console, "add", kind, **fields).status_code == 422
    added = edit(console, "add", kind, **fields, reason="新设")
    assert added.status_code == 303, added.text
    assert sorted(keys_stored(console, kind)) == sorted([*before, key])
    desk = console.people["county"]
    table = desk.get(f"/console/data?kind={kind}").text
    assert f"全表 {len(before) + 1} 行；" in table
    assert shown in table
    row = desk.get(added.headers["location"]).text
    last = re.search('name="last" value="([0-9]+)"', row)[1]  # type: ignore[index]
    assert edit(console, "remove", kind, key=key, last=last).status_code == 422
    assert edit(console, "remove", kind, key=key, last=last, reason="填重了").status_code == 303
    assert keys_stored(console, kind) == before
    table = desk.get(f"/console/data?kind={kind}").text
    assert f"全表 {len(before)} 行；" in table
    assert all(word in table for word in ("新增一行数据", "新设", "删去一行数据", "填重了", "内容"))


def test_what_an_import_would_refuse_is_refused_of_one_row(console: Console) -> None:
    again = edit(console, "add", "schools", cell_code="P01", cell_name="一小", cell_kind="primary", reason="试")
    strange = edit(console, "add", "resources", cell_school="X99", cell_stage="primary", cell_pupils="30", reason="试")
    word = edit(console, "add", "county", cell_indicator="G99", cell_value="1", reason="试")
    assert {page.status_code for page in (again, strange, word)} == {422}
    assert 'value="X99"' in strange.text
    named = edit(console, "remove", "schools", key="P01", reason="撤并")
    assert "别的表" in named.text
    assert edit(console, "remove", "schools", key="none", reason="撤并").status_code == 404


def test_a_row_that_another_put_right_meanwhile_is_not_removed_unseen(console: Console) -> None:
    page = console.people["county"].get("/console/data/row?kind=schools&key=D01").text
    last = re.search('name="last" value="([0-9]+)"', page)[1]  # type: ignore[index]
    assert correct(console, "schools", "D01", "name", "东坡教学点", "东坡小学教学点", who="admin").status_code == 303
    late = edit(console, "remove", "schools", key="D01", reason="撤并", last=last)
    assert "东坡小学教学点" in late.text
    assert "D01" in keys_stored(console, "schools")
