"""Paper forms: printing them, and typing them in twice; only here somebody sees a paper, and the page says so."""

from secrets import token_bytes
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.paper import Paper
from survey_app.codes.issuing import issue_paper
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import FrameRow, Round
from survey_app.pages.console.console_access import Unit, check_unit
from survey_app.pages.console.console_request import Desk, Page
from survey_app.printed_forms.transcribing import (
    Bundle,
    Difference,
    Entry,
    drop_first,
    find_bundle,
    list_bundles,
    list_waiting,
    read_entry,
    sitting_of,
    store_first,
    store_second,
)
from survey_app.results.documents import pack_round_forms
from survey_app.rounds.draft import read_time
from survey_app.rounds.opening import paper_for, set_paper_until

PAGE = "/console/papers"
ENTER = "/console/papers/enter"
FIRST, SECOND = "1", "2"


@get("/papers", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """The bundles of paper forms, and how far they are."""
    with desk.reading() as session:
        round_ = desk.round(session)
        bundles = list_bundles(session, round_)
        session.expunge_all()
    return desk.page("papers", round=round_, invented=round_.invented, bundles=bundles)


@post("/papers/until", sync_to_thread=True)
def set_until(desk: NamedDependency[Desk]) -> Page:
    """Say until when paper forms are typed in."""
    until = read_time(desk.text("until"))
    if until is None:
        raise SurveyError("录入截止时间写成 2025-11-24 12:00 这样。")
    with desk.writing() as session:
        set_paper_until(session, desk.round(session), until, actor=desk.person.name, now=desk.now)
    return desk.go(PAGE, done="kept")


@post("/unit/print", sync_to_thread=True)
def print_(desk: NamedDependency[Desk]) -> Page:
    """Note that paper forms are printed for some people of one chosen row; their file is on the unit's page."""
    unit, rows, people = desk.text("unit"), desk.numbers("row"), desk.numbers("sheets")
    with desk.writing() as session:
        round_ = desk.round(session)
        own = _find_rows(session, desk, round_, unit)
        if len(rows) != 1 or len(people) != 1 or rows[0] not in own:
            raise SurveyError("印纸质问卷时请只选一个班级或对象，并写明份数。")
        issue_paper(session, round_, rows[0], people[0], actor=desk.person.name, now=desk.now, random=token_bytes)
    return desk.go("/console/unit", unit=unit, done="printed")


@get("/papers/sheets", sync_to_thread=True)
def take(desk: NamedDependency[Desk]) -> Page:
    """The sheets of one bundle to print: they hold no code, so they may be printed again."""
    with desk.writing() as session:
        round_ = desk.round(session)
        bundle = find_bundle(session, round_, _read_number(desk.query.get("batch", "")))
        _find_rows(session, desk, round_, bundle.unit)
        record(session, desk.person.name, "download", f"batch {bundle.id}", at=desk.now, what="paper")
        name, content = pack_round_forms(round_, bundle)
    return desk.download(name, content, "application/zip")


@get("/papers/enter", sync_to_thread=True)
def enter(desk: NamedDependency[Desk]) -> Page:
    """One sheet to type in, for the first or the second time."""
    with desk.reading() as session:
        return _draw(desk, session, _read_number(desk.query.get("batch", "")), desk.query.get("time", ""))


@post("/papers/enter", sync_to_thread=True)
def keep(desk: NamedDependency[Desk]) -> Page:
    """Keep the first time, or compare the second with it; what cannot be so comes back with all that was typed."""
    batch, time = _read_number(desk.text("batch")), desk.text("time")
    with desk.reading() as session:
        paper = _find_paper(session, desk, batch)
        try:
            answers = read_entry(paper, _read_fields(desk, paper))
            entry = Entry(batch, _read_number(desk.text("sheet")), answers, sitting_of(desk.token))
            return _keep(desk, entry) if time == FIRST else _settle(desk, entry, {})
        except SurveyError as error:
            return _draw(desk, session, batch, time, error.problems)


@post("/papers/settle", sync_to_thread=True)
def settle(desk: NamedDependency[Desk]) -> Page:
    """Store a sheet whose differences were looked up on the paper."""
    batch = _read_number(desk.text("batch"))
    with desk.reading() as session:
        paper = _find_paper(session, desk, batch)
    answers = read_entry(paper, dict(zip(paper.item_ids, desk.text("second"), strict=False)))
    entry = Entry(batch, _read_number(desk.text("sheet")), answers, sitting_of(desk.token))
    known = {str(value): value for value in paper.values | {0}}
    typed = _read_fields(desk, paper)
    return _settle(desk, entry, {name: known[value] for name, value in typed.items() if value in known})


@post("/papers/drop", sync_to_thread=True)
def drop(desk: NamedDependency[Desk]) -> Page:
    """Forget a first time."""
    batch, sheet = _read_number(desk.text("batch")), _read_number(desk.text("sheet"))
    with desk.writing() as session:
        drop_first(session, desk.round(session), batch, sheet, actor=desk.person.name, now=desk.now)
    return desk.go(ENTER, batch=batch, time=FIRST, sheet=sheet, done="paper_dropped")


def _keep(desk: Desk, entry: Entry) -> Page:
    with desk.writing() as session:
        store_first(session, desk.round(session), entry, actor=desk.person.name, now=desk.now)
    return desk.go(ENTER, batch=entry.bundle, time=FIRST, sheet=entry.sheet + 1, done="paper_first")


def _settle(desk: Desk, entry: Entry, settled: dict[str, int]) -> Page:
    with desk.writing() as session:
        round_ = desk.round(session)
        actor = desk.person.name
        left = store_second(session, round_, entry, settled, actor=actor, now=desk.now, random=token_bytes)
        bundle = find_bundle(session, round_, entry.bundle)
    if left:
        return _ask(desk, round_, bundle, entry, list(left))
    return desk.go(ENTER, batch=entry.bundle, time=SECOND, sheet=entry.sheet + 1, done="paper_stored")


def _ask(desk: Desk, round_: Round, bundle: Bundle, entry: Entry, left: list[Difference]) -> Page:
    """Each item that differs, both ways, to be looked up on the paper."""
    paper = paper_for(round_, bundle.group)
    return desk.page(
        "paper_differ",
        **_about(round_, bundle, paper),
        sheet=entry.sheet,
        second="".join(map(str, entry.answers)),
        left={one.item: one for one in left},
    )


def _draw(desk: Desk, session: Session, batch: int, time: str, problems: tuple[str, ...] = ()) -> Page:
    """The sheet with all that was typed, or the next one that waits."""
    round_ = desk.round(session)
    bundle = find_bundle(session, round_, batch)
    if time not in (FIRST, SECOND):
        raise NotFoundError("请从“纸质”页面选择录第一遍还是第二遍。")
    waiting, mine = list_waiting(session, batch), sitting_of(desk.token)
    last = _read_number(desk.query.get("sheet", "")) or 1
    others = [sheet for sheet, sitting in waiting.items() if sitting != mine]
    next_ = last if time == FIRST else next((one for one in others if one >= last), others[0] if others else 0)
    paper = paper_for(round_, bundle.group)
    return desk.page(
        "paper_enter",
        422 if problems else 200,
        **_about(round_, bundle, paper),
        time=time,
        problems=problems,
        sheet=desk.text("sheet") or (next_ if 0 < next_ <= bundle.sheets else ""),
        typed=_read_fields(desk, paper),
        waiting=waiting,
        others=others,
    )


def _about(round_: Round, bundle: Bundle, paper: Paper) -> dict[str, Any]:
    labels = {option.value: option.label for option in paper.options} | {0: "没有勾选"}
    return {"round": round_, "invented": round_.invented, "bundle": bundle, "paper": paper, "labels": labels}


def _find_paper(session: Session, desk: Desk, batch: int) -> Paper:
    round_ = desk.round(session)
    return paper_for(round_, find_bundle(session, round_, batch).group)


def _find_rows(session: Session, desk: Desk, round_: Round, unit: str) -> list[int]:
    """The ids of the unit's rows of the frame, for those whose unit it is."""
    rows = list(session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.unit == unit)))
    check_unit(desk.person, Unit(unit, frozenset(row.township for row in rows)))
    return [row.id for row in rows]


def _read_fields(desk: Desk, paper: Paper) -> dict[str, str]:
    return {name: desk.text(name) for name in paper.item_ids}


def _read_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


HANDLERS = [show, set_until, print_, take, enter, keep, settle, drop]
