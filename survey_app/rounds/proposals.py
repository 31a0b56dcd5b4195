"""Closing takes two: one administrator proposes it, another one agrees."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Proposal, Round
from survey_app.rounds.opening import LIVE


def find_proposal(session: Session, round_: Round) -> Proposal | None:
    """Who proposed to close the round, if anybody did."""
    return session.get(Proposal, round_.id)


def propose_close(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Propose to close a round that is not closed yet."""
    if round_.state not in LIVE:
        raise ConflictError(f"调查批次 {round_.name} 已经结束。")
    if find_proposal(session, round_):
        raise ConflictError("已经有人提出结束，请另一位管理员确认。")
    session.add(Proposal(round_id=round_.id, actor=actor, at=now))
    record(session, actor, "propose_close", f"round {round_.name}", at=now)


def withdraw_close(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Take a proposal back; any administrator may."""
    session.delete(_need(session, round_))
    record(session, actor, "withdraw_close", f"round {round_.name}", at=now)


def confirm_close(session: Session, round_: Round, *, actor: str, now: datetime) -> str:
    """Agree to another one's proposal; returns both names, in whose name the round is closed."""
    proposal = _need(session, round_)
    if proposal.actor == actor:
        raise ConflictError("提出的人不能自己确认，请另一位管理员确认。")
    record(session, actor, "confirm_close", f"round {round_.name}", at=now)
    both = f"{proposal.actor}、{actor}"
    session.delete(proposal)
    return both


def _need(session: Session, round_: Round) -> Proposal:
    proposal = find_proposal(session, round_)
    if proposal is None:
        raise ConflictError("还没有人提出结束这个批次。")
    return proposal
