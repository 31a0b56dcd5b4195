"""Counts, each person's own: status, progress, custody, batches."""

from typing import Any

import msgspec
import pandas as pd
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.codes.custody import list_batches, summarise_custody
from survey_app.core.models import FrameRow, Round, School
from survey_app.pages.api.parameters import RoundName, UnitName, aware
from survey_app.pages.api.shapes import Batch, ProgressRow, ProgressView, Status, UnitCustody, View
from survey_app.pages.console.console_access import Unit, check_unit, sees
from survey_app.pages.console.console_request import Desk
from survey_app.pages.console.watch_pages import look
from survey_app.rounds.opening import find_round
from survey_app.watching.live_counts import VIEWS, summarise
from survey_app.watching.status import load_status

COUNTS = ("population", "invited", "target", "issued", "forms", "recent", "needed", "forecast")


@get("/status", sync_to_thread=True, summary="回收进度")
def show_status(desk: NamedDependency[Desk], round_name: RoundName = "") -> Status:
    """与 survey status --json 相同，只含本人负责的单位；只有数量，没有答案。"""
    with desk.reading() as session:
        round_ = find_round(session, round_name or None)
        return _read_status(session, round_, desk)


@get("/progress/{view:str}", sync_to_thread=True, summary="按单位、对象、学段等看进度")
def show_progress(desk: NamedDependency[Desk], view: FromPath[View]) -> ProgressView:
    """进行中的（否则最近的）批次，落后的在前；与工作台的“进度”相同。"""
    round_, seen, rows = look(desk)
    names = dict(zip(rows["unit"], rows["name"], strict=True))
    shown = [_row(row, VIEWS[view], names) for row in summarise(rows, VIEWS[view], seen.pace).to_dict("records")]
    about = {"round": round_.name, "state": round_.state, "at": aware(seen.at), "left": seen.pace.left}
    return msgspec.convert(about | {"rows": shown}, ProgressView)


@get("/custody", sync_to_thread=True, summary="各单位的码在谁手里")
def show_custody(desk: NamedDependency[Desk], round_name: RoundName = "") -> list[UnitCustody]:
    """每个单位应邀多少人，手里有多少人的码：已制作、已交接、已作废。"""
    with desk.reading() as session:
        round_ = find_round(session, round_name or None)
        own, names = own_units(session, round_, desk), dict(session.execute(select(School.code, School.name)).all())
        table = summarise_custody(session, round_)
    return [_custody(row, names) for row in table.to_dict("records") if own is None or row["unit"] in own]


@get("/batches", sync_to_thread=True, summary="一个单位的发码批次")
def show_batches(desk: NamedDependency[Desk], unit: UnitName = "", round_name: RoundName = "") -> list[Batch]:
    """每批码的最后一步：何时、何人、交给了谁。"""
    with desk.reading() as session:
        round_ = find_round(session, round_name or None)
        name = unit or (desk.person.scope if desk.person.role == "unit" else "")
        check_unit(desk.person, Unit(name, _townships(session, round_).get(name, frozenset())))
        kept = list_batches(session, round_, name)
    return [_batch(one._asdict()) for one in kept]


def own_units(session: Session, round_: Round, desk: Desk) -> frozenset[str] | None:
    """The units that a person is confined to; None for who sees all."""
    if desk.person.scope == "":
        return None
    units = _townships(session, round_).items()
    return frozenset(name for name, townships in units if sees(desk.person, Unit(name, townships)))


def _townships(session: Session, round_: Round) -> dict[str, frozenset[str]]:
    """The round's units and the townships they have people in."""
    pairs = select(FrameRow.unit, FrameRow.township).where(FrameRow.round_id == round_.id).distinct()
    found: dict[str, set[str]] = {}
    for unit, township in session.execute(pairs):
        found.setdefault(unit, set()).add(township)
    return {unit: frozenset(townships) for unit, townships in found.items()}


def _read_status(session: Session, round_: Round, desk: Desk) -> Status:
    own = own_units(session, round_, desk)
    counts = load_status(session, round_, own)
    return msgspec.convert(counts if own is None else counts | {"refused": None}, Status)


def _row(row: dict[Any, Any], keys: tuple[str, ...], names: dict[str, str]) -> ProgressRow:
    about = {key: row[key] for key in keys} | {name: int(row[name]) for name in COUNTS}
    share = None if pd.isna(row["share"]) else float(row["share"])
    return msgspec.convert(about | {"name": names.get(row.get("unit", ""), ""), "share": share}, ProgressRow)


def _custody(row: dict[Any, Any], names: dict[str, str]) -> UnitCustody:
    counts = {name: int(row[name]) for name in ("invited", "made", "handed_over", "void")}
    return UnitCustody(unit=row["unit"], name=names.get(row["unit"], row["unit"]), township=row["township"], **counts)


def _batch(kept: dict[str, Any]) -> Batch:
    times = {"made_at": aware(kept["made_at"]), "at": kept["at"] and aware(kept["at"])}
    return msgspec.convert(kept | times | {"class": kept["class_name"]}, Batch)


HANDLERS = [show_status, show_progress, show_custody, show_batches]
