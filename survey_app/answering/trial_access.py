"""The slips by which phones try the address of codes: they show a paper, take no answers, and are told apart here."""

from datetime import datetime
from typing import NamedTuple

from msgspec import convert
from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import CodeKind, RoundState
from survey_app.answering.access import CodeAccess
from survey_app.answering.code_text import clean_code
from survey_app.core.models import Round, TrialSlip

OVER = (RoundState.CLOSED, RoundState.CANCELLED)
_SLIP = (
    select(TrialSlip.address, TrialSlip.opened_at, TrialSlip.shown, Round.state)
    .outerjoin(Round, TrialSlip.round_id == Round.id)
    .where(TrialSlip.code == bindparam("code"))
)


class OpenedSlip(NamedTuple):
    """The address that a trial slip carries, and the minute in which a phone opened it, if one did."""

    address: str
    opened_at: datetime | None


def find_trial_access(connection: Connection, code: str) -> CodeAccess:
    """The paper that a trial slip shows; `closed` once its round is over, `unknown` for what is no trial slip."""
    row = connection.execute(_SLIP, {"code": clean_code(code)}).first()
    if row is None:
        return CodeAccess("unknown")
    state = "closed" if row.state in OVER else "trial"
    return convert({**row.shown, "state": state, "kind": CodeKind.SLIP.value}, CodeAccess)


def find_trial_slip(connection: Connection, code: str) -> OpenedSlip:
    """What is known of a slip that `find_trial_access` told."""
    row = connection.execute(_SLIP, {"code": code}).one()
    return OpenedSlip(row.address, row.opened_at)


def note_opened(engine: Engine, code: str, now: datetime) -> None:
    """Keep in which minute a phone first opened a trial slip; what was kept stays."""
    first = update(TrialSlip).where(TrialSlip.code == code, TrialSlip.opened_at.is_(None))
    with Session(engine) as session, session.begin():
        session.execute(first.values(opened_at=now.replace(second=0, microsecond=0)))
