"""What the office writes itself: kept, carried, cleaned, printed where it belongs, and never made up."""

from dataclasses import replace
from datetime import date, datetime

import docx
import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import OwnText, ProcessKind
from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.published_round import PublishedRound
from reports.document.document import Heading, Paragraph, Table
from reports.report import insert, section
from reports.report.own_words import (
    LONGEST,
    LONGEST_CELL,
    MOST_RECORDS,
    NO_WORDS,
    OwnWords,
    ProcessRecord,
    clean_words,
    find_word_problems,
    load_own_word_texts,
)
from reports.screen.views import results_of
from survey_app.cli.report_command import report
from survey_app.core.errors import SurveyError
from survey_app.core.models import Audit, Round
from survey_app.results.county_files import read_facts
from survey_app.rounds.own_texts import load_words, propose_words, read_words, store_words
from survey_app.rounds.round_rows import find_round
from tests.county import NOW, open_county
from tests.golden_counties import COUNTIES, golden, write_county
from tests.postgresql import ON_POSTGRESQL_IN_SOAK
from tests.test_true_counties import words_of

MEETING = ProcessRecord(
    day=date(2026, 3, 10),
    kind=ProcessKind.MEETING,
    what="部署社会认可度调查",
    took_part="督导室主任、各校校长",
    kept_at="督导室档案柜2号",
)
WORDS = OwnWords(
    practice="成立工作专班，分3次培训班主任。\n答题条由学校当众打乱后自取。",
    results="新建学校2所，起始年级大班额为0。",
    causes="依据《明江县教育振兴行动方案》，乡镇学校体育教师兼课多。",
    next_steps="2026年9月底前补充体育教师12名。",
    process=(MEETING,),
)
TOML = """
practice = "成立工作专班。"
causes = "​教师兼课多。\\u0007"

[[process]]
day = 2026-03-10
kind = "meeting"
what = "部署调查"
took_part = "督导室主任"
kept_at = "档案柜2号"
"""


def written(write, words=WORDS, name="F"):
    facts, published = golden(name)
    return write(replace(facts, own=words), results_of(published))


def below(document):
    """The lines below each heading."""
    found = {}
    lines = []
    for block in document.blocks:
        if isinstance(block, Heading):
            lines = found.setdefault(block.text, [])
        elif isinstance(block, Paragraph):
            lines += block.lines
    return found


def test_each_text_stands_in_its_chapter_of_the_insert():
    parts = below(written(insert.insert))
    assert parts["1.组织实施"][-2:] == WORDS.practice.splitlines()
    assert parts["3.测算结果"][-1] == WORDS.results
    assert parts["4.存在问题"][-1] == WORDS.causes
    assert WORDS.next_steps in parts["5.整改措施"]


def test_each_text_has_a_numbered_heading_in_its_chapter_of_the_report():
    heads = below(written(section.section))
    assert heads["（三）主要做法"] == WORDS.practice.splitlines()
    assert heads["（四）工作成效"] == [WORDS.results]
    assert heads["（三）原因分析"] == [WORDS.causes]
    assert heads["（四）下一步打算"] == [WORDS.next_steps]
    order = list(heads)
    assert order.index("一、主要结论") < order.index("（四）工作成效") < order.index("二、依据与方法")
    assert order.index("八、台账与规划") < order.index("（四）下一步打算") < order.index("九、缺少的资料与局限")


def test_a_text_that_is_missing_leaves_no_gap_in_the_numbers():
    heads = below(written(section.section, OwnWords(results="有成效。", next_steps="继续做。")))
    assert "（三）工作成效" in heads
    assert "（三）下一步打算" in heads
    assert not [head for head in heads if head.endswith(("主要做法", "原因分析"))]


@pytest.mark.parametrize("write", [insert.insert, section.section])
def test_an_empty_text_prints_nothing_and_no_placeholder(write):
    empty = written(write, clean_words(OwnWords(practice=" \u200b\n\u3000", results="\u2060")))
    assert empty == written(write, NO_WORDS)
    said = "".join(words_of(empty).paragraphs)
    for kind in OwnText:
        assert f"）{kind.zh}" not in said
    assert "例：" not in said
    assert "过程性材料" not in said


@pytest.mark.parametrize("write", [insert.insert, section.section])
@pytest.mark.parametrize("kind", OwnText)
def test_no_example_is_kept_or_printed_by_itself(write, kind):
    example = load_own_word_texts().texts[kind.value].example
    assert example.removeprefix("例：") not in "".join(words_of(written(write)).paragraphs)


def test_process_evidence_is_a_list_in_the_annex_in_the_order_of_days():
    later = MEETING.model_copy(update={"day": date(2026, 4, 1), "kind": ProcessKind.INTERVIEW, "took_part": ""})
    document = written(section.section, clean_words(OwnWords(process=(later, MEETING))))
    (table,) = [block for block in document.blocks if isinstance(block, Table) and "过程性材料" in block.caption]
    assert table.head == ("时间", "方式", "内容", "参加人员（职务）", "材料存放处")
    assert table.rows == (
        ("2026年3月10日", "会议", "部署社会认可度调查", "督导室主任、各校校长", "督导室档案柜2号"),
        ("2026年4月1日", "访谈", "部署社会认可度调查", "—", "督导室档案柜2号"),
    )
    assert "（五）过程性材料" in below(document)


@pytest.mark.parametrize(
    "line", ["## 假标题", "表@groups：假表", "| 甲 | 乙 |", "图@gone：没有", "< 督导室", "> 首段", "见表@gone"]
)
def test_nothing_that_is_written_becomes_a_heading_a_table_or_a_label(line):
    usual = written(section.section, OwnWords(practice="甲"))
    other = written(section.section, OwnWords(practice=f"{line}尾"))
    assert [type(block) for block in other.blocks] == [type(block) for block in usual.blocks]
    assert other.blocks[-1] == usual.blocks[-1]


def test_what_cannot_be_seen_is_cleaned_and_paragraphs_stay():
    cleaned = clean_words(
        OwnWords(
            practice="甲\u200b乙\x07\r\n\u202e丙\n\n丁", process=(MEETING.model_copy(update={"what": "会\x00议"}),)
        )
    )
    assert cleaned.practice == "甲乙\n丙\n丁"
    assert cleaned.process[0].what == "会议"


def of_one(**cells):
    return OwnWords(process=(MEETING.model_copy(update=cells),))


LONG_TEXT = f"“原因分析”最多{LONGEST}个字，现有{LONGEST + 1}个字，请删减后再保存。"
MANY_RECORDS = f"过程性材料最多列{MOST_RECORDS}条，现有{MOST_RECORDS + 1}条，请合并后再保存。"
NAMED = "过程性材料第1条的“参加人员”写职务、不写姓名：{}。"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (OwnWords(causes="长" * (LONGEST + 1)), LONG_TEXT),
        (OwnWords(process=(MEETING,) * (MOST_RECORDS + 1)), MANY_RECORDS),
        (of_one(what=""), "过程性材料第1条没有写内容。"),
        (of_one(kept_at="长" * (LONGEST_CELL + 1)), f"过程性材料第1条的“材料存放处”最多{LONGEST_CELL}个字。"),
        (of_one(took_part="督导室主任、张伟"), NAMED.format("张伟")),
        (of_one(took_part="李校长"), NAMED.format("李校长")),
    ],
)
def test_what_cannot_stand_is_refused_in_one_sentence(words, sentence):
    assert find_word_problems(words) == [sentence]


@pytest.mark.parametrize("part", ["家长代表12人", "督导室主任", "各校校长", "政协委员", "学校教师、社区书记", ""])
def test_posts_and_groups_take_part(part):
    assert find_word_problems(OwnWords(process=(MEETING.model_copy(update={"took_part": part}),))) == []


@pytest.mark.parametrize("write", [insert.insert, section.section])
def test_the_checker_knows_the_offices_figures_and_titles_as_its_own(write):
    facts, published = golden("F")
    document = written(write)
    round_ = PublishedRound(facts=replace(facts, own=WORDS), published=published)
    assert list(check_written(words_of(document), round_)) == []
    of_another = list(check_written(words_of(document), PublishedRound(facts=facts, published=published)))
    assert [line for line in of_another if line.startswith(("unknown", "title"))]


def test_a_figure_of_the_survey_that_the_office_writes_wrong_is_found():
    facts, published = golden("F")
    claim = "明江县社会认可度：99.99%"
    round_ = PublishedRound(facts=replace(facts, own=OwnWords(results=f"{claim}。")), published=published)
    assert [line for line in check_written(Written([f"{claim}。"], []), round_) if line.startswith("headline")]


def test_facts_toml_brings_the_words_and_refuses_what_cannot_stand(tmp_path):
    folder = write_county(tmp_path, COUNTIES["F"])
    facts = (folder / "facts.toml").read_text(encoding="utf-8")
    words = TOML.replace("[[process]]", "[[words.process]]")
    (folder / "facts.toml").write_text(f"{facts}\n[words]\n{words}", encoding="utf-8")
    read = read_facts(folder).words
    assert (read.practice, read.causes, read.process[0].day) == ("成立工作专班。", "教师兼课多。", date(2026, 3, 10))
    (folder / "facts.toml").write_text(f'{facts}\n[words]\ncauses = "{"长" * 2000}"\n', encoding="utf-8")
    with pytest.raises(SurveyError, match=f"^“原因分析”最多{LONGEST}个字，现有2000个字，请删减后再保存。$"):
        read_facts(folder)


def test_the_command_prints_the_words_of_a_file(tmp_path):
    folder = write_county(tmp_path / "county", COUNTIES["F"])
    (tmp_path / "words.toml").write_text(TOML, encoding="utf-8")
    asked = ["--from", str(folder), "--words", str(tmp_path / "words.toml"), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(report, asked).exit_code == 0
    told = docx.Document(str(tmp_path / "out" / f"{insert.FILE}.docx"))
    assert {"成立工作专班。", "教师兼课多。"} <= {line.text for line in told.paragraphs}


def test_a_file_with_a_word_that_is_none_is_refused(tmp_path):
    (tmp_path / "words.toml").write_text('practise = "甲"\n', encoding="utf-8")
    with pytest.raises(SurveyError, match="practise"):
        read_words(tmp_path / "words.toml")


@ON_POSTGRESQL_IN_SOAK
def test_the_words_are_kept_with_the_round_and_told_in_the_audit(engine):
    open_county(engine)
    with Session(engine) as session, session.begin():
        store_words(session, find_round(session), WORDS, actor="office", now=NOW)
        store_words(session, find_round(session), WORDS, actor="office", now=NOW)
    with Session(engine) as session:
        assert load_words(find_round(session)) == WORDS
        (told,) = session.scalars(select(Audit).where(Audit.action == "own_words"))
        assert (told.actor, told.detail) == (
            "office",
            {"texts": "主要做法、工作成效、原因分析、下一步打算", "process": 1},
        )


@ON_POSTGRESQL_IN_SOAK
def test_the_next_round_is_proposed_the_last_texts_and_prints_none_until_they_are_kept(engine):
    open_county(engine)
    with Session(engine) as session, session.begin():
        first = find_round(session)
        store_words(session, first, WORDS, actor="office", now=NOW)
        session.add(next_round(first))
        session.flush()
        later = find_round(session, "2027-1")
        proposed = propose_words(session, later)
        assert (proposed.practice, proposed.process) == (WORDS.practice, ())
        assert load_words(later) == NO_WORDS
        assert propose_words(session, first) == NO_WORDS


def next_round(first):
    copied = {column.key: getattr(first, column.key) for column in Round.__table__.columns if column.key != "id"}
    return Round(**copied | {"name": "2027-1", "state": "closed", "opens": datetime(2027, 4, 1), "own_words": ""})
