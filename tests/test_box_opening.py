"""Opening a round's boxes: each is counted somewhere, and what is no form of the round is named."""

from collections import Counter
from secrets import token_bytes

import pytest
from nacl.bindings import crypto_box_keypair
from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from survey_app.answering.box import NUMBER, SealedForm, seal
from survey_app.closing.box_opening import Opened, refusals_to_show
from survey_app.closing.close import close_round
from survey_app.core.models import Box, Place
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of
from tests.test_closing import CLOSES, hold


def spoil(engine: Engine) -> dict[str, str]:
    """Put boxes that are no forms of the round beside the others; their numbers by what is wrong with them."""
    with Session(engine) as session, session.begin():
        public = find_round(session).public_key
        place = session.scalars(select(Place.id)).first()
        assert public is not None
        assert place is not None
        good = seal(SealedForm(group=Group.TEACHER, place=place, paper="staff-2026", answers="5" * 17), public)
        nowhere = SealedForm(group=Group.TEACHER, place=place + 10_000, paper="staff-2026", answers="5" * 17)
        stranger, _ = crypto_box_keypair()
        wrong = {
            "another key's": seal(nowhere, stranger),
            "of no place": seal(nowhere, public),
            "of another suite": b"\x02" + good[1:],
            "cut short": good[:-1],
            "a copy": session.scalars(select(Box.sealed)).first(),
        }
        numbers = {name: token_bytes(NUMBER) for name in wrong}
        session.execute(insert(Box), [{"id": numbers[name], "sealed": sealed} for name, sealed in wrong.items()])
    return {name: number.hex() for name, number in numbers.items()}


def test_boxes_that_do_not_open_and_a_copy_are_counted_named_and_no_forms(sqlite_engine: Engine) -> None:
    hold(sqlite_engine, {"teacher": 12})
    numbers = spoil(sqlite_engine)
    closed = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=CLOSES)
    unreadable, twice, sums = closed.remains
    assert unreadable.startswith("有4份加密封存的答卷打不开，没有计入：")
    assert all(number in unreadable for name, number in numbers.items() if name != "a copy")
    assert twice.startswith("有1份加密封存的答卷是另一份的复制件，没有计入：")
    assert "登记12份，封存的答卷有17份" in sums
    assert closed.published.status.forms == 12


@pytest.mark.parametrize(("refused", "forms", "shown"), [(2, 50, {}), (3, 10, {"teacher": 3}), (3, 9, {}), (9, 0, {})])
def test_refusals_are_told_from_three_on_and_where_the_group_has_enough_forms(
    refused: int, forms: int, shown: dict[str, int]
) -> None:
    opened = Opened(forms=[(1, "staff-2026", "5")] * forms, refused=Counter({Group.TEACHER: refused}))
    assert refusals_to_show(opened, {1: "teacher"}, smallest=10) == shown


def test_a_box_row_is_a_number_and_bytes_and_nothing_else(engine: Engine) -> None:
    """The form table of before had its place and its paper beside the answers."""
    for table in ("box", "remark_box"):
        assert [column["name"] for column in inspect(engine).get_columns(table)] == ["id", "sealed"]
    assert [column["name"] for column in inspect(engine).get_columns("box_number")] == ["id", "round_id"]
