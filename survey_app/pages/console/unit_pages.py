"""One unit: its classes and groups, their codes and who has them, and the text that reminds."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from reports.handouts.slips import load_words
from survey_app.codes.custody import hand_over, list_batches
from survey_app.codes.issuing import void_batches
from survey_app.core.errors import SurveyError
from survey_app.core.models import FrameRow, Round, School
from survey_app.jobs.running import CODES, TITLES, ask_job, list_jobs
from survey_app.pages.console.console_access import Unit, check_unit
from survey_app.pages.console.console_drawing import draw_text, until
from survey_app.pages.console.console_request import Desk, Page
from survey_app.pages.console.watch_pages import View, chart, look
from survey_app.watching.live_counts import summarise

MOST_NAMED = 5
PAGE = "/console/unit"


@get("/unit", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """All of a unit on one page; a unit contact needs no name for their own."""
    unit = desk.query.get("unit", "") or (desk.person.scope if desk.person.role == "unit" else "")
    with desk.reading() as session:
        round_ = desk.round(session)
        _find_rows(session, round_, unit, desk)
        batches = list_batches(session, round_, unit)
        jobs = list_jobs(session, round_, unit)
        session.expunge_all()
    view = look(desk)
    rows = view.rows[view.rows["unit"] == unit]
    papers = [batch for batch in batches if batch.kind == "paper" and batch.state != "void"]
    codes = [batch for batch in batches if batch.kind != "paper"]
    kept = {batch.row: batch for batch in reversed(codes)}
    old = [batch for batch in batches if batch not in papers and batch is not kept.get(batch.row)]
    table = summarise(rows, ["id", "group", "class", "population"], view.seen.pace).sort_values("id")
    every = [
        row | {"batch": kept.get(row["id"]), "papers": [one for one in papers if one.row == row["id"]]}
        for row in table.to_dict("records")
    ]
    lines = [row for row in every if row["invited"] or row["batch"] or row["papers"]]
    return desk.page(
        "unit",
        round=round_,
        invented=round_.invented,
        unit=unit,
        name=rows["name"].iloc[0],
        lines=lines,
        uninvited=len(every) - len(lines),
        old=old,
        jobs=jobs,
        titles=TITLES,
        all=summarise(rows.assign(county=""), ["county"], view.seen.pace).to_dict("records")[0],
        left=until(round_.closes, desk.now),
        at=view.seen.at,
        chart=chart(view, [unit]),
        reminder=remind(view, lines),
    )


@post("/unit/issue", sync_to_thread=True)
def issue(desk: NamedDependency[Desk]) -> Page:
    """Make the codes that the chosen rows (all if none is chosen) still lack."""
    return _start(desk, _read_kind(desk), reprint=False)


@post("/unit/reprint", sync_to_thread=True)
def reprint(desk: NamedDependency[Desk]) -> Page:
    """Void the chosen rows' codes and make new ones for who has not answered; asks first."""
    kind = _read_kind(desk)
    return _start(desk, kind, reprint=True) if desk.text("sure") else _ask(desk, "reprint", kind)


@post("/unit/more", sync_to_thread=True)
def more(desk: NamedDependency[Desk]) -> Page:
    """Make some more slips for one chosen row."""
    rows, people = desk.numbers("row"), desk.numbers("people")
    if len(rows) != 1 or len(people) != 1:
        raise SurveyError("加印时请只选一个班级或对象，并写明张数。")
    return _start(desk, "more", row=rows[0], people=people[0])


@post("/unit/hand-over", sync_to_thread=True)
def give(desk: NamedDependency[Desk]) -> Page:
    """Note to which office the chosen rows' codes (all if none is chosen) went."""
    unit = desk.text("unit")
    with desk.writing() as session:
        round_ = desk.round(session)
        rows = _chosen(session, round_, unit, desk)
        hand_over(session, round_, rows, desk.text("office"), actor=desk.person.name, now=desk.now)
    return desk.go(PAGE, unit=unit, done="handed_over")


@post("/unit/void", sync_to_thread=True)
def void(desk: NamedDependency[Desk]) -> Page:
    """Void the chosen rows' codes, or paper forms, which were lost; asks first."""
    unit, paper = desk.text("unit"), desk.text("what") == "paper"
    if not desk.text("sure"):
        return _ask(desk, "void", "", paper=paper)
    with desk.writing() as session:
        rows = _chosen(session, desk.round(session), unit, desk, needed=True)
        void_batches(session, rows, paper=paper, actor=desk.person.name, now=desk.now)
    return desk.go(PAGE, unit=unit, done="void")


def remind(view: View, lines: list[dict[Any, Any]]) -> str:
    """The text for a group chat; it names no figure, no option and no target."""
    forbidden = load_words()["forbidden"]
    waiting = [" ".join(filter(None, (row["class"], Group(row["group"]).zh))) for row in lines if not row["forms"]]
    speakable = [name for name in waiting if not any(word in name for word in forbidden)]
    closes = view.round.closes
    return draw_text(
        "reminder",
        waiting=speakable[:MOST_NAMED],
        more=len(speakable) > MOST_NAMED,
        closes=closes,
        words=load_words(),
        organiser=view.round.organiser,
        invented=view.round.invented,
    )


def _find_rows(session: Session, round_: Round, unit: str, desk: Desk) -> list[FrameRow]:
    """The unit's rows of the frame, for those whose unit it is."""
    rows = list(session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.unit == unit)))
    check_unit(desk.person, Unit(unit, frozenset(row.township for row in rows)))
    return rows


def _chosen(session: Session, round_: Round, unit: str, desk: Desk, *, needed: bool = False) -> list[int]:
    """The ids of the chosen rows of this unit, all if none is chosen."""
    own = [row.id for row in _find_rows(session, round_, unit, desk)]
    asked = set(desk.numbers("row"))
    chosen = [one for one in own if one in asked]
    if needed and not chosen:
        raise SurveyError("请先勾选班级或对象。")
    return chosen or own


def _read_kind(desk: Desk) -> str:
    kind = desk.text("kind")
    if kind not in CODES:
        raise SurveyError("请选择要制作哪一种码。")
    return kind


def _start(desk: Desk, kind: str, **about: Any) -> Page:
    unit = desk.text("unit")
    with desk.writing() as session:
        round_ = desk.round(session)
        rows = _chosen(session, round_, unit, desk, needed=about.get("reprint", False))
        if kind == "more" and about["row"] not in rows:
            raise SurveyError("加印时请只选一个班级或对象，并写明张数。")
        job = ask_job(session, kind, round_, unit=unit, actor=desk.person.name, now=desk.now, rows=rows, **about)
    desk.office.jobs.start(job.id)
    return desk.go(f"/console/job/{job.id}")


def _ask(desk: Desk, action: str, kind: str, *, paper: bool = False) -> Page:
    """What would be destroyed, and the way back."""
    unit = desk.text("unit")
    with desk.reading() as session:
        round_ = desk.round(session)
        rows = _chosen(session, round_, unit, desk, needed=True)
        batches = [one for one in list_batches(session, round_, unit) if (one.kind == "paper") == paper]
        live = [one for one in batches if one.row in rows and one.state != "void"]
        name = session.scalar(select(School.name).where(School.code == unit)) or unit
    if not live:
        raise SurveyError("选中的没有可以作废的纸质问卷。" if paper else "选中的没有可以作废的码。")
    unspent = sum(max(0, one.people - one.forms) for one in live)
    about = {"action": action, "kind": kind, "unit": unit, "name": name, "rows": rows, "paper": paper}
    return desk.page("sure", **about, live=live, unspent=unspent)


HANDLERS = [show, issue, reprint, more, give, void]
