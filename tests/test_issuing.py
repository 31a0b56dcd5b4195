from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from analysis.results import as_json
from questionnaires.school_year import SchoolYear
from survey_app.answering import REFUSED, Submission, find_access, hash_code, store_forms
from survey_app.codes.issuing import IssuedCode, issue_codes
from survey_app.core.errors import AlreadyIssuedError, ConflictError, NotFoundError
from survey_app.core.models import Batch, Code, FrameRow, Round, School
from survey_app.frame.schools import store_frame
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status
from tests.keyring import keys_of

NOW = datetime(2025, 10, 20, 8)


@pytest.fixture
def session(engine: Engine) -> Any:
    """A store with an open round: two classes of parents at P01 (5 and 3 people) and 12 teachers at P02."""
    rows = [
        ("parent", "P01", "一班", 5),
        ("parent", "P01", "二班", 3),
        ("teacher", "P02", "", 12),
        ("public", "甲镇", "", 0),
    ]
    group, unit, class_name, people = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "group": group, "unit": unit, "class": class_name, "grade": float("nan"), "population": 20,
            "invited": people, "stage": "", "locale": "", "township": "",
        }
    )  # fmt: skip
    plan = RoundPlan(
        county="青山区", organiser="督导室", population=400_000, population_source="普查", school_year=SchoolYear(2025),
        standard="national-2017", rule="quality-2024", papers=PAPERS, opens=NOW, closes=NOW + timedelta(days=5),
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        session.add(School(code="P01", name="第一小学", kind="primary", built_year=None))
        store_frame(session, frame, actor="test", now=NOW)
        open_round(session, plan, keys=keys_of(session.get_bind()), actor="test", now=NOW)
        yield session


def issue(session: Session, kind: Any = "slip", **how: Any) -> list[IssuedCode]:
    return issue_codes(session, find_round(session), kind, actor="test", now=NOW, random=token_bytes, **how)


def answer(session: Session, code: IssuedCode, number: str) -> str:
    access = find_access(session, code.code, number, NOW)
    [outcome] = store_forms(session.connection(), [Submission(access, number, "5" * 17, NOW)])
    return outcome


def group_status(session: Session, group: str) -> dict[str, int]:
    status: dict[str, int] = as_json(load_status(session, find_round(session)).groups[group])
    return status


def test_everyone_invited_gets_one_slip_and_only_its_hash_is_stored(session: Session) -> None:
    issued = issue(session)
    assert len(issued) == 20 == len({one.code for one in issued})
    assert set(session.scalars(select(Code.digest))) == {hash_code(one.code) for one in issued}
    assert {(one.unit, one.unit_name) for one in issued} == {("P01", "第一小学"), ("P02", "P02")}


def test_class_codes_go_to_classes_alone(session: Session) -> None:
    issued = issue(session, "class")
    assert [(one.class_name, one.people) for one in issued] == [("一班", 5), ("二班", 3)]


def test_who_has_codes_gets_no_second_ones(session: Session) -> None:
    issue(session, "class", unit="P01")
    assert {one.unit for one in issue(session)} == {"P02"}
    with pytest.raises(AlreadyIssuedError, match="已经发过码"):
        issue(session)


def test_a_reprint_voids_the_old_codes_and_serves_who_has_not_answered(session: Session) -> None:
    old = issue(session, unit="P01")
    assert answer(session, old[0], "a" * 32) == "stored"
    new = issue(session, unit="P01", reprint=True)
    assert len(new) == 8  # one answer is not told yet
    assert {find_access(session, one.code, None, NOW).state for one in old[1:]} == {"void"}
    assert find_access(session, new[0].code, None, NOW).state == "open"
    assert group_status(session, "parent")["issued"] == 9  # the window is over: the answer on an old code is told


def test_an_unknown_unit_and_a_closed_round_are_refused(session: Session) -> None:
    with pytest.raises(NotFoundError, match="P99"):
        issue(session, unit="P99")
    session.scalars(select(Round)).one().state = "closed"
    with pytest.raises(ConflictError):
        issue(session)


def test_status_counts_forms_beside_targets_by_group_and_unit(session: Session) -> None:
    [one, two] = issue(session, "class")
    assert [answer(session, one, number * 32) for number in "abc"] == ["stored"] * 3
    assert answer(session, two, "a" * 32) == "stored"
    status = as_json(load_status(session, find_round(session)))
    assert status["forms"] == 4
    assert status["groups"]["parent"] == {"population": 40, "target": 40, "issued": 8, "forms": 4}
    units = {(row["unit"], row["group"]): row for row in status["units"]}
    assert units["P01", "parent"] == {
        "unit": "P01", "group": "parent", "population": 40, "target": 40, "issued": 8, "spent": 4,
    }  # fmt: skip
    assert units["P02", "teacher"]["issued"] == 0
    assert session.scalar(select(func.count()).select_from(Batch)) == 2


def test_a_class_code_comes_with_nine_digits_of_its_own(session: Session) -> None:
    issued = issue(session, "class")
    shorts = {one.short for one in issued}
    assert len(shorts) == 2
    assert all(len(one) == 9 and one.isdecimal() for one in shorts)
    assert {find_access(session, one, None, NOW).state for one in shorts} == {"open"}
    assert set(session.scalars(select(Code.digest))) >= {hash_code(one) for one in shorts}


def test_digits_that_another_code_has_are_drawn_again(session: Session) -> None:
    draws = iter([bytes(8), bytes(8), b"\1" * 8])
    issued = issue_codes(
        session, find_round(session), "class", actor="test", now=NOW,
        random=lambda n: next(draws) if n == 8 else token_bytes(n),
    )  # fmt: skip
    assert issued[0].short == "000000000"
    assert len({one.short for one in issued}) == 2


def test_a_public_code_opens_to_every_row_without_a_class_of_its_unit(session: Session) -> None:
    rows = session.scalars(select(FrameRow)).all()
    for row in rows:
        if row.group in ("public", "teacher"):
            row.unit, row.invited = "甲镇", 30
    [issued] = issue(session, "public")
    assert (issued.kind, issued.group, issued.unit, len(issued.short)) == ("public", "public", "甲镇", 9)
    assert find_access(session, issued.code, None, NOW).groups == ("teacher", "public")
    access = find_access(session, issued.code, None, NOW, "teacher")
    assert (access.group, access.paper) == ("teacher", "staff-2026")
    assert find_access(session, issued.code, None, NOW, "student").group == ""
    with pytest.raises(ConflictError):
        issue(session, "public")


def test_a_unit_without_a_row_for_the_public_gets_no_public_code(session: Session) -> None:
    with pytest.raises(ConflictError):
        issue(session, "public", unit="P02")


def test_more_forms_than_people_are_counted_and_named(session: Session) -> None:
    [_, two] = issue(session, "class")
    assert [answer(session, two, number * 32) for number in "abcd"] == ["stored"] * 4
    status = as_json(load_status(session, find_round(session)))
    assert status["forms"] == 4
    assert status["more_than_people"] == [{"unit": "P01", "group": "parent", "class": "二班", "people": 3, "forms": 4}]


def test_a_refusal_spends_the_code_and_is_counted_like_any_form(session: Session) -> None:
    [code, *_] = issue(session)
    access = find_access(session, code.code, "a" * 32, NOW)
    assert store_forms(session.connection(), [Submission(access, "a" * 32, REFUSED, NOW)]) == ["stored"]
    assert find_access(session, code.code, "b" * 32, NOW).state == "used"
    status = as_json(load_status(session, find_round(session)))
    assert (status["forms"], status["refused"]) == (1, 0)


def test_a_feature_says_what_is_so_and_names_no_flag_of_the_command_line(session: Session) -> None:
    issue(session, "slip")
    with pytest.raises(AlreadyIssuedError) as refused:
        issue(session, "slip")
    assert "--" not in str(refused.value)
