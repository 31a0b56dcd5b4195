"""The part for the county's own report: five parts on two pages, at the level that the report needs."""

import re
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest

from reports.document.document import Heading
from reports.document.pdf import render_pdf
from tests.test_section import (
    CLOSE,
    FACTS,
    NOT_MET,
    judgement_of,
    no_forms,
    recognition_of,
    status_of,
    table_of,
    text_of,
)
from tests.told_json import insert

GROUPLESS = {"deputy": dict.fromkeys(("rate", "se", "lower", "upper", "unknown")) | {"received": 0, "valid": 0}}


def write(recognition=None, facts=FACTS, status=None, **options):
    recognition = recognition or recognition_of()
    return insert(facts, status or status_of(), recognition, judgement_of(recognition), **options)


def headings(document):
    return [(block.level, block.text) for block in document.blocks if isinstance(block, Heading)]


def incomplete():
    recognition = recognition_of(incomplete=["deputy"])
    recognition["groups"]["deputy"] |= GROUPLESS["deputy"]
    return recognition


CASES = {
    "met": recognition_of,
    "not met": lambda: recognition_of(**NOT_MET),
    "not distinguishable": lambda: recognition_of(**CLOSE),
    "turned": lambda: recognition_of(sensitivity=[("pooled", 0.8, "not_met")]),
    "incomplete": incomplete,
    "everything at once": lambda: (
        incomplete() | {"sensitivity": [{"name": "pooled", "rate": 0.8, "verdict": "not_met"}]}
    ),
    "no forms": no_forms,
}
every_case = pytest.mark.parametrize("case", CASES)


def test_it_has_no_cover_and_exactly_five_parts():
    document = write()
    assert document.title == ()
    assert headings(document) == [
        (2, "（四）社会认可度"),
        (3, "1.组织实施"),
        (3, "2.样本与回收"),
        (3, "3.测算结果"),
        (3, "4.存在问题"),
        (3, "5.整改措施"),
    ]


@pytest.mark.parametrize(
    ("level", "first", "second"),
    [(1, "四、社会认可度", "（一）组织实施"), (3, "4.社会认可度", "（1）组织实施")],
)
def test_its_headings_are_numbered_by_the_level_they_stand_at(level, first, second):
    assert headings(write(level=level))[:2] == [(level, first), (level + 1, second)]


@every_case
def test_it_fits_on_two_pages(case):
    pdf = render_pdf(write(CASES[case](), status=status_of(target=120)))
    assert len(pypdfium2.PdfDocument(BytesIO(pdf))) <= 2


def test_the_conclusion_stands_with_its_premise():
    assert (
        "没有官方公式，按本系统选定的测算口径（编号quality-2024）"
        "，选非常满意、满意、基本满意的计入认可。明江县社会认可度为82.11%（95%置信区间80%至84%），"
        "评估标准要求不低于85%，自评尚未达到评估标准。"
    ) in text_of(write(recognition_of(**NOT_MET)))


def test_other_ways_of_counting_stand_in_the_annex_and_the_insert_says_where():
    assert "测算口径及其他口径的比较见附件" in text_of(write(CASES["turned"]()))


def test_who_did_not_answer_is_said_beside_the_return_and_not_beside_the_conclusion():
    text = text_of(write())
    said = "以上结果依据已回收的有效答卷测算，未作答人员的意见未能掌握。"
    assert text.count(said) == 1
    before = text[: text.index(said)]
    assert before.rstrip("。").endswith("%")
    assert "本次回收有效答卷" in before[-40:]
    assert "自评结论" not in before
    assert "足以说明" not in text


def test_a_conclusion_that_another_choice_turns_says_so():
    assert "换用其他口径时，有1种的结论为未达到" in text_of(write(CASES["turned"]()))


def test_every_group_below_the_line_is_named_and_becomes_the_plan_to_be_filled():
    recognition = recognition_of()
    recognition["groups"]["public"] |= {"rate": 0.8, "lower": 0.77, "upper": 0.83}
    recognition["groups"]["cppcc"] |= {"rate": 0.84, "lower": 0.78, "upper": 0.9}
    document = write(recognition)
    plan = table_of(document, "整改安排")
    assert plan.head == ("存在问题", "整改措施", "责任单位", "时限")
    assert [row[0] for row in plan.rows] == ["其他群众认可度测得值不足85%", "政协委员认可度测得值不足85%"]
    assert {cell.strip() for row in plan.rows for cell in row[1:]} == {""}
    assert "认可度低于85%的对象是其他群众（80%）；" in text_of(document)
    assert "认可度测得值不足85%、未经检验确认低于85%的对象是政协委员（84%）。" in text_of(document)


def test_without_forms_there_is_no_figure_and_no_problem_is_made_up():
    text = text_of(write(no_forms(), status=status_of(forms=0)))
    assert "资料不全，暂不作结论（缺有效答卷）" in text
    assert "没有测算结果，暂不能列出问题。" in text
    assert "没有测算结果，暂不能列出整改安排。" in text
    assert "置信区间" not in text


def test_invented_answers_are_named_as_such():
    assert "演示数据" in text_of(write(facts=replace(FACTS, invented=True)))


@every_case
def test_every_case_reads_as_a_sentence_and_every_table_is_there(case):
    document = write(CASES[case]())
    text = text_of(document)
    refused = (
        "认定",
        "通过",
        "演练",
        "模拟",
        "None",
        "nan",
        "{",
        "@",
        "。。",
        "，。",
        "；。",
        "，，",
        "、。",
        "自由度",
    )
    assert [word for word in refused if word in text] == []
    tables = {block.caption for block in document.blocks if hasattr(block, "head")}
    assert set(re.findall(r"见(表\d)", text)) <= {caption[:2] for caption in tables}
