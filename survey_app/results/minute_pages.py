"""The closing minute of a round, from what the store noted when it was closed."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody, Role
from reports.evidence.minute_record import minute_sum, write_record
from reports.handouts.closing_minutes import ClosingMinute, closing_minute, write_minute
from survey_app.closing.closing_minute import check_about, check_closed, find_minute
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Audit, Round
from survey_app.rounds.key_copies import list_copies
from survey_app.rounds.round_words import ROUND_WORDS, name_actor
from survey_app.rounds.trial_slips import tell_trial


def describe_minute(session: Session, round_: Round) -> ClosingMinute:
    """What the minute says; raises NotFoundError before the round is closed, or before there were minutes.

    Raises ConflictError when the round says of itself what its close did not fix.
    """
    minute = find_minute(session, round_)
    if minute is None:
        raise NotFoundError(ROUND_WORDS.no_minute.format(round=round_.name))
    check_about(session, round_, minute)
    at = datetime.fromisoformat(minute.closed_at)
    custody = Custody(round_.custody)
    return ClosingMinute(
        county=round_.county,
        organiser=round_.organiser,
        round=round_.name,
        closed_at=f"{at.year}年{at.month}月{at.day}日{at:%H:%M}",
        closed_by=name_actor(minute.closed_by),
        confirmed=_list_confirmed(session, round_, minute.closed_by),
        custody=custody.zh,
        boxes=minute.boxes,
        forms=minute.forms,
        groups=tuple(minute_sum(write_record(minute)).split("-")),
        fixed=tuple(ROUND_WORDS.fixed.get(name, name) for name in minute.sums),
        keys=_list_keys(session, round_, custody),
        server_key=custody == Custody.SERVER,
        new_administrators=_list_made_alone(session, round_),
        at_once=_list_at_once(session, round_),
        trial=tuple(tell_trial(session, round_)),
        day=at.date(),
        invented=round_.invented,
    )


def write_closing_minute(session: Session, round_: Round, out: Path) -> list[Path]:
    """Write the minute as Word and PDF, to be signed by two; raises ConflictError for a round that was changed."""
    check_closed(session, round_)
    return write_minute(out, closing_minute(describe_minute(session, round_)))


def _list_keys(session: Session, round_: Round, custody: Custody) -> tuple[str, ...]:
    """The server's own key first, where there is one; then what people hold."""
    own = (ROUND_WORDS.server_key,) if custody == Custody.SERVER else ()
    return (*own, *(copy.line for copy in list_copies(session, round_)))


def _list_confirmed(session: Session, round_: Round, closed_by: str) -> tuple[str, ...]:
    """What the two confirmations had in common: one browser, or hardly any time between them."""
    acts = select(Audit).where(Audit.action == "confirm_close", Audit.subject == f"round {round_.name}")
    row = session.scalars(acts.order_by(Audit.id.desc()).limit(1)).first()
    if row is None or closed_by.rpartition("、")[2] != row.actor:
        return ()
    told = (("same_browser", ROUND_WORDS.one_browser), ("soon", ROUND_WORDS.soon_after))
    return tuple(sentence for name, sentence in told if row.detail.get(name))


def _list_at_once(session: Session, round_: Round) -> tuple[str, ...]:
    """Administrators who acted at once by a signed letter until this round was closed, and who agreed to each."""
    agreed = select(Audit).where(Audit.action == "account_agree", _until_closed(round_)).order_by(Audit.id)
    return tuple(
        ROUND_WORDS.at_once.format(name=row.subject.removeprefix("account "), agreed_by=row.actor)
        for row in session.scalars(agreed)
        if row.detail.get("letter")
    )


def _until_closed(round_: Round) -> ColumnElement[bool]:
    """The rows of the log that were there when this round was closed."""
    sealed = select(Audit.id).where(Audit.action == "seal", Audit.subject == f"round {round_.name}")
    return Audit.id < sealed.limit(1).scalar_subquery()


def _list_made_alone(session: Session, round_: Round) -> tuple[str, ...]:
    """Administrators whom the server's owner made on the command line until this round was closed."""
    made = select(Audit).where(Audit.action == "account_add", Audit.actor == SERVER_OWNER, _until_closed(round_))
    rows = session.scalars(made.order_by(Audit.id))
    return tuple(row.subject.removeprefix("account ") for row in rows if row.detail.get("role") == Role.ADMINISTRATOR)
