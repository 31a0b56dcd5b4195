"""What was noted of the calendar before a round: the log is where it is kept, so each mark has who and when.

Marks are of the next round, or of the one that goes on; a close begins a new calendar, which knows those of last time.
"""

from datetime import date, datetime

from msgspec import convert
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.calendar import CalendarItem, CalendarLine, Mark, lay_calendar, load_calendar
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import Audit, Round
from survey_app.rounds.draft import YEARS, load_draft, read_time
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.round_rows import TAKEN
from survey_app.rounds.trial_slips import find_going_on, find_tried

MARK = "calendar"
CLOSE = "close"
TRIED = "phones"
"""The item that 试扫 does: its opened slips are the mark where nobody noted a day."""
Marks = dict[str, Mark]


def load_marks(session: Session, of: Round | None = None) -> tuple[Marks, Marks]:
    """What was last noted of each item, and what was of the round before; `of` a closed round: what was until then."""
    rounds = {f"round {round_.name}": round_ for round_ in session.scalars(select(Round))}
    marks: Marks = {}
    before: Marks = {}
    for act in session.scalars(select(Audit).where(Audit.action.in_((MARK, CLOSE))).order_by(Audit.id)):
        if act.action == MARK:
            texts = {name: str(act.detail.get(name, "")) for name in ("number", "note")}
            made = texts | {"done": act.detail.get("done") or None, "actor": act.actor, "at": act.at.date()}
            marks[str(act.detail.get("item"))] = convert(made, Mark)
        elif of and act.subject == f"round {of.name}":
            break
        else:
            closed = rounds.get(act.subject)
            before, marks = (_mark_trial(session, closed, marks) if closed else marks), {}
    return _mark_trial(session, of or find_going_on(session), marks), before


def _mark_trial(session: Session, round_: Round | None, marks: Marks) -> Marks:
    tried = find_tried(session, round_)
    mark = marks.get(TRIED, Mark())
    if tried is None or mark.done:
        return marks
    return marks | {TRIED: replace(mark, done=tried.day, note=mark.note or tried.said)}


def find_opening(session: Session, walked: Round | None) -> date | None:
    """The day from which the calendar is counted back: of the round that goes on, else of the draft."""
    if walked and walked.state in TAKEN:
        return walked.opens.date()
    drafted = read_time(load_draft(session)["opens"])
    return drafted.date() if drafted else None


def list_calendar(session: Session, walked: Round | None, now: datetime) -> list[CalendarLine]:
    """The calendar of the round that goes on, else of the one that is being prepared."""
    marks, _ = load_marks(session)
    return lay_calendar(find_opening(session, walked), marks, now.date())


def find_item(name: str) -> CalendarItem:
    """The item of this id; raises NotFoundError where there is none."""
    found = next((item for item in load_calendar() if item.id == name), None)
    if found is None:
        raise NotFoundError(DRAFT_WORDS.no_item)
    return found


def mark_item(session: Session, name: str, mark: Mark, *, actor: str, now: datetime) -> None:
    """Note that an item was done, or what is known of it while it is not; raises SurveyError for a day to come."""
    item = find_item(name)
    if mark.done and (mark.done > now.date() or mark.done.year not in YEARS):
        raise SurveyError(DRAFT_WORDS.done_later)
    done = mark.done.isoformat() if mark.done else ""
    noted = {"item": item.id, "done": done, "number": mark.number, "note": mark.note}
    record(session, actor, MARK, f"calendar {item.name}", at=now, **noted)
