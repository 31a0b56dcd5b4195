"""What a code gives access to: may it be answered, by whom, with which paper. Looking never writes."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, union_all
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.vocabulary import BatchState, CodeKind, Group, RoundState
from survey_app.answering.box import box_number
from survey_app.answering.code_text import clean_code, hash_code, hash_holder, ticket_of
from survey_app.core.models import WAS_OPENED, Batch, Box, BoxNumber, Code, FrameRow, Round, Spent

CodeState = Literal["open", "not_yet", "paused", "void", "closed"]
SpentState = Literal["received", "used", "closed"]


_ANSWERED_AS = {CodeKind.REVISIT: CodeKind.SLIP, CodeKind.OPINION: CodeKind.CLASS}


class CodeAccess(msgspec.Struct, frozen=True):
    """What stands behind a code, for one phone at one moment; an unknown code has its state alone.

    `trial`: no code at all, but a slip by which an address is tried (`trial_access`).
    `received` means that this phone's answers are stored, `used` that another phone spent the slip.
    A public code without a choice among its `groups` has no group, batch, place or paper yet. `receipt` is the number
    of the box that holds them, or nothing for what was sent in before answers were sealed. `remarks`: the round takes
    open remarks. `minutes`: how long the group took in the round before, 0 where nobody measured. A re-contact slip is
    a slip that opens when the others end, until an end of its own.
    """

    state: CodeState | SpentState | Literal["unknown", "trial"]
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
    groups: tuple[str, ...] = ()
    round_key: bytes = b""
    remarks: bool = False
    telephone: str = ""
    minutes: int = 0
    split: str = ""
    receipt: bytes = b""

    @property
    def arm(self) -> int:
        """Which half of a split ballot the code is in, 1 or 2, by the code alone; 0 without one."""
        return 1 + blake2b(self.digest, digest_size=1, person=b"arm").digest()[0] % 2 if self.split else 0


class CodeCondition(NamedTuple):
    """What says whether a code may be answered: the columns of CODE_STATE.

    `until`: the end of a re-contact slip; without one it may be answered until the round is closed.
    """

    state: str
    opens: datetime
    closes: datetime
    batch_state: str
    revisit: bool = False
    until: datetime | None = None


class _CodeRow(NamedTuple):
    """What stands behind a code, in the order of the query's columns; `holder` is a slip's alone."""

    kind: str
    batch_id: int
    place_id: int
    group: str
    papers: list[str]
    round_id: int
    round_name: str
    county: str
    organiser: str
    invented: bool
    unit: str
    holder: bytes | None
    public_key: bytes | None
    remarks: bool
    telephone: str
    minutes: Mapping[str, int]
    rule: str
    until: datetime | None
    state: str
    opens: datetime
    closes: datetime
    batch_state: str

    @property
    def condition(self) -> CodeCondition:
        """What says whether the code may be answered."""
        return CodeCondition(self.state, self.opens, self.closes, self.batch_state, self.revisit, self.until)

    @property
    def revisit(self) -> bool:
        """Whether it is a re-contact slip."""
        return self.kind == CodeKind.REVISIT

    @property
    def answered_as(self) -> CodeKind:
        """What it is to a phone: a re-contact slip is a slip, an opinion code that of a class."""
        return _ANSWERED_AS.get(CodeKind(self.kind), CodeKind(self.kind))

    @property
    def window(self) -> tuple[datetime, datetime]:
        """When it may be answered; a re-contact slip from the end of the others on, until its own."""
        return (self.closes, self.until or datetime.max) if self.revisit else (self.opens, self.closes)


class _PublicBatch(NamedTuple):
    """A unit's batch of public codes for one group."""

    id: int
    place_id: int
    group: str


CODE_STATE = (Round.state, Round.opens, Round.closes, Batch.state.label("batch_state"))
_CODE_QUERY = (
    select(
        *(Batch.kind, Batch.id, FrameRow.place_id, FrameRow.group, Round.papers, Round.id.label("round_id")),
        *(Round.name, Round.county, Round.organiser, Round.invented, FrameRow.unit, Spent.holder),
        *(
            Round.public_key,
            Round.remarks,
            Round.telephone,
            Round.minutes,
            Round.rule,
            Batch.closes.label("until"),
            *CODE_STATE,
        ),
    )
    .select_from(Code)
    .join(Batch, Code.batch_id == Batch.id)
    .join(FrameRow, Batch.frame_row_id == FrameRow.id)
    .join(Round, FrameRow.round_id == Round.id)
    .outerjoin(Spent, Spent.ticket == Code.digest)  # a slip's own hash is its ticket, no shared code's is
    .where(Code.digest == bindparam("digest"))
)
_PUBLIC = (
    select(Batch.id, FrameRow.place_id, FrameRow.group)
    .join(FrameRow, Batch.frame_row_id == FrameRow.id)
    .where(FrameRow.round_id == bindparam("round_id"), FrameRow.unit == bindparam("unit"))
    .where(Batch.kind == CodeKind.PUBLIC, Batch.state != BatchState.VOID)
)
_LISTED = union_all(
    select(Box.id).where(Box.id == bindparam("id")),
    select(BoxNumber.id).where(BoxNumber.id == bindparam("id"), WAS_OPENED),
)
_HOLDER = select(Spent.holder).where(Spent.ticket == bindparam("ticket"))


def find_access(
    session: Session | Connection, code: str, number: str | None, now: datetime, group: str = ""
) -> CodeAccess:
    """The access behind a code, typed or scanned, for the phone with this number (None: it has none yet).

    `group` is what somebody on a public code said they are; every other code knows its group itself.
    """
    digest = hash_code(clean_code(code))
    found = session.execute(_CODE_QUERY, {"digest": digest}).first()
    if found is None:
        return CodeAccess("unknown")
    row = _CodeRow._make(found)
    holder = row.holder
    kind = row.answered_as
    if kind != CodeKind.SLIP and number is not None:
        holder = session.scalar(_HOLDER, {"ticket": ticket_of(kind, digest, number)})
    opens, closes = row.window
    access = CodeAccess(
        state=read_code_state(row.condition, now) if holder is None else read_spent_state(kind, holder, number),
        digest=digest,
        kind=kind,
        batch_id=row.batch_id,
        place_id=row.place_id,
        group=row.group,
        paper=_paper(tuple(row.papers), row.group),
        round_id=row.round_id,
        round_name=row.round_name,
        county=row.county,
        organiser=row.organiser,
        opens=opens,
        closes=closes,
        invented=row.invented,
        round_key=row.public_key or b"",
        remarks=row.remarks and row.kind != CodeKind.OPINION,
        telephone=row.telephone,
        minutes=row.minutes.get(row.group, 0),
        split=_split(row.rule),
    )
    if number is not None and access.round_key and access.state in ("received", "closed"):
        access = _find_receipt(session, access, number)
    return _choose(session, access, row, group) if row.kind == CodeKind.PUBLIC else access


def is_counted(session: Session | Connection, number: bytes) -> bool:
    """Whether a box of this number is in the store, or was before its round was opened."""
    return session.execute(_LISTED, {"id": number}).first() is not None


def _find_receipt(session: Session | Connection, access: CodeAccess, number: str) -> CodeAccess:
    """After the close the spent marks are gone: the list of box numbers tells who was counted."""
    receipt = box_number(number, access.digest, access.round_key)
    return replace(access, state="received", receipt=receipt) if is_counted(session, receipt) else access


def _choose(session: Session | Connection, access: CodeAccess, row: _CodeRow, group: str) -> CodeAccess:
    """A public code once it is said who comes in; its unit has one batch for each group."""
    found = session.execute(_PUBLIC, {"round_id": row.round_id, "unit": row.unit})
    batches = {batch.group: batch for batch in (_PublicBatch._make(row) for row in found)}
    groups = tuple(group for group in Group if group in batches)
    picked = batches.get(groups[0] if len(groups) == 1 else group)
    if picked is None:
        return replace(access, batch_id=0, place_id=0, group="", paper="", groups=groups)
    paper = _paper(tuple(row.papers), picked.group)
    return replace(
        access,
        batch_id=picked.id,
        place_id=picked.place_id,
        group=picked.group,
        paper=paper,
        groups=groups,
        minutes=row.minutes.get(picked.group, 0),
    )


def read_code_state(condition: CodeCondition, now: datetime) -> CodeState:
    """Whether a code that is not spent may be answered now; a re-contact slip only once the others may no longer."""
    ended = now >= condition.closes
    end = (condition.until or datetime.max) if condition.revisit else condition.closes
    if condition.state in (RoundState.CLOSED, RoundState.CANCELLED) or now >= end:
        return "closed"
    if condition.batch_state == BatchState.VOID:
        return "void"
    begun = ended if condition.revisit else now >= condition.opens
    if condition.state in (RoundState.DRAFT, RoundState.WAITING_FOR_SHEETS) or not begun:
        return "not_yet"
    return "paused" if condition.state == RoundState.PAUSED else "open"


def read_spent_state(kind: str, holder: bytes, number: str | None) -> SpentState:
    """What a phone is told of a spent ticket; who held it is forgotten only after the round is closed."""
    if kind != CodeKind.SLIP or (number is not None and holder == hash_holder(number)):
        return "received"
    return "used" if holder else "closed"


@cache
def _paper(papers: tuple[str, ...], group: str) -> str:
    return next(name for name in papers if group in load_paper(name).groups)


@cache
def _split(rule: str) -> str:
    ballot = load_rule(rule).split_ballot
    return ballot.value if ballot else ""
