"""A round that is open while the program is upgraded: its readable forms, remarks and refusals become boxes, once."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from secrets import token_bytes

import pytest
from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.orm import Session

from survey_app.answering import find_access, hash_code, new_number
from survey_app.answering.box import BOX, open_remark
from survey_app.answering.code_text import hash_holder
from survey_app.closing.box_opening import open_boxes
from survey_app.core.db import connect, upgrade
from survey_app.core.errors import SurveyError
from survey_app.core.ledger_slots import NO_TIME
from survey_app.core.models import (
    Audit,
    Batch,
    Box,
    Form,
    FrameRow,
    Ledger,
    Place,
    Published,
    Refusal,
    Remark,
    RemarkBox,
    Spent,
)
from survey_app.rounds.key_files import load_key
from survey_app.rounds.keys import private_key
from survey_app.rounds.round_rows import count_sent, find_round
from survey_app.upkeep.earlier_rounds import bring_up_to_date
from tests.attacks.known_answers import shows
from tests.county import NOW
from tests.first_release import UNSPENT
from tests.postgresql import Cluster

OPEN = "2025-1"
EARLIER = "2024-1"
REFUSALS = 4
RANDOM = Random(12)


@dataclass(frozen=True, kw_only=True)
class Readable:
    """A store of before with a round that is open: what lies in it for everybody to read."""

    engine: Engine
    answers: list[str]
    remarks: list[str]
    number: str
    keys: Path


@pytest.fixture
def readable(released_store: Engine, tmp_path: Path) -> Readable:
    """Every form of the open round has answers like no other's; two remarks, four refusals, a holder we know."""
    upgrade(released_store)
    number = new_number(token_bytes)
    with Session(released_store) as session, session.begin():
        round_ = find_round(session, OPEN)
        places = select(Place.id).where(Place.round_id == round_.id)
        forms = session.scalars(select(Form).where(Form.place_id.in_(places))).all()
        for form in forms:
            form.answers = "".join(RANDOM.choices("12345", k=17))
        remarks = [f"意见{RANDOM.getrandbits(64):016x}" for _ in range(2)]
        rows = [{"key": token_bytes(16), "round_id": round_.id, "group": "parent", "text": own} for own in remarks]
        session.execute(delete(Remark).where(Remark.round_id == round_.id))
        session.execute(insert(Remark), rows)
        batch = session.scalars(select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_.id)).first() or 0
        session.add(Refusal(batch_id=batch, n=REFUSALS))
        session.add(Spent(ticket=hash_code(UNSPENT), holder=hash_holder(number), batch_id=batch))
        answers = [form.answers for form in forms]
    return Readable(
        engine=released_store,
        answers=answers,
        remarks=remarks,
        number=number,
        keys=tmp_path / "of the rounds" / "keys",
    )


def start(made: Readable) -> None:
    bring_up_to_date(made.engine, made.keys, NOW)


def read_files(engine: Engine, cluster: Cluster) -> Iterator[bytes]:
    """The store as it lies on the disk now; what PostgreSQL's write-ahead files keep of before is not in it."""
    if engine.dialect.name == "sqlite":
        folder = Path(str(engine.url.database)).parent
    else:
        folder = cluster.data / "base"
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


def count_shown(made: Readable, cluster: Cluster) -> int:
    """How many of the answers and remarks somebody reads who has the store's files."""
    files = list(read_files(made.engine, cluster))
    answers = sum(any(shows(file, own) for file in files) for own in made.answers)
    return answers + sum(any(own.encode() in file for file in files) for own in made.remarks)


def check_sealed(made: Readable) -> None:
    """All of the open round is in boxes of one length, the ledger counts each, and the server has the key."""
    with Session(made.engine) as session:
        round_ = find_round(session, OPEN)
        places = select(Place.id).where(Place.round_id == round_.id)
        lengths = Counter(map(len, session.scalars(select(Box.sealed))))
        left = [
            session.scalar(select(func.count()).select_from(Form).where(Form.place_id.in_(places))),
            session.scalar(select(func.count()).select_from(Remark).where(Remark.round_id == round_.id)),
            session.scalar(select(func.count()).select_from(Refusal)),
        ]
        remark_boxes = session.scalar(select(func.count()).select_from(RemarkBox))
        untimed = session.scalars(select(Ledger.n).where(Ledger.five_minutes == NO_TIME)).all()
        sent = count_sent(session, round_.id)
        acts = select(Audit.id).where(Audit.action == "seal_earlier", Audit.subject == f"round {OPEN}")
        sealings = len(session.scalars(acts).all())
        assert round_.custody == "server"
        assert load_key(made.keys, round_.public_key or b"") is not None
    boxes = len(made.answers) + REFUSALS
    assert lengths == {BOX: boxes}
    assert (left, remark_boxes, untimed, sent, sealings) == ([0, 0, 0], boxes, [REFUSALS], boxes, 1)


def check_opened(made: Readable) -> None:
    """The key opens every form, refusal and remark of before, once each."""
    with Session(made.engine) as session:
        round_ = find_round(session, OPEN)
        private = bytes(private_key(load_key(made.keys, round_.public_key or b"") or b""))
        opened = open_boxes(session.connection(), private, round_.id)
        remarks = [open_remark(box, private).text for box in session.scalars(select(RemarkBox.sealed))]
    assert Counter(form.answers for form in opened.forms.keyed()) == Counter(made.answers)
    assert Counter(filter(None, remarks)) == Counter(made.remarks)
    assert opened.refused == {"parent": REFUSALS}
    assert [opened.unreadable, opened.twice] == [[], []]


def test_the_first_start_seals_what_whoever_had_the_files_could_read(readable: Readable, cluster: Cluster) -> None:
    readable.engine.dispose()
    assert count_shown(readable, cluster) == len(readable.answers) + len(readable.remarks)
    start(readable)
    check_sealed(readable)
    assert count_shown(readable, cluster) == 0
    check_opened(readable)


def test_who_answered_before_is_told_so_and_has_no_number(readable: Readable) -> None:
    start(readable)
    with Session(readable.engine) as session:
        own = find_access(session, UNSPENT, readable.number, NOW)
        other = find_access(session, UNSPENT, new_number(token_bytes), NOW)
    assert (own.state, own.receipt, own.round_key != b"") == ("received", b"", True)
    assert other.state == "used"


def test_a_later_start_changes_nothing(readable: Readable) -> None:
    start(readable)
    with Session(readable.engine) as session:
        before = Counter(session.scalars(select(Box.id)))
    start(readable)
    check_sealed(readable)
    with Session(readable.engine) as session:
        assert Counter(session.scalars(select(Box.id))) == before
    assert len(list(readable.keys.glob("*.key"))) == 1


def test_without_a_place_for_the_key_nothing_is_sealed_and_nothing_is_lost(readable: Readable) -> None:
    readable.keys.parent.mkdir(parents=True, exist_ok=True)
    readable.keys.write_text("in the way")
    with pytest.raises(SurveyError):
        start(readable)
    readable.keys.unlink()
    start(readable)
    check_sealed(readable)


def start_elsewhere(url: str, keys: Path) -> None:
    """Start, in whatever process this is."""
    engine = connect(url)
    bring_up_to_date(engine, keys, NOW)
    engine.dispose()


def launch(made: Readable) -> multiprocessing.process.BaseProcess:
    made.engine.dispose()
    url = made.engine.url.render_as_string(hide_password=False)
    child = multiprocessing.get_context("fork").Process(target=start_elsewhere, args=(url, made.keys))
    child.start()
    return child


def test_two_that_start_at_once_seal_each_form_once(readable: Readable) -> None:
    children = [launch(readable) for _ in range(2)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    check_sealed(readable)
    check_opened(readable)


def kill_a_start(made: Readable, after: float) -> bool:
    """Kill -9 a start so many seconds after it began; tells whether it was still at work."""
    child = launch(made)
    time.sleep(after)
    at_work = child.is_alive()
    child.kill()
    child.join()
    return at_work


def test_kill_9_during_the_sealing_loses_and_doubles_nothing(readable: Readable) -> None:
    at_work = [kill_a_start(readable, after / 1000) for after in range(0, 30, 3)]
    start(readable)
    assert any(at_work)
    check_sealed(readable)
    check_opened(readable)


def test_a_close_that_was_cut_short_is_finished_before_another_round_is_sealed(readable: Readable) -> None:
    with Session(readable.engine) as session, session.begin():
        earlier = find_round(session, EARLIER)
        session.execute(delete(Published).where(Published.round_id == earlier.id))
        forms = session.scalar(
            select(func.count(Form.key)).join(Place, Form.place_id == Place.id).where(Place.round_id == earlier.id)
        )
    start(readable)
    check_sealed(readable)
    check_opened(readable)
    with Session(readable.engine) as session:
        published = session.get_one(Published, (find_round(session, EARLIER).id, "recognition"))
        assert published.content["received"] == forms
