"""Backup, restore and purge, one after another, while people answer through the real service."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from survey_app.core.db import connect
from survey_app.core.models import Form, Place, Published, Round
from survey_app.core.settings import Settings, beijing_now
from survey_app.upkeep.backup import backup_store, restore_store
from survey_app.upkeep.purge import purge_round
from tests.attacks.pairing import find_all
from tests.conftest import OpenRound, make_round
from tests.journeys import Crowd, crowd, keep_coming, reconcile, wait_for_receipts
from tests.serving import free_port, serving

BETWEEN = 20  # receipts that come before and after each act
SLIPS = 300  # that are spent first, in a turn
OLD_FORMS = 500


def old_round(engine: Engine, now: datetime) -> tuple[OpenRound, list[bytes]]:
    """A round whose retention is over, with forms that are like no others, which are given as they lie in files."""
    long_ago = now - timedelta(days=20 * 365)
    made = make_round(engine, codes=OLD_FORMS, state="closed", opens=long_ago, closes=long_ago + timedelta(days=4))
    left = [f"{token_bytes(16).hex()}{number:08}" for number in range(OLD_FORMS)]
    with Session(engine) as session, session.begin():
        place = session.scalars(select(Place.id).where(Place.round_id == made.round_id)).one()
        session.add(Published(round_id=made.round_id, name="recognition", content={}))
        session.add_all(
            Form(key=token_bytes(16), place_id=place, paper="social-2026", answers=answers) for answers in left
        )
    return made, [answers.encode() for answers in left]


@pytest.mark.parametrize("turns", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_backups_restores_and_purges_lose_no_receipted_form_and_leave_no_old_one(
    engine: Engine, place: Callable[[], str], tmp_path: Path, turns: int
) -> None:
    """A copy holds all that was receipted before it began; of a purged round no file of the store holds a form."""
    now = beijing_now()
    old = [old_round(engine, now) for _ in range(turns)]
    window = {"opens": now - timedelta(days=1), "closes": now + timedelta(days=1)}
    slips = make_round(engine, codes=turns * SLIPS, **window).codes
    (shared,) = make_round(engine, kind="class", **window).codes
    url = engine.url.render_as_string(hide_password=False)
    with (
        serving(tmp_path / "service", free_port(), url, only="phones") as service,
        crowd(keep_coming(slips, shared), lambda: [service.address]) as people,
    ):
        for made, left in old:
            copy_and_compare(engine, people, tmp_path / "copy", place())
            wait_for_receipts(people, BETWEEN)
            purge(engine, made, tmp_path)
            assert count_traces(engine, left) == 0
            wait_for_receipts(people, BETWEEN)
    assert people.refused == []
    reconcile(engine, people.journeys, people.receipts())


def copy_and_compare(engine: Engine, people: Crowd, copy: Path, where: str) -> None:
    """Back the store up, restore it elsewhere, and compare receipt by receipt."""
    before = people.receipts()
    backup_store(engine, copy, actor="test", now=beijing_now())
    restore_store(where, copy, actor="test", now=beijing_now())
    restored = connect(where)
    reconcile(restored, people.journeys, before)
    restored.dispose()
    copy.unlink()


def purge(engine: Engine, made: OpenRound, folder: Path) -> None:
    with Session(engine) as session:
        name = session.get_one(Round, made.round_id).name
    done = purge_round(engine, Settings(folder, "", ""), name, actor="test", now=beijing_now())
    assert (done.remains, done.rows["form"]) == ((), OLD_FORMS)


def count_traces(engine: Engine, left: list[bytes]) -> int:
    """How many old forms are in a file of the store: of this database alone where others lie beside it."""
    return sum(len(find_all(path.read_bytes(), left)) for path in list_files(engine) if path.is_file())


def list_files(engine: Engine) -> list[Path]:
    if engine.dialect.name == "sqlite":
        return [*Path(str(engine.url.database)).parent.iterdir()]
    with engine.connect() as connection:
        data = Path(connection.scalar(text("SHOW data_directory")) or "")
        own = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    return [*(data / "base" / str(own)).iterdir(), *(data / "pg_wal").iterdir()]
