"""The self-check report beyond the rates: returns, former rounds, dimensions, ledgers; and its numbers' origin."""

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import openpyxl
import pandas as pd
import pytest

from analysis.standard import load_standard
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import write_workbook
from reports.charts.charts import draw_svg
from reports.citizen.citizen_page import render_citizen_page
from reports.document.document import Paragraph
from reports.document.web import render_html
from tests.judged_json import judge, typed
from tests.test_section import (
    CLOSE,
    FACTS,
    NOT_MET,
    SCHOOL,
    below,
    judgement_of,
    no_forms,
    recognition_of,
    status_of,
    table_of,
    text_of,
    write,
)
from tests.told_json import describe_round, found_of, insert, section

STRATA = [
    {"stage": "primary", "locale": "city", "group": "parent", "invited": 200, "issued": 200, "forms": 90},
    {"stage": "primary", "locale": "village", "group": "parent", "invited": 100, "issued": 90, "forms": 30},
    {"stage": "", "locale": "city", "group": "public", "invited": 0, "issued": 50, "forms": 5},
]
UNITS = [
    {"unit": "P01", "group": "parent", "population": 400, "target": 40, "issued": 60, "spent": 10},
    {"unit": "P01", "group": "student", "population": 400, "target": 10, "issued": 10, "spent": 12},
    {"unit": "城关镇", "group": "public", "population": 4000, "target": 9, "issued": 20, "spent": 9},
]
EARLIER = {
    "name": "2024-1", "opens": "2024-05-13", "closes": "2024-05-17", "rule": "quality-2024",
    "papers": [paper.id for paper in FACTS.papers], "valid": 700,
    "recognition": {
        "rate": 0.8512, "se": 0.009, "lower": 0.833, "upper": 0.8681, "lower95": 0.836, "upper95": 0.8654,
        "threshold": 0.85, "verdict": "met", "evidence": "not_distinguishable", "probability_above": 0.55,
        "incomplete": [],
    },
    "groups": {},
}  # fmt: skip


def test_a_county_told_in_whole_percents_shows_no_decimal_in_any_document():
    coarse = {"rate": 0.89, "lower": 0.86, "upper": 0.92, "lower95": 0.87, "upper95": 0.91, "probability_above": 0.99}
    recognition = recognition_of(**coarse)
    former = {"recognition": EARLIER["recognition"] | {"rate": 0.8412, "lower": 0.82, "upper": 0.86}}
    results = (FACTS, status_of(), recognition, judgement_of(recognition), [EARLIER | former])
    written = text_of(section(*results))
    texts = [written, text_of(insert(*results)), render_citizen_page(FACTS, found_of(*results[1:]))]
    assert all("89%" in text and "89.0" not in text for text in texts)
    assert "社会认可度为89%（95%置信区间86%至92%）" in written
    assert "84.12%，这一次为89%，上升5个百分点" in written
    cells = [cell for table in rate_tables(describe_round(*results)) for row in table.rows for cell in row]
    assert {cell.decimals for cell in cells if cell.value in (89.0, 86.0, 92.0, 87.0, 91.0)} == {0}
    assert {cell.decimals for cell in cells if cell.value == 84.12} == {2}


def counted():
    return status_of() | {"strata": STRATA, "units": UNITS}


def test_returns_stand_by_stage_and_locale_and_those_of_no_stage_last():
    rows = table_of(write(status=counted()), "分学段、城乡").rows
    assert rows == (
        ("学段", "小学", "300", "290", "120", "40%"),
        ("", "不分学段", "0", "50", "5", "—"),
        ("城乡", "城区", "200", "250", "95", "47.5%"),
        ("", "乡村", "100", "90", "30", "30%"),
    )


def test_units_that_lack_forms_are_named_as_people_call_them():
    document = write(status=counted())
    assert table_of(document, "不足计划样本的单位").rows == (("P01学校", "50", "70", "22", "30"),)
    assert "2个单位中，有1个单位有对象收回份数少于分到的计划样本" in text_of(document)


def test_a_group_that_fell_short_is_said_to_have_had_too_few_codes_or_too_few_answers():
    status = status_of()
    status["groups"]["principal"] |= {"target": 300}
    recognition = recognition_of()
    said = text_of(write(recognition, status=status))
    assert "校长计划300份，收回100份，少200份（发放的答题码少于计划）" in said


def test_who_approved_the_survey_and_by_which_document_is_said_where_it_is_known():
    facts = replace(FACTS, document="明江教督〔2025〕3号", approver="明江县人民政府")
    assert "本次调查按明江教督〔2025〕3号经明江县人民政府批准开展。" in below(write(facts=facts), "（一）依据")[0]
    assert "本次调查" not in below(write(), "（一）依据")[0]


def test_the_first_of_all_rounds_has_nothing_to_compare_with():
    assert below(write(), "六、与往次调查的比较") == ["没有更早的调查可供比较。"]


@pytest.mark.parametrize(
    ("change", "shown", "said"),
    [
        ({}, "5", "高于该次，相差超出抽样误差"),
        ({"recognition": EARLIER["recognition"] | {"rate": 0.9}}, "0.12", "相差在抽样误差之内"),
        ({"recognition": EARLIER["recognition"] | {"rate": None}}, "—", "缺结果，不能比较"),
        ({"rule": "basic-2012"}, "5", "规则或问卷不同，不能直接比较"),
    ],
    ids=["clear", "within the error", "no rate", "another rule"],
)
def test_a_former_round_is_compared_as_far_as_it_can_be(change, shown, said):
    row = table_of(write(former=[EARLIER | change]), "历次调查").rows[1]
    assert (row[0], row[6], row[7]) == ("2024-1", shown, said)


def test_one_school_alone_makes_a_true_report():
    recognition = recognition_of()
    rows = pd.DataFrame([{"school": "P01", "stage": "primary"} | SCHOOL])
    schools = pd.DataFrame([{"code": "P01", "name": "城关小学", "kind": "primary"}])
    judgement = typed(judge(FACTS.standard, schools, rows, pd.DataFrame(columns=["indicator"]), recognition))
    text = text_of(write(recognition, judgement))
    assert "1所学校（一贯制学校各学段分别计）中1所达到要求" in text
    assert "综合自评暂不作结论" in text


def test_the_parts_stand_in_the_ministrys_order():
    text = text_of(write())
    parts = (
        "（一）资源配置",
        "（二）政府保障程度",
        "（三）教育质量",
        "（四）社会认可度",
        "（五）前置条件核查",
        "（六）一票否决情形核查",
    )
    places = [text.index(f"\n{part}\n") for part in parts]
    assert places == sorted(places)


def test_what_falls_short_is_summed_up_by_indicator():
    recognition = recognition_of()
    school = SCHOOL | {"sports_area": 3000, "music_rooms": 1, "art_rooms": 0}
    rows = table_of(write(recognition, judgement_of(recognition, school=school)), "未达标台账").rows
    assert len(rows) == 6
    assert {row[1:] for row in rows} == {("小学", "1", "0"), ("初中", "1", "0")}


@pytest.mark.parametrize("only", ["霍尔姆", "设计效应"])
def test_what_only_a_statistician_reads_stands_in_the_last_part_alone(only):
    text = text_of(write())
    assert only in text
    assert only not in text.split("十、问卷、规则与方法")[0]


# Numbers


def numbers_in(text: str) -> set[Decimal]:
    """Every number of a text with a decimal point or at least three digits."""
    found = (token.replace(",", "") for token in re.findall(r"\d[\d,]*(?:\.\d+)?", text))
    return {Decimal(token) for token in found if "." in token or len(token) > 2}


def rounded(values: Iterable[float], places: int) -> set[Decimal]:
    return {Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) for value in values}


def origins(tmp_path, facts, status, recognition, judgement, former) -> tuple[set[float], str]:
    """The numbers of the workbook, and every text there and in the packs."""
    told = describe_round(facts, status, recognition, judgement, former)
    about = AnnexFacts(facts.county, "", facts.generated)
    book = openpyxl.load_workbook(write_workbook(tmp_path, judgement, facts.standard, about, rate_tables(told)))
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    values = {abs(float(cell)) for cell in cells if isinstance(cell, int | float)}
    packs = (facts.rule, facts.standard, *facts.papers)
    texts = [cell for cell in cells if isinstance(cell, str)] + [pack.model_dump_json() for pack in packs]
    return values, " ".join([*texts, facts.name, facts.school_year.replace("-", " "), facts.population_source])


@pytest.mark.parametrize("case", [{}, NOT_MET, CLOSE], ids=["met", "not met", "not distinguishable"])
def test_every_number_of_the_text_is_in_the_workbook_or_in_what_it_cites(tmp_path, case):
    recognition = recognition_of(**case)
    judgement = judgement_of(recognition, school=SCHOOL | {"sports_area": 3000})
    values, texts = origins(tmp_path, FACTS, counted(), recognition, judgement, [EARLIER])
    document = section(FACTS, counted(), recognition, judgement, [EARLIER])
    known = numbers_in(texts) | {Decimal(year) for year in (2012, 2024, 2025)}
    known |= {Decimal("1998"), Decimal("99.99"), Decimal("0.01")}  # a method's year; chances are told no closer
    shares = {100 * limit.value for limit in (FACTS.standard.variation.primary, FACTS.standard.variation.junior)}
    left = {
        number
        for number in numbers_in(text_of(document)) - known
        if number not in rounded(values | shares, -number.as_tuple().exponent)
    }
    assert left == set()


@pytest.mark.parametrize("case", [{}, NOT_MET, CLOSE], ids=["met", "not met", "not distinguishable"])
def test_every_sentence_with_a_figure_says_which_table_it_is_from(case):
    recognition = recognition_of(**case)
    judgement = judgement_of(recognition, school=SCHOOL | {"sports_area": 3000})
    document = section(FACTS, counted(), recognition, judgement, [EARLIER])
    said = [block.lines[0] for block in document.blocks if isinstance(block, Paragraph) and block.role == "body"]
    told = [line for line in said if re.search(r"\d(?:份|所|个单位|项指标|%)", line)]
    assert len(told) > 12
    assert [line for line in told if "表" not in line and "文中区间均为95%置信区间" not in line] == []


def test_figures_of_the_survey_name_the_round_and_those_of_schools_their_year(tmp_path):
    told = describe_round(FACTS, counted(), recognition_of(), judgement_of(recognition_of()), [])
    about = AnnexFacts(FACTS.county, "学校填报", FACTS.generated)
    book = openpyxl.load_workbook(write_workbook(tmp_path, told.judgement, FACTS.standard, about, rate_tables(told)))
    assert book["社会认可度汇总"]["A2"].value == (
        "数据口径：调查批次2025-1的名册和答卷，2025年5月12日至5月16日。"
        "测算规则：本系统选定的测算口径（编号quality-2024）。"
    )
    assert "学校填报" in book["学校规模与班额"]["A2"].value
    titles = [sheet["A1"].value for sheet in book]
    numbers = ("1-1", "1-2", "2", "3", "4", "5", "6", "7", "8-1", "8-2", "9")
    assert [title.split("　")[0] for title in titles][1:12] == [f"附表{number}" for number in numbers]
    assert book["目录"]["B5"].hyperlink.location == "'小学资源配置'!A1"


def test_a_rate_below_the_line_is_shaded_in_the_workbook(tmp_path):
    recognition = recognition_of(**NOT_MET)
    told = describe_round(FACTS, counted(), recognition, judgement_of(recognition), [])
    about = AnnexFacts(FACTS.county, "", FACTS.generated)
    path = write_workbook(tmp_path, told.judgement, FACTS.standard, about, rate_tables(told))
    rows = list(openpyxl.load_workbook(path)["社会认可度汇总"].iter_rows(min_row=5))
    rates = {row[0].value: row[7] for row in rows if row[0].value}
    assert (rates[FACTS.whole].value, rates[FACTS.whole].font.bold) == (82.11, True)
    assert (rates["家长"].value, rates["家长"].font.bold) == (88.0, False)


# The page


def test_the_page_needs_nothing_but_itself_and_shows_every_table_and_chart():
    document = write(status=counted())
    page = render_html(document)
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"|url\(|@import", page) == []
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert page.count("<table>") == sum(hasattr(block, "head") for block in document.blocks)
    assert page.count("<figure") == sum(hasattr(block, "told") for block in document.blocks) >= 4
    assert all(caption in page for caption in re.findall(r"图[\d-]+　[^\n]+", text_of(document)))


def test_no_script_stands_in_the_page_or_may_run():
    page = render_html(write(status=counted()))
    assert "<script" not in page
    assert "plotly" not in page.lower()
    policy = re.findall(r'Content-Security-Policy" content="(.*?)"', page)[0]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_is_small_and_draws_every_chart_as_the_paper_does():
    document = write(status=counted())
    page = render_html(document)
    charts = [block for block in document.blocks if hasattr(block, "told")]
    assert len(charts) >= 4
    assert all(draw_svg(chart) in page for chart in charts)
    assert len(page.encode()) < 200_000


def test_a_round_without_forms_draws_no_rates():
    page = render_html(write(no_forms(), status=status_of(forms=0)))
    assert "认可度及其区间" not in page


def test_names_are_text_on_the_page_and_in_its_charts():
    page = render_html(write(facts=replace(FACTS, county="<b>县</b>")))
    assert "<b>县" not in page


def test_a_standard_with_a_plan_draws_what_was_planned_and_found():
    qianjiang = load_standard("qianjiang-2020")
    recognition = recognition_of()
    judgement = deepcopy(judgement_of(recognition, qianjiang))
    facts = replace(FACTS, standard=qianjiang, opens=date(2024, 5, 12))
    assert "规划目标与实际" in text_of(write(recognition, judgement, facts=facts))
