"""The section's sentences, case by case: each test reads what an official would read."""

import re
from copy import deepcopy
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis.results import Figure
from analysis.standard import load_standard
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.vocabulary import Group
from reports.charts.charts import Chart
from reports.document.document import Heading, Paragraph, Table
from reports.report.section import FILE, write_pdf, write_word
from reports.report.telling import RoundFacts
from reports.setting.findings import _behind
from tests.judged_json import judge, typed
from tests.told_json import insert, recognise, section

PAPERS = tuple(load_paper(name) for name in ("social-2026", "staff-2026", "student-2026"))
FACTS = RoundFacts(
    county="明江县",
    organiser="明江县人民政府教育督导室",
    name="2025-1",
    school_year="2024-2025",
    opens=date(2025, 5, 12),
    closes=date(2025, 5, 16),
    population=400_000,
    population_source="2020年第七次人口普查",
    rule=load_rule("quality-2024"),
    standard=load_standard("national-2017"),
    papers=PAPERS,
    invented=False,
    generated=date(2025, 5, 20),
)
RATES = dict(zip(Group, (0.93, 0.88, 0.9, 0.95, 0.91, 0.92, 0.86), strict=True))
SCHOOL = {
    "pupils": 1000, "qualified_teachers": 60, "backbone_teachers": 10, "pe_art_teachers": 9, "teaching_area": 6000,
    "sports_area": 10_200, "equipment_value": 2_500_000, "multimedia_rooms": 24, "classes": 24, "music_rooms": 2,
    "art_rooms": 2, "largest_class": 45,
}  # fmt: skip
YES = ["G1", "G2", "G8b", "G10", "G14b", "G15a", "Q5", "Q6", "Q7", "Q8", "P1", "P2", "V1", "V2", "V3", "V4", "V5", "V6"]
VALUES = {
    "G6": 100, "G7": 6000, "G8a": 1, "G11a": 10, "G11b": 20, "G12": 100, "G13": 100, "G14a": 60, "G15b": 85,
    "Q1": 95, "Q2": 95, "Q3": 100, "Q4": 5, "Q9a": 3, "Q9b": 0.14,
}  # fmt: skip

CHECK = {
    "tests": 14, "flagged_places": 0, "flagged_forms": 0,
    "clause": "不超过各题互不相干时的3倍（按模拟结果取值，本系统的选择）",
}  # fmt: skip


def status_of(forms=100, target=80):
    counts = {"population": 3000, "target": target, "issued": 200, "forms": forms}
    return {"round": "2025-1", "state": "closed", "groups": {group: dict(counts) for group in Group}}


def group_of(rate):
    return {
        "rate": rate, "se": 0.01, "lower": round(rate - 0.03, 4), "upper": round(rate + 0.02, 4), "n_eff": 90.0,
        "received": 100, "valid": 98, "response_rate": 0.49, "unknown": 0.031,
    }  # fmt: skip


def recognition_of(rates=RATES, sensitivity=(("strict", 0.87, "met"),), tipping_point=0.7, **county):
    """A county at 90.12 % that meets the rule, but for the changes."""
    shares = {group: {"rate": rate, "se": 0.01, "n": 98} for group, rate in rates.items()}
    topics = {
        topic.id: {"county": {"rate": round(0.88 + 0.01 * place, 4), "n": 98}} | shares
        for place, topic in enumerate(PAPERS[0].topics)
    }
    items = {
        item.id: {"county": {"rate": round(0.86 + 0.005 * place, 4), "n": 98}}
        for place, item in enumerate(PAPERS[0].items)
    }
    found = {
        "rate": 0.9012, "se": 0.008, "lower": 0.885, "upper": 0.9161, "lower95": 0.8877, "upper95": 0.9137,
        "threshold": 0.85, "verdict": "met", "evidence": "established_above", "probability_above": 0.9987,
        "incomplete": [],
    }  # fmt: skip
    if county.get("incomplete"):
        found["verdict"] = "undetermined"
    return {
        "rule": "quality-2024",
        "received": 100 * len(rates),
        "valid": 98 * len(rates),
        "recognition": found | county,
        "groups": {group: group_of(rate) for group, rate in rates.items()},
        "items": items,
        "topics": topics,
        "sensitivity": [dict(zip(("name", "rate", "verdict"), one, strict=True)) for one in sensitivity],
        "tipping_point": tipping_point,
        "integrity": {"flagged": 0, "checks": {"spread": dict(CHECK)}},
        "shortfalls": [],
        "suppressed": [],
        "provenance": {"people_out_of_reach": {"parent": 0}},
    }


def judgement_of(recognition, standard=FACTS.standard, school=SCHOOL, **values):
    """A county of one primary and one junior school that meets everything, but for the changes."""
    rows = [{"school": code, "stage": stage} | school for code, stage in (("P01", "primary"), ("J01", "junior"))]
    schools = [{"code": row["school"], "name": f"{row['school']}学校", "kind": row["stage"]} for row in rows]
    county = [{"indicator": key, "met": "yes"} for key in YES if key not in values]
    county += [{"indicator": key, "value": value} for key, value in (VALUES | values).items() if value is not None]
    county.append({"indicator": "G9", "value": 100, "hours": 450})
    return typed(judge(standard, pd.DataFrame(schools), pd.DataFrame(rows), pd.DataFrame(county), recognition))


def write(recognition=None, judgement=None, status=None, facts=FACTS, former=()):
    recognition = recognition or recognition_of()
    return section(facts, status or status_of(), recognition, judgement or judgement_of(recognition), list(former))


def lines_of(block):
    match block:
        case Heading():
            return [block.text]
        case Paragraph():
            return list(block.lines)
        case Table():
            return [block.caption, *(" | ".join(row) for row in (block.head, *block.rows)), *block.notes]
        case _:
            return [block.caption]


def text_of(document):
    return "\n".join([*document.title, *(line for block in document.blocks for line in lines_of(block))])


def table_of(document, caption):
    return next(block for block in document.blocks if isinstance(block, Table) and caption in block.caption)


def below(document, heading):
    """The paragraphs from one heading to the next of any level."""
    start = next(place for place, block in enumerate(document.blocks) if getattr(block, "text", "") == heading)
    after = [type(block) is Heading for block in document.blocks[start + 1 :]]
    end = start + 1 + (after.index(True) if True in after else len(after))
    return [block.lines[0] for block in document.blocks[start + 1 : end] if isinstance(block, Paragraph)]


NOT_MET = {
    "rate": 0.8211, "lower": 0.8, "upper": 0.84, "lower95": 0.8032, "upper95": 0.8377, "verdict": "not_met",
    "evidence": "established_below", "probability_above": 0.00001,
}  # fmt: skip
CLOSE = {
    "rate": 0.84996, "lower": 0.83, "upper": 0.869, "lower95": 0.8333, "upper95": 0.8655, "verdict": "not_met",
    "evidence": "not_distinguishable", "probability_above": 0.4961,
}  # fmt: skip


def no_forms():
    frame = pd.DataFrame(
        [
            {"group": group, "unit": "U1", "class": "", "grade": float("nan"), "population": 300, "invited": 30}
            | {"stage": "", "locale": "town", "township": "城关镇"}
            for group in Group
        ]
    )
    forms = pd.DataFrame(columns=["group", "unit", "class", *PAPERS[0].item_ids])
    return recognise(forms, frame, FACTS.rule, *PAPERS, population=FACTS.population)


def test_the_report_opens_by_saying_whose_survey_it_is():
    lead = write().blocks[0].lines[0]
    assert lead.startswith("本调查由明江县人民政府教育督导室组织，用于自评，不是教育部的调查。")
    assert "演示数据" not in lead


def test_invented_answers_are_marked_on_every_page_and_said_at_the_start():
    document = write(facts=replace(FACTS, invented=True))
    assert document.mark == "演示数据"
    assert "报告使用演示数据，答卷是虚构的" in document.blocks[0].lines[0]


def test_a_county_above_the_line_reads_its_three_lines_together():
    assert below(write(), "（一）自评结论") == [
        "1.自评结论（见表4-1）：明江县社会认可度为90.12%（95%置信区间88.5%至91.61%），"
        "评估标准要求不低于85%，自评达到评估标准。",
        "2.结论的可靠程度（见表4-1）：单侧95%下限为88.77%，足以说明社会认可度高于85%。"
        "即使不满意的群众参与填答的比例只有满意的群众的一半，仍足以说明社会认可度高于85%；比例更低时不能保证。",
        "3.可能性（见表4-1）：按现有样本推算，社会认可度高于85%的概率为99.87%。",
    ]


def test_a_county_below_the_line_reads_its_three_lines_together():
    assert below(write(recognition_of(**NOT_MET)), "（一）自评结论") == [
        "1.自评结论（见表4-1）：明江县社会认可度为82.11%（95%置信区间80%至84%），"
        "评估标准要求不低于85%，自评尚未达到评估标准。",
        "2.结论的可靠程度（见表4-1）：单侧95%上限为83.77%，足以说明社会认可度低于85%。"
        "即使满意的群众参与填答的比例只有不满意的群众的一半，仍足以说明社会认可度低于85%；比例更低时不能保证。",
        "3.可能性（见表4-1）：按现有样本推算，社会认可度高于85%的概率小于0.01%。",
    ]


def test_a_rate_too_close_to_the_line_is_not_rounded_onto_it_and_the_doubt_is_said():
    rule_line, doubt, _ = below(write(recognition_of(**CLOSE)), "（一）自评结论")
    assert "社会认可度为84.996%" in rule_line
    assert doubt == (
        "2.结论的可靠程度（见表4-1）：单侧95%下限为83.33%，上限为86.55%，"
        "按现有样本，尚不足以判断社会认可度是否高于85%。"
    )


def test_a_verdict_that_turns_under_another_choice_is_said_first():
    turned = [("pooled", 0.9, "met"), ("strict", 0.7, "not_met"), ("without_deputy+cppcc", 0.84, "not_met")]
    document = write(recognition_of(sensitivity=turned))
    said = "改用“只计满意和非常满意”“不计人大代表、政协委员”，结论变为尚未达到评估标准（见表4-5）"
    assert said in below(document, "（一）要点")[3]
    assert below(document, "（二）什么情况下结论会变")[0].startswith(said)


def test_a_verdict_that_no_choice_turns_says_so():
    assert below(write(), "（二）什么情况下结论会变")[0].startswith("换用表中所列的其他口径，结论都不变（见表4-5）。")


def test_the_main_points_come_first_and_are_at_most_five():
    assert below(write(), "（一）要点") == [
        "1.明江县社会认可度为90.12%（95%置信区间88.5%至91.61%），评估标准要求不低于85%，自评达到评估标准（见表4-1）。",
        "2.单侧95%下限为88.77%，足以说明社会认可度高于85%（见表4-1）。",
        "3.有结果的7类对象，认可度测得值都不低于85%（见表4-2）。",
        "4.换用表中所列的其他口径，结论都不变（见表4-5）。",
        "5.四个维度综合自评达到评估标准（见表7-1）。",
    ]


def test_a_group_without_forms_is_named_where_the_verdict_stands():
    rates = {group: rate for group, rate in RATES.items() if group != "deputy"}
    recognition = recognition_of(rates, incomplete=["deputy"])
    recognition["groups"]["deputy"] = (
        group_of(0.9)
        | dict.fromkeys(("rate", "lower", "upper", "unknown"))
        | {
            "received": 0,
            "valid": 0,
            "response_rate": 0.0,
        }
    )
    status = status_of()
    status["groups"]["deputy"]["forms"] = 0
    document = write(recognition, status=status)
    assert "人大代表没有可用于测算的有效答卷，其权重按比例分给了其他对象，测算结果不完整。" in below(
        document, "四、测算结果"
    )
    assert "但资料不全，暂不作结论（缺人大代表）。" in below(document, "（一）自评结论")[0]
    assert "人大代表 | 0 | 0 | — | — | — | —" in text_of(document)
    assert (
        "收回份数少于计划样本的有：人大代表计划80份，收回0份，少80份（答题码足够，作答的人少）。缺额没有用其他对象补足。"
        in text_of(document)
    )
    social = table_of(document, "四个维度").rows[3]
    assert social[1] == "暂不作结论"


def test_a_round_without_forms_is_undetermined_and_invents_no_figure():
    recognition = no_forms()
    document = write(recognition, status=status_of(forms=0))
    assert below(document, "四、测算结果") == [
        "没有可用于测算的有效答卷，明江县社会认可度没有测算结果，资料不全，暂不作结论（缺有效答卷）。"
    ]
    assert "发放答题码1,400个，没有收到答卷。" in text_of(document)
    assert table_of(document, "四个维度").rows[3][1:3] == ("暂不作结论", "—")
    assert "综合自评暂不作结论。" in below(document, "七、四个维度")[0]
    assert not any(isinstance(block, Chart) for block in document.blocks)


def test_groups_that_were_joined_stand_under_both_names_with_their_counts_added():
    rates = {"student": 0.9, "parent": 0.9, "teacher": 0.9, "principal": 0.9, "deputy+cppcc": 0.9, "public": 0.9}
    document = write(recognition_of(rates))
    returns = table_of(document, "发放与回收")
    assert ("人大代表、政协委员", "6,000", "160", "400", "100", "98", "49%") in returns.rows
    assert "人大代表、政协委员人数较少，合并列出。" in returns.notes[0]
    assert "人大代表、政协委员" in table_of(document, "各方面").head


def test_a_hidden_rate_is_a_dash_with_its_note():
    recognition = recognition_of()
    recognition["groups"]["principal"] |= dict.fromkeys(("rate", "lower", "upper", "unknown"))
    del recognition["topics"]["virtue"]["principal"]
    recognition["suppressed"] = [{"group": "principal", "measure": None, "why": "left_out", "shown_in": None}]
    groups = table_of(write(recognition), "各类对象的认可度")
    assert ("校长", "100", "98", "—", "—", "—", "—") in groups.rows
    assert groups.notes[0].endswith("“—”表示没有可以公布的结果。")
    assert "不足10人的单元与同类合并，或者不公布。" in text_of(write(recognition))


@pytest.mark.parametrize(
    ("point", "sentence"),
    [
        (0.7, "他们的认可度不低于70%左右时，社会认可度才不低于85%"),
        (-0.2, "即使他们全部不认可，社会认可度仍不低于85%"),
        (1.2, "即使他们全部认可，社会认可度也低于85%"),
    ],
)
def test_the_tipping_point_is_told_as_a_condition_on_those_who_kept_silent(point, sentence):
    said = below(write(recognition_of(tipping_point=point)), "（四）换用其他口径的结果")
    assert said == [f"把没有作答的受邀人员也算进来，{sentence}（见表4-1）。"]


def test_nothing_is_said_of_the_silent_when_everybody_answered():
    assert below(write(recognition_of(tipping_point=None)), "（四）换用其他口径的结果") == []


def test_the_lowest_items_are_named_in_the_words_of_every_paper():
    first = table_of(write(), "认可度排在最后的题目").rows[0]
    assert first == ("立德树人", *(paper.items[0].text for paper in PAPERS), "86")


def test_items_that_tie_with_the_last_are_named_with_it_and_none_where_all_are_alike():
    def behind(*rates):
        return [figure.rate for figure in _behind([Figure(rate=rate) for rate in rates], lambda figure: figure, 2)]

    assert behind(0.9, 0.7, 0.8, 0.8, 0.8) == [0.7, 0.8, 0.8, 0.8]
    assert behind(0.9, 0.8, 0.9) == [0.8]
    assert behind(0.8, 0.8, 0.8) == []
    assert behind() == []


def test_the_four_dimensions_stand_in_the_ministrys_order_with_their_counts():
    rows = table_of(write(), "四个维度").rows
    assert [row[:3] for row in rows] == [
        ("资源配置", "达到", "学校2/2所，差异系数14/14项"),
        ("政府保障程度", "达到", "指标15/15项"),
        ("教育质量", "达到", "指标9/9项"),
        ("社会认可度", "达到", "90.12%"),
    ]
    assert "综合自评达到评估标准。" in below(write(), "七、四个维度")[0]
    assert below(write(), "（一）缺少的资料") == ["判定所需的资料齐全。"]


def test_a_county_that_falls_short_names_what_and_why():
    recognition = recognition_of()
    judgement = judgement_of(recognition, school=SCHOOL | {"sports_area": 3000}, G12=99, Q9b=None)
    document = write(recognition, judgement)
    resources, guarantee, quality, _ = table_of(document, "四个维度").rows
    assert resources[1:] == ("未达到", "学校0/2所，差异系数14/14项", "小学1所、初中1所未达到学校要求")
    assert guarantee[1:] == ("未达到", "指标14/15项", "未达到：教师持证上岗率")
    assert quality[1:] == ("暂不作结论", "指标8/9项", "暂不作结论：国家义务教育质量监测")
    assert table_of(document, "未达到的指标").rows == (("教师持证上岗率", "为99%，不符合“不低于100%”的要求（填报数）"),)
    assert table_of(document, "缺少的资料").rows == (("国家义务教育质量监测", "校际差异率：没有填报"),)


def test_a_school_that_rounding_would_turn_is_named():
    judgement = judgement_of(recognition_of(), school=SCHOOL | {"teaching_area": 5796})
    (note,) = [note for note in table_of(write(judgement=judgement), "七项指标").notes if "四舍五入" in note]
    assert note == "注：按显示的位数四舍五入会改变判定的学校：J01学校，均按未舍入的数值判定。"


def test_vetoes_are_never_clear_without_a_check():
    document = write(judgement=judgement_of(recognition_of(), V1=None))
    conditions = dict(table_of(document, "一票否决").rows)
    assert conditions["违规择校"] == "经核查，未发现"
    assert conditions["以考试方式招生"] == "暂不作结论（没有核查结果）"


def test_the_standards_way_of_counting_through_schools_is_printed():
    qianjiang = load_standard("qianjiang-2020")
    recognition = recognition_of()
    document = write(recognition, judgement_of(recognition, qianjiang), facts=replace(FACTS, standard=qianjiang))
    assert "学校口径。一贯制学校的小学部没有计入小学，只计初中部（黔江府办发〔2020〕77号" in text_of(document)
    assert table_of(document, "文件不一致之处").rows[0][1] == "60"


def test_limits_name_who_answered_freely_who_was_out_of_reach_and_what_was_not_checked():
    recognition = recognition_of()
    recognition["provenance"] = {"people_out_of_reach": {"parent": 1200}}
    recognition["integrity"]["checks"]["even_odd"] = CHECK | {"tests": 0}
    said = below(write(recognition), "（二）局限")
    assert any(line.startswith("1.自愿作答。") for line in said)
    assert "3.覆盖范围。下列对象所在的单元没有受邀人员，测算结果不代表他们：家长1,200人。" in said
    assert (
        "4.作答质量。没有发现需核实的答卷。没有足够的答卷或题目可供比较、因而没有做的核查：同一方面两道题的一致程度。"
    ) in said


def test_a_clean_bill_is_not_given_where_nothing_could_be_checked():
    recognition = recognition_of()
    recognition["integrity"]["checks"] = {"spread": CHECK | {"tests": 0}}
    quality = next(line for line in below(write(recognition), "（二）局限") if "作答质量。" in line)
    assert "没有发现" not in quality
    assert "因而没有做的核查：答卷之间差异过小" in quality


@pytest.mark.parametrize(
    ("rate", "said"),
    [(0.625, "62.5%，没有达到规则要求的不低于70%，结果照常计算。"), (0.7, "70%，达到规则要求的不低于70%。")],
)
def test_the_valid_return_stands_in_the_sample_where_the_rule_asks_for_one(rate, said):
    returned = {"rate": rate, "least": 0.7, "met": rate >= 0.7}
    papers = tuple(load_paper(name) for name in ("social-2012", "staff-2012"))
    facts = replace(FACTS, rule=load_rule("basic-2012"), papers=papers)
    rates = {group: rate for group, rate in RATES.items() if group != "student"}
    document = write(recognition_of(rates) | {"valid_return": returned}, facts=facts)
    assert f"有效份数占受邀人数的{said}" in "".join(below(document, "（一）各类对象"))
    assert "受邀人数的" not in text_of(write(recognition_of() | {"valid_return": returned | {"least": None}}))


def test_forms_that_came_in_files_are_told_with_how_their_answers_were_written():
    plain = text_of(write())
    assert "由文件导入" not in plain
    told = text_of(write(status=status_of() | {"imported": 120, "codings": ["best-is-1", "text"]}))
    assert "收回的答卷中有120份由文件导入" in told
    assert "答案的写法：选项序号，1为最满意；选项文字" in told
    assert "另有一部分答卷由文件导入" in told


def test_a_rule_of_three_options_is_told_in_its_own_words():
    papers = tuple(load_paper(name) for name in ("social-2012", "staff-2012"))
    facts = replace(FACTS, rule=load_rule("basic-2012"), papers=papers)
    rates = {group: rate for group, rate in RATES.items() if group != "student"}
    document = write(recognition_of(rates), facts=facts)
    assert "只计满意" in [row[0] for row in table_of(document, "不同口径").rows]
    assert "常住人口不足400,000人的为600份" in [row[1] for row in table_of(document, "测算规则").rows]
    assert "学生卷" not in text_of(document)


def test_how_sure_the_intervals_are_is_said_without_a_word_the_product_never_uses():
    recognition = recognition_of()
    for promised in (True, False):
        recognition["provenance"]["coverage"] = {"promised": promised}
        said = text_of(write(recognition))
        assert ("至少有93%" in said) == promised
        assert "模拟" not in said


def test_a_group_smaller_than_the_rule_asks_for_is_said_to_be_so():
    recognition = recognition_of()
    recognition["shortfalls"] = [{"group": "principal", "population": 60, "quota": 80, "target": 60, "shortfall": 20}]
    status = status_of()
    status["groups"]["principal"] |= {"forms": 40}
    recognition["groups"]["principal"] |= {"received": 40}
    said = below(write(recognition, status=status), "（一）各类对象")
    assert "校长全县只有60人，不足规则要求的80人。" in said[1]


def test_a_changed_rate_leaves_no_trace_of_the_old_one():
    recognition = recognition_of()
    changed = deepcopy(recognition)
    changed["recognition"]["rate"] = 0.9034
    assert "90.12" in text_of(write(recognition))
    assert "90.12" not in text_of(write(changed))


@pytest.mark.parametrize("case", [{}, NOT_MET, CLOSE], ids=["met", "not met", "not distinguishable"])
def test_no_word_of_another_office_and_no_trace_of_the_machine_is_in_the_text(case):
    text = text_of(write(recognition_of(**case)))
    text = text.replace("“不予认定情形”", "")
    refused = ("认定", "通过", "演练", "模拟", "None", "nan", "{", "@", "。。", "，。", "；。", "，，", "；；")
    assert [word for word in refused if word in text] == []


def test_every_table_has_its_cells_and_every_number_named_in_a_sentence_is_there():
    document = write()
    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert all(len(row) == len(table.head) for table in tables for row in table.rows)
    named = set(re.findall(r"表(\d+-\d+)", text_of(document)))
    assert named == {re.match(r"表(\d+-\d+)　", table.caption)[1] for table in tables}


def test_names_cannot_break_a_table_or_a_line():
    document = write(facts=replace(FACTS, county="明|江\n县"))
    assert "明｜江 县社会认可度为90.12%" in text_of(document)


def test_the_same_results_give_the_same_bytes(tmp_path):
    recognition = recognition_of()
    results = (status_of(), recognition, judgement_of(recognition))
    first, again = section(FACTS, *results), section(FACTS, *deepcopy(results))
    written = []
    for folder, document in ((tmp_path / "a", first), (tmp_path / "b", again)):
        paths = [*write_word(folder, document, FILE, page=True), write_pdf(folder, document, FILE)]
        written.append({path.name: path.read_bytes() for path in paths})
    assert set(written[0]) == {f"社会认可度自评报告.{suffix}" for suffix in ("docx", "html", "pdf")}
    assert written[0] == written[1]


AGAIN = {"groups": ["parent", "deputy+cppcc"], "forms": 62, "ratio": 0.9, "lower": 0.7, "upper": 1.2}


def told_of_silence(evidence, ratio):
    """What both places of the section say of those who did not answer, after 62 of them were asked again."""
    recognition = recognition_of(evidence=evidence, ratio=ratio) | {"revisits": [AGAIN]}
    said = text_of(section(FACTS, status_of(), recognition, judgement_of(recognition)))
    measured = "回访家长、人大代表、政协委员收回62份，不满意的群众参与填答的比例约为满意的群众的0.9倍（0.7至1.2倍）"
    assert said.count(measured) == 2
    assert (
        "| 回访测得的填答比例" in said or "回访测得的填答比例（家长、人大代表、政协委员，不满意与满意之比，倍）" in said
    )
    return said


def test_what_a_re_contact_established_is_not_said_to_hold_at_one_half():
    said = told_of_silence("established_above", 0.7)
    assert "即使不满意的群众参与填答的比例只有满意的群众的一半，仍足以说明" not in said
    assert "只要不满意的群众参与填答的比例不低于满意的群众的0.7倍，仍足以说明社会认可度高于85%" in said
    assert "没有回访的对象按只有一半计算，仍足以说明社会认可度高于85%" in said


@pytest.mark.parametrize(("evidence", "ratio"), [("established_above", 0.4), ("above_among_answered", 0.8)])
def test_what_was_measured_stands_beside_the_smallest_ratio(evidence, ratio):
    assert f"{ratio}倍" in told_of_silence(evidence, ratio)


def test_who_came_by_an_open_call_and_who_were_all_invited_is_said_in_both_documents():
    recognition = recognition_of()
    recognition["provenance"] |= {"open_groups": ["public"], "everyone": ["deputy", "cppcc"]}
    for document in (section, insert):
        said = text_of(document(FACTS, status_of(), recognition, judgement_of(recognition)))
        assert "其他群众为公开征集，非随机抽取。人大代表、政协委员全部邀请，没有抽样。" in said
    assert "公开征集，非随机" not in text_of(section(FACTS, status_of(), recognition_of(), judgement_of(recognition)))
