"""Opinion codes (意见征集码): classes that were not drawn may speak, and what they say is in no figure."""

from pathlib import Path
from secrets import token_bytes

import docx
import pytest
from msgspec import UNSET
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from analysis.published import Published
from questionnaires.vocabulary import Mode
from reports.checking.checker import check_document
from reports.checking.published_round import PublishedRound
from reports.handouts.posters import notice_text
from reports.report.section import FILE, section
from reports.report.section import write_word as write_section
from reports.screen.views import results_of
from survey_app.answering import REFUSED, Submission, find_access, new_number, store_forms
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_forms
from survey_app.codes.issuing import IssuedCode, issue_codes
from survey_app.core.errors import AlreadyIssuedError
from survey_app.core.models import Audit, Box, FrameRow
from survey_app.results.code_papers import describe_class_code, notice_of
from survey_app.results.documents import facts_of
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status
from tests.county import NOW, OPENS, answer, issue, open_county
from tests.keyring import keep_known_key, keys_of, open_all

DISSATISFIED = "1" * 17
NOT_DRAWN = {"unit": "P01", "class_name": "四年级1班"}


@pytest.fixture
def county(sqlite_engine: Engine) -> Engine:
    """A county in which the fourth form of P01 was not drawn; all others have slips, and 100 people answered."""
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        session.execute(update(FrameRow).filter_by(**NOT_DRAWN).values(invited=0))
        answer(session, issue(session, "P01")[:60])
        answer(session, issue(session, "P02")[:40])
    return sqlite_engine


def make_codes(engine: Engine) -> list[IssuedCode]:
    with Session(engine) as session, session.begin():
        return issue_codes(session, find_round(session), "opinion", actor="test", now=OPENS, random=token_bytes)


def speak(engine: Engine, code: IssuedCode, answers: str, people: int, remark: str = "") -> None:
    with engine.begin() as connection:
        for _ in range(people):
            number = new_number(token_bytes)
            access = find_access(connection, code.code, number, OPENS)
            assert store_forms(connection, [Submission(access, number, answers, OPENS, remark)]) == ["stored"]


def close(engine: Engine) -> Published:
    return close_round(engine, None, keys=keys_of(engine), actor="test", now=NOW).published


def test_only_classes_that_were_not_drawn_have_one_and_each_but_once(county: Engine) -> None:
    made = make_codes(county)
    told = [(code.kind, code.unit, code.class_name, code.people) for code in made]
    assert told == [("opinion", "P01", "四年级1班", 30)]
    with pytest.raises(AlreadyIssuedError):
        make_codes(county)


def test_what_comes_is_sealed_as_an_opinion_whatever_its_sender_says(county: Engine) -> None:
    with Session(county) as session, session.begin():
        round_ = find_round(session)
        round_.public_key = keep_known_key(county, round_.name)
        session.execute(delete(Box))
    [code] = make_codes(county)
    speak(county, code, DISSATISFIED, 12)
    with Session(county) as session, session.begin():
        access = find_access(session, code.code, "a" * 32, OPENS)
        typed = Submission(access, "a" * 32, DISSATISFIED, OPENS, "写在这里", mode=Mode.TYPED)
        assert store_forms(session.connection(), [typed]) == ["stored"]
    assert [form.mode for form in open_all(county)] == [Mode.OPINION] * 13


def test_no_count_figure_or_form_moves_by_it_and_one_line_tells_how_many(county: Engine, tmp_path: Path) -> None:
    [code] = make_codes(county)
    with Session(county) as session:
        before = load_status(session, find_round(session), now=NOW)
    speak(county, code, DISSATISFIED, 25)
    speak(county, code, REFUSED, 2)
    with Session(county) as session:
        assert load_status(session, find_round(session), now=NOW) == before
    published = close(county)
    assert (published.estimate.received, published.status.forms) == (100, 100)
    assert published.estimate.county.rate == 1.0
    assert published.status.opinions == 25
    with Session(county) as session:
        round_ = find_round(session)
        assert len(load_forms(session, round_)) == 100
        opened = session.scalars(select(Audit.detail).where(Audit.action == "open_boxes")).one()
        assert (opened["boxes"], opened["opinions"], opened["refused"]) == (127, 27, {})
        facts = facts_of(round_)
    write_section(tmp_path, section(facts, results_of(published)), FILE, page=False)
    [path] = tmp_path.glob("*.docx")
    assert "未抽中班级自愿填答25份，不计入测算" in "".join(line.text for line in docx.Document(str(path)).paragraphs)
    assert check_document(path, PublishedRound(facts=facts, published=published)) == []


def test_a_few_of_them_are_not_told(county: Engine) -> None:
    [code] = make_codes(county)
    speak(county, code, DISSATISFIED, 9)
    assert close(county).status.opinions is UNSET


def test_the_poster_says_that_it_is_voluntary_and_counts_for_no_figure(county: Engine) -> None:
    [code] = make_codes(county)
    with Session(county) as session:
        notice = notice_of(find_round(session))
    text = notice_text(describe_class_code(code, "http://testserver"), notice)
    assert "意见征集：欢迎四年级1班家长自愿填写，不计入测算" in text
