"""Counts, each person's own: status, progress, custody, batches."""

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.round_counts import Status
from questionnaires.vocabulary import BatchState, CodeKind, Role, RoundState
from survey_app.codes.custody import BatchCustody, list_batches, summarise_custody
from survey_app.core.models import FrameRow, Round
from survey_app.pages.api.parameters import RoundName, UnitName, aware
from survey_app.pages.api.shapes import Batch, ProgressRow, ProgressView, UnitCustody, View
from survey_app.pages.console.console_access import Unit, check_unit, sees
from survey_app.pages.console.console_request import ConsoleRequest
from survey_app.pages.console.progress_lines import ProgressLine
from survey_app.pages.console.watch_pages import add_up, load_view, read_lines
from survey_app.rounds.opening import name_schools
from survey_app.rounds.round_rows import find_round
from survey_app.watching.live_counts import VIEWS, summarise
from survey_app.watching.status import load_status


@get("/status", sync_to_thread=True, summary="回收进度")
def show_status(console: NamedDependency[ConsoleRequest], round_name: RoundName = "") -> Status:
    """与 survey status --json 相同，只含本人负责的单位；只有数量，没有答案。"""
    with console.reading() as session:
        round_ = find_round(session, round_name or None)
        return _read_status(session, round_, console)


@get("/progress/{view:str}", sync_to_thread=True, summary="按单位、对象、学段等看进度")
def show_progress(console: NamedDependency[ConsoleRequest], view: FromPath[View]) -> ProgressView:
    """进行中的（否则最近的）批次，落后的在前；与工作台的“进度”相同。"""
    own = load_view(console)
    names = dict(zip(own.rows.unit, own.rows.name, strict=True))
    pace = own.seen.pace
    return ProgressView(
        round=own.round.name,
        state=RoundState(own.round.state),
        at=aware(own.seen.at),
        left=pace.left,
        whole=_row(add_up(own, own.rows), names),
        rows=[_row(line, names) for line in read_lines(summarise(own.rows, VIEWS[view], pace))],
    )


@get("/custody", sync_to_thread=True, summary="各单位的码的保管情况")
def show_custody(console: NamedDependency[ConsoleRequest], round_name: RoundName = "") -> list[UnitCustody]:
    """每个单位应邀多少人，手里有多少人的码：已制作、已交接、已作废。"""
    with console.reading() as session:
        round_ = find_round(session, round_name or None)
        own = own_units(session, round_, console)
        names = name_schools(session)
        table = summarise_custody(session, round_)
    named = table.assign(name=table.unit.map(names).fillna(table.unit))
    units = msgspec.convert(named.to_dict("records"), list[UnitCustody])
    return [custody for custody in units if own is None or custody.unit in own]


@get("/batches", sync_to_thread=True, summary="一个单位的发放批次")
def show_batches(
    console: NamedDependency[ConsoleRequest], unit: UnitName = "", round_name: RoundName = ""
) -> list[Batch]:
    """每批码的最后一步：何时、何人、领取单位（领取人）。"""
    with console.reading() as session:
        round_ = find_round(session, round_name or None)
        name = unit or (console.person.scope if console.person.role == Role.UNIT else "")
        check_unit(console.person, Unit(name, _townships(session, round_).get(name, frozenset())))
        kept = list_batches(session, round_, name, console.now)
    return [_batch(batch) for batch in kept]


def own_units(session: Session, round_: Round, console: ConsoleRequest) -> frozenset[str] | None:
    """The units that a person is confined to; None for who sees all."""
    if console.person.scope == "":
        return None
    units = _townships(session, round_).items()
    return frozenset(name for name, townships in units if sees(console.person, Unit(name, townships)))


def _townships(session: Session, round_: Round) -> dict[str, frozenset[str]]:
    """The round's units and the townships they have people in."""
    pairs = select(FrameRow.unit, FrameRow.township).where(FrameRow.round_id == round_.id).distinct()
    found: dict[str, set[str]] = {}
    for unit, township in session.execute(pairs):
        found.setdefault(unit, set()).add(township)
    return {unit: frozenset(townships) for unit, townships in found.items()}


def _read_status(session: Session, round_: Round, console: ConsoleRequest) -> Status:
    own = own_units(session, round_, console)
    counts = load_status(session, round_, own, console.now)
    return counts if own is None else msgspec.structs.replace(counts, refused=None)


def _row(line: ProgressLine, names: dict[str, str]) -> ProgressRow:
    """A line as programs are told it: what is no number there is null."""
    own = {"name": names.get(line.unit, ""), "class": line.class_name}
    told = {field: _tell(getattr(line, field)) for field in ProgressRow.__struct_encode_fields__ if field not in own}
    return msgspec.convert(told | own, ProgressRow)


def _tell(value: str | float) -> str | float | None:
    """NaN is null in JSON."""
    return None if value != value else value


def _batch(kept: BatchCustody) -> Batch:
    return Batch(
        id=kept.id,
        group=kept.group,
        class_=kept.class_name,
        kind=CodeKind(kept.kind),
        state=BatchState(kept.state),
        issued=kept.issued,
        forms=kept.forms,
        made_at=aware(kept.made_at),
        office=kept.office,
        at=aware(kept.at) if kept.at else None,
        actor=kept.actor,
    )


HANDLERS = [show_status, show_progress, show_custody, show_batches]
