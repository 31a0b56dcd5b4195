"""Closing takes two: one administrator proposes it, another one agrees."""

from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.four_eyes import name_both
from survey_app.core.models import Audit, Proposal, Round
from survey_app.rounds.key_files import load_key
from survey_app.rounds.revisit_rows import check_revisit_end
from survey_app.rounds.round_rows import LIVE, holds_boxes, was_opened

SOON = timedelta(minutes=2)
"""Two confirmations that are closer together than this are told on the closing minute."""


def may_close(session: Session, round_: Round) -> bool:
    """Whether there is something to close: a round that goes on, or one whose close was cut short."""
    return round_.state in LIVE or is_cut_short(session, round_)


def is_cut_short(session: Session, round_: Round) -> bool:
    """Whether a closed round was not published, or has boxes left: closing again finishes it."""
    if round_.state != RoundState.CLOSED:
        return False
    return not was_opened(session, round_) or (round_.public_key is not None and holds_boxes(session, round_))


def wants_key(session: Session, round_: Round, keys: Path) -> bool:
    """Whether who closes the round has to give its key: it is sealed, not opened yet, and the key is not here."""
    if round_.public_key is None or load_key(keys, round_.public_key) is not None:
        return False
    return not was_opened(session, round_)


def find_proposal(session: Session, round_: Round) -> Proposal | None:
    """Who proposed to close the round, if anybody did."""
    return session.get(Proposal, round_.id)


def propose_close(session: Session, round_: Round, *, actor: str, now: datetime, device: str = "") -> None:
    """Propose to close a round that is not closed yet, and whose re-contact slips have ended.

    `device`: what the browser is known by, if anything; a mark of it is kept beside the act, no address.
    """
    if not may_close(session, round_):
        raise ConflictError(f"调查批次 {round_.name} 已经结束。")
    if find_proposal(session, round_):
        raise ConflictError("已经有人提出结束，请另一位管理员确认。")
    check_revisit_end(session, round_, now)
    session.add(Proposal(round_id=round_.id, actor=actor, at=now))
    record(session, actor, "propose_close", f"round {round_.name}", at=now, browser=_mark_browser(round_, device))


def withdraw_close(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Take a proposal back; any administrator may."""
    session.delete(_need(session, round_))
    record(session, actor, "withdraw_close", f"round {round_.name}", at=now)


def confirm_close(session: Session, round_: Round, *, actor: str, now: datetime, device: str = "") -> str:
    """Agree to another one's proposal; returns both names, in whose name the round is closed.

    Whether both came from one browser, or within SOON, is allowed and noted for the closing minute.
    """
    proposal = _need(session, round_)
    if not may_close(session, round_):
        raise ConflictError(f"调查批次 {round_.name} 已经结束。")
    if proposal.actor == actor:
        raise ConflictError("提出的人不能自己确认，请另一位管理员确认。")
    check_revisit_end(session, round_, now)
    mark = _mark_browser(round_, device)
    record(
        session,
        actor,
        "confirm_close",
        f"round {round_.name}",
        at=now,
        same_browser=bool(mark) and mark == _find_mark(session, round_),
        soon=now - proposal.at < SOON,
    )
    both = name_both(proposal.actor, actor)
    session.delete(proposal)
    return both


def _mark_browser(round_: Round, device: str) -> str:
    """A hash of what a browser is known by, of this round's close alone; nothing of a browser that is not known."""
    return blake2b(f"{round_.name} {device}".encode(), digest_size=16, person=b"close").hexdigest() if device else ""


def _find_mark(session: Session, round_: Round) -> str:
    """The mark of the browser from which the close was proposed last."""
    proposed = select(Audit).where(Audit.action == "propose_close", Audit.subject == f"round {round_.name}")
    row = session.scalars(proposed.order_by(Audit.id.desc()).limit(1)).first()
    return str(row.detail.get("browser", "")) if row else ""


def _need(session: Session, round_: Round) -> Proposal:
    proposal = find_proposal(session, round_)
    if proposal is None:
        raise ConflictError("还没有人提出结束这个批次。")
    return proposal
