"""How answering went: coarse, inside the box, summed by group after close, and never of a few people."""

from collections import Counter
from secrets import token_bytes

import pytest
from msgspec import UNSET
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.answers import check_answers
from questionnaires.paper import load_paper
from questionnaires.vocabulary import Group, RoundState
from reports.screen.course_view import describe_course
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.answering.answer_course import UNTOLD, Course, open_course, read_course
from survey_app.closing.close import close_round
from survey_app.closing.courses import count_courses, hide_few
from survey_app.closing.round_tables import load_published
from survey_app.core.models import Published
from survey_app.rounds.opening import load_minutes
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status
from tests.county import NOW, OPENS, PLAN, issue, open_county
from tests.keyring import keys_of, open_own

PAPERS = ("social-2026", "staff-2026", "student-2026")


@pytest.mark.parametrize("told", [["x"], ["1.1.1.1"], ["1.1.1.1.-1"], ["1.1.1.1.1", "2.2.2.2.2"], ["1" * 60], [""], []])
def test_whatever_no_phone_of_ours_says_is_nothing(told: list[str]) -> None:
    assert read_course(told, 17) == UNTOLD
    assert open_course(UNTOLD) is None


def test_four_bytes_hold_it_coarsely_and_nothing_finer() -> None:
    course = open_course(read_course(["9.4.7000.19.5"], 17))
    assert course == Course(opened=3, first=3, minutes=4, last=17, edits=2)
    assert len(read_course(["9.4.7000.19.5"], 17)) == len(UNTOLD) == 4
    assert open_course(b"\x01\x09\x01\x01") is None


def test_what_a_phone_says_of_it_is_no_field_of_the_paper() -> None:
    paper = load_paper("social-2026")
    fields = {item: ["4"] for item in paper.item_ids}
    assert check_answers(paper, fields | {"seen": ["1.1.2.17.0"]}).problems == ()


def test_a_group_of_few_is_not_told_and_no_sum_tells_what_another_hides() -> None:
    quick = Course(opened=1, first=0, minutes=1, last=17, edits=0)
    slow = Course(opened=2, first=1, minutes=4, last=16, edits=1)
    courses = Counter({(Group.PARENT, quick): 30, (Group.PARENT, slow): 3, (Group.DEPUTY, quick): 9})
    told = count_courses(courses, PAPERS, 10)
    assert set(told) == {"parent"}
    assert (told["parent"].forms, told["parent"].median) == (33, 2)
    assert set(told["parent"].minutes) == {None}, "30 of 33 would tell the three"
    assert told["parent"].reached_last is None
    assert hide_few([30, 12, 10], 10) == (30, 12, 10)


def test_it_is_sealed_until_the_close_and_told_by_group_alone_after_it(engine: Engine) -> None:
    open_county(engine)
    with Session(engine) as session, session.begin():
        codes = [code for unit in ("P01", "P02") for code in issue(session, unit) if code.group == "parent"][:24]
        for code in codes:
            number = new_number(token_bytes)
            access = find_access(session, code.code, number, OPENS)
            course = read_course(["1.1.3.17.0"], 17)
            submission = Submission(access, number, "4" * 17, OPENS, course=course)
            assert store_forms(session.connection(), [submission]) == ["stored"]
        assert load_status(session, find_round(session), now=NOW).course is UNSET
        assert session.scalars(select(Published.name)).all() == []
    assert {form.bins for form in open_own(engine)} == {read_course(["1.1.3.17.0"], 17)}
    close_round(engine, None, keys=keys_of(engine), actor="test", now=NOW)
    with Session(engine) as session:
        round_ = find_round(session)
        assert round_.state == RoundState.CLOSED
        counts = load_published(session, round_).status.course["parent"]
        assert (counts.forms, counts.minutes, counts.median) == (24, (None, None, 24, None, None), 3)
        assert load_minutes(session, PLAN.county) == {"parent": 3}
        assert load_minutes(session, "另一县") == {}
        _, table = describe_course({"parent": counts})
        assert table.rows[0][:3] == ("家长", "24", "3分钟内")
