"""Schools look at their own rows of a school year until a day and may dispute them; silence is no objection."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import RowReply, RowTerm, School
from survey_app.frame.correcting import list_history
from survey_app.frame.importing import KEYS, OF_A_YEAR, load_table
from survey_app.frame.schools import list_school_years
from survey_app.frame.shown_rows import APART, ShownTable, show_table

TEMPLATES = Path(__file__).parents[1] / "templates"
SHOWN = {"schools": "code", "resources": "school", "figures": "school", "scores": "school"}
"""The tables that hold rows of a school, with the column that names it."""
ALL_ACTS = 100_000
STOPS = "。；;."


class RowState(StrEnum):
    """What has become of a school's rows."""

    OPEN = "open"
    SILENT = "silent"
    AGREED = "agreed"
    PENDING = "pending"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class ReplyWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in."""

    no_year: str
    no_school: str
    no_until: str
    bad_until: str
    past: str
    earlier: str
    no_term: str
    ended: str
    no_reason: str
    which: str
    already: str
    decided: str
    not_pending: str
    changed_meanwhile: str
    no_answer: str
    paper: str
    later: str
    states: dict[str, str]
    decisions: dict[str, str]


REPLY_WORDS = msgspec.toml.decode((TEMPLATES / "row_replies.toml").read_bytes(), type=ReplyWords)


class OwnRows(NamedTuple):
    """Whose rows are meant, and of which school year."""

    school_year: str
    school: str


class Decision(NamedTuple):
    """Whether a dispute holds, and why; `seen` is the reason that the office read."""

    seen: str
    decision: str
    answer: str


class RowChange(NamedTuple):
    """When rows were imported or put right; `school` is empty where it may have been any."""

    at: datetime
    school: str


class CheckedRow(NamedTuple):
    """A school, and what it said of its rows in a sentence."""

    school: str
    name: str
    state: RowState
    reason: str
    sentence: str


def set_term(session: Session, year: str, typed: str, *, actor: str, now: datetime) -> None:
    """Ask schools to look at their rows until a day; a day that was told moves only later."""
    if year not in map(str, list_school_years(session)):
        raise SurveyError(REPLY_WORDS.no_year.format(year=year))
    until = _read_until(typed)
    if until < now.date():
        raise SurveyError(REPLY_WORDS.past)
    term = session.get(RowTerm, year, with_for_update=True)
    if term is not None and until < term.until:
        raise ConflictError(REPLY_WORDS.earlier.format(until=term.until))
    session.merge(RowTerm(school_year=year, until=until))
    record(session, actor, "row_term", f"resources {year}", at=now, until=str(until))


def _read_until(typed: str) -> date:
    if not typed:
        raise SurveyError(REPLY_WORDS.no_until)
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise SurveyError(REPLY_WORDS.bad_until.format(typed=typed)) from None


def find_term(session: Session, year: str) -> RowTerm:
    """Until when the rows of a year are looked at; raises NotFoundError where nobody was asked."""
    term = session.get(RowTerm, year)
    if term is None:
        raise NotFoundError(REPLY_WORDS.no_term.format(year=year))
    return term


def list_terms(session: Session) -> list[RowTerm]:
    """Every year of which schools were asked, the latest first."""
    return list(session.scalars(select(RowTerm).order_by(RowTerm.school_year.desc())))


def reply(session: Session, rows: OwnRows, reason: str, *, actor: str, now: datetime) -> None:
    """A school agrees, or disputes with a reason; until the day, and until it was answered, it may think again."""
    term = find_term(session, rows.school_year)
    if now.date() > term.until:
        raise ConflictError(REPLY_WORDS.ended.format(until=term.until))
    _find_undecided(session, rows)
    _keep(session, RowReply(**rows._asdict(), reason=reason, on_paper=False, made_by=actor, made_at=now), now)


def reply_on_paper(session: Session, rows: OwnRows, reason: str, *, actor: str, now: datetime) -> None:
    """The office enters a sheet that a school signed, also when the day is over; a school's own reply stays."""
    find_term(session, rows.school_year)
    before = _find_undecided(session, rows)
    if before is not None and not before.on_paper:
        raise ConflictError(REPLY_WORDS.already)
    _keep(session, RowReply(**rows._asdict(), reason=reason, on_paper=True, made_by=actor, made_at=now), now)


def _find_undecided(session: Session, rows: OwnRows) -> RowReply | None:
    found = session.get(RowReply, rows, with_for_update=True)
    if found is not None and found.decision:
        raise ConflictError(REPLY_WORDS.decided)
    return found


def _keep(session: Session, said: RowReply, now: datetime) -> None:
    session.merge(said)
    action = "row_dispute" if said.reason else "row_agree"
    told = {"year": said.school_year, "on_paper": said.on_paper} | ({"reason": said.reason} if said.reason else {})
    record(session, said.made_by, action, f"school {said.school}", at=now, **told)


def decide(session: Session, rows: OwnRows, decided: Decision, *, actor: str, now: datetime) -> None:
    """The office says whether a dispute holds, and why."""
    found = session.get(RowReply, rows, with_for_update=True)
    if found is None or not found.reason or found.decision:
        raise ConflictError(REPLY_WORDS.not_pending)
    if found.reason != decided.seen:
        raise ConflictError(REPLY_WORDS.changed_meanwhile)
    if not decided.answer:
        raise SurveyError(REPLY_WORDS.no_answer)
    found.decision = decided.decision
    found.answer = decided.answer
    found.decided_by = actor
    said = {"reason": found.reason, "answer": found.answer}
    action = "row_upheld" if decided.decision == "upheld" else "row_dismissed"
    record(session, actor, action, f"school {rows.school}", at=now, year=rows.school_year, **said)


def list_checked(session: Session, year: str, today: date) -> list[CheckedRow]:
    """Every school with what became of its rows, those that wait for an answer first; none where nobody was asked."""
    term = session.get(RowTerm, year)
    if term is None:
        return []
    kept = {reply.school: reply for reply in session.scalars(select(RowReply).where(RowReply.school_year == year))}
    changes = _list_changes(session, SchoolYear.parse(year))
    schools = session.scalars(select(School).order_by(School.code))
    checked = [_tell(school, kept.get(school.code), term, changes, today) for school in schools]
    return sorted(checked, key=lambda row: row.state != RowState.PENDING)


def _tell(school: School, said: RowReply | None, term: RowTerm, changes: list[RowChange], today: date) -> CheckedRow:
    state = _find_state(said, term, today)
    since = said.made_at if said else datetime.combine(term.until + timedelta(days=1), time())
    later = any(change.at > since and change.school in ("", school.code) for change in changes)
    sentence = REPLY_WORDS.states[state].format(
        until=term.until,
        at=said.made_at.date() if said else "",
        reason=said.reason.rstrip(STOPS) if said else "",
        answer=said.answer.rstrip(STOPS) if said else "",
        paper=REPLY_WORDS.paper if said and said.on_paper else "",
    )
    return CheckedRow(
        school=school.code,
        name=school.name,
        state=state,
        reason=said.reason if said else "",
        sentence=sentence + (REPLY_WORDS.later if later else ""),
    )


def _find_state(said: RowReply | None, term: RowTerm, today: date) -> RowState:
    if said is None:
        return RowState.OPEN if today <= term.until else RowState.SILENT
    if not said.reason:
        return RowState.AGREED
    return RowState(said.decision) if said.decision else RowState.PENDING


def _list_changes(session: Session, year: SchoolYear) -> list[RowChange]:
    """Each import of a table that schools look at, and each cell put right, with the school of its row."""
    changes = []
    for kind, column in SHOWN.items():
        place = KEYS[kind].index(column)
        for act in list_history(session, kind, year if kind in OF_A_YEAR else None, ALL_ACTS):
            key = str(act.detail.get("row", "")).split(APART)
            changes.append(RowChange(act.at, key[place] if len(key) == len(KEYS[kind]) else ""))
    return changes


def show_own(session: Session, school: School, year: str) -> dict[str, ShownTable]:
    """The rows of a school as people read them, by table; a table without any is left out."""
    shown = {}
    for kind, column in SHOWN.items():
        table = load_table(session, kind, SchoolYear.parse(year) if kind in OF_A_YEAR else None)
        own = table[table[column] == school.code]
        if len(own):
            shown[kind] = show_table(kind, own, KEYS[kind], {})
    return shown


def find_school(session: Session, named: str) -> School | None:
    """The school of that code, or of that name where one school alone has it: what an account is confined to."""
    if found := session.get(School, named):
        return found
    schools = session.scalars(select(School).where(School.name == named)).all()
    return schools[0] if len(schools) == 1 else None
