"""The bulletin: one page, laggards first, counts only, and not a word about what to choose."""

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from click.testing import CliRunner
from PIL import Image
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from reports.document.document import Table
from reports.handouts.notices import WordingError
from reports.progress.bulletin import BulletinFacts, Counts, Line, bulletin, draw_bulletin, write_text
from survey_app.cli import survey
from survey_app.core.db import connect, reading, upgrade
from survey_app.core.errors import ConflictError
from survey_app.core.settings import beijing_now
from survey_app.rounds.round_rows import find_round
from survey_app.watching.bulletins import News, prepare_bulletin
from survey_app.watching.live_counts import Watch, confine
from tests.console import open_console
from tests.county import NOW, OPENS, PLAN, answer, issue, open_county
from tests.postgresql import engine_mostly_sqlite
from tests.test_section import text_of

__all__ = ["engine_mostly_sqlite"]

FACTS = BulletinFacts(
    county="重庆市黔江区", organiser="黔江区人民政府教育督导委员会办公室", number=3,
    at=datetime(2025, 11, 22, 18), opens=OPENS, closes=OPENS + timedelta(days=5), invented=False,
)  # fmt: skip
LONG = "黔江区武陵山民族中心小学"


def line(name: str, forms: int = 20) -> Line:
    return Line(name, 1234, forms, 11, 345, max(0, 345 - forms))


BIG = Counts(
    whole=line("合计", 9000),
    groups=[line(group) for group in (group.zh for group in Group)],
    townships=[line(f"第{n}镇") for n in range(30)],
    units=[line(f"{LONG}{n}") for n in range(100, 194)],
)


def tables(news: News) -> list[Table]:
    return [block for block in bulletin(*news).blocks if isinstance(block, Table)]


def news_of(engine: Engine, at: datetime = NOW, township: str = "") -> News:
    with Session(engine) as session:
        round_ = find_round(session)
        seen = Watch(reading(engine)).look(round_, at)
        return prepare_bulletin(round_, seen, confine(seen.rows, "township" if township else "", township), township)


@pytest.fixture
def county(engine: Engine) -> Engine:
    open_county(engine)
    with Session(engine) as session, session.begin():
        codes = issue(session, "P01")
        answer(session, codes[:100], OPENS)
        answer(session, codes[100:113], OPENS + timedelta(days=2))
        answer(session, issue(session, "P02")[:7], OPENS + timedelta(days=1))
    return engine


def test_it_says_of_each_group_township_and_unit_who_takes_part_and_who_is_behind(county: Engine) -> None:
    groups, townships, units = tables(news_of(county, OPENS + timedelta(days=2, hours=3)))
    assert groups.head == ("对象", "受邀人数", "已参与", "参与率", "较昨日", "最低样本", "是否完成")
    assert [row[0] for row in groups.rows] == ["学生", "家长", "教师", "人大代表", "其他群众", "合计"]
    assert groups.rows[-1][1:5] == ("237", "120", "50.63%", "+13")
    assert units.rows[-1][:5] == ("第一小学", "130", "113", "86.92%", "+13")
    assert [row[-1] for row in units.rows] == ["未完成", "未完成", "未完成", "已完成"]
    assert {row[0] for row in townships.rows} == {"甲镇", "乙镇"}


def test_issues_count_the_days_and_the_first_has_no_yesterday(county: Engine) -> None:
    first, third = news_of(county, OPENS), news_of(county, OPENS + timedelta(days=2))
    assert (first.facts.number, third.facts.number) == (1, 3)
    assert {row[4] for table in tables(first) for row in table.rows} == {"—"}
    assert "较昨日增加" not in bulletin(*first).blocks[0].lines[0]
    late = news_of(county, PLAN.closes + timedelta(days=9))
    assert (late.facts.number, late.facts.at) == (5, PLAN.closes)


def test_before_the_round_opens_there_is_nothing_to_say(county: Engine) -> None:
    with pytest.raises(ConflictError, match="还没有到开始时间"):
        news_of(county, OPENS - timedelta(minutes=1))


def test_a_township_hears_of_its_own_units_alone(county: Engine) -> None:
    text = text_of(bulletin(*news_of(county, township="甲镇")))
    assert "甲镇受邀142人" in text
    assert not re.search("乙镇|第二小学", text)


def test_no_word_of_it_hints_at_an_answer_a_target_or_a_score(county: Engine) -> None:
    with Session(county) as session, session.begin():
        session.connection().exec_driver_sql("UPDATE school SET name = '满意85小学' WHERE code = 'P01'")
    news = news_of(county)
    assert "P01" in text_of(bulletin(*news))
    words = re.sub(r"[\d,.]+", "", text_of(bulletin(*news)))
    assert not re.search("满意|得分|八十五|认定|通过|演练|模拟", words)
    assert not re.search("满意|85|得分", text_of(bulletin(FACTS, replace(BIG, units=BIG.units[:50]))))
    assert "任何人不得要求您怎么选" in words
    assert "自愿参与，不得代填，不得要求截图。" in words
    copied = write_text(FACTS, BIG)
    assert copied.splitlines()[1] == bulletin(FACTS, BIG).blocks[0].lines[0]
    assert not re.search("满意|85|得分", copied)
    for write in (bulletin, write_text):
        with pytest.raises(WordingError):
            write(replace(FACTS, organiser="满意办公室"), BIG)


def test_what_does_not_fit_on_the_page_follows_complete() -> None:
    found = tables(News(FACTS, BIG))
    assert [len(table.rows) for table in found] == [8, 3, 7, 30, 94]
    assert "94个中最慢的7个，全部见表5" in found[2].caption


def test_the_picture_is_wide_enough_for_a_chat_and_says_when_it_is_invented() -> None:
    plain = Image.open(io.BytesIO(draw_bulletin(FACTS, BIG)))
    assert plain.width == 1080
    assert plain.height < 2400
    marked = draw_bulletin(replace(FACTS, invented=True), BIG)
    assert marked != draw_bulletin(FACTS, BIG)
    assert bulletin(replace(FACTS, invented=True), BIG).mark == "演示数据"


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/data/survey.db")
    upgrade(engine)
    opens = beijing_now().replace(microsecond=0) - timedelta(days=1)
    open_county(engine, replace(PLAN, opens=opens, closes=opens + timedelta(days=4)))
    engine.dispose()
    command = ["bulletin", "--dir", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""}, catch_exceptions=False)
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["进度通报（第2期）.docx", "进度通报（第2期）.png"]


def test_the_console_gives_it_to_those_who_hand_out_and_notes_it(county: Engine, tmp_path: Path) -> None:
    with open_console(county, tmp_path / "store") as console:
        assert "/console/bulletin" in console.people["county"].get("/console/watch").text
        page = console.people["county"].get("/console/bulletin").text
        assert "/console/bulletin/png" in page
        assert "截至" in page
        assert "自愿参与，不得代填，不得要求截图。" in page
        assert "/console/bulletin" not in console.people["unit"].get("/console/watch").text
        word = console.people["township"].get("/console/bulletin/docx").content
        assert console.people["county"].get("/console/bulletin/png").content.startswith(b"\x89PNG")
        assert console.people["county"].get("/console/bulletin/exe").status_code == 404
        assert "进度通报" in console.people["admin"].get("/console/log").text
    cells: list[Any] = [cell.text for table in docx.Document(io.BytesIO(word)).tables for cell in table._cells]
    assert "第一小学" in cells
    assert "第二小学" not in cells


def test_it_says_whose_survey_it_is_with_the_telephone_of_the_round(county: Engine) -> None:
    assert "不是教育部的调查。请如实填写" in text_of(bulletin(*news_of(county)))
    with Session(county) as session, session.begin():
        session.connection().exec_driver_sql("UPDATE round SET telephone = '023-79220000'")
    said = text_of(bulletin(*news_of(county)))
    assert "不是教育部的调查，咨询电话023-79220000。请如实填写" in said
    assert "本区（县）组织" not in said
