"""Somebody watches a unit through every reader of counts while two people refuse and one answers."""

from datetime import timedelta
from secrets import token_bytes
from typing import Any

from nacl.public import PrivateKey
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.accounts.signing_in import Person
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.answering.box import REFUSED
from survey_app.codes.custody import list_batches
from survey_app.codes.issuing import IssuedCode
from survey_app.core.db import reading
from survey_app.core.models import Batch, FrameRow, Ledger, Refusal
from survey_app.pages.console.live_figures import live, read_cells
from survey_app.rounds.round_rows import find_round
from survey_app.watching.bulletins import prepare_bulletin
from survey_app.watching.live_counts import VIEWS, Watch, add_hours, confine, summarise
from survey_app.watching.status import load_status
from tests.attacks.readable_store import store_readable
from tests.county import NOW, issue, open_county

CONTACT = Person("unit", "unit", "P02", must_change=False)
LATER = NOW + timedelta(minutes=4)


def send(session: Session, codes: list[IssuedCode], answers: str, at: Any) -> None:
    for code in codes:
        number = new_number(token_bytes)
        access = find_access(session, code.code, number, at)
        sent = [Submission(access, number, answers, at)]
        if access.round_key:
            assert store_forms(session.connection(), sent) == ["stored"]
        else:
            store_readable(session.connection(), sent)


def watch(engine: Engine, at: Any) -> Any:
    """All that the contact of P02 is told by status, views, hours, bulletin, events and custody."""
    with Session(engine) as session:
        round_ = find_round(session)
        seen = Watch(reading(engine)).look(round_, at)
        rows = confine(seen.rows, "unit", "P02")
        views = [summarise(rows, keys, seen.pace)[["forms", "recent", "needed", "word"]] for keys in VIEWS.values()]
        status = load_status(session, round_, ["P02"], now=at)
        batches = [(batch.id, batch.forms, batch.word) for batch in list_batches(session, round_, "P02", at)]
        bulletin = prepare_bulletin(round_, seen, rows).counts
        events = live(read_cells(seen), CONTACT)
        told = [view.to_dict("list") for view in views]
        return told, status, batches, bulletin, events, add_hours(seen, rows)


def watch_as_before(engine: Engine) -> tuple[int, int]:
    """The old way: the ledger summed as it stands beside a count of refusals."""
    with Session(engine) as session:
        refused = session.scalar(select(func.coalesce(func.sum(Refusal.n), 0))) or 0
        forms = session.scalar(select(func.coalesce(func.sum(Ledger.n), 0)).join(Batch).join(FrameRow))
        return int(forms or 0), int(refused)


def play(engine: Engine, key: bytes | None) -> list[tuple[Any, tuple[int, int]]]:
    """What is seen before anybody comes, and after each of three people."""
    open_county(engine)
    with Session(engine) as session, session.begin():
        find_round(session).public_key = key
        codes = issue(session, "P02")
        send(session, codes[:6], "4" * 17, NOW - timedelta(hours=1))
    told = [(watch(engine, LATER), watch_as_before(engine))]
    for code, answers in zip(codes[6:9], (REFUSED, "4" * 17, REFUSED), strict=True):
        with Session(engine) as session, session.begin():
            send(session, [code], answers, NOW)
        told.append((watch(engine, LATER), watch_as_before(engine)))
    return told


def test_the_old_counts_named_who_refused(engine: Engine) -> None:
    before = [old for _, old in play(engine, None)]
    assert before == [(6, 0), (6, 1), (7, 1), (7, 2)]


def test_no_reader_moves_while_three_people_come_one_by_one_and_then_all_move_at_once(engine: Engine) -> None:
    told = play(engine, bytes(PrivateKey.generate().public_key))
    assert [new for new, _ in told] == [told[0][0]] * 4
    assert [old for _, old in told] == [(n, 0) for n in (6, 7, 8, 9)]  # and a refusal is a form like any other
    _, status, *_ = watch(engine, NOW + timedelta(minutes=30))
    assert (status.forms, status.refused) == (9, 0)
