"""The twelve files that went wrong: each gives what is right, and so does its kind."""

from pathlib import Path

import pytest
import xlsxwriter

from analysis.standard import list_standards, load_standard
from questionnaires.paper import load_paper
from survey_app.frame.sheets import Mapping, SheetError, join_sheets, load_mapping, read_responses, read_sheet
from survey_app.frame.sheets.meaning import known_indicators

FILES = Path(__file__).parent / "data" / "files"
ITEMS = load_paper("social-2026").item_ids


def refused(kind: str, name: str) -> list[str]:
    with pytest.raises(SheetError) as found:
        read_sheet(kind, FILES / name)
    return [str(problem) for problem in found.value.problems]


def test_a_platforms_download_is_mapped_by_the_text_of_its_questions() -> None:
    sheet = read_responses(FILES / "download.xlsx", ITEMS, Mapping())
    assert len(sheet.table) == 120
    assert sheet.table.iloc[0].tolist()[:5] == ["parent", "P01", "三年级1班", 5, 3]
    assert sheet.table.seconds.tolist()[:2] == [115, 163]
    [dropped] = [note for note in sheet.notes if "可能认出填答人" in note]
    assert all(head in dropped for head in ("提交答卷时间", "来源详情", "来自IP"))
    assert any("您孩子所在的学校" in note for note in sheet.notes)


def test_options_with_letters_and_durations_in_words_are_understood() -> None:
    sheet = read_responses(FILES / "letters.xlsx", ITEMS, Mapping())
    assert sheet.table[ITEMS[0]].tolist()[:2] == [5, 1]
    assert set(sheet.table.seconds) == {120}


def test_a_quote_that_is_not_closed_is_named_by_its_line() -> None:
    [problem] = refused("frame", "unclosed_quote.csv")
    assert "第 32 行有一个引号没有成对" in problem


def test_the_same_file_twice_is_used_once_and_said() -> None:
    sheets = [read_sheet("frame", FILES / f"调查对象名册{end}.xlsx") for end in ("", "(1)")]
    joined = join_sheets(sheets)
    assert joined.table.equals(sheets[0].table)
    assert any("是同一份，只用一次" in note for note in joined.notes)


def test_a_merged_cell_holds_for_each_of_its_rows() -> None:
    sheet = read_sheet("frame", FILES / "merged_cells.xlsx")
    assert sheet.table.locale.ne("").all()
    assert sheet.table.stage.ne("").all()
    assert sheet.table.grade.notna().all()
    assert any("D列“年级”有合并单元格" in note for note in sheet.notes)


def test_a_percent_sign_that_is_only_written_beside_a_number_does_not_multiply_it() -> None:
    assert read_sheet("county", FILES / "literal_percent.xlsx").table.value.tolist() == [98.5]


def test_unknown_indicators_are_asked_with_the_nearest_known_one() -> None:
    problems = refused("county", "county_ids.csv")
    assert [problem.split("：")[1] for problem in problems] == [
        "没有指标“G 1”，是不是“G1”。",
        *["没有指标“g13”，是不是“G13”。"] * 2,
    ]


def test_footers_and_totals_are_left_out_by_name(tmp_path: Path) -> None:
    text = (FILES / "county_ids.csv").read_text(encoding="utf-8-sig")
    mended = tmp_path / "县级.csv"
    mended.write_text(text.replace("G 1,", "G1,").replace("g13", "G13"), encoding="utf-8")
    sheet = read_sheet("county", mended)
    assert len(sheet.table) == len(text.splitlines()) - 3
    assert {"第 35 行没有读入（合计）。", "第 36 行没有读入（填表人：（略））。"} <= set(sheet.notes)


def test_worksheets_of_one_kind_are_one_sheet() -> None:
    sheet = read_sheet("schools", FILES / "two_sheets.xlsx")
    assert sheet.table.code.tolist() == ["P01", "P02", "P03", "J01"]
    assert [note for note in sheet.notes if "工作表" in note] == [
        "这些工作表合在一起读入：小学、初中。",
        "这些工作表没有这种表的表头，没有读：说明。",
    ]


def test_class_names_that_became_dates_are_asked_for() -> None:
    asked = [problem for problem in refused("frame", "class_dates.csv") if "被表格软件改成的日期" in problem]
    assert [problem.split("，")[1] for problem in asked] == ["第 2 行", "第 3 行", "第 4 行"]


def test_a_web_page_called_xls_is_read_and_said() -> None:
    sheet = read_sheet("schools", FILES / "web_export.xls")
    assert sheet.table.code.tolist() == ["P01"]
    assert "这是另存为 .xls 的网页，已按网页中的表格读入。" in sheet.notes


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def sentences(kind: str, path: Path) -> list[str]:
    with pytest.raises(SheetError) as found:
        read_sheet(kind, path)
    return [problem.sentence for problem in found.value.problems]


def test_every_id_of_every_plan_is_known() -> None:
    names = [id for name in list_standards() for id in load_standard(name).milestones_by_id]
    assert names
    assert {*names, "G1", "G14b", "Q9a", "P1", "V6"} <= set(known_indicators())


def test_a_share_written_as_a_fraction_is_asked_for_and_one_above_a_hundred_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "indicator,stage,value", "G13,primary,0.95", "Q1,junior,101", "G8a,,0.95")
    asked, refused = sentences("county", path)
    assert "95% 写 95" in asked
    assert "超过 100%" in refused


def test_two_spellings_of_one_code_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "code,name,kind", "P01,甲,小学", "p01,乙,小学")
    assert sentences("schools", path) == ["“p01”与第 2 行的“P01”只差大小写、空格或全角半角；请写成一样。"]


@pytest.mark.parametrize("written", ["1", "１", "\u200b1", " 1.0", "A.1", "1(5分)"])
def test_a_number_is_asked_for_its_coding_and_turned_however_it_is_written(tmp_path: Path, written: str) -> None:
    path = write(tmp_path / "答卷.csv", "group,unit,q1,overall", f"家长,P01,{written},满意")
    with pytest.raises(SheetError, match="没有写明 5 是最好还是 1 是最好"):
        read_responses(path, ["q1", "overall"], Mapping())
    sheet = read_responses(path, ["q1", "overall"], Mapping(coding="best-is-1"))
    assert sheet.table[["q1", "overall"]].to_numpy().tolist() == [[5, 4]]


def test_a_word_that_was_assigned_a_value_is_not_turned(tmp_path: Path) -> None:
    path = write(tmp_path / "答卷.csv", "group,unit,q1,overall", "家长,P01,很好,2")
    mapping = Mapping(values={"answer": {"很好": "5"}}, coding="best-is-1")
    assert read_responses(path, ["q1", "overall"], mapping).table.q1.tolist() == [5]


def test_a_total_behind_other_cells_is_left_out_by_name(tmp_path: Path) -> None:
    rows = ["1,学生,P01,三1班,40", "2,学生,P01,小计,40", "3,学生,青山镇合计,,40", "4,学生,合计,,40"]
    sheet = read_sheet("frame", write(tmp_path / "名册.csv", "序号,group,unit,class,population", *rows))
    assert sheet.table.population.tolist() == [40]
    assert [note for note in sheet.notes if "没有读入（" in note] == [
        "第 3 行没有读入（小计）。", "第 4 行没有读入（青山镇合计）。", "第 5 行没有读入（合计）。"
    ]  # fmt: skip


def test_where_every_row_was_left_out_the_refusal_names_them(tmp_path: Path) -> None:
    path = write(tmp_path / "县级.csv", "统计范围,indicator,value", "全县,Q9b,0.1")
    assert sentences("county", path) == ["表头下面没有数据。第 2 行没有读入（全县）。"]


@pytest.mark.parametrize("written", ["2026-03-01 00:00:00", "2026年3月1日", "2026/3/1 0:00", "2026年3月"])
def test_a_class_spelled_as_a_date_of_any_program_is_asked_for(tmp_path: Path, written: str) -> None:
    path = write(tmp_path / "名册.csv", "group,unit,class,population", f"家长,P01,{written},40")
    assert "被表格软件改成的日期" in sentences("frame", path)[0]


def test_two_schools_of_one_moe_code_are_refused_and_of_one_name_told(tmp_path: Path) -> None:
    heads = "code,name,kind,moe_code"
    path = write(
        tmp_path / "s.csv", heads, "P01,一小,小学,2150012345", "P02,第一小学,小学,215001２345", "P03,村小,小学,"
    )
    assert sentences("schools", path) == [
        "学校标识码“2150012345”与第 2 行（P01）的相同，一个标识码只是一所学校；请核对，没有自己的标识码就空着。"
    ]
    path = write(tmp_path / "s.csv", heads, "P01,中心小学,小学,", "P02,中心小学,小学,")
    assert "这些学校同名，请核对是不是一所：中心小学（P01、P02）。" in read_sheet("schools", path).notes


@pytest.mark.parametrize("written", ["2025", "2025学年", "2025-26", "25-26", "2025—2026学年", "２０２５～２０２６"])
def test_a_school_year_is_known_in_every_usual_spelling(tmp_path: Path, written: str) -> None:
    path = write(tmp_path / "r.csv", "school,stage,pupils,学年", f"P01,小学,40,{written}")
    assert len(read_sheet("resources", path, year="2025-2026").table) == 1


@pytest.mark.parametrize("written", ["2026", "20", "2026学年", "2024-2025", "2025-2027", "5"])
def test_a_year_that_is_not_the_one_named_is_refused(tmp_path: Path, written: str) -> None:
    path = write(tmp_path / "r.csv", "school,stage,pupils,学年", f"P01,小学,40,{written}")
    with pytest.raises(SheetError, match="与这次导入的年度 2025-2026 不符"):
        read_sheet("resources", path, year="2025-2026")


def test_a_whole_share_of_one_is_asked_for_and_a_percent_sign_answers(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "indicator,stage,value", "G13,primary,1", "G13,junior,0.95%")
    [asked] = sentences("county", path)
    assert "“1”是小数还是百分数？" in asked
    path = write(tmp_path / "c.csv", "indicator,stage,value", "G13,primary,1%", "G13,junior,0.95%")
    assert read_sheet("county", path).table.value.tolist() == [1, 0.95]


@pytest.mark.parametrize("number_format", ["#,##0,", '0\\.0,"万"', "000", '"P"000', '"2150"000000'])
def test_a_number_that_its_cell_shows_otherwise_is_asked_for(tmp_path: Path, number_format: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "表.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["group", "unit", "population"])
        sheet.write_row(1, 0, ["家长", "P01"])
        sheet.write_number(1, 2, 12000, book.add_format({"num_format": number_format}))
    assert "显示的与里面存的数不同" in sentences("frame", tmp_path / "表.xlsx")[0]


@pytest.mark.parametrize("number_format", ["#,##0", "0.00", '0"人"', "#,##0_);(#,##0)", "0_ ", "@"])
def test_a_number_that_its_cell_only_dresses_up_is_itself(tmp_path: Path, number_format: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "表.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["group", "unit", "population"])
        sheet.write_row(1, 0, ["家长", "P01"])
        sheet.write_number(1, 2, 1200, book.add_format({"num_format": number_format}))
    assert read_sheet("frame", tmp_path / "表.xlsx").table.population.tolist() == [1200]


def test_a_row_that_a_web_page_does_not_show_is_asked_for(tmp_path: Path) -> None:
    rows = (
        "<tr><th>code<th>name<th>kind<tr><td>P01<td>甲<td>小学<tr style='color:red;display:none'><td>P02<td>乙<td>小学"
    )
    path = write(tmp_path / "名录.xls", f"<html><meta charset=utf-8><table>{rows}</table></html>")
    assert sentences("schools", path) == ["这一行是隐藏的（或被筛选掉的）；要读入，请取消隐藏，不要读入，请删去。"]


def test_a_class_of_thousands_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "group,unit,class,population", "parent,P01,一班,4000", "deputy,城东镇,,4000")
    assert sentences("frame", path) == ["一个班有 4000 人，请核对。"]


def test_resources_before_any_school_are_one_line_that_says_what_comes_first(tmp_path: Path) -> None:
    rows = [f"P{number:02},小学,100" for number in range(33)]
    path = write(tmp_path / "r.csv", "school,stage,pupils", *rows)
    with pytest.raises(SheetError) as refused:
        read_sheet("resources", path, known_schools=[])
    [problem] = refused.value.problems
    assert problem.sentence == "还没有学校名录，这一列写的33所学校都对不上；请先导入学校名单，再导入这份表。"


def test_a_nine_year_schools_figures_by_stage_and_a_total_come_in_as_they_stand(tmp_path: Path) -> None:
    heads = "school,stage,pupils,pupils_primary,pupils_junior,qualified_teachers"
    rows = ["P01,小学,100,,,30", "P01,初中,50,,,18", "P01,全校,150,100,50,48", "合计,,300,,,96"]
    sheet = read_sheet("resources", write(tmp_path / "r.csv", heads, *rows), known_schools=["P01"])
    assert sheet.table.stage.tolist() == ["primary", "junior", "whole"]
    assert sheet.table.qualified_teachers.tolist() == [30, 18, 48]
    assert "第 5 行没有读入（合计）。" in sheet.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
def test_a_text_file_is_read_in_each_encoding_with_each_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    rows = (("学校代码", "学校名称", "办学类型"), ("P01", "城东镇中心小学", "小学"))
    (tmp_path / "s.csv").write_bytes("\r\n".join(map(separator.join, rows)).encode(encoding))
    assert read_sheet("schools", tmp_path / "s.csv").table.name.tolist() == ["城东镇中心小学"]


def test_a_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "sep=;", "code;name;kind", "P01;甲,乙;小学")
    assert read_sheet("schools", path).table["name"].tolist() == ["甲,乙"]


def test_a_head_may_stand_in_two_rows_far_down(tmp_path: Path) -> None:
    above = [f"填表须知第{n}条" for n in range(1, 15)]
    heads = ["学校代码,学段,学生数,小学,初中", ",,,学生数,学生数"]
    sheet = read_sheet("resources", write(tmp_path / "r.csv", *above, *heads, "P01,全校,500,300,200"))
    assert sheet.table[["pupils", "pupils_primary", "pupils_junior"]].to_numpy().tolist() == [[500, 300, 200]]


@pytest.mark.parametrize("above", ["单位：万元", "金额单位:万元，面积：平方米", "（计量单位： 平方米、万元）"])
def test_a_unit_that_stands_above_the_table_is_asked_for_where_the_head_does_not_say_it(
    tmp_path: Path, above: str
) -> None:
    """Read as 元 a county's equipment would be worth a ten-thousandth, and no school would stand out."""
    rows = ("学校代码,学段,学生数,教学仪器设备值", "P01,小学,500,120")
    [asked] = sentences("resources", write(tmp_path / "r.csv", above, *rows))
    assert "“教学仪器设备值（万元）”或“教学仪器设备值（元）”" in asked
    head, row = rows
    for unit, value in {"（万元）": 1_200_000, "（元）": 120}.items():
        sheet = read_sheet("resources", write(tmp_path / "r.csv", above, head + unit, row))
        assert sheet.table.equipment_value.tolist() == [value]


@pytest.mark.parametrize("above", ["填报单位：明江县教育局", "单位：元", "单位：人"])
def test_what_is_no_other_unit_of_a_column_asks_nothing(tmp_path: Path, above: str) -> None:
    rows = ("学校代码,学段,学生数,教学仪器设备值", "P01,小学,500,120")
    assert len(read_sheet("resources", write(tmp_path / "r.csv", above, *rows)).table) == 1


def test_an_overall_item_listed_the_other_way_round_is_asked_for(tmp_path: Path) -> None:
    rows = [["parent", "P01", "三1班", *([5 if n % 2 else 2] * (len(ITEMS) - 1)), 1 if n % 2 else 5] for n in range(40)]
    path = write(tmp_path / "a.csv", *(",".join(map(str, row)) for row in [["group", "unit", "class", *ITEMS], *rows]))
    with pytest.raises(SheetError) as found:
        read_responses(path, ITEMS, Mapping(coding="best-is-5"))
    assert "方向相反" in str(found.value.problems[0])


def test_a_mapping_assigns_heads_and_words(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(
        'coding = "best-is-1"\n[columns]\n"在哪里" = "unit"\n'
        '[values.unit]\n"城东小学" = "P01"\n[fixed]\ngroup = "parent"\n',
        encoding="utf-8",
    )
    path = write(tmp_path / "a.csv", ",".join(["在哪里", *ITEMS]), ",".join(["城东小学", "1", "6", *["2"] * 15]))
    sheet = read_responses(path, ITEMS, load_mapping(tmp_path / "m.toml"))
    assert sheet.table.iloc[0].tolist()[:6] == ["parent", "P01", "", 5, 9, 4]
    assert sheet.coding == "best-is-1"


def test_two_values_in_one_merged_range_and_hidden_rows_are_asked_for(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["group", "unit", "class", "population"])
        for row in (1, 2, 3):
            sheet.write_row(row, 0, ["parent", "P01", f"{row}班", 40])
        sheet.merge_range(1, 3, 2, 3, 80)
        sheet.set_row(3, None, None, {"hidden": True})
    found = sentences("frame", tmp_path / "f.xlsx")
    assert ["合并单元格里另有一个值“40”" in found[0], "这一行是隐藏的" in found[1]] == [True, True], found


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), "Word"),
        (b"", "文件是空的"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
    ],
)
def test_a_file_that_is_no_table_is_told_its_true_cause(tmp_path: Path, content: bytes, cause: str) -> None:
    (tmp_path / "表.xlsx").write_bytes(content)
    [sentence] = sentences("schools", tmp_path / "表.xlsx")
    assert cause in sentence


@pytest.mark.parametrize(
    ("kind", "heads", "row", "asked"),
    [
        ("county", "indicator,value", "G99,98", "没有指标“G99”，是不是“G9”"),
        ("county", "indicator,value", "g1,98", "没有指标“g1”，是不是“G1”"),
        ("frame", "group,unit,class,grade,population", "家长,P01,三年级1班,3,4000", "一个班有 4000 人"),
        ("frame", "group,unit,class,grade,population", "家长们,P01,三年级1班,3,40", "不能写“家长们”"),
    ],
)
def test_what_no_county_can_mean_is_questioned_at_its_cell(
    tmp_path: Path, kind: str, heads: str, row: str, asked: str
) -> None:
    [sentence] = sentences(kind, write(tmp_path / "表.csv", heads, row))
    assert asked in sentence
