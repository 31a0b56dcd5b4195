"""Trying the address of codes (试扫): two slips that never count, and the reason of who goes on without.

A wrong address on printed codes costs the whole window. What a phone sees of a slip is `pages.trial_page`.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from questionnaires.rule import list_rules
from questionnaires.vocabulary import Group
from survey_app.answering import new_code
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Audit, Round, TrialSlip
from survey_app.rounds.draft import REMARKS, find_papers, load_draft, read_time
from survey_app.rounds.draft_words import TEMPLATES
from survey_app.rounds.round_rows import TAKEN
from survey_app.rounds.round_words import name_actor

SLIPS = 2
UNTRIED = "no_trial"


class TrialStep(StrEnum):
    """Where a reason is asked for."""

    OPEN = "open"
    ISSUE = "issue"


class TrialWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field, from `templates/trial.toml`; names in braces are filled in by who says it."""

    not_ready: str
    no_reason: str
    not_asked: str
    by_office: str
    tried: str
    untried: str
    owner: str
    no_word: str
    open: str
    issue: str


WORDS = msgspec.toml.decode((TEMPLATES / "trial.toml").read_bytes(), type=TrialWords)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """How far the trial of an address is; `reason` why codes are made without it, "" if nobody said.

    `of_other` slips carry another address: they say nothing of this one.
    """

    address: str
    slips: tuple[TrialSlip, ...]
    of_other: int
    reason: str

    @property
    def is_done(self) -> bool:
        """Whether a phone opened each slip."""
        return len(self.slips) == SLIPS and all(slip.opened_at for slip in self.slips)


class Tried(NamedTuple):
    """The day on which the second slip was opened, and what is said of it."""

    day: date
    said: str


def find_going_on(session: Session) -> Round | None:
    """The round whose codes would be tried; None while the next one is being prepared."""
    return session.scalars(select(Round).where(Round.state.in_(TAKEN))).first()


def find_trial(session: Session, round_: Round | None, address: str) -> Trial:
    """The trial of an address for a round, or for the one that is being prepared."""
    slips = _list_slips(session, round_)
    said = [act.detail for act in _list_untried(session, round_)]
    about = {"step": TrialStep.ISSUE.value, "address": address}
    return Trial(
        address=address,
        slips=tuple(slip for slip in slips if slip.address == address),
        of_other=sum(slip.address != address for slip in slips),
        reason="".join([detail["reason"] for detail in said if detail.items() >= about.items()][-1:]),
    )


def is_outdated(session: Session, round_: Round | None, slips: Iterable[TrialSlip]) -> bool:
    """Whether slips show facts that were changed since they were made."""
    try:
        shown = _show_round(round_) if round_ else _show_draft(session)
    except ConflictError:
        return any(slips)
    return any(slip.shown.items() - shown[(slip.number - 1) % len(shown)].items() for slip in slips)


def make_slips(
    session: Session,
    round_: Round | None,
    address: str,
    *,
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> None:
    """Two new slips in the place of those before; raises ConflictError while nothing says what they would show."""
    shown = _show_round(round_) if round_ else _show_draft(session)
    session.execute(delete(TrialSlip).where(_is_of(round_)))
    for number in range(SLIPS):
        slip = TrialSlip(code=new_code(random), number=number + 1, address=address, shown=shown[number % len(shown)])
        slip.round_id = round_.id if round_ else None
        session.add(slip)
    record(session, actor, "make_trial", f"round {round_.name}" if round_ else "round", at=now, address=address)


def check_trial(session: Session, round_: Round | None, address: str, reason: str) -> str:
    """The reason to go on for, "" where the address was tried; raises SurveyError for none."""
    if find_trial(session, round_, address).is_done:
        return ""
    if not reason.strip():
        raise SurveyError(WORDS.no_reason)
    return reason.strip()


def check_codes(session: Session, round_: Round, address: str, reason: str, *, actor: str, now: datetime) -> None:
    """Let codes with this address be made: it was tried, or somebody says why not, or said so before of the round."""
    if round_.state not in TAKEN or find_trial(session, round_, address).reason:
        return
    why = check_trial(session, round_, address, reason)
    if why:
        note_untried(session, round_, TrialStep.ISSUE, address, why, actor=actor, now=now)


def check_answered_for(session: Session, round_: Round, address: str) -> None:
    """Raise ConflictError where codes would carry an address that was neither tried nor answered for."""
    trial = find_trial(session, round_, address)
    if round_.state in TAKEN and not trial.is_done and not trial.reason:
        raise ConflictError(WORDS.by_office)


def note_owner(
    session: Session, round_: Round, step: TrialStep, address: str, *, actor: str, now: datetime
) -> list[str]:
    """One sentence where the server's owner goes on without a trial, else none; no reason is asked for.

    It is noted once for a step and an address.
    """
    if find_trial(session, round_, address).is_done:
        return []
    if (step, address) not in {(act.detail["step"], act.detail["address"]) for act in _list_untried(session, round_)}:
        note_untried(session, round_, step, address, "", actor=actor, now=now)
    return [WORDS.owner.format(step=getattr(WORDS, step), address=address)]


def note_untried(
    session: Session, round_: Round, step: TrialStep, address: str, reason: str, *, actor: str, now: datetime
) -> None:
    """Keep in the log that a step is taken without a trial, and why."""
    record(session, actor, UNTRIED, f"round {round_.name}", at=now, step=step.value, reason=reason, address=address)


def tell_trial(session: Session, round_: Round) -> list[str]:
    """What is on record of a round's trial, a sentence each: what was opened, and each step taken without."""
    tried = find_tried(session, round_)
    return ([tried.said] if tried else []) + [_tell_untried(act) for act in _list_untried(session, round_)]


def find_tried(session: Session, round_: Round | None) -> Tried | None:
    """The day and the sentence of a trial that was done, whichever address it was of; None without one."""
    slips = _list_slips(session, round_)
    opened = [slip.opened_at for slip in slips if slip.opened_at]
    if len(opened) < SLIPS:
        return None
    moments = "、".join(f"{moment:%m-%d %H:%M}" for moment in opened)
    return Tried(max(opened).date(), WORDS.tried.format(address=slips[0].address, moments=moments))


def _tell_untried(act: Audit) -> str:
    return WORDS.untried.format(
        step=getattr(WORDS, act.detail["step"]),
        reason=act.detail["reason"] or WORDS.no_word,
        actor=name_actor(act.actor),
        at=f"{act.at:%m-%d %H:%M}",
        address=act.detail["address"],
    )


def _is_of(round_: Round | None) -> ColumnElement[bool]:
    return TrialSlip.round_id == round_.id if round_ else TrialSlip.round_id.is_(None)


def _list_slips(session: Session, round_: Round | None) -> list[TrialSlip]:
    return list(session.scalars(select(TrialSlip).where(_is_of(round_)).order_by(TrialSlip.number)))


def _list_untried(session: Session, round_: Round | None) -> list[Audit]:
    if round_ is None:
        return []
    acts = select(Audit).where(Audit.action == UNTRIED, Audit.subject == f"round {round_.name}")
    return list(session.scalars(acts.order_by(Audit.id)))


def _show_round(round_: Round) -> list[dict[str, Any]]:
    """What each slip of a round shows, as JSON holds it."""
    facts = {name: getattr(round_, name) for name in ("county", "organiser", "telephone", "remarks", "invented")}
    return _show_papers(facts, round_.closes, round_.papers)


def _show_draft(session: Session) -> list[dict[str, Any]]:
    """The same of the round that is being prepared; raises ConflictError while nothing says what that would be."""
    fields = load_draft(session)
    if not (fields["county"] and fields["organiser"] and fields["rule"] in list_rules()):
        raise ConflictError(WORDS.not_ready)
    facts = {name: fields[name] for name in ("county", "organiser", "telephone")} | {"remarks": bool(fields[REMARKS])}
    return _show_papers(facts, read_time(fields["closes"]) or datetime.max, find_papers(fields))


def _show_papers(facts: dict[str, Any], closes: datetime, papers: Iterable[str]) -> list[dict[str, Any]]:
    told = facts | {"closes": closes.isoformat()}
    groups = {name: next(group for group in Group if group in load_paper(name).groups) for name in papers}
    return [told | {"group": group.value, "paper": name} for name, group in groups.items()]
