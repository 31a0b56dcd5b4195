"""Rounds that an earlier program left readable: sealed or, if published, joined at the first start of this one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from sqlalchemy import ColumnElement, Engine, Select, literal, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody, RoundState
from survey_app.core.audit import record
from survey_app.core.db import NewerStoreError, StoreLock, reading, take_lock, upgrade
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, Published, Round
from survey_app.rounds.round_words import ROUND_WORDS

SERVICE = "service"
JOIN = "join_earlier"
TRIES = 20
"""How often to wait for another process that seals: each time as long as SQLite waits for a writer, half a minute."""
STATES = (RoundState.OPEN, RoundState.PAUSED, RoundState.CLOSED)


def bring_up_to_date(engine: Engine, keys: Path, now: datetime) -> None:
    """The newest tables, and nothing in them that an earlier program kept readable; of several processes one does it.

    A round that was under way gets a key of the server's, whose file is on disk before the round says so; its answers,
    remarks and refusals become boxes in one commit. Killed at any moment, the next start finds them as they were or
    sealed. A round that was published loses its spent marks, and its forms move to places of enough answered forms.
    Raises SurveyError when the key cannot be written, or a newer version had the store: then nothing has changed. What
    seals, joins and closes is read only where there is such a round: a command on a store that is up to date starts
    without it.
    """
    try:
        upgrade(engine)
    except NewerStoreError:
        raise ConflictError(ROUND_WORDS.newer_store) from None
    while round_id := _find_first(engine, _unsealed()):
        _finish_cut_close(engine, round_id, keys, now)
        with _alone(engine) as session:
            if session.scalar(_unsealed().where(Round.id == round_id)):
                _seal_round(session, session.get_one(Round, round_id), keys, now)
        _empty_wal(engine)
    while round_id := _find_first(engine, _unjoined()):
        with _alone(engine) as session:
            if session.scalar(_unjoined().where(Round.id == round_id)):
                _join_round(session, session.get_one(Round, round_id), now)
        _empty_wal(engine)


def _empty_wal(engine: Engine) -> None:
    from survey_app.core.db.rewriting import empty_wal

    empty_wal(engine)


def _unsealed() -> Select[int]:
    """Rounds without a key that are not published, those whose close was cut short first."""
    wanted = select(Round.id).where(Round.public_key.is_(None), Round.state.in_(STATES), _not_published())
    return wanted.order_by(Round.state != RoundState.CLOSED, Round.id)


def _not_published() -> ColumnElement[bool]:
    return Round.id.not_in(select(Published.round_id))


def _unjoined() -> Select[int]:
    """Rounds that an earlier program published and nobody has joined since."""
    joined = select(Audit.subject).where(Audit.action == JOIN)
    wanted = select(Round.id).where(Round.public_key.is_(None), Round.state == RoundState.CLOSED)
    return wanted.where(literal("round ").concat(Round.name).not_in(joined)).order_by(Round.id)


def _find_first(engine: Engine, wanted: Select[int]) -> int | None:
    with Session(reading(engine)) as session:
        return session.scalar(wanted.limit(1))


def _seal_round(session: Session, round_: Round, keys: Path, now: datetime) -> None:
    from survey_app.rounds.key_custody import give_key
    from survey_app.upkeep.earlier_answers import seal_answers

    give_key(round_, keys, Custody.SERVER, token_bytes)
    session.flush()
    boxes = seal_answers(session, round_)
    record(session, SERVICE, "seal_earlier", f"round {round_.name}", at=now, boxes=boxes)


def _join_round(session: Session, round_: Round, now: datetime) -> None:
    from survey_app.upkeep.earlier_results import join_results

    places = join_results(session, round_)
    record(session, SERVICE, JOIN, f"round {round_.name}", at=now, places=places)


def _finish_cut_close(engine: Engine, next_id: int, keys: Path, now: datetime) -> None:
    """Publish sealed rounds whose close an earlier program left unfinished: only one round at a time has boxes."""
    cut = select(Round.name).where(Round.state == RoundState.CLOSED, Round.public_key.is_not(None), _not_published())
    with Session(reading(engine)) as session:
        names = session.scalars(cut.where(Round.id != next_id)).all()
    for name in names:
        from survey_app.closing.close import close_round

        with suppress(ConflictError):  # another process that starts did it
            close_round(engine, name, keys=keys, actor=SERVICE, now=now)


@contextmanager
def _alone(engine: Engine) -> Iterator[Session]:
    """A transaction that of all processes which start one alone has."""
    with _wait_for_turn(engine) as session:
        yield session
        session.commit()


def _wait_for_turn(engine: Engine) -> Session:
    for _ in range(TRIES - 1):
        session = Session(engine)
        with suppress(OperationalError):
            take_lock(session.connection(), StoreLock.UPGRADE)
            return session
        session.close()
    session = Session(engine)
    take_lock(session.connection(), StoreLock.UPGRADE)
    return session
