"""Watching: forms against target, live; by unit, group, stage, grade band, locale, township and class."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
from litestar import get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, ServerSentEventMessage

from questionnaires.vocabulary import Group, place_in_list, words
from reports.progress.progress_sheet import write_progress
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Round
from survey_app.pages.console.console_drawing import LOCALES, STAGES, until
from survey_app.pages.console.console_request import NUMBER, Desk, Page
from survey_app.pages.console.watch_charts import draw_hours, find_peak, name_days
from survey_app.watching.live_counts import VIEWS, Seen, add_hours, confine, hour_of, summarise

TITLES = {
    "unit": "单位",
    "group": "调查对象",
    "stage": "学段",
    "band": "年级段",
    "locale": "城乡",
    "township": "乡镇",
    "class": "班级",
}
MOST_ROWS = 150
SHORTEST_CHART, LONGEST_CHART = 24, 120
STREAM_SECONDS = 300.0
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = list[dict[Any, Any]]


class View(NamedTuple):
    """What one person sees of a round."""

    round: Round
    seen: Seen
    rows: pd.DataFrame


@get("/", sync_to_thread=True)
def home(desk: NamedDependency[Desk]) -> Page:
    """To the progress of the round, or to what comes before it."""
    done = {"done": desk.query["done"]} if "done" in desk.query else {}
    with desk.reading() as session:
        try:
            desk.round(session)
        except NotFoundError:
            return desk.go("/console/setup", **done) if desk.may("GET", "/console/setup") else desk.page("empty")
    return desk.go("/console/watch", **done)


@get("/watch", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """Progress, those furthest behind first."""
    by = desk.query.get("by", "unit")
    by = by if by in TITLES else "unit"
    view = look(desk)
    rows = view.rows
    whole = summarise(rows.assign(county=""), ["county"], view.seen.pace).to_dict("records")
    if not whole:
        raise NotFoundError("名册里没有您负责的单位，请联系管理员核对账号负责的范围。")
    every = _rows_by(by, view)
    shown = [row for row in every if row["target"] or row["forms"] or row["invited"]]
    return desk.page(
        "watch",
        round=view.round,
        invented=view.round.invented,
        by=by,
        titles=TITLES,
        all=whole[0],
        pace=view.seen.pace,
        left=until(view.round.closes, desk.now),
        at=view.seen.at,
        per_group=_in_order(summarise(rows, ["group"], view.seen.pace)),
        cells=_cells(rows),
        rows=shown[:MOST_ROWS],
        hidden=max(0, len(shown) - MOST_ROWS),
        uninvited=len(every) - len(shown),
        chart=chart(view, sorted(set(rows["unit"]))),
    )


@get("/watch.xlsx", sync_to_thread=True)
def download(desk: NamedDependency[Desk]) -> Page:
    """All views as one workbook."""
    view = look(desk)
    tables = {TITLES[by]: pd.DataFrame(_rows_by(by, view)) for by in TITLES}
    with desk.writing() as session:
        record(session, desk.person.name, "download", f"round {view.round.name}", at=desk.now, what="progress")
    content = write_progress(tables, round_name=view.round.name, at=view.seen.at)
    return desk.download(f"进度 {view.round.name} {desk.now:%m-%d %H%M}.xlsx", content, XLSX)


@get("/events")
async def stream(desk: NamedDependency[Desk]) -> ServerSentEvent:
    """Figures as they change; the page shows them where they stand."""
    since = desk.query.get("since", "")
    known = int(since) if NUMBER.fullmatch(since) else -1
    events = desk.office.pulse.follow(desk.person, known, STREAM_SECONDS)
    return ServerSentEvent(_send(events), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _send(events: AsyncIterator[str]) -> AsyncIterator[ServerSentEventMessage]:
    async for event in events:
        yield ServerSentEventMessage(data=event) if event else ServerSentEventMessage(comment="still here")


def look(desk: Desk) -> View:
    """The round with the rows that this person may see."""
    with desk.reading() as session:
        round_ = desk.round(session)
        seen = desk.office.watch.look(round_, desk.now)
        session.expunge_all()
    return View(round_, seen, confine(seen.rows, desk.person.role, desk.person.scope))


def chart(view: View, units: Sequence[str]) -> dict[str, Any]:
    """Forms by hour since the opening, at most the last five days."""
    last = hour_of(min(view.seen.at, view.round.closes))
    first = max(hour_of(view.round.opens), last - LONGEST_CHART + 1)
    hours, last = add_hours(view.seen.hours, units), max(last, first + SHORTEST_CHART - 1)
    return {
        "svg": draw_hours(hours, first, last),
        "days": name_days(first, last),
        "peak": find_peak(hours),
    }


def _rows_by(by: str, view: View) -> Rows:
    """The rows of a view with a name for people, those furthest behind first."""
    table = summarise(view.rows, VIEWS[by], view.seen.pace)
    names = dict(zip(view.rows["unit"], view.rows["name"], strict=True))
    rows: Rows = table.to_dict("records")
    return [row | {"label": _label(by, row, names)} for row in rows]


def _label(by: str, row: dict[Any, Any], names: dict[str, str]) -> str:
    group = words(Group).get(row.get("group", ""), "")
    match by:
        case "unit":
            return names[row["unit"]]
        case "group":
            return group
        case "class":
            return " ".join(filter(None, (names[row["unit"]], row["class"], group)))
        case "stage":
            return f"{STAGES.get(row['stage'], row['stage'])} {group}"
        case "locale":
            return f"{LOCALES.get(row['locale'], row['locale'])} {group}"
        case "band":
            return f"{row['band'].replace('-', '—') + '年级' if row['band'] else '不分年级'} {group}"
    return str(row["township"] or "未注明")


def _in_order(table: pd.DataFrame) -> Rows:
    rows: Rows = table.to_dict("records")
    return sorted(rows, key=lambda row: place_in_list(Group, row["group"]))


def _cells(rows: pd.DataFrame) -> dict[str, dict[str, tuple[int, int]]]:
    """Forms and target of each group in each unit where somebody takes part."""
    cells: dict[str, dict[str, tuple[int, int]]] = {unit: {} for unit in rows["unit"]}
    sums = rows.groupby(["unit", "group"], sort=False)[["forms", "target", "invited"]].sum().reset_index()
    for unit, group, forms, target, invited in sums.itertuples(index=False):
        if forms or target or invited:
            cells[unit][group] = (int(forms), int(target))
    return cells


HANDLERS = [home, show, download, stream]
