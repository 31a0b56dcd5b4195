"""Closed rounds that several files of tests look at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from survey_app.closing.close import close_round
from survey_app.rounds.key_custody import export_round_key
from survey_app.rounds.round_rows import find_round
from tests.conftest import copy_store
from tests.county import NOW
from tests.keyring import keys_of
from tests.test_closing import CLOSES, hold


@contextmanager
def closed_with_exported_key(
    model: Path, folder: Path, *, actor: str, before: Callable[[Session], object] = lambda _: None
) -> Iterator[Session]:
    """A round whose key the server kept and somebody exported; `before` its close by `actor` something else happens."""
    with copy_store(model, folder) as engine:
        hold(engine, {"teacher": 12})
        keys = keys_of(engine)
        with Session(engine) as session, session.begin():
            export_round_key(session, find_round(session), keys, folder / "key.txt", move=False, actor="admin", now=NOW)
            before(session)
        close_round(engine, None, keys=keys, actor=actor, now=CLOSES)
        with Session(engine) as session:
            yield session
