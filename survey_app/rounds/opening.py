"""Rounds: open, pause, find. A closed round never reopens."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from msgspec import convert
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from analysis.places import partition
from analysis.round_counts import Status
from analysis.standard import load_standard
from questionnaires.paper import Paper, load_paper
from questionnaires.rule import load_rule
from questionnaires.school_year import SchoolYear
from questionnaires.text import tell_apart
from questionnaires.vocabulary import Custody, Group, RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, Fact
from survey_app.core.models import Box, FrameRow, Place, Published, Round, School, TrialSlip
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.frame_rows import frame_table, load_waiting
from survey_app.rounds.key_custody import give_key
from survey_app.rounds.keys import SplitKey
from survey_app.rounds.round_rows import LIVE, TAKEN
from survey_app.rounds.sampling import check_sample, take_sample

PAPERS = ("social-2026", "staff-2026", "student-2026")


@dataclass(frozen=True)
class RoundPlan:
    """What is decided before a round opens."""

    county: str
    organiser: str
    population: int
    population_source: str
    school_year: SchoolYear
    standard: str
    rule: str
    papers: tuple[str, ...]
    opens: datetime
    closes: datetime
    invented: bool = False
    approver: str = ""
    document: str = ""
    paper_until: datetime | None = None
    remarks: bool = False
    telephone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A new round, and the sheets of its key if three holders share it."""

    round: Round
    split: SplitKey | None


def open_round(session: Session, plan: RoundPlan, *, keys: Path, actor: str, now: datetime) -> Round:
    """Open a round whose key the server keeps in the folder `keys`; otherwise as `prepare_round`."""
    return prepare_round(session, plan, Custody.SERVER, keys=keys, actor=actor, now=now).round


def prepare_round(
    session: Session, plan: RoundPlan, custody: Custody, *, keys: Path, actor: str, now: datetime
) -> Prepared:
    """Make a round of the waiting frame; raises ConflictError with everything that is not ready.

    With shared custody it waits until each of the sheets, which are returned once, was tried.
    """
    waiting = load_waiting(session)
    live = session.scalar(select(Round.name).where(Round.state.in_(TAKEN)))
    unopened = session.scalar(select(Box.id).limit(1)) is not None
    asked = load_rule(plan.rule).groups
    strange = sorted({Group(row.group).zh for row in waiting if row.group not in asked})
    problems = [
        *([DRAFT_WORDS.strange.format(rule=plan.rule, groups="、".join(strange))] if strange else []),
        *([DRAFT_WORDS.one_at_a_time.format(live=live)] if live else []),
        *([Fact("opening_unfinished", DRAFT_WORDS.unfinished)] if unopened and not live else []),
        *([] if waiting else [Fact("frame_missing", DRAFT_WORDS.no_frame)]),
        *([] if plan.population > 0 else [DRAFT_WORDS.nobody]),
        *([] if plan.opens < plan.closes else [DRAFT_WORDS.order]),
        *([] if now < plan.closes else [DRAFT_WORDS.over]),
        *check_paper_until(plan.paper_until, plan.opens, plan.closes),
        *check_sample(session, plan.rule, plan.population),
    ]
    if problems:
        raise ConflictError(*problems)
    load_standard(plan.standard)
    fields = asdict(plan) | {"papers": list(plan.papers), "school_year": str(plan.school_year)}
    round_ = Round(name=_next_name(session, plan.opens), state="open", **fields)
    round_.remarks = plan.remarks and any(load_paper(paper).remark for paper in plan.papers)
    round_.minutes = load_minutes(session, plan.county)
    split = give_key(round_, keys, custody, token_bytes)
    session.add(round_)
    session.flush()
    take_sample(session, round_, actor=actor, now=now)
    session.execute(update(TrialSlip).where(TrialSlip.round_id.is_(None)).values(round_id=round_.id))
    _give_places(session, round_, waiting)
    record(session, actor, "open", f"round {round_.name}", at=now, rows=len(waiting), custody=custody)
    return Prepared(round=round_, split=split)


def load_minutes(session: Session, county: str) -> dict[str, int]:
    """Within how many minutes half of each group was done in the county's last closed round that measured it."""
    rows = session.scalars(
        select(Published.content)
        .join(Round, Published.round_id == Round.id)
        .where(Published.name == "status", Round.county == county)
        .order_by(Round.opens)
    )
    told: dict[str, int] = {}
    for content in rows:
        course = convert(content, Status).course or {}
        told |= {group: counts.median for group, counts in course.items()}
    return told


def _next_name(session: Session, opens: datetime) -> str:
    before = session.scalars(select(Round.name).where(Round.name.startswith(f"{opens.year}-")))
    return f"{opens.year}-{1 + max((int(name.split('-')[1]) for name in before), default=0)}"


def _give_places(session: Session, round_: Round, rows: list[FrameRow]) -> None:
    """Freeze the places (`analysis.places`): from here on a form knows its place and nothing finer."""
    rule = load_rule(round_.rule)
    table = frame_table(rows)
    table = partition(table, rule)
    pairs = list(zip(table["group"], table["place"], strict=True))
    session.execute(
        insert(Place),
        [{"round_id": round_.id, "group": group, "place": place} for group, place in dict.fromkeys(pairs)],
    )
    ids = {
        (group, place): id_
        for id_, group, place in session.execute(
            select(Place.id, Place.group, Place.place).where(Place.round_id == round_.id)
        )
    }
    session.execute(
        update(FrameRow),
        [{"id": row.id, "round_id": round_.id, "place_id": ids[pair]} for row, pair in zip(rows, pairs, strict=True)],
    )


def name_schools(session: Session) -> dict[str, str]:
    """What schools are called, by their codes; two of one name are told apart."""
    return tell_apart(dict(session.execute(select(School.code, School.name)).all()))


def set_paused(session: Session, round_: Round, paused: bool, *, actor: str, now: datetime) -> None:
    """Pause an open round or go on with a paused one."""
    before, after = ("open", "paused") if paused else ("paused", "open")
    if round_.state != before:
        raise ConflictError(DRAFT_WORDS.no_change.format(round=round_.name, state=round_.state, after=after))
    round_.state = after
    record(session, actor, "pause" if paused else "resume", f"round {round_.name}", at=now)


def check_paper_until(until: datetime | None, opens: datetime, closes: datetime) -> list[str]:
    """What is wrong with the end of typing in paper forms, which must leave time before the round closes."""
    return [] if until is None or opens < until < closes else [DRAFT_WORDS.paper_between]


def set_paper_until(session: Session, round_: Round, until: datetime, *, actor: str, now: datetime) -> None:
    """Say until when paper forms are typed in, once: what was said is not moved."""
    if round_.paper_until:
        raise ConflictError(DRAFT_WORDS.paper_fixed)
    problems = check_paper_until(until, max(round_.opens, now), round_.closes)
    if problems or round_.state not in LIVE:
        raise ConflictError(*(problems or [DRAFT_WORDS.ended.format(round=round_.name)]))
    round_.paper_until = until
    record(session, actor, "paper_until", f"round {round_.name}", at=now, until=f"{until:%Y-%m-%d %H:%M}")


def check_paper_time(round_: Round, now: datetime) -> None:
    """Raise ConflictError when no paper forms are printed and typed in: no end was set, or it has passed."""
    if round_.state == RoundState.CLOSED:
        raise ConflictError(DRAFT_WORDS.paper_ended.format(round=round_.name))
    until = round_.paper_until
    if until is None:
        raise ConflictError(Fact("paper_until_missing", DRAFT_WORDS.paper_unset))
    if now >= until:
        raise ConflictError(DRAFT_WORDS.paper_over.format(until=until))


def paper_for(round_: Round, group: str) -> Paper:
    """The paper that a group answers in the round."""
    return next(paper for paper in map(load_paper, round_.papers) if group in paper.groups)
