"""Watching: forms against target, live; by unit, group, stage, grade band, locale, township and class."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from random import uniform
from typing import Any, NamedTuple

import msgspec
import pandas as pd
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage
from markupsafe import Markup

from analysis.column_values import texts
from questionnaires.text import clean_text
from questionnaires.vocabulary import Group, place_in_list
from reports.progress.progress_sheet import write_progress
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Round
from survey_app.pages.console.console_drawing import LOCALES, STAGES, load_words, until
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.key_pages import list_asked
from survey_app.pages.console.progress_lines import Listing, ProgressLine, find_lines, sort_lines
from survey_app.pages.console.watch_charts import draw_hours, find_peak, name_days
from survey_app.rounds.round_rows import find_round
from survey_app.watching.live_counts import VIEWS, Seen, add_hours, confine, hour_of, summarise
from survey_app.watching.outlook import Outlook, find_outlook

ON_A_PAGE = 50
SHORTEST_CHART = 24
LONGEST_CHART = 120
STREAM_SECONDS = 300.0
"""How long a page is told at most, half as long at least: pages that came at once would else all come back at once."""
NUMBER = re.compile(r"[0-9]{1,9}")
USUAL_VIEW = "unit"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class View(NamedTuple):
    """What one person sees of a round."""

    round: Round
    seen: Seen
    rows: pd.DataFrame
    outlook: Outlook


class HoursChart(msgspec.Struct, frozen=True, kw_only=True):
    """Forms by hour as a picture, where its days begin, and its highest bar."""

    svg: Markup
    days: Sequence[tuple[float, str]]
    peak: tuple[datetime, int] | None


@get("/", sync_to_thread=True)
def home(console: NamedDependency[ConsoleRequest]) -> Page:
    """To the progress of the round, or to what comes before it."""
    done = {"done": console.done} if console.done else {}
    with console.reading() as session:
        try:
            find_round(session)
        except NotFoundError:
            may_prepare = console.may("GET", "/console/setup")
            return console.go("/console/setup", **done) if may_prepare else console.page("empty")
    return console.go("/console/watch", **done)


@get("/watch", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], request: Request[Any, Any, Any]) -> Page:
    """Progress, those furthest behind first, fifty a page; of one township or with a text in the name."""
    view = load_view(console)
    if view.rows.empty:
        raise NotFoundError("名册里没有您负责的单位，请联系管理员核对账号负责的范围。")
    asked = request.query_params
    by = asked.get("by", "")
    page = asked.get("page", "")
    listing = Listing(
        by=by if by in load_words("views") else USUAL_VIEW,
        sort=asked.get("sort", ""),
        township=asked.get("township", ""),
        text=clean_text(asked.get("q", "")),
        page=int(page) if NUMBER.fullmatch(page) else 1,
    )
    return draw_watch(console, view, listing)


def draw_watch(console: ConsoleRequest, view: View, listing: Listing) -> Page:
    """The page of progress with one part of one view."""
    every = list_lines(listing.by, view)
    shown = [line for line in every if line.target or line.forms or line.invited]
    listed = [line for line in shown if not line.hidden]
    found = sort_lines(find_lines(view.rows, listed, listing), listing.sort)
    pages = max(1, -(-len(found) // ON_A_PAGE))
    number = min(max(1, listing.page), pages)
    whole = add_up(view, view.rows)
    return console.page(
        "watch",
        round=view.round,
        invented=view.round.invented,
        asked=list_asked(console),
        by=listing.by,
        titles=load_words("views"),
        orders=load_words("orders"),
        all=whole,
        end=view.outlook.end(whole.forms),
        usual=view.outlook.usual,
        left=until(view.round.closes, console.now),
        at=view.seen.at,
        per_group=list_groups(view),
        cells=_list_cells(view) if listing.by == USUAL_VIEW else {},
        listing=listing,
        townships=sorted(name for name in set(texts(view.rows.township)) if name),
        rows=found[ON_A_PAGE * (number - 1) : ON_A_PAGE * number],
        number=number,
        pages=pages,
        found=len(found),
        small=len(shown) - len(listed),
        uninvited=len(every) - len(shown),
        chart=draw_chart(view, view.rows),
    )


@get("/watch.xlsx", sync_to_thread=True)
def download(console: NamedDependency[ConsoleRequest]) -> Page:
    """All views as one workbook."""
    view = load_view(console)
    tables = {title: label_rows(by, view) for by, title in load_words("views").items()}
    with console.writing() as session:
        record(session, console.person.name, "download", f"round {view.round.name}", at=console.now, what="progress")
    content = write_progress(tables, round_name=view.round.name, at=view.seen.at)
    return console.download(f"进度 {view.round.name} {console.now:%m-%d %H%M}.xlsx", content, XLSX)


@get("/events")
async def stream(console: NamedDependency[ConsoleRequest], since: FromQuery[str] = "") -> ServerSentEvent:
    """Figures as they change; the page shows them where they stand."""
    known = int(since) if NUMBER.fullmatch(since) else -1
    events = console.deps.live_counts.follow(console.person, known, STREAM_SECONDS * uniform(0.5, 1))
    return ServerSentEvent(_send(events), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _send(events: AsyncIterator[str]) -> AsyncIterator[ServerSentEventMessage]:
    async for event in events:
        yield ServerSentEventMessage(data=event) if event else ServerSentEventMessage(comment="still here")


def load_view(console: ConsoleRequest) -> View:
    """The round with the rows that this person may see."""
    with console.reading() as session:
        round_ = find_round(session)
        seen = console.deps.watch.look(round_, console.now)
        session.expunge_all()
    rows = confine(seen.rows, console.person.role, console.person.scope)
    outlook = find_outlook(round_, seen, rows)
    return View(round_, seen._replace(pace=outlook.quicken(seen.pace)), rows, outlook)


def draw_chart(view: View, rows: pd.DataFrame) -> HoursChart:
    """Forms by hour since the opening, at most the last five days."""
    last = hour_of(min(view.seen.at, view.round.closes))
    first = max(hour_of(view.round.opens), last - LONGEST_CHART + 1)
    hours = add_hours(view.seen, rows)
    last = max(last, first + SHORTEST_CHART - 1)
    return HoursChart(svg=draw_hours(hours, first, last), days=name_days(first, last), peak=find_peak(hours))


def read_lines(table: pd.DataFrame) -> list[ProgressLine]:
    """The rows of a summary, in its order."""
    columns = zip(*(table[name].tolist() for name in table), strict=True)
    names = list(table)
    return msgspec.convert([dict(zip(names, row, strict=True)) for row in columns], list[ProgressLine])


def add_up(view: View, rows: pd.DataFrame) -> ProgressLine:
    """All these rows together."""
    return read_lines(summarise(rows.assign(whole=""), ["whole"], view.seen.pace))[0]


def label_rows(by: str, view: View) -> pd.DataFrame:
    """The rows of a view with a name for people, those furthest behind first."""
    table = summarise(view.rows, VIEWS[by], view.seen.pace)
    return table.assign(label=[line.label for line in _label_lines(by, view, table)])


def list_lines(by: str, view: View) -> list[ProgressLine]:
    """The same, typed."""
    return _label_lines(by, view, summarise(view.rows, VIEWS[by], view.seen.pace))


def _label_lines(by: str, view: View, table: pd.DataFrame) -> list[ProgressLine]:
    names = dict(zip(texts(view.rows.unit), texts(view.rows.name), strict=True))
    return [msgspec.structs.replace(line, label=_label(by, line, names)) for line in read_lines(table)]


def _label(by: str, line: ProgressLine, names: dict[str, str]) -> str:
    group = Group(line.group).zh if line.group else ""
    match by:
        case "unit":
            return names[line.unit]
        case "group":
            return group
        case "class":
            return " ".join(filter(None, (names[line.unit], line.class_name, group)))
        case "stage":
            return f"{STAGES.get(line.stage, line.stage)} {group}"
        case "locale":
            return f"{LOCALES.get(line.locale, line.locale)} {group}"
        case "band":
            return f"{line.band.replace('-', '—') + '年级' if line.band else '不分年级'} {group}"
    return line.township or "未注明"


def list_groups(view: View) -> list[ProgressLine]:
    """Each group that is asked, in the order everything lists them."""
    lines = read_lines(summarise(view.rows, ["group"], view.seen.pace))
    return sorted(lines, key=lambda line: place_in_list(Group, line.group))


def _list_cells(view: View) -> dict[str, dict[str, ProgressLine]]:
    """Each group in each unit where somebody takes part."""
    cells: dict[str, dict[str, ProgressLine]] = {unit: {} for unit in texts(view.rows.unit)}
    for line in read_lines(summarise(view.rows, ["unit", "group"], view.seen.pace)):
        if line.forms or line.target or line.invited:
            cells[line.unit][line.group] = line
    return cells


HANDLERS = [home, show, download, stream]
