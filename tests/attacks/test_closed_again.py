"""A backup from before the close, restored beside the same keys, closes with the same boxes or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.closing.close import close_round
from survey_app.core.db import connect
from survey_app.core.errors import ConflictError
from survey_app.core.models import Form
from survey_app.rounds.key_custody import Given
from survey_app.rounds.key_files import load_key
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.backup import backup_store, restore_store
from tests.attacks.known_answers import CLOSES, NOW, KnownRound, open_known
from tests.keyring import keys_of


@pytest.fixture
def made(engine: Engine) -> KnownRound:
    made = open_known(engine, "new", 3)
    made.answer(12)
    return made


def close_again(made: KnownRound, backup: Path, where: str, seed: bytes) -> int:
    """Close the restored backup with the key that somebody kept, beside the keys of the first close; its forms."""
    restore_store(where, backup, actor="test", now=NOW)
    copy = connect(where)
    try:
        close_round(copy, None, keys=keys_of(made.engine), actor="test", now=CLOSES, given=Given(seed=seed))
        with Session(copy) as session:
            return session.scalar(select(func.count()).select_from(Form)) or 0
    finally:
        copy.dispose()


def test_a_backup_that_lacks_a_form_is_not_closed_after_the_round_was(
    made: KnownRound, tmp_path: Path, place: Callable[[], str]
) -> None:
    early = tmp_path / "early.backup"
    last = tmp_path / "last.backup"
    backup_store(made.engine, early, actor="test", now=NOW)
    made.answer(1)
    made.writer.stop()
    backup_store(made.engine, last, actor="test", now=NOW)
    seed = load_key(keys_of(made.engine), made.public_key or b"") or b""
    close_round(made.engine, None, keys=keys_of(made.engine), actor="test", now=CLOSES)
    refused = place()
    with pytest.raises(ConflictError, match="这是结束以前的备份"):
        close_again(made, early, refused, seed)
    store = connect(refused)
    with Session(store) as session:
        assert find_round(session).state != "closed"
    store.dispose()
    assert close_again(made, last, place(), seed) == 13
