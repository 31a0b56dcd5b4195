"""The console's page for what the office writes: kept as typed, refused in one sentence, listed and taken off."""

import html

import pytest
from sqlalchemy.orm import Session

from questionnaires.vocabulary import OwnText
from reports.report.own_words import LONGEST, OwnWords, load_own_word_texts
from survey_app.rounds.own_texts import load_words, store_words
from survey_app.rounds.round_rows import find_round
from tests.console import open_console
from tests.county import NOW, open_county
from tests.test_own_words import WORDS, next_round

PAGE = "/console/words"
RECORD = {
    "day": "2026-03-10",
    "process_kind": "interview",
    "what": "走访村小",
    "took_part": "督学",
    "kept_at": "档案柜",
}


@pytest.fixture
def console(sqlite_engine, tmp_path):
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def desk(console):
    return console.people["county"]


def kept(engine):
    with Session(engine) as session:
        return load_words(find_round(session))


def shown(desk):
    return html.unescape(desk.get(PAGE).text)


def test_texts_are_kept_with_their_paragraphs_and_shown_again(desk, sqlite_engine):
    assert desk.post(PAGE, {"practice": "甲\u200b。\r\n\r\n乙。", "causes": "丙。"}).status_code == 303
    assert kept(sqlite_engine) == OwnWords(practice="甲。\n乙。", causes="丙。")
    assert "甲。\n乙。</textarea>" in shown(desk)


def test_examples_are_shown_and_not_kept(desk, sqlite_engine):
    for kind in OwnText:
        assert load_own_word_texts().texts[kind.value].example in shown(desk)
    desk.post(PAGE, {})
    assert kept(sqlite_engine) == OwnWords()


def test_a_long_text_is_refused_in_one_sentence_and_stays_in_its_field(desk, sqlite_engine):
    answer = desk.post(PAGE, {"next_steps": f"甲\n{'长' * LONGEST}"})
    page = html.unescape(answer.text)
    assert answer.status_code == 400
    assert page.count(f"“下一步打算”最多{LONGEST}个字，现有{LONGEST + 2}个字，请删减后再保存。") == 1
    assert f"甲\n{'长' * LONGEST}</textarea>" in page
    assert kept(sqlite_engine) == OwnWords()


def test_process_evidence_is_listed_and_taken_off(desk, sqlite_engine):
    desk.post(PAGE, {"practice": "甲。"})
    desk.post(f"{PAGE}/process", RECORD)
    desk.post(f"{PAGE}/process", RECORD | {"day": "2026-03-01", "what": "座谈"})
    assert [record.what for record in kept(sqlite_engine).process] == ["座谈", "走访村小"]
    assert "走访村小" in shown(desk)
    desk.post(f"{PAGE}/drop", {"number": "1"})
    assert [record.what for record in kept(sqlite_engine).process] == ["走访村小"]
    assert kept(sqlite_engine).practice == "甲。"
    assert desk.post(f"{PAGE}/drop", {"number": "9"}).status_code == 404


def test_a_name_in_place_of_a_post_is_refused(desk, sqlite_engine):
    answer = desk.post(f"{PAGE}/process", RECORD | {"took_part": "张伟"})
    assert answer.status_code == 400
    assert "写职务、不写姓名：张伟" in html.unescape(answer.text)
    assert kept(sqlite_engine).process == ()


@pytest.mark.parametrize(
    ("field", "sentence"),
    [("day", "请选择时间。"), ("process_kind", "请选择方式。"), ("what", "请写明内容，最多100个字。")],
)
def test_a_field_that_is_missing_is_said(desk, field, sentence):
    answer = desk.post(f"{PAGE}/process", RECORD | {field: ""})
    assert answer.status_code == 400
    assert sentence in html.unescape(answer.text)


def test_the_next_round_is_shown_the_last_texts_to_be_read_before_they_count(console, sqlite_engine):
    with Session(sqlite_engine) as session, session.begin():
        first = find_round(session)
        store_words(session, first, WORDS, actor="office", now=NOW)
        session.add(next_round(first))
    page = html.unescape(console.people["county"].get(f"{PAGE}?round=2027-1").text)
    assert f"{WORDS.causes}</textarea>" in page
    assert "核对并保存以后才写进这一次的报告" in page
    assert WORDS.process[0].what not in page
