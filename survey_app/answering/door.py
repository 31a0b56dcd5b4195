"""The door behind a code: may it be answered, by whom, with which paper. Looking never writes."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.answering.codes import clean_code, hash_code, hash_holder, ticket_of
from survey_app.models import Batch, Code, FrameRow, Round, Spent

Gate = Literal["open", "not_yet", "paused", "void", "closed"]
Fate = Literal["received", "used", "closed"]


@dataclass(frozen=True, slots=True)
class Door:
    """What stands behind a code, for one phone at one moment; an unknown code has its state alone.

    `received` means that this phone's answers are stored, `used` that another phone spent the slip.
    """

    state: Gate | Fate | Literal["unknown"]
    digest: bytes = b""
    kind: str = ""
    batch_id: int = 0
    place_id: int = 0
    group: str = ""
    paper: str = ""
    round_id: int = 0
    round_name: str = ""
    county: str = ""
    organiser: str = ""
    opens: datetime = datetime.min
    closes: datetime = datetime.max
    invented: bool = False


GATE = (Round.state, Round.opens, Round.closes, Batch.state.label("batch_state"))
_BEHIND = (
    select(
        *(Batch.kind, Batch.id, FrameRow.place_id, FrameRow.group, Round.papers, Round.id.label("round_id")),
        *(Round.name, Round.county, Round.organiser, Round.invented, *GATE),
    )
    .select_from(Code)
    .join(Batch, Code.batch_id == Batch.id)
    .join(FrameRow, Batch.frame_row_id == FrameRow.id)
    .join(Round, FrameRow.round_id == Round.id)
    .where(Code.digest == bindparam("digest"))
)
_HOLDER = select(Spent.holder).where(Spent.ticket == bindparam("ticket"))


def find_door(session: Session | Connection, code: str, number: str | None, now: datetime) -> Door:
    """The door behind a code, typed or scanned, for the phone with this number (None: it has none yet)."""
    digest = hash_code(clean_code(code))
    row = session.execute(_BEHIND, {"digest": digest}).first()
    if row is None:
        return Door("unknown")
    holder = session.scalar(_HOLDER, {"ticket": ticket_of(row.kind, digest, number or "")})
    return Door(
        read_gate(row, now) if holder is None else read_fate(row.kind, holder, number),
        *(digest, row.kind, row.id, row.place_id, row.group, _paper(tuple(row.papers), row.group)),
        *(row.round_id, row.name, row.county, row.organiser, row.opens, row.closes, row.invented),
    )


def read_gate(row: Row[*tuple[Any, ...]], now: datetime) -> Gate:
    """Whether a code that is not spent may be answered now; the row has GATE's columns."""
    if row.state == "closed" or now >= row.closes:
        return "closed"
    if row.batch_state == "void":
        return "void"
    if row.state == "draft" or now < row.opens:
        return "not_yet"
    return "paused" if row.state == "paused" else "open"


def read_fate(kind: str, holder: bytes, number: str | None) -> Fate:
    """What a phone is told of a spent ticket; who held it is forgotten only after the round is closed."""
    if kind == "class" or (number is not None and holder == hash_holder(number)):
        return "received"
    return "used" if holder else "closed"


@cache
def _paper(papers: tuple[str, ...], group: str) -> str:
    return next(name for name in papers if group in load_paper(name).groups)
