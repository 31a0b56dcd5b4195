"""Opening the boxes of a round into memory, writing their forms in an order of their own, and dropping the boxes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from operator import itemgetter
from secrets import token_bytes
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from analysis.disclosure.hidden_refusals import FEWEST_TOLD
from questionnaires.vocabulary import Group, Mode
from survey_app.answering.answer_course import open_course
from survey_app.answering.box import REFUSED, SealedForm, UnreadableBoxError, open_box, open_remark
from survey_app.answering.row_statements import ADD_FORMS, row_statements
from survey_app.closing.courses import Courses
from survey_app.closing.opening_progress import tell_opened
from survey_app.core.models import Batch, Box, BoxNumber, FrameRow, Place, Remark, RemarkBox, Round, Spent
from survey_app.rounds.round_rows import holds_boxes, is_latest

PART = 10_000
IN_PARTS = {"yield_per": PART}
KEY = 16
WRITTEN = 5_000  # SQLite takes at most 32,766 values in a statement
ONE_BOX = slice(1, 17)  # the start of the key that was made for this box alone


@dataclass(kw_only=True, slots=True)
class Opened:
    """What the boxes of a round held: (place, paper, answers) of each form, refusals by group, and what was not a form.

    `unreadable` and `twice` are the numbers of boxes that did not open, or that are the copy of another box. What came
    with re-contact slips is none of the forms or refusals: `revisits` as `forms`, `revisits_refused` in all; of what
    came with opinion codes only the number is kept: `opinions`, and `opinions_refused` of those who took no part.
    `courses`: how answering the forms went, by group, where a phone told it.
    """

    boxes: int = 0
    revisits: list[tuple[int, str, str]] = field(default_factory=list)
    revisits_refused: int = 0
    opinions: int = 0
    opinions_refused: int = 0
    forms: list[tuple[int, str, str]] = field(default_factory=list)
    refused: Counter[Group] = field(default_factory=Counter)
    courses: Courses = field(default_factory=Counter)
    arms: list[int] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)


def open_boxes(connection: Connection, private_key: bytes, round_id: int) -> Opened:
    """All boxes of the store, opened with a round's key; nothing is written, and each box is counted somewhere."""
    opened = Opened()
    places = set(connection.scalars(select(Place.id).where(Place.round_id == round_id)))
    seen: set[bytes] = set()
    for number, sealed in connection.exec_driver_sql("SELECT id, sealed FROM box", execution_options=IN_PARTS):
        opened.boxes += 1
        if opened.boxes % PART == 0:
            tell_opened(opened.boxes)
        start = bytes(sealed[ONE_BOX])
        form = _open(sealed, private_key, places)
        if form is None:
            opened.unreadable.append(number.hex())
        elif start in seen:
            opened.twice.append(number.hex())
        else:
            _sort_in(form, opened)
        seen.add(start)
    return opened


def _sort_in(form: SealedForm, opened: Opened) -> None:
    """Count a form where it belongs; one of a re-contact slip or an opinion code stands with none of the others."""
    counted = (form.place, form.paper, form.answers)
    if form.mode is Mode.OPINION:
        refused = form.answers == REFUSED
        opened.opinions_refused += refused
        opened.opinions += not refused
    elif form.mode is Mode.REVISIT:
        if form.answers == REFUSED:
            opened.revisits_refused += 1
        else:
            opened.revisits.append(counted)
    elif form.answers == REFUSED:
        opened.refused[form.group] += 1
    else:
        opened.forms.append(counted)
        opened.arms.append(form.arm)
        course = open_course(form.bins) if form.mode == Mode.PHONE else None
        if course:
            opened.courses[form.group, course] += 1


def write_forms(connection: Connection, opened: Opened, round_id: int, kept: Mapping[int, int]) -> None:
    """Write the forms under new random keys and in their order, and keep the numbers of the boxes.

    `kept`: the place that each fine place's forms are kept in (`kept_places.keep_places`).
    """
    keyed = sorted(zip(_draw_keys(len(opened.forms)), opened.forms, strict=True), key=itemgetter(0))
    with row_statements(connection) as statements:
        for start in range(0, len(keyed), WRITTEN):
            part = keyed[start : start + WRITTEN]
            statements.run(ADD_FORMS, [(key, kept[place], paper, answers) for key, (place, paper, answers) in part])
    numbers = select(Box.id, literal(round_id)).order_by(Box.id)
    connection.execute(insert(BoxNumber).from_select(["id", "round_id"], numbers))


def _draw_keys(number: int) -> Iterator[bytes]:
    """So many random keys, drawn at once: the system is asked for each else."""
    drawn = token_bytes(KEY * number)
    return (drawn[start : start + KEY] for start in range(0, len(drawn), KEY))


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


def refusals_to_show(opened: Opened, groups: Mapping[int, str], smallest: int) -> dict[str, int]:
    """Refusals by group: from three on, and where the group has `smallest` forms. `groups` tells that of each place.

    >>> opened = Opened(forms=[(1, "staff-2026", "5")] * 10, refused=Counter({Group.TEACHER: 3, Group.PARENT: 3}))
    >>> refusals_to_show(opened, {1: "teacher"}, smallest=10)
    {'teacher': 3}
    """
    forms = Counter(groups[place] for place, _, _ in opened.forms)
    shown = [group for group, count in opened.refused.items() if count >= FEWEST_TOLD and forms[group] >= smallest]
    return {group.value: opened.refused[group] for group in sorted(shown, key=list(Group).index)}


def note_revisits(opened: Opened) -> dict[str, int]:
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
    if engine.dialect.name == "postgresql" and _truncate_boxes(engine):
        return
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    for statement in (
        delete(Spent).where(Spent.ticket.in_(select(Spent.ticket).where(Spent.batch_id.in_(batches)).limit(PART))),
        delete(RemarkBox).where(RemarkBox.id.in_(select(RemarkBox.id).limit(PART))),
        delete(Box).where(Box.id.in_(select(Box.id).limit(PART))),
    ):
        _delete_in_parts(engine, statement)
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


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


def _open(sealed: bytes, private_key: bytes, places: set[int]) -> SealedForm | None:
    try:
        form = open_box(sealed, private_key)
    except (UnreadableBoxError, ValueError, IndexError):
        return None
    return form if form.place in places else None


def _truncate_boxes(engine: Engine) -> bool:
    """Whether there were boxes: while they are there no other round can open, so no marks of another round can go."""
    with engine.begin() as connection:
        found = connection.scalar(select(Box.id).limit(1)) is not None
        if found:
            connection.exec_driver_sql("TRUNCATE box, remark_box, spent, paper_entry")
        return found


def _delete_in_parts(engine: Engine, statement: Any) -> None:
    while True:
        with engine.begin() as connection:
            if not connection.execute(statement).rowcount:
                return
