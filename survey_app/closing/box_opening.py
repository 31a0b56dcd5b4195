"""Opening the boxes of a round into memory, writing their forms in an order of their own, and dropping the boxes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from secrets import token_bytes
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from analysis.disclosure.hidden_refusals import FEWEST_TOLD
from questionnaires.paper import load_paper
from questionnaires.vocabulary import Group, Mode
from survey_app.answering.answer_course import open_course
from survey_app.answering.box import REFUSED, SealedForm, open_remark, read_form
from survey_app.closing.courses import Courses
from survey_app.closing.opened_forms import OpenedForms
from survey_app.closing.opening_progress import tell_opened
from survey_app.closing.unsealing import how_many, unseal_parts
from survey_app.core.boxes import UnreadableBoxError
from survey_app.core.db import is_file
from survey_app.core.db.rewriting import empty_tables, empty_wal
from survey_app.core.db.row_statements import ADD_FORMS, row_statements
from survey_app.core.models import Batch, Box, BoxNumber, FrameRow, PaperEntry, Place, Remark, RemarkBox, Round, Spent
from survey_app.rounds.round_rows import holds_boxes, is_latest

PART = 10_000
WRITTEN = 5_000  # SQLite takes at most 32,766 values in a statement
ONE_BOX = slice(1, 17)  # the start of the key that was made for this box alone
START = 8
PATIENCE = 30_000
"""Milliseconds to wait for a long reader until no write-ahead file holds a mark any more."""
IN_PARTS = {"yield_per": PART}


@dataclass(kw_only=True, slots=True)
class Opened:
    """What the boxes of a round held: its forms, refusals by group, and what was not a form.

    `unreadable` and `twice` are the numbers of boxes that did not open, or that are the copy of another box. What came
    with re-contact slips is none of the forms or refusals: `revisits` as `forms`, `revisits_refused` in all; of what
    came with opinion codes only the number is kept: `opinions`, and `opinions_refused` of those who took no part.
    `courses`: how answering the forms went, by group, where a phone told it.
    """

    forms: OpenedForms
    revisits: OpenedForms
    boxes: int = 0
    revisits_refused: int = 0
    opinions: int = 0
    opinions_refused: int = 0
    refused: Counter[Group] = field(default_factory=Counter)
    courses: Courses = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class FormsOfRound:
    """What a box must hold to be a form of the round: one of its places, and an answer to each of its items or none."""

    places: Set[int]
    items: int

    def read(self, contents: bytes | None) -> SealedForm | None:
        """The form in what a box held, nothing where that is none."""
        if contents is None:
            return None
        try:
            form = read_form(contents)
        except UnreadableBoxError:
            return None
        is_whole = form.answers == REFUSED or (len(form.answers) == self.items and form.answers.isdecimal())
        return form if form.place in self.places and is_whole else None


def open_boxes(connection: Connection, private_key: bytes, round_id: int, *, processes: int | None = None) -> Opened:
    """All boxes of the store, opened with a round's key; nothing is written, and each box is counted somewhere.

    Many boxes are opened by two processes unless told otherwise.
    """
    wanted = _describe_forms(connection, round_id)
    opened = Opened(forms=OpenedForms(wanted.items), revisits=OpenedForms(wanted.items))
    copied = _find_copied(connection)
    seen: set[bytes] = set()
    rows = connection.execute(select(Box.id, Box.sealed), execution_options=IN_PARTS)
    processes = processes or how_many(connection.scalar(select(func.count()).select_from(Box)) or 0)
    for part, contents in unseal_parts(rows.partitions(PART), private_key, processes=processes):
        for (number, sealed), content in zip(part, contents, strict=True):
            form = wanted.read(content)
            start = bytes(sealed[ONE_BOX])
            if form is None:
                opened.unreadable.append(number.hex())
            elif start in seen:
                opened.twice.append(number.hex())
            else:
                _sort_in(form, opened)
                if start[:START] in copied:
                    seen.add(start)
        opened.boxes += len(part)
        tell_opened(opened.boxes)
    return opened


def _find_copied(connection: Connection) -> set[bytes]:
    """How those boxes begin that may be copies; the store itself would sort whole starts in memory."""
    starts = bytearray()
    begins = select(func.substr(Box.sealed, ONE_BOX.start + 1, START)).execution_options(**IN_PARTS)
    for part in connection.scalars(begins).partitions():
        starts += b"".join(bytes(start).ljust(START, b"\0") for start in part)
    found = np.frombuffer(starts, np.uint64)
    found.sort()
    return {start.tobytes() for start in found[1:][found[1:] == found[:-1]]}


def _describe_forms(connection: Connection, round_id: int) -> FormsOfRound:
    papers = connection.scalars(select(Round.papers).where(Round.id == round_id)).one()
    places = connection.scalars(select(Place.id).where(Place.round_id == round_id))
    return FormsOfRound(places=frozenset(places), items=len(load_paper(papers[0]).item_ids))


def _sort_in(form: SealedForm, opened: Opened) -> None:
    """Count a form where it belongs; one of a re-contact slip or an opinion code stands with none of the others."""
    if form.mode is Mode.OPINION:
        refused = form.answers == REFUSED
        opened.opinions_refused += refused
        opened.opinions += not refused
    elif form.mode is Mode.REVISIT:
        if form.answers == REFUSED:
            opened.revisits_refused += 1
        else:
            opened.revisits.add(form)
    elif form.answers == REFUSED:
        opened.refused[form.group] += 1
    else:
        opened.forms.add(form)
        course = open_course(form.bins) if form.mode == Mode.PHONE else None
        if course:
            opened.courses[form.group, course] += 1


def write_forms(connection: Connection, opened: Opened, round_id: int, kept: Mapping[int, int]) -> None:
    """Write the forms under new random keys and in their order, and keep the numbers of the boxes.

    `kept`: the place that each fine place's forms are kept in (`kept_places.keep_places`).
    """
    keyed = opened.forms.keyed()
    with row_statements(connection) as statements:
        while part := [(form.key, kept[form.place], form.paper, form.answers) for form in islice(keyed, WRITTEN)]:
            statements.run(ADD_FORMS, part)
    numbers = select(Box.id, literal(round_id)).order_by(Box.id)
    connection.execute(insert(BoxNumber).from_select(["id", "round_id"], numbers))


def write_remarks(connection: Connection, private_key: bytes, round_id: int) -> int:
    """Open the remark boxes in a pass of their own and write what is in them; returns how many did not open.

    A remark stands with the group that the forms of its group are kept in: a very small one together with others.
    """
    frame = select(FrameRow.group, Place.group).join(Place, FrameRow.place_id == Place.id)
    kept = dict(connection.execute(frame.where(FrameRow.round_id == round_id)).all())
    remarks = []
    unreadable = 0
    for sealed in connection.scalars(select(RemarkBox.sealed).execution_options(yield_per=PART)):
        try:
            remark = open_remark(sealed, private_key)
        except UnreadableBoxError:
            unreadable += 1
            continue
        if remark.text:
            group = kept.get(remark.group, remark.group.value)
            row = {"key": token_bytes(16), "round_id": round_id, "group": group, "text": remark.text}
            remarks.append(row)
    if remarks:
        connection.execute(insert(Remark), sorted(remarks, key=itemgetter("key")))
    return unreadable


def refusals_to_show(refused: Mapping[Group, int], forms: Mapping[str, int], smallest: int) -> dict[str, int]:
    """Refusals by group: from three on, and where the group has `smallest` of the `forms`.

    >>> refusals_to_show({Group.TEACHER: 3, Group.PARENT: 3}, {"teacher": 10, "parent": 9}, smallest=10)
    {'teacher': 3}
    """
    shown = [group for group, count in refused.items() if count >= FEWEST_TOLD and forms.get(group, 0) >= smallest]
    return {group.value: refused[group] for group in sorted(shown, key=list(Group).index)}


def count_revisits(opened: Opened) -> dict[str, int]:
    """What the audit notes of what counts apart: how many came in, refusals among them; nothing where none did."""
    came = {
        "revisits": len(opened.revisits) + opened.revisits_refused,
        "opinions": opened.opinions + opened.opinions_refused,
    }
    return {name: number for name, number in came.items() if number}


def count_boxes(session: Session) -> int:
    """How many boxes the store holds."""
    return session.scalar(select(func.count()).select_from(Box)) or 0


def drop_boxes(engine: Engine, round_id: int) -> None:
    """Drop the boxes of the closed round and the marks of its spent tickets; may be called again.

    Boxes name no round: those of a round that was made after this one stay.
    PostgreSQL gives emptied tables new files. SQLite overwrites what it deletes, in parts, so that others may write
    in between, and its write-ahead file is emptied.
    """
    with Session(engine) as session:
        if not is_latest(session, session.get_one(Round, round_id)):
            return
    if not is_file(engine) and _truncate_boxes(engine):
        return
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    for statement in (
        delete(Spent).where(Spent.ticket.in_(select(Spent.ticket).where(Spent.batch_id.in_(batches)).limit(PART))),
        delete(RemarkBox).where(RemarkBox.id.in_(select(RemarkBox.id).limit(PART))),
        delete(Box).where(Box.id.in_(select(Box.id).limit(PART))),
    ):
        _delete_in_parts(engine, statement)
    empty_wal(engine, PATIENCE)


def is_left_open(session: Session, round_: Round) -> bool:
    """Whether a published round still has boxes, because its close was cut short after the commit."""
    return round_.public_key is not None and holds_boxes(session, round_)


def describe_opening(opened: Opened, sent: int) -> Iterator[str]:
    """What does not add up, a sentence each: nothing is dropped in silence."""
    if opened.unreadable:
        yield f"有{len(opened.unreadable)}份加密封存的答卷打不开，没有计入：{'、'.join(opened.unreadable)}。"
    if opened.twice:
        yield f"有{len(opened.twice)}份加密封存的答卷是另一份的复制件，没有计入：{'、'.join(opened.twice)}。"
    if sent != opened.boxes:
        yield f"收到时登记{sent}份，封存的答卷有{opened.boxes}份，两者不同，请查明原因。"


def _truncate_boxes(engine: Engine) -> bool:
    """Whether there were boxes: while they are there no other round can open, so no marks of another round can go."""
    with engine.begin() as connection:
        found = connection.scalar(select(Box.id).limit(1)) is not None
        if found:
            empty_tables(connection, Box, RemarkBox, Spent, PaperEntry)
        return found


def _delete_in_parts(engine: Engine, statement: Any) -> None:
    while True:
        with engine.begin() as connection:
            if not connection.execute(statement).rowcount:
                return
