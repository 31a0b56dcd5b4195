"""What the commit writes that spends a ticket: one box, perhaps a remark box, one count, and nothing readable."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from nacl.bindings import crypto_box_keypair
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group, Mode
from survey_app.answering import REFUSED, Submission, find_access, store_forms
from survey_app.answering.box import SealedForm, SealedRemark, box_number, open_box, open_remark
from survey_app.core.models import Box, Form, Ledger, Model, Refusal, Remark, RemarkBox, Spent

PUBLIC, PRIVATE = crypto_box_keypair()
ANSWERS = "54321905432190543"
OpenRound = Callable[..., Any]


def send(engine: Engine, code: str, made: Any, answers: str = ANSWERS, **more: Any) -> str:
    with engine.begin() as connection:
        access = find_access(connection, code, "a" * 32, made.now)
        [outcome] = store_forms(connection, [Submission(access, "a" * 32, answers, made.now, **more)])
    return outcome


def boxes(engine: Engine) -> list[SealedForm]:
    with Session(engine) as session:
        return [open_box(box, PRIVATE) for box in session.scalars(select(Box.sealed))]


def count(engine: Engine, table: type[Model]) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_form_is_one_box_one_spent_ticket_and_one_count_and_nothing_readable(
    engine: Engine, open_round: OpenRound
) -> None:
    made = open_round(public_key=PUBLIC, remarks=False)
    assert send(engine, made.codes[0], made, mode=Mode.TYPED) == "stored"
    [form] = boxes(engine)
    assert (form.group, form.answers, form.mode, form.paper) == (Group.PARENT, ANSWERS, Mode.TYPED, "social-2026")
    assert [count(engine, table) for table in (Spent, Ledger, Form, Remark, RemarkBox)] == [1, 1, 0, 0, 0]


def test_a_boxs_id_is_the_number_that_the_phone_can_show_and_no_ticket_or_holder(
    engine: Engine, open_round: OpenRound
) -> None:
    made = open_round(public_key=PUBLIC)
    send(engine, made.codes[0], made)
    with Session(engine) as session:
        spent = session.scalars(select(Spent)).one()
        found = session.scalars(select(Box.id)).one()
    assert found == box_number("a" * 32, spent.ticket, PUBLIC)
    assert found not in (spent.ticket, spent.holder)


def test_a_refusal_is_a_box_of_the_same_length_counted_like_a_form(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(codes=2, public_key=PUBLIC, remarks=True)
    send(engine, made.codes[0], made, REFUSED)
    send(engine, made.codes[1], made)
    assert Counter(form.answers for form in boxes(engine)) == {REFUSED: 1, ANSWERS: 1}
    with Session(engine) as session:
        lengths = {*map(len, session.scalars(select(Box.sealed)))}
        assert (len(lengths), session.scalar(select(func.sum(Ledger.n)))) == (1, 2)
    assert [count(engine, table) for table in (Refusal, RemarkBox)] == [0, 2]


def test_a_round_with_remarks_gets_a_box_from_everybody_and_one_without_from_nobody(
    engine: Engine, open_round: OpenRound
) -> None:
    made = open_round(codes=3, public_key=PUBLIC, remarks=True)
    for code, remark in zip(made.codes, ("", "食堂再便宜些", ""), strict=True):
        send(engine, code, made, remark=remark)
    with Session(engine) as session:
        remarks = [open_remark(box, PRIVATE) for box in session.scalars(select(RemarkBox.sealed))]
        shared = {*session.scalars(select(RemarkBox.id))} & {*session.scalars(select(Box.id))}
    wanted = [SealedRemark(group=Group.PARENT, text=text) for text in ("", "", "食堂再便宜些")]
    assert sorted(remarks, key=lambda remark: remark.text) == wanted
    assert not shared


@pytest.mark.parametrize(("codes", "slots"), [(9, 1), (10, 2)])
def test_the_ledger_keeps_an_hour_not_five_minutes_where_a_batch_has_fewer_than_ten_codes(
    engine: Engine, open_round: OpenRound, codes: int, slots: int
) -> None:
    made = open_round(codes=codes, public_key=PUBLIC)
    send(engine, made.codes[0], made)
    send(engine, made.codes[1], made._replace(now=made.now + timedelta(minutes=30)))
    with Session(engine) as session:
        assert session.scalar(select(func.sum(Ledger.n))) == 2
    assert count(engine, Ledger) == slots
