import csv
import io
import re
import string
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_app.frame.sheets import KINDS, SheetError, read_sheet, write_template
from survey_app.frame.sheets import sheet_files as files

SCHOOLS = ["code", "name", "kind"]
RESOURCES = ["school", "stage", "pupils"]
FRAME = ["group", "unit", "class", "grade", "population", "invited"]
ITEMS = ["virtue_1", "virtue_2", "overall"]


def write_xlsx(path, *rows, sheet="数据", formats=None):
    with xlsxwriter.Workbook(path) as book:
        worksheet = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            for index, cell in enumerate(row):
                form = (formats or {}).get((number, index))
                worksheet.write(number, index, cell, book.add_format({"num_format": form}) if form else None)
    return path


def write_csv(path, *rows, encoding="utf-8"):
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def read_csv(tmp_path, kind, *rows, **arguments):
    return read_sheet(kind, write_csv(tmp_path / "sheet.csv", *rows), **arguments)


def problems(kind, path, **arguments):
    with pytest.raises(SheetError) as refused:
        read_sheet(kind, path, **arguments)
    return refused.value.problems


def csv_problems(tmp_path, kind, *rows, **arguments):
    return problems(kind, write_csv(tmp_path / "sheet.csv", *rows), **arguments)


def test_four_mistakes_in_a_workbook_are_four_problems_each_with_its_place(tmp_path):
    path = write_xlsx(
        tmp_path / "schools.xlsx",
        ["学校代码", "办学类型", "建校年份"],
        ["P01", "小学", 1998],
        ["P02", "幼儿园", 2001],
        ["P03", "初中", -5],
        ["P01", "初中", 2003],
    )
    assert [(p.sheet, p.row, p.column) for p in problems("schools", path)] == [
        ("数据", 1, "“name 学校名称”列"),
        ("数据", 3, "B列“办学类型”"),
        ("数据", 4, "C列“建校年份”"),
        ("数据", 5, "A列“学校代码”"),
    ]


def test_a_problem_is_one_chinese_sentence_behind_its_place(tmp_path):
    [problem] = csv_problems(tmp_path, "resources", RESOURCES, ["P01", "小学", "-3"])
    assert problem == "sheet.csv，第 2 行，C列“pupils”：“-3”是负数，这里不能小于 0。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_each_encoding(tmp_path, encoding):
    path = write_csv(tmp_path / "s.csv", SCHOOLS, ["P01", "濯水镇中心小学", "小学"], encoding=encoding)
    assert read_sheet("schools", path).table["name"].tolist() == ["濯水镇中心小学"]


def test_chinese_headers_and_words_read_as_the_english_ones(tmp_path):
    chinese = read_csv(
        tmp_path, "frame", ["调查对象", "单位", "年级", "人数", "城乡"], ["家长", "P01", "初一", "40", "镇区"]
    )
    english = read_csv(
        tmp_path,
        "frame",
        ["group", "unit", "grade", "population", "locale"],
        ["parent", "P01", 7, 40, "town"],
    )
    pd.testing.assert_frame_equal(chinese.table, english.table)


@pytest.mark.parametrize(
    ("header", "written", "yuan"),
    [
        ("教学仪器设备值（万元）", "123.4", 1_234_000),
        ("教学仪器设备值(千元)", "1,234.5", 1_234_500),
        ("equipment_value", "1234000", 1_234_000),
    ],
)
def test_a_unit_in_the_header_is_converted(tmp_path, header, written, yuan):
    sheet = read_csv(tmp_path, "resources", [*RESOURCES, header], ["P01", "小学", 500, written])
    assert sheet.table["equipment_value"].tolist() == [yuan]


def test_a_conversion_is_told(tmp_path):
    sheet = read_csv(tmp_path, "resources", [*RESOURCES, "体育运动场馆面积（亩）"], ["P01", "小学", 500, 3])
    assert sheet.table["sports_area"].tolist() == [2000]
    assert "D列“体育运动场馆面积（亩）”已换算成平方米。" in sheet.notes


def test_a_remark_in_brackets_does_not_hide_a_text_column(tmp_path):
    sheet = read_csv(tmp_path, "schools", ["学校代码 *", "学校名称（全称）", "Kind"], ["P01", "一小", "小学"])
    assert sheet.ignored == ()


def test_an_unknown_unit_is_refused(tmp_path):
    [problem] = csv_problems(tmp_path, "resources", [*RESOURCES, "教学仪器设备值（美元）"], ["P01", "小学", 5, 1])
    assert (problem.row, problem.column) == (1, "D列“教学仪器设备值（美元）”")


def test_digits_are_read_in_every_unambiguous_spelling(tmp_path):
    rows = [["Ｐ０１", "小学", "１，２３４"], ["P02", " 小 学 ", " 1,234 "], ["P03", "primary", "1234.0"]]
    table = read_csv(tmp_path, "resources", RESOURCES, *rows).table
    assert table["school"].tolist() == ["P01", "P02", "P03"]
    assert table["pupils"].tolist() == [1234, 1234, 1234]


@pytest.mark.parametrize("written", ["12,34", "1 2", "十二", "12人", "-", "无", "inf", "nan", "1e999", "1e20"])
def test_what_is_not_plainly_a_number_is_refused(tmp_path, written):
    [problem] = csv_problems(tmp_path, "resources", RESOURCES, ["P01", "小学", written])
    assert (problem.row, problem.column) == (2, "C列“pupils”")


def test_half_a_pupil_is_refused(tmp_path):
    [problem] = csv_problems(tmp_path, "resources", RESOURCES, ["P01", "小学", "3.5"])
    assert problem.sentence == "“3.5”不是整数。"


def test_a_percent_sign_is_read_as_it_is_seen(tmp_path):
    header = ["indicator", "value"]
    path = write_xlsx(
        tmp_path / "c.xlsx", header, ["G12", 0.985], ["G15", "95%"], ["G11a", 12.5], formats={(1, 1): "0.0%"}
    )
    sheet = read_sheet("county", path)
    assert sheet.table["value"].tolist() == [98.5, 95, 12.5]
    assert "第 2、3 行的数值带百分号，95% 读作 95。" in sheet.notes


def test_a_level_of_the_national_monitoring_may_be_a_roman_numeral(tmp_path):
    table = read_csv(tmp_path, "county", ["indicator", "value"], ["Q9a", "Ⅲ级"]).table
    assert table["value"].tolist() == [3]


def test_a_veto_read_as_clear_is_told(tmp_path):
    header = ["indicator", "met"]
    sheet = read_csv(tmp_path, "county", header, ["V1", "经核查，未发现"], ["V2", "发现"], ["V3", ""])
    assert sheet.table["met"].tolist() == ["yes", "no", ""]
    assert "第 2 行的否决情形读作“经核查，未发现”。" in sheet.notes


def test_other_columns_are_ignored_and_named(tmp_path):
    header = [*SCHOOLS, "联系电话", ""]
    sheet = read_csv(tmp_path, "schools", header, ["P01", "一小", "小学", "138", "x"])
    assert sheet.ignored == ("联系电话", "E列（没有表头）")
    assert sheet.notes[0] == "这些列没有读入：联系电话、E列（没有表头）。"


def test_blank_rows_are_skipped_and_rows_keep_their_numbers(tmp_path):
    good, blank = ["P01", "一小", "小学"], ["", " ", ""]
    [problem] = csv_problems(tmp_path, "schools", SCHOOLS, good, blank, [], ["P02", "二小", "大学"])
    assert problem.row == 5
    assert len(read_csv(tmp_path, "schools", SCHOOLS, good, blank).table) == 1


def test_a_title_may_stand_above_the_header(tmp_path):
    [problem] = csv_problems(tmp_path, "schools", ["某区学校一览"], SCHOOLS, ["P01", "一小", ""])
    assert problem.row == 3


def test_a_table_has_the_columns_of_its_kind_in_order(tmp_path):
    table = read_csv(tmp_path, "schools", ["办学类型", "name", "学校代码"], ["小学", "一小", "P01"]).table
    assert ",".join(table) == "code,moe_code,name,kind,parent_school,township,locale,ownership,built_year"
    assert table.iloc[0].tolist()[:-1] == ["P01", "", "一小", "primary", "", "", "", ""]
    assert table["built_year"].isna().all()


def test_a_column_given_twice_is_refused(tmp_path):
    [problem] = csv_problems(tmp_path, "schools", [*SCHOOLS, "学校代码"], ["P01", "一小", "小学", "P02"])
    assert problem.sentence == "与A列“code”是同一列，请只留一列。"


def test_every_missing_column_is_named_once(tmp_path):
    found = csv_problems(tmp_path, "frame", ["group", "class"], ["教师", ""])
    assert [(p.row, p.column) for p in found] == [(1, "“unit 单位”列"), (1, "“population 总人数（人）”列")]


def test_a_needed_cell_may_not_be_empty(tmp_path):
    [problem] = csv_problems(tmp_path, "schools", SCHOOLS, ["P01", "", "小学"])
    assert (problem.row, problem.column) == (2, "B列“name”")


def test_a_row_wider_than_the_header_is_refused(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("school,stage,pupils\nP01,primary,1,234\n", encoding="utf-8")
    assert [p.row for p in problems("resources", path)] == [2]


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [
        ("schools", SCHOOLS, ["P01", "一小", "小学"]),
        ("resources", RESOURCES, ["P01", "小学", 5]),
        ("county", ["indicator", "value"], ["G7", 1]),
        ("frame", FRAME, ["student", "P01", "三1班", 3, 40, 40]),
    ],
)
def test_a_key_stands_once(tmp_path, kind, header, row):
    [problem] = csv_problems(tmp_path, kind, header, row, row)
    assert problem.row == 3
    assert "与第 2 行重复" in problem


def test_a_school_may_have_a_row_for_each_stage(tmp_path):
    rows = [["P01", stage, 5] for stage in ("小学", "初中", "全校")]
    assert len(read_csv(tmp_path, "resources", RESOURCES, *rows).table) == 3


@pytest.mark.parametrize(
    ("columns", "values", "place"),
    [
        (["classes_over", "classes"], [3, 2], "D列“classes_over”"),
        (["classes_66", "classes"], [3, 2], "D列“classes_66”"),
        (["classes_66", "classes_56", "classes_over"], [1, 2, 1], "E列“classes_56”"),
        (["largest_class"], [101], "D列“largest_class”"),
        (["largest_class", "classes_56"], [55, 1], "D列“largest_class”"),
        (["pupils_primary", "pupils_junior"], [60, 50], "C列“pupils”"),
        (["pupils_primary", "pupils_junior"], [160, 50], "D列“pupils_primary”"),
        (["music_rooms", "music_rooms_all"], [2, 1], "D列“music_rooms”"),
    ],
)
def test_parts_of_a_school_fit_into_the_whole(tmp_path, columns, values, place):
    [problem] = csv_problems(tmp_path, "resources", RESOURCES + columns, ["P01", "全校", 100, *values])
    assert (problem.row, problem.column) == (2, place)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (["student", "P01", "二1班", 2, 40, 40], "D列“grade”"),
        (["parent", "P01", "高一", 10, 40, 40], "D列“grade”"),
        (["parent", "P01", "二1班", 2, 40, 41], "F列“invited”"),
        (["kindergarten", "P01", "", "", 40, 40], "A列“group”"),
    ],
)
def test_a_frame_row_that_cannot_be_is_refused(tmp_path, row, place):
    assert [p.column for p in csv_problems(tmp_path, "frame", FRAME, row)] == [place]


def test_a_grade_outside_its_stage_is_refused(tmp_path):
    header = ["group", "unit", "grade", "stage", "population"]
    [problem] = csv_problems(tmp_path, "frame", header, ["parent", "P01", 8, "小学", 9])
    assert problem.sentence == "8 年级不属于小学。"


def test_everyone_is_invited_unless_said_otherwise(tmp_path):
    rows = [["parent", "P01", name, 3, 40, invited] for name, invited in [("a", ""), ("b", 0), ("c", 7)]]
    assert read_csv(tmp_path, "frame", FRAME, *rows).table["invited"].tolist() == [40, 0, 7]


def test_pupils_without_a_grade_are_told(tmp_path):
    sheet = read_csv(tmp_path, "frame", FRAME, ["student", "P01", "三1班", "", 40, 40])
    assert "第 2 行没有填年级，请核对他们都在 3 年级及以上。" in sheet.notes


def test_a_school_that_is_not_listed_is_refused(tmp_path):
    rows = [RESOURCES, ["P01", "小学", 5], ["P09", "小学", 5]]
    assert len(read_csv(tmp_path, "resources", *rows).table) == 2
    [problem] = csv_problems(tmp_path, "resources", *rows, known_schools={"P01"})
    assert (problem.row, problem.column) == (3, "A列“school”")


def test_a_parent_school_may_stand_in_the_same_file(tmp_path):
    rows = [["P01", "一小", "小学", ""], ["D01", "村点", "教学点", "P01"], ["D02", "村点", "教学点", "P77"]]
    found = csv_problems(tmp_path, "schools", [*SCHOOLS, "parent_school"], *rows, known_schools=())
    assert [p.row for p in found] == [4]


def test_a_file_of_another_year_is_refused(tmp_path):
    rows = [[*RESOURCES, "学年"], ["P01", "小学", 5, "2024-2025"], ["P02", "小学", 5, "2023-2024"]]
    assert [p.row for p in csv_problems(tmp_path, "resources", *rows, year="2024-2025")] == [3]


def test_answers_are_digits_or_words_and_nothing_is_nought(tmp_path):
    header = ["group", "unit", "class", *ITEMS, "seconds"]
    rows = [["家长", "P01", "三1班", "5", "不了解", "", "81.5"], ["家长", "P01", "三1班", 9, 0, "4.0", ""]]
    table = read_csv(tmp_path, "responses", header, *rows, items=ITEMS).table
    assert list(table) == header
    assert table[ITEMS].values.tolist() == [[5, 9, 0], [9, 0, 4]]
    assert table[ITEMS].dtypes.eq("int64").all()


@pytest.mark.parametrize("written", ["6", "8", "-1", "4.5", "很好"])
def test_an_answer_that_is_no_option_is_refused(tmp_path, written):
    found = csv_problems(tmp_path, "responses", ["group", "unit", *ITEMS], ["家长", "P01", 5, written, 5], items=ITEMS)
    assert [(p.row, p.column) for p in found] == [(2, "D列“virtue_2”")]


def test_every_item_of_the_paper_has_a_column(tmp_path):
    found = csv_problems(tmp_path, "responses", ["group", "unit", "overall"], ["家长", "P01", 5], items=ITEMS)
    assert [p.column for p in found] == ["“virtue_1”列", "“virtue_2”列"]


def test_worksheets_with_a_fitting_header_are_joined_and_the_others_are_named(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "s.xlsx") as book:
        book.add_worksheet("说明").write(0, 0, "请填写")
        hidden = book.add_worksheet("去年")
        hidden.hide()
        for sheet, code in [
            (hidden, "X1"),
            (book.add_worksheet("小学"), "P1"),
            (book.add_worksheet("初中"), "J1"),
        ]:
            sheet.write_row(0, 0, SCHOOLS)
            sheet.write_row(1, 0, [code, "学校", "小学"])
    sheet = read_sheet("schools", tmp_path / "s.xlsx")
    assert sheet.table["code"].tolist() == ["P1", "J1"]
    assert {"这些工作表合在一起读入：小学、初中。", "这些工作表没有这种表的表头，没有读：说明。"} <= set(sheet.notes)
    assert "这些工作表是隐藏的，没有读：去年。" in sheet.notes


def test_a_formula_counts_as_its_value_and_a_failed_one_is_refused(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "r.xlsx") as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, RESOURCES)
        sheet.write_row(1, 0, ["P01", "小学"])
        sheet.write_formula(1, 2, "=2+3", None, 5)
        sheet.write_row(2, 0, ["P02", "小学"])
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    assert [(p.row, p.column) for p in problems("resources", tmp_path / "r.xlsx")] == [(3, "C列“pupils”")]


def test_cells_without_an_address_follow_one_another(tmp_path):
    path = write_xlsx(tmp_path / "r.xlsx", RESOURCES, ["P01", "小学", 5])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = re.sub(rb' r="[A-Z]*[0-9]+"', b"", parts["xl/worksheets/sheet1.xml"])
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<c><v>5</v>", b'<c t="e"><v>#N/A</v>')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert [(p.row, p.column) for p in problems("resources", path)] == [(2, "C列“pupils”")]


def test_a_class_turned_into_a_date_is_refused(tmp_path):
    rows = ["group", "unit", "class", "population"], ["parent", "P01", 45352, 40]
    path = write_xlsx(tmp_path / "f.xlsx", *rows, formats={(1, 2): "m-d"})
    assert [(p.row, p.column) for p in problems("frame", path)] == [(2, "C列“class”")]


def test_a_long_code_that_lost_its_digits_is_refused(tmp_path):
    header = [*SCHOOLS, "moe_code"]
    [problem] = csv_problems(tmp_path, "schools", header, ["P01", "一小", "小学", "3.15E+11"])
    assert problem.column == "D列“moe_code”"


@pytest.mark.parametrize("name", ["s.csv", "s.xlsx"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 locked",
        b"PK\x03\x04 cut off",
        b"\xff\xfec\x00o\x00",
        b"code,name,kind\n\x00",
        b"code,name,kind\n",
        b"a,b\n1,2\n",
        b'code,name,kind\n"' + b"x" * 200_000,
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert len(problems("schools", tmp_path / name)) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path):
    [problem] = problems("schools", tmp_path / "gone.csv")
    assert (problem.sheet, problem.row) == ("gone.csv", 0)


def test_a_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE", 10)
    [problem] = csv_problems(tmp_path, "schools", SCHOOLS, ["P01", "一小", "小学"])
    assert "上限" in problem


def test_a_stray_cell_far_out_is_refused_before_memory_is_taken(tmp_path):
    path = tmp_path / "s.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(1_048_575, 16_383, "x")
    [problem] = problems("schools", path)
    assert "1048576 行 16384 列" in problem


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_template_is_found_again_and_only_lacks_rows(tmp_path, kind, suffix):
    write_template(kind, tmp_path / f"t.{suffix}", items=ITEMS)
    [problem] = problems(kind, tmp_path / f"t.{suffix}", items=ITEMS)
    assert problem.sentence == "表头下面没有数据。"


def test_a_filled_template_reads_back(tmp_path):
    path = tmp_path / "t.xlsx"
    write_template("resources", path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for index, cell in enumerate(sheet[1], start=1):
        sheet.cell(2, index, {1: "P01", 2: "小学"}.get(index, 0))
        assert " " in cell.value
    book.save(path)
    read = read_sheet("resources", path)
    assert read.table.iloc[0].tolist() == ["P01", "primary", *[0] * 20]
    assert (read.ignored, read.notes) == ((), ("这些工作表没有这种表的表头，没有读：填写说明。",))


def test_a_template_offers_closed_lists_and_explains_each_column(tmp_path):
    write_template("schools", tmp_path / "t.xlsx")
    sheet, notes = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets
    offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert offered["D2:D5001"] == '"小学,初中,九年一贯制,十二年一贯制,完全中学,教学点,特殊教育,职业学校"'
    explained = [row[0] for row in notes.iter_rows(min_row=4, values_only=True)]
    assert explained == [cell.value.split()[0] for cell in sheet[1]]


def test_the_same_template_has_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_template("frame", tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


names = st.text(string.ascii_letters + string.digits + "小学班三濯（）·-", min_size=1, max_size=8)
keys = names.map(lambda name: name.replace("（", "(").replace("）", ")").upper())
counts = st.integers(0, 2000)
maybe = {"count": st.none() | counts, "area": st.none() | st.decimals(0, 10**6, places=2).map(float)}


def unique_rows(*key, **columns):
    """A table of one to six rows in which the key columns are together unique."""
    rows = st.lists(
        st.fixed_dictionaries(columns),
        min_size=1,
        max_size=6,
        unique_by=(
            lambda row: [*map(row.get, key)].__repr__(),
            lambda row: row.get("moe_code") or [*map(row.get, key)].__repr__(),
        ),
    )
    return rows.map(pd.DataFrame)


valid_tables = {
    "schools": unique_rows(
        "code",
        code=keys,
        moe_code=st.just("") | keys,
        name=names,
        kind=st.sampled_from(["primary", "nine_year", "point"]),
        parent_school=st.just("")
        | keys.map("母{}".format),  # a code of no school here: a name or a near one is asked for
        township=st.just("") | keys,
        locale=st.sampled_from(["", "city", "town", "village"]),
        ownership=st.sampled_from(["", "public", "private"]),
        built_year=st.none() | st.integers(1900, 2100),
    ),
    "resources": unique_rows(
        "school",
        "stage",
        school=keys,
        stage=st.sampled_from(["primary", "junior", "whole"]),
        pupils=maybe["count"],
        teaching_area=maybe["area"],
        equipment_value=maybe["area"],
        classes=maybe["count"],
    ),
    "frame": unique_rows(
        "group",
        "unit",
        "class",
        group=st.sampled_from(["student", "parent", "deputy"]),
        unit=keys,
        **{"class": st.just("") | keys},
        grade=st.none() | st.integers(3, 9),
        population=st.integers(100, 2000),
        invited=st.integers(0, 100),
    ),
}


@pytest.mark.parametrize("kind", valid_tables)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_valid_table_reads_back_as_it_was_written(tmp_path: Path, kind, suffix, data):
    table = data.draw(valid_tables[kind])
    path = tmp_path / f"table.{suffix}"
    if suffix == "csv":
        table.to_csv(path, index=False)
    else:
        table.to_excel(path, index=False, engine="xlsxwriter")
    read = read_sheet(kind, path).table[list(table)]
    pd.testing.assert_frame_equal(read, table.astype(read.dtypes.to_dict()))
