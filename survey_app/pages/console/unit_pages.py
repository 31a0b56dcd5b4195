"""One unit: its classes and groups, their codes and who has them, and the text that reminds."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, CodeKind, Group, JobKind, Role
from reports.handouts.handout_words import load_handout_words, say_whose
from survey_app.codes.custody import BatchCustody, list_batches
from survey_app.codes.issuing import CODES, WITHOUT_CODES, check_drawn, void_batches
from survey_app.core.errors import SurveyError
from survey_app.core.models import Audit, FrameRow, Round, School
from survey_app.jobs.job_rows import ask_job, list_jobs
from survey_app.pages.console.code_pages import start
from survey_app.pages.console.console_access import Unit, check_unit
from survey_app.pages.console.console_drawing import draw_text, until
from survey_app.pages.console.console_forms import FormProblems, Line, People, PostedForm, Rows, find_sentence, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_acts
from survey_app.pages.console.progress_lines import ProgressLine
from survey_app.pages.console.watch_pages import View, add_up, draw_chart, load_view, read_lines
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.trial_slips import check_answered_for
from survey_app.watching.live_counts import summarise

MOST_NAMED = 5
PAGE = "/console/unit"
EVERY_UNIT = "all"
HANDLING = ("issue", "hand_over", "take_back", "correct_office", "void")
OneRow = Annotated[tuple[int, ...], Field(min_length=1, max_length=1)]


class UnitForm(PostedForm):
    """What every form of a unit's page says: which unit, and which of its rows were chosen (none: all)."""

    unit: Line
    row: Rows = ()
    last: Last = 0


class IssueCodes(UnitForm):
    """Codes of one kind for those who have none."""

    kind: one_of(CODES)  # type: ignore[valid-type]


class ReprintCodes(IssueCodes):
    """New codes in the place of those that are out; `sure` once it was asked."""

    sure: bool = False


class MoreSlips(UnitForm):
    """Some more slips for one row."""

    row: OneRow
    people: People
    reason: Line = ""


class VoidCodes(UnitForm):
    """Codes were lost, or paper forms (`what`); `sure` once it was asked."""

    what: Line = ""
    kind: Line = ""
    sure: bool = False

    @property
    def paper(self) -> bool:
        """Whether it is about paper forms."""
        return self.what == CodeKind.PAPER


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the unit's page: its counts, its batch of codes if it has one, its batches of paper forms."""

    counts: ProgressLine
    batch: BatchCustody | None
    papers: list[BatchCustody]

    @property
    def name(self) -> str:
        """Class and group."""
        return " ".join(filter(None, (self.counts.class_name, Group(self.counts.group).zh)))


@get("/unit", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], unit: FromQuery[str] = "") -> Page:
    """All of a unit on one page; a unit contact needs no name for their own."""
    own = console.person.scope if console.person.role == Role.UNIT else ""
    return draw_unit(console, FormProblems(200, typed={"unit": unit or own}))


def draw_unit(console: ConsoleRequest, found: FormProblems) -> Page:
    """The page of the unit that was asked for, with what was wrong with a form of it."""
    unit = found.typed.get("unit", "")
    with console.reading() as session:
        round_ = find_round(session)
        find_rows(session, round_, unit, console)
        batches = list_batches(session, round_, unit, console.now)
        jobs = list_jobs(session, round_, unit)
        session.expunge_all()
    view = load_view(console)
    rows = view.rows[view.rows.unit == unit]
    every = _list_lines(view, unit, batches)
    lines = [line for line in every if line.counts.invited or line.batch or line.papers]
    return console.page(
        "unit",
        found.status,
        round=round_,
        invented=round_.invented,
        unit=unit,
        name=rows.name.iloc[0],
        lines=lines,
        uninvited=len(every) - len(lines),
        old=_list_old(batches),
        jobs=jobs,
        all=add_up(view, rows),
        foreseen=view.seen.pace.more is not None,
        left=until(round_.closes, console.now),
        at=view.seen.at,
        chart=draw_chart(view, rows),
        reminder=remind(view, lines),
        problems=found.problems,
        chosen=set(found.typed.get("row", "").split()),
        typed={"kind": "", "office": "", "people": "", "sheets": "", "reason": "", "why": ""} | dict(found.typed),
    )


@post("/unit/issue", sync_to_thread=True, again=draw_unit)
def issue(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[IssueCodes]) -> Page:
    """Make the codes that the chosen rows (all if none is chosen) still lack."""
    return _ask_for_codes(console, data, JobKind(data.kind), reprint=False)


@post("/unit/reprint", sync_to_thread=True, again=draw_unit)
def reprint(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ReprintCodes]) -> Page:
    """Void the chosen rows' codes and make new ones for who has not answered; asks first."""
    check_chosen(data)
    if not data.sure:
        return _ask(console, "reprint", data)
    return _ask_for_codes(console, data, JobKind(data.kind), reprint=True)


@post("/unit/more", sync_to_thread=True, again=draw_unit)
def more(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[MoreSlips]) -> Page:
    """Make some more slips for one chosen row; says at once what more than was drawn needs."""
    with console.reading() as session:
        round_ = find_round(session)
        row = session.get_one(FrameRow, choose_rows(session, round_, data, console)[0])
        check_drawn(session, round_, row, data.people, data.reason)
    return _ask_for_codes(console, data, JobKind.MORE, row=data.row[0], people=data.people)


@post("/unit/void", sync_to_thread=True, again=draw_unit)
def void(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[VoidCodes]) -> Page:
    """Void the chosen rows' codes, or paper forms, which were lost; asks first."""
    check_chosen(data)
    if not data.sure:
        return _ask(console, "void", data)
    with console.writing() as session:
        rows = choose_rows(session, find_round(session), data, console)
        void_batches(session, rows, paper=data.paper, **console.act)
    return console.go(PAGE, unit=data.unit, done="void")


def remind(view: View, lines: Sequence[UnitLine]) -> str:
    """The text for a group chat; it names no figure, no option and no target."""
    words = load_handout_words()
    waiting = [line.name for line in lines if not line.counts.forms and not line.counts.hidden]
    speakable = [name for name in waiting if not any(word in name for word in words.forbidden)]
    return draw_text(
        "reminder",
        waiting=speakable[:MOST_NAMED],
        more=len(speakable) > MOST_NAMED,
        closes=view.round.closes,
        words=words,
        whose=say_whose(view.round.county, view.round.organiser, view.round.telephone),
        organiser=view.round.organiser,
        invented=view.round.invented,
    )


def find_rows(session: Session, round_: Round, unit: str, console: ConsoleRequest) -> list[FrameRow]:
    """The unit's rows of the frame, for those whose unit it is; raises NotFoundError for others."""
    rows = list(session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.unit == unit)))
    check_unit(console.person, Unit(unit, frozenset(row.township for row in rows)))
    return rows


def check_chosen(data: UnitForm) -> None:
    """Raise SurveyError where no row was chosen and all would be meant."""
    if not data.row:
        raise SurveyError(find_sentence("any", "row"))


def choose_rows(session: Session, round_: Round, data: UnitForm, console: ConsoleRequest) -> list[int]:
    """The ids of the chosen rows of this unit, all if none is chosen.

    Raises SurveyError for rows of other units, ConflictError with what was done with its codes since the page.
    """
    check_acts(session, data.last, HANDLING, lambda act: is_about(act, data.unit))
    own = [row.id for row in find_rows(session, round_, data.unit, console)]
    chosen = [row for row in own if row in data.row]
    if data.row and not chosen:
        raise SurveyError(find_sentence(type(data).__name__, "row"))
    return chosen or own


def is_about(act: Audit, unit: str) -> bool:
    """Whether something was done with the codes of a unit, or of all."""
    units = str(act.detail.get("unit", "")).split("、")
    return unit in units or units == [EVERY_UNIT]


def _list_lines(view: View, unit: str, batches: Sequence[BatchCustody]) -> list[UnitLine]:
    """Every row of the unit in the order of the frame."""
    papers = [batch for batch in batches if batch.kind == CodeKind.PAPER and batch.state != BatchState.VOID]
    latest = _find_latest(batches)
    rows = view.rows[view.rows.unit == unit]
    table = summarise(rows, ["id", "unit", "group", "class", "population"], view.seen.pace).sort_values("id")
    return [
        UnitLine(
            counts=line,
            batch=latest.get(line.id),
            papers=[batch for batch in papers if batch.row == line.id],
        )
        for line in read_lines(table)
    ]


def _find_latest(batches: Sequence[BatchCustody]) -> dict[int, BatchCustody]:
    """The newest batch of codes of each row."""
    return {batch.row: batch for batch in reversed(batches) if batch.kind not in WITHOUT_CODES}


def _list_old(batches: Sequence[BatchCustody]) -> list[BatchCustody]:
    """What came before the newest codes, and void paper forms."""
    latest = _find_latest(batches).values()
    return [batch for batch in batches if batch not in latest and (batch.kind, batch.state) not in LIVE_WITHOUT_CODES]


LIVE_WITHOUT_CODES = {(kind, state) for kind in WITHOUT_CODES for state in BatchState if state != BatchState.VOID}


def _ask_for_codes(console: ConsoleRequest, data: UnitForm, kind: JobKind, **about: Any) -> Page:
    with console.writing() as session:
        round_ = find_round(session)
        rows = choose_rows(session, round_, data, console)
        check_answered_for(session, round_, console.deps.settings.public_url)
        job = ask_job(session, kind, round_, unit=data.unit, **console.act, rows=rows, **about)
    return start(console, job)


def _ask(console: ConsoleRequest, action: str, data: ReprintCodes | VoidCodes) -> Page:
    """What would be destroyed, in numbers, and the way back."""
    paper = isinstance(data, VoidCodes) and data.paper
    with console.reading() as session:
        round_ = find_round(session)
        rows = choose_rows(session, round_, data, console)
        chosen = [batch for batch in list_batches(session, round_, data.unit, console.now) if batch.row in rows]
        name = session.scalar(select(School.name).where(School.code == data.unit)) or data.unit
    wanted = (CodeKind.PAPER,) if paper else tuple(CODES.values())
    batches = [batch for batch in chosen if batch.kind in wanted]
    live = [batch for batch in batches if batch.state != BatchState.VOID]
    if not live:
        raise SurveyError("选中的没有可以作废的纸质问卷。" if paper else "选中的没有可以作废的码。")
    return console.page(
        "sure",
        action=action,
        kind=data.kind,
        unit=data.unit,
        name=name,
        rows=rows,
        paper=paper,
        live=live,
        unspent=sum(max(0, batch.people - batch.forms) for batch in live),
    )


HANDLERS = [show, issue, reprint, more, void]
