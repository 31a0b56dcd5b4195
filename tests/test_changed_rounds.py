"""A round gets a later end, or is cancelled with its boxes unopened and its frame given back."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.answering import find_access
from survey_app.closing import cancelling
from survey_app.closing.cancelling import cancel_round
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_published
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Box, Form, FrameRow, Spent
from survey_app.rounds.extending import extend_round
from survey_app.rounds.key_files import load_key
from survey_app.rounds.opening import open_round
from survey_app.rounds.round_rows import find_round
from tests.county import NOW, PLAN, answer, issue, open_county
from tests.keyring import keys_of

LATER = PLAN.closes + timedelta(days=1)


def begin(engine: Engine) -> list[str]:
    """An open round with three answers; returns its codes, those that were used first."""
    open_county(engine)
    with Session(engine) as session, session.begin():
        codes = issue(session, "P01")
        answer(session, codes[:3])
    return [code.code for code in codes]


def cancel(engine: Engine) -> int:
    return cancel_round(engine, None, keys=keys_of(engine), actor="test", now=NOW)


def count(engine: Engine, table: type) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_round_ends_later_and_its_codes_answer_until_then(engine: Engine) -> None:
    codes = begin(engine)
    with Session(engine) as session, session.begin():
        extend_round(session, find_round(session), LATER, actor="test", now=NOW)
    with Session(engine) as session:
        before_the_end = find_access(session, codes[5], None, PLAN.closes + timedelta(hours=1))
        after = find_access(session, codes[5], None, LATER)
    assert (before_the_end.state, after.state) == ("open", "closed")


@pytest.mark.parametrize(
    ("closes", "now", "sentence"),
    [
        (PLAN.closes, NOW, "应晚于现在的结束时间"),
        (NOW, NOW, "应晚于现在的结束时间"),
        (LATER, PLAN.closes, "已按实数公布，不能再延长"),
    ],
)
def test_an_end_that_is_no_later_or_has_passed_is_not_moved(
    sqlite_engine: Engine, closes: object, now: object, sentence: str
) -> None:
    begin(sqlite_engine)
    with Session(sqlite_engine) as session, pytest.raises(ConflictError, match=sentence):
        extend_round(session, find_round(session), closes, actor="test", now=now)  # type: ignore[arg-type]


def test_an_end_is_not_moved_into_the_ministrys_own_survey(sqlite_engine: Engine) -> None:
    begin(sqlite_engine)
    days = {"ministry_from": f"{PLAN.closes + timedelta(days=1):%Y-%m-%d}", "ministry_to": f"{LATER:%Y-%m-%d}"}
    with Session(sqlite_engine) as session, session.begin():
        record(session, "test", "confirm", f"round {find_round(session).name}", at=NOW, **days)
    with Session(sqlite_engine) as session, pytest.raises(ConflictError, match="教育部的调查重叠"):
        extend_round(session, find_round(session), LATER, actor="test", now=NOW)


def test_a_cancelled_round_keeps_no_box_no_key_and_no_mark_and_its_frame_waits_for_the_next(engine: Engine) -> None:
    codes = begin(engine)
    assert cancel(engine) == 3
    assert [count(engine, table) for table in (Box, Spent, Form)] == [0, 0, 0]
    with Session(engine) as session, session.begin():
        round_ = find_round(session)
        assert round_.state == "cancelled"
        assert load_key(keys_of(engine), round_.public_key or b"") is None
        assert [find_access(session, code, None, NOW).state for code in (codes[0], codes[5])] == ["closed", "closed"]
        with pytest.raises(NotFoundError, match="没有结果"):
            load_published(session, round_)
        again = open_round(session, PLAN, keys=keys_of(engine), actor="test", now=NOW)
        rows = select(func.count()).where(FrameRow.round_id == again.id)
        assert session.scalar(rows) == session.scalar(select(func.count()).where(FrameRow.round_id == round_.id))


def test_a_cancelling_cut_short_is_finished_by_cancelling_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(engine)
    with monkeypatch.context() as broken:
        broken.delattr(cancelling, "drop_boxes")
        with pytest.raises(NameError):
            cancel(engine)
    assert count(engine, Box) == 3
    cancel(engine)
    assert count(engine, Box) == 0
    with pytest.raises(ConflictError, match="已取消"):
        cancel(engine)


def test_a_closed_round_and_one_without_a_key_are_not_cancelled(sqlite_engine: Engine) -> None:
    begin(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        round_ = find_round(session)
        key = round_.public_key
        round_.public_key = None
    with pytest.raises(ConflictError, match="没有加密封存"):
        cancel(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        find_round(session).public_key = key
    close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=PLAN.closes)
    with pytest.raises(ConflictError, match="已结束"):
        cancel(sqlite_engine)
