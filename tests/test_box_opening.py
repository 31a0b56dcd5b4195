"""Opening a round's boxes: each is counted somewhere, and what is no form of the round is named."""

import multiprocessing
import time
from collections.abc import Callable
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from secrets import token_bytes

import pytest
from nacl.bindings import crypto_box_keypair
from nacl.public import PublicKey, SealedBox
from sqlalchemy import Engine, insert, inspect, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from survey_app.answering.box import NUMBER, SealedForm, seal
from survey_app.closing import box_opening
from survey_app.closing.box_opening import open_boxes, refusals_to_show
from survey_app.closing.close import close_round
from survey_app.closing.unsealing import unseal_parts
from survey_app.core.models import Box, Ledger, Place
from survey_app.rounds.key_files import load_key
from survey_app.rounds.keys import private_key
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of
from tests.test_closing import CLOSES, hold

PAPER = "staff-2026"


def comes_true(told: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it is so within some seconds."""
    end = time.monotonic() + seconds
    while not told() and time.monotonic() < end:
        time.sleep(0.05)
    return told()


def spoil(engine: Engine) -> dict[str, str]:
    """Put boxes that are no forms of the round beside the others; their numbers by what is wrong with them."""
    with Session(engine) as session, session.begin():
        public = find_round(session).public_key
        place = session.scalars(select(Place.id)).first()
        assert public is not None
        assert place is not None
        good = seal(SealedForm(group=Group.TEACHER, place=place, paper=PAPER, answers="5" * 17), public)
        nowhere = SealedForm(group=Group.TEACHER, place=place + 10_000, paper=PAPER, answers="5" * 17)
        stranger, _ = crypto_box_keypair()
        wrong = {
            "another key's": seal(nowhere, stranger),
            "of no place": seal(nowhere, public),
            "of another suite": b"\x02" + good[1:],
            "cut short": good[:-1],
            "of too few answers": seal(SealedForm(group=Group.TEACHER, place=place, paper=PAPER, answers="55"), public),
            "of no digits": seal(SealedForm(group=Group.TEACHER, place=place, paper=PAPER, answers="f" * 17), public),
            "of something else": b"\x01" + SealedBox(PublicKey(public)).encrypt(b"no form"),
            "of no group": b"\x01" + SealedBox(PublicKey(public)).encrypt(bytes([99]) * 79),
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
    assert unreadable.startswith("有8份加密封存的答卷打不开，没有计入：")
    assert all(number in unreadable for name, number in numbers.items() if name != "a copy")
    assert twice.startswith("有1份加密封存的答卷是另一份的复制件，没有计入：")
    assert "登记12份，封存的答卷有21份" in sums
    assert closed.published.status.forms == 12


@pytest.mark.parametrize(
    ("raised", "told"), [(0, ["收到时登记12份，封存的答卷有17份，两者不同，请查明原因。"]), (5, [])]
)
def test_forms_that_whoever_writes_to_the_database_seals_are_counted_and_the_ledger_alone_tells(
    sqlite_engine: Engine, raised: int, told: list[str]
) -> None:
    """What docs/security.md says remains: the public key and the places are in that database."""
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session, session.begin():
        public = find_round(session).public_key
        place = session.scalars(select(Place.id)).first()
        assert public is not None
        assert place is not None
        form = SealedForm(group=Group.TEACHER, place=place, paper=PAPER, answers="5" * 17)
        session.execute(insert(Box), [{"id": token_bytes(NUMBER), "sealed": seal(form, public)} for _ in range(5)])
        session.execute(update(Ledger).values(n=Ledger.n + raised))
    closed = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=CLOSES)
    assert closed.published.estimate.received == 17
    assert list(closed.remains) == told


@pytest.mark.parametrize(("refused", "forms", "shown"), [(2, 50, {}), (3, 10, {"teacher": 3}), (3, 9, {}), (9, 0, {})])
def test_refusals_are_told_from_three_on_and_where_the_group_has_enough_forms(
    refused: int, forms: int, shown: dict[str, int]
) -> None:
    assert refusals_to_show({Group.TEACHER: refused}, {"teacher": forms}, smallest=10) == shown


def test_a_form_whose_copy_was_damaged_is_counted_whichever_of_the_two_is_read_first(sqlite_engine: Engine) -> None:
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session, session.begin():
        boxes = [bytes(box) for box in session.scalars(select(Box.sealed))]
        damaged = [box[:-1] + bytes([box[-1] ^ 1]) for box in boxes]
        session.execute(insert(Box), [{"id": token_bytes(NUMBER), "sealed": box} for box in damaged])
    closed = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=CLOSES)
    assert closed.published.status.forms == 12
    assert closed.remains[0].startswith("有12份加密封存的答卷打不开，没有计入：")


def test_two_processes_open_what_one_opens(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(sqlite_engine, {"teacher": 12, "parent": 11})
    spoil(sqlite_engine)
    monkeypatch.setattr(box_opening, "PART", 5)
    opened = []
    with Session(sqlite_engine) as session:
        round_ = find_round(session)
        private = bytes(private_key(load_key(keys_of(sqlite_engine), round_.public_key or b"") or b""))
        for processes in (1, 2):
            found = open_boxes(session.connection(), private, round_.id, processes=processes)
            forms = sorted(form[1:] for form in found.forms.keyed())
            opened.append((found.boxes, forms, found.refused, found.courses, found.unreadable, found.twice))
    assert opened[0] == opened[1]
    assert len(opened[0][1]) == 23


def open_and_wait(private: bytes, boxes: list[bytes], told: Connection) -> None:
    """Open parts without end, in a process that somebody will kill."""
    parts = ([(b"", box) for box in boxes] for _ in count())
    for _ in unseal_parts(parts, private, processes=2):
        told.send([child.pid for child in multiprocessing.active_children()])


def test_a_close_that_is_killed_leaves_no_process_that_knows_the_key() -> None:
    public, private = crypto_box_keypair()
    box = seal(SealedForm(group=Group.TEACHER, place=1, paper=PAPER, answers="5" * 17), public)
    heard, told = multiprocessing.Pipe(duplex=False)
    close = multiprocessing.get_context("fork").Process(target=open_and_wait, args=(private, [box] * 20, told))
    close.start()
    helpers = heard.recv()
    assert len(helpers) == 2
    close.kill()
    close.join()
    assert comes_true(lambda: not any(Path(f"/proc/{pid}").exists() for pid in helpers))


def test_a_box_row_is_a_number_and_bytes_and_nothing_else(engine: Engine) -> None:
    """The form table of before had its place and its paper beside the answers."""
    for table in ("box", "remark_box"):
        assert [column["name"] for column in inspect(engine).get_columns(table)] == ["id", "sealed"]
    assert [column["name"] for column in inspect(engine).get_columns("box_number")] == ["id", "round_id"]
