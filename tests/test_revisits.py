"""Re-contact slips: they open when the others end, and what they bring stands apart from everything else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from nacl.bindings import crypto_box_keypair
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import CodeKind, HandOverMeans, Mode
from survey_app.answering import REFUSED, Submission, find_access, store_forms
from survey_app.answering.box import BOX, open_box
from survey_app.closing.box_opening import open_boxes
from survey_app.codes.custody import hand_over, hand_over_units, list_batches, summarise_custody
from survey_app.codes.issuing import void_batches
from survey_app.core.errors import ConflictError
from survey_app.core.models import Batch, Box, Round
from survey_app.rounds.round_rows import count_sent
from survey_app.watching.live_counts import Watch
from survey_app.watching.status import load_status

PUBLIC, PRIVATE = crypto_box_keypair()
ANSWERS = "54321905432190543"
OpenRound = Callable[..., Any]
AN_INSTANT = timedelta(microseconds=1)


def closes(engine: Engine, made: Any) -> datetime:
    with Session(engine) as session:
        return session.get_one(Round, made.round_id).closes


def send(engine: Engine, code: str, at: datetime, answers: str = ANSWERS, number: str = "a" * 32) -> str:
    """What a phone is told that opens the code and sends, whatever the page said before."""
    with engine.begin() as connection:
        access = find_access(connection, code, number, at)
        [outcome] = store_forms(connection, [Submission(access, number, answers, at)])
    return outcome


def look_up(engine: Engine, code: str, at: datetime) -> str:
    with engine.connect() as connection:
        return find_access(connection, code, None, at).state


@pytest.mark.parametrize(("kind", "before", "after"), [("slip", "open", "closed"), ("revisit", "not_yet", "open")])
def test_a_re_contact_slip_opens_at_the_moment_that_the_others_end(
    engine: Engine, open_round: OpenRound, kind: str, before: str, after: str
) -> None:
    made = open_round(kind=kind)
    end = closes(engine, made)
    assert look_up(engine, made.codes[0], end - AN_INSTANT) == before
    assert look_up(engine, made.codes[0], end) == after


@pytest.mark.parametrize(("kind", "late"), [("slip", 1), ("class", 1), ("public", 1), ("revisit", -1)])
def test_who_sends_past_the_page_is_refused_by_the_store_as_well(
    engine: Engine, open_round: OpenRound, kind: str, late: int
) -> None:
    made = open_round(kind=kind, group="public")
    assert send(engine, made.codes[0], closes(engine, made) + late * AN_INSTANT) != "stored"
    with Session(engine) as session:
        assert session.scalars(select(Box)).all() == []


@pytest.mark.parametrize(("late", "state"), [(-AN_INSTANT, "open"), (timedelta(0), "closed"), (AN_INSTANT, "closed")])
def test_a_re_contact_slip_holds_until_the_moment_it_names(
    engine: Engine, open_round: OpenRound, late: timedelta, state: str
) -> None:
    made = open_round(kind="revisit")
    until = closes(engine, made) + timedelta(days=2)
    with Session(engine) as session, session.begin():
        session.get_one(Batch, made.batch_id).closes = until
    assert look_up(engine, made.codes[0], until + late) == state
    assert (send(engine, made.codes[0], until + late) == "stored") == (state == "open")


def test_a_page_opened_before_the_end_stores_nothing_after_it(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(kind="revisit")
    until = closes(engine, made) + timedelta(days=2)
    with Session(engine) as session, session.begin():
        session.get_one(Batch, made.batch_id).closes = until
    with engine.begin() as connection:
        access = find_access(connection, made.codes[0], "a" * 32, until - AN_INSTANT)
        assert access.state == "open"
        late = Submission(access, "a" * 32, ANSWERS, until)
        assert store_forms(connection, [late]) == ["closed"]


@pytest.mark.parametrize("state", ["paused", "closed", "cancelled"])
def test_a_round_that_is_paused_or_closed_takes_no_re_contact(
    engine: Engine, open_round: OpenRound, state: str
) -> None:
    made = open_round(kind="revisit", state=state)
    assert send(engine, made.codes[0], closes(engine, made)) == ("paused" if state == "paused" else "closed")


def test_a_re_contact_slip_is_spent_by_one_person_once(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(kind="revisit", codes=1)
    end = closes(engine, made)
    assert [send(engine, made.codes[0], end, number=letter * 32) for letter in "aab"] == ["stored", "received", "used"]


def test_its_box_is_as_long_as_any_other_and_only_inside_says_how_it_came(
    engine: Engine, open_round: OpenRound
) -> None:
    first = open_round(public_key=PUBLIC)
    again = open_round(kind="revisit", public_key=PUBLIC)
    send(engine, first.codes[0], first.now)
    send(engine, again.codes[0], closes(engine, again))
    with Session(engine) as session:
        boxes = session.scalars(select(Box)).all()
        columns = {column.name for column in Box.__table__.columns}
    assert ({len(box.sealed) for box in boxes}, {len(box.id) for box in boxes}) == ({BOX}, {15})
    assert columns == {"id", "sealed"}
    assert sorted(open_box(box.sealed, PRIVATE).mode for box in boxes) == [Mode.PHONE, Mode.REVISIT]


def test_a_caller_cannot_pass_a_re_contact_for_an_ordinary_form(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(kind="revisit", public_key=PUBLIC)
    end = closes(engine, made)
    with engine.begin() as connection:
        access = find_access(connection, made.codes[0], "a" * 32, end)
        assert access.kind == CodeKind.SLIP
        store_forms(connection, [Submission(access, "a" * 32, ANSWERS, end, mode=Mode.TYPED)])
    with Session(engine) as session:
        assert [open_box(box, PRIVATE).mode for box in session.scalars(select(Box.sealed))] == [Mode.REVISIT]


def test_opened_it_is_none_of_the_rounds_forms_nor_refusals_and_no_box_is_lost(
    engine: Engine, open_round: OpenRound
) -> None:
    made = open_round(kind="revisit", codes=3, public_key=PUBLIC)
    end = closes(engine, made)
    for code, answers in zip(made.codes, (ANSWERS, ANSWERS, REFUSED), strict=True):
        send(engine, code, end, answers)
    with Session(engine) as session:
        opened = open_boxes(session.connection(), PRIVATE, made.round_id)
        assert (len(opened.forms), opened.refused) == (0, {})
        assert (len(opened.revisits), opened.revisits_refused) == (2, 1)
        assert opened.boxes == count_sent(session, made.round_id) == 3


def test_no_count_that_officials_see_moves_by_it(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(codes=4)
    end = closes(engine, made)
    later = end + timedelta(hours=1)
    send(engine, made.codes[0], made.now)
    with Session(engine) as session, session.begin():
        ordinary = session.get_one(Batch, made.batch_id)
        batch = Batch(
            frame_row_id=ordinary.frame_row_id, kind="revisit", state="made", codes=0, issued=1, made_at=end
        )  # fmt: skip
        session.add(batch)
        session.flush()
        batch_id = batch.id
    seen = _counts(engine, made.round_id, later)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO ledger (batch_id, five_minutes, n) VALUES ({batch_id}, 6000000, 1)")
    assert _counts(engine, made.round_id, later) == seen


def _counts(engine: Engine, round_id: int, at: datetime) -> tuple[Any, ...]:
    """Status, live rows and hours, what is in whose hands."""
    with Session(engine, expire_on_commit=False) as session:
        round_ = session.get_one(Round, round_id)
    rows = Watch(engine).look(round_, at)
    with Session(engine) as session:
        status = load_status(session, round_, now=at)
        held = list_batches(session, round_, "P01", at)
        return status, rows.rows.to_dict("records"), rows.hours, held, summarise_custody(session, round_).to_dict()


def test_re_contact_slips_are_never_handed_over_with_a_units_codes(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(kind="revisit", batch="made")
    end = closes(engine, made)
    with Session(engine) as session:
        round_ = session.get_one(Round, made.round_id)
        rows = list(session.scalars(select(Batch.frame_row_id)))
        with pytest.raises(ConflictError):
            hand_over(session, round_, rows, "第一小学", actor="test", now=end)
        with pytest.raises(ConflictError):
            hand_over_units(session, round_, {"P01": "第一小学"}, HandOverMeans.MEETING, actor="test", now=end)
        assert void_batches(session, rows, actor="test", now=end) == 0
        assert set(session.scalars(select(Batch.state))) == {"made"}
