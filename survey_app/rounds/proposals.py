"""Closing takes two: one administrator proposes it, another one agrees."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Box, Proposal, Published, Round
from survey_app.rounds.key_files import load_key
from survey_app.rounds.revisit_rows import check_revisit_end
from survey_app.rounds.round_rows import LIVE


def may_close(session: Session, round_: Round) -> bool:
    """Whether there is something to close: a round that goes on, or one whose close was cut short."""
    return round_.state in LIVE or is_cut_short(session, round_)


def is_cut_short(session: Session, round_: Round) -> bool:
    """Whether a closed round was not published, or has boxes left: closing again finishes it."""
    if round_.state != RoundState.CLOSED:
        return False
    published = session.scalar(select(Published.name).where(Published.round_id == round_.id).limit(1))
    left = round_.public_key is not None and session.scalar(select(Box.id).limit(1)) is not None
    return published is None or left


def wants_key(session: Session, round_: Round, keys: Path) -> bool:
    """Whether who closes the round has to give its key: it is sealed, not opened yet, and the key is not here."""
    if round_.public_key is None or load_key(keys, round_.public_key) is not None:
        return False
    return session.scalar(select(Published.name).where(Published.round_id == round_.id).limit(1)) is None


def find_proposal(session: Session, round_: Round) -> Proposal | None:
    """Who proposed to close the round, if anybody did."""
    return session.get(Proposal, round_.id)


def propose_close(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Propose to close a round that is not closed yet, and whose re-contact slips have ended."""
    if not may_close(session, round_):
        raise ConflictError(f"调查批次 {round_.name} 已经结束。")
    if find_proposal(session, round_):
        raise ConflictError("已经有人提出结束，请另一位管理员确认。")
    check_revisit_end(session, round_, now)
    session.add(Proposal(round_id=round_.id, actor=actor, at=now))
    record(session, actor, "propose_close", f"round {round_.name}", at=now)


def withdraw_close(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Take a proposal back; any administrator may."""
    session.delete(_need(session, round_))
    record(session, actor, "withdraw_close", f"round {round_.name}", at=now)


def confirm_close(session: Session, round_: Round, *, actor: str, now: datetime) -> str:
    """Agree to another one's proposal; returns both names, in whose name the round is closed."""
    proposal = _need(session, round_)
    if not may_close(session, round_):
        raise ConflictError(f"调查批次 {round_.name} 已经结束。")
    if proposal.actor == actor:
        raise ConflictError("提出的人不能自己确认，请另一位管理员确认。")
    check_revisit_end(session, round_, now)
    record(session, actor, "confirm_close", f"round {round_.name}", at=now)
    both = f"{proposal.actor}、{actor}"
    session.delete(proposal)
    return both


def _need(session: Session, round_: Round) -> Proposal:
    proposal = find_proposal(session, round_)
    if proposal is None:
        raise ConflictError("还没有人提出结束这个批次。")
    return proposal
