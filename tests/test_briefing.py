"""The briefing for the leader: one page, true to the checker, and no answer that is not so."""

import os
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from questionnaires.vocabulary import Custody
from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.published_round import PublishedRound
from reports.document.pdf import render_pdf
from reports.evidence.key_fate import KeyFate
from reports.evidence.minute_record import ClosingSums
from reports.progress.bulletin import Line, say_share
from reports.report.briefing import MOST_WEAK, briefing
from reports.report.insert import insert
from reports.report.section import section
from reports.screen.views import results_of
from tests.golden_counties import COUNTIES
from tests.test_checking import round_of, written_of
from tests.test_section import FACTS, judgement_of, no_forms, recognition_of, status_of, text_of
from tests.test_true_counties import round_of as draw_round
from tests.test_true_counties import words_of
from tests.told_json import found_of

GOLDEN = Path(__file__).parent / "golden"
SUMS = ClosingSums(minute="A3C5H-R4RBV-67YR2-1HAQG-SHDBB-1ZM5G-JQ1A4-415D9", published="0" * 64)
FATES = {
    "unknown": None,
    "server": KeyFate(custody=Custody.SERVER, copies=1, left=()),
    "exported": KeyFate(custody=Custody.SERVER, copies=2, left=("admin于2026-04-20导出的密钥文件",)),
    "shared": KeyFate(custody=Custody.SHARED, copies=3, left=()),
    "sheets left": KeyFate(custody=Custody.SHARED, copies=3, left=("启封密钥单（甲）", "启封密钥单（丙）")),
}
TOLD = {
    "unknown": "没有密钥保管和销毁的记录，单份答卷还能不能与人对上，本说明不作保证。",
    "server": "密钥由服务器保管，共1份，启封后都已销毁。",
    "exported": "其中1份没有销毁登记：admin于2026-04-20导出的密钥文件；全部销毁以前，调查期间的备份仍可能被打开。",
    "shared": "密钥由三人分持，共3份，启封后都已销毁。",
    "sheets left": "其中2份没有销毁登记：启封密钥单（甲）、启封密钥单（丙）；全部销毁以前",
}


def closed(name, fate, sums=SUMS):
    """A golden county as if a store had closed it: what became of its key, and the sum on its minute."""
    round_ = round_of(name)
    return PublishedRound(facts=replace(round_.facts, keys=fate, sums=sums), published=round_.published)


def briefing_of(round_):
    return briefing(round_.facts, results_of(round_.published))


def pages_of(document):
    return len(pypdfium2.PdfDocument(BytesIO(render_pdf(document))))


@pytest.mark.parametrize("name", COUNTIES)
def test_it_is_true_and_stands_on_one_page_in_every_county(name, tmp_path):
    longest = closed(name, FATES["sheets left"])
    longest = PublishedRound(facts=replace(longest.facts, closed_alone=True), published=longest.published)
    assert pages_of(briefing_of(longest)) == 1
    for round_ in (round_of(name), longest):
        assert list(check_written(written_of(briefing_of(round_), tmp_path), round_)) == []


@pytest.mark.parametrize("name", ["E", "G"])
def test_it_reads_as_it_was_found_true(name):
    text = f"{text_of(briefing_of(closed(name, FATES['server'])))}\n"
    path = GOLDEN / f"briefing-{name}.txt"
    if os.environ.get("SURVEY_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("fate", FATES)
def test_what_is_said_of_the_key_is_what_became_of_it(fate, tmp_path):
    round_ = closed("E", FATES[fate])
    written = written_of(briefing_of(round_), tmp_path)
    text = "".join(written.paragraphs)
    assert TOLD[fate] in text
    assert list(check_written(written, round_)) == []
    assert ("系统里没有哪一份是谁填的记录" in text) == (fate != "unknown")


@pytest.mark.parametrize("told", FATES)
@pytest.mark.parametrize("true", FATES)
def test_an_answer_about_another_key_is_found(told, true, tmp_path):
    written = written_of(briefing_of(closed("E", FATES[told])), tmp_path)
    lines = [line for line in written.paragraphs if line.startswith("1.为什么")]
    assert bool(list(check_written(Written(lines, []), closed("E", FATES[true])))) == (told != true)


def test_the_sum_is_that_of_the_minute_and_is_promised_only_where_there_is_one(tmp_path):
    round_ = closed("E", FATES["server"])
    written = written_of(briefing_of(round_), tmp_path)
    assert f"校验值为{SUMS.minute}" in "".join(written.paragraphs)
    other = closed("E", FATES["server"], ClosingSums(minute=SUMS.minute[::-1], published="0" * 64))
    assert list(check_written(written, other))
    assert list(check_written(written, closed("E", FATES["server"], None)))
    without = text_of(briefing_of(closed("E", FATES["server"], None)))
    assert "不能用校验值核对" in without
    assert "加密封存" not in without


@pytest.mark.parametrize("name", COUNTIES)
def test_at_most_three_weak_points_are_named_and_none_of_them_is_none(name):
    lines = text_of(briefing_of(round_of(name))).splitlines()
    start = lines.index("三、薄弱之处") + 1
    weak = lines[start : lines.index("四、其他口径")]
    assert 1 <= len(weak) <= MOST_WEAK
    assert not any("没有发现" in line for line in weak)


def test_where_everybody_answered_nothing_is_said_of_the_silent_and_their_return_is_no_weak_point(tmp_path):
    round_ = round_of("Q")
    assert round_.published.estimate.received == sum(group.issued for group in round_.published.status.groups.values())
    for document in (briefing_of(round_), insert(round_.facts, results_of(round_.published))):
        assert "未作答人员" not in text_of(document)
        assert list(check_written(written_of(document, tmp_path), round_)) == []
    text = text_of(briefing_of(round_))
    assert "三、薄弱之处\n1.四个维度综合自评尚未达到评估标准。\n四、" in text
    assert "未作答人员的意见未能掌握" in text_of(briefing_of(round_of("E")))


@pytest.mark.parametrize("name", COUNTIES)
def test_five_questions_are_answered(name):
    text = text_of(briefing_of(round_of(name)))
    lines = text[text.index("五、督查组") :].splitlines()[1:]
    questions = [line for line in lines if line[:2] in {"1.", "2.", "3.", "4.", "5."}]
    assert len(questions) == 5
    assert all(len(line.partition("？")[2]) > 10 for line in questions)


def test_a_county_without_forms_has_a_briefing_too():
    found = found_of(status_of(forms=0), no_forms(), judgement_of(no_forms()))
    document = briefing(FACTS, found)
    assert "谈不上改变" in text_of(document)
    assert pages_of(document) == 1


def test_8720_of_15945_is_one_figure_wherever_it_is_printed():
    recognition = recognition_of() | {"received": 8_720, "valid": 8_720}
    counts = {"population": 15_945, "target": 80, "issued": 15_945, "forms": 8_720}
    status = status_of() | {"groups": {"student": counts}}
    found = found_of(status, recognition, judgement_of(recognition))
    texts = [text_of(write(FACTS, found)) for write in (briefing, insert, section)]
    texts.append(say_share(Line("", 15_945, 8_720, 0, 0, 0)))
    said = [set(re.findall(r"54\.\d+%", text)) for text in texts]
    assert set.union(*said) == {"54.69%"}
    assert said.count({"54.69%"}) >= 3


@pytest.mark.parametrize("seed", range(97, 105))
def test_the_number_of_a_weak_point_runs_into_no_number_of_its_sentence(seed):
    drawn = draw_round(seed)
    lines = words_of(briefing_of(drawn)).paragraphs
    assert [line for line in lines if re.match(r"\d\.\d", line)] == []
    assert list(check_written(words_of(briefing_of(drawn)), drawn)) == []


def test_a_county_exactly_at_a_line_it_must_exceed_has_itself_as_a_problem():
    round_ = round_of("B")
    short = "社会认可度为85%，不符合“高于85%”的要求"
    assert f"1.{short}。" in text_of(briefing_of(round_))
    text = text_of(insert(round_.facts, results_of(round_.published)))
    assert f"4.存在问题\n{short}。" in text
    assert "没有发现低于" not in text
