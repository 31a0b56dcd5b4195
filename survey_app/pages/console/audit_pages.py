"""The audit log: who did what when, to look at and to take away."""

import csv
import io
import re
from functools import cache
from typing import Any, NamedTuple

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from sqlalchemy import func, select

from reports.setting.cell_texts import escape_cell
from survey_app.core.audit import load_audit, record
from survey_app.core.models import Audit
from survey_app.pages.console.console_drawing import TEMPLATES
from survey_app.pages.console.console_request import ConsoleRequest, Page

ON_A_PAGE = 50
PAGE = re.compile(r"[1-9][0-9]{0,5}")


class AuditLine(NamedTuple):
    """An entry in the words of an office."""

    at: str
    actor: str
    action: str
    subject: str
    detail: str


@get("/log", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], who: FromQuery[str] = "", page: FromQuery[str] = "1") -> Page:
    """Fifty entries a page, the newest first, of one person or of all."""
    number = int(page) if PAGE.fullmatch(page) else 1
    wanted = select(Audit).where(Audit.actor == who) if who else select(Audit)
    with console.reading() as session:
        rows = list(session.scalars(wanted.order_by(Audit.id.desc()).limit(ON_A_PAGE).offset((number - 1) * ON_A_PAGE)))
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        people = session.scalars(select(Audit.actor).distinct().order_by(Audit.actor)).all()
        session.expunge_all()
    told = [say_act(row) for row in rows]
    pages = -(-total // ON_A_PAGE)
    return console.page("log", rows=told, total=total, page=number, pages=pages, who=who, people=people)


@get("/log.csv", sync_to_thread=True)
def export(console: NamedDependency[ConsoleRequest]) -> Page:
    """Everything, for a spreadsheet; taking it away is itself noted."""
    with console.writing() as session:
        record(session, console.person.name, "download", "audit", at=console.now)
        session.flush()
        rows = load_audit(session)
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["时间", "操作人", "操作", "对象", "详情"])
    table.writerows(map(escape_cell, say_act(row)) for row in rows)
    return console.download(f"操作记录 {console.now:%Y-%m-%d}.csv", stream.getvalue().encode("utf-8-sig"), "text/csv")


class LogWords(msgspec.Struct, frozen=True):
    """What actors who are no person, actions, subjects, details and their values are called."""

    actors: dict[str, str]
    actions: dict[str, str]
    subjects: dict[str, str]
    details: dict[str, str]
    values: dict[str, str]


@cache
def load_words() -> LogWords:
    """The words of log.toml."""
    return msgspec.toml.decode((TEMPLATES / "log.toml").read_text(encoding="utf-8"), type=LogWords)


def say_act(row: Audit) -> AuditLine:
    """An entry as people read it; what has no word is said as it was stored."""
    words = load_words()
    kind, _, name = row.subject.partition(" ")
    detail = (f"{words.details.get(key, key)} {_say(value)}" for key, value in row.detail.items() if value != "")
    return AuditLine(
        at=f"{row.at:%Y-%m-%d %H:%M:%S}",
        actor=words.actors.get(row.actor, row.actor),
        action=words.actions.get(row.action, row.action),
        subject=f"{words.subjects.get(kind, kind)} {name}".strip(),
        detail="，".join(detail),
    )


def _say(value: Any) -> str:
    words = load_words().values
    match value:
        case dict():
            return words["many"].format(n=len(value))
        case list():
            return "、".join(map(str, value))
        case bool():
            return words["yes" if value else "no"]
    return words.get(str(value), str(value))


HANDLERS = [show, export]
