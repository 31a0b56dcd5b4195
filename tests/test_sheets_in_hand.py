"""The last day: each key sheet is asked for, its holder alone answers, a trial says more than a word."""

from datetime import datetime, timedelta
from secrets import token_bytes

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody
from survey_app.core.audit import SERVER_OWNER, record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.rounds.key_custody import Given, give_key, mark_of, renew_sheet, try_sheet
from survey_app.rounds.keys import SplitKey
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.sheet_steps import TAKE
from survey_app.rounds.sheets_in_hand import ask_for_sheets, record_in_hand
from tests.county import NOW, PLAN, open_county
from tests.keyring import keys_of

LAST_DAY = PLAN.closes - timedelta(hours=23)
BEFORE = PLAN.closes - timedelta(hours=25)
HOLDERS = ("甲人", "乙人", "丙人")


def deal(session: Session, by: tuple[str, ...] = HOLDERS) -> tuple[Round, SplitKey]:
    """A round that goes on under three sheets that were taken and tried."""
    open_county(session.get_bind().engine)
    round_ = find_round(session)
    split = give_key(round_, keys_of(session.get_bind().engine), Custody.SHARED, token_bytes)
    assert split is not None
    for sheet, actor in zip(split.sheets, by, strict=True):
        if actor != SERVER_OWNER:
            record(session, actor, TAKE, f"round {round_.name}", at=NOW, sheet=sheet.number, mark=mark_of(round_))
        try_sheet(session, round_, sheet, actor=actor, now=NOW)
    session.flush()
    return round_, split


def answered(session: Session, round_: Round, now: datetime = LAST_DAY) -> list[bool]:
    session.flush()
    return [sheet.is_answered for sheet in ask_for_sheets(session, round_, now)]


def test_sheets_are_asked_for_on_the_last_day_alone_and_until_the_close(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        round_, _ = deal(session)
        assert answered(session, round_, BEFORE) == []
        assert answered(session, round_) == [False] * 3
        assert answered(session, round_, PLAN.closes + timedelta(days=3)) == [False] * 3
        with pytest.raises(ConflictError, match="结束前一天才问"):
            record_in_hand(session, round_, 1, actor="甲人", now=BEFORE)
        round_.state = "closed"
        assert answered(session, round_) == []


def test_the_holder_alone_answers_for_a_sheet_and_for_no_other(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        round_, _ = deal(session)
        record_in_hand(session, round_, 2, actor="乙人", now=LAST_DAY)
        assert answered(session, round_) == [False, True, False]
        with pytest.raises(ConflictError, match="您经手的是第2张"):
            record_in_hand(session, round_, 1, actor="乙人", now=LAST_DAY)
        with pytest.raises(ConflictError, match="是别的账号经手的"):
            record_in_hand(session, round_, 1, actor="别人", now=LAST_DAY)


def test_a_trial_answers_and_one_of_before_the_last_day_does_not(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        round_, split = deal(session)
        try_sheet(session, round_, split.sheets[0], actor="甲人", now=BEFORE)
        assert answered(session, round_) == [False] * 3
        try_sheet(session, round_, split.sheets[0], actor="甲人", now=LAST_DAY)
        [first, *_] = ask_for_sheets(session, round_, LAST_DAY)
        assert (first.is_answered, first.said, first.tried and first.tried.actor) == (True, None, "甲人")


def test_an_extended_round_asks_again_on_its_new_last_day(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        round_, _ = deal(session)
        record_in_hand(session, round_, 1, actor="甲人", now=LAST_DAY)
        round_.closes += timedelta(days=2)
        assert answered(session, round_) == []
        assert answered(session, round_, LAST_DAY + timedelta(days=2)) == [False] * 3


def test_a_sheet_that_was_printed_anew_is_nobodys_until_somebody_stands_for_it(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        round_, split = deal(session)
        record_in_hand(session, round_, 3, actor="丙人", now=LAST_DAY)
        renew_sheet(session, round_, Given(sheets=split.sheets[:2]), actor="甲人", now=LAST_DAY)
        assert answered(session, round_) == [False] * 3
        assert ask_for_sheets(session, round_, LAST_DAY)[2].keeper == ""
        record_in_hand(session, round_, 3, actor="新人", now=LAST_DAY)
        assert answered(session, round_) == [False, False, True]


def test_sheets_that_were_tried_on_the_command_line_are_answered_for_by_one_account_each(
    sqlite_engine: Engine,
) -> None:
    with Session(sqlite_engine) as session:
        round_, _ = deal(session, (SERVER_OWNER,) * 3)
        record_in_hand(session, round_, 1, actor="甲人", now=LAST_DAY)
        session.flush()
        with pytest.raises(ConflictError, match="您经手的是第1张"):
            record_in_hand(session, round_, 2, actor="甲人", now=LAST_DAY)
