"""The readable forms, remarks and refusals of one round, turned into boxes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from secrets import token_bytes

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from questionnaires.vocabulary import Group
from survey_app.answering.box import NUMBER, REFUSED, SealedForm, seal, seal_remark
from survey_app.core.db.rewriting import rewrite
from survey_app.core.ledger_slots import NO_TIME
from survey_app.core.models import Batch, Box, Form, FrameRow, Ledger, Place, Refusal, Remark, RemarkBox, Round

PART = 10_000


def seal_answers(session: Session, round_: Round) -> int:
    """Seal all that the round has readable and delete it, in the caller's transaction; returns how many boxes.

    Boxes get random numbers, which no phone knows. A refusal enters the ledger under no time of its own. In a round
    with remarks there are as many remark boxes as boxes.
    """
    assert round_.public_key is not None
    connection = session.connection()
    refused = _refusals(session, round_)
    forms = _insert(connection, Box, (seal(form, round_.public_key) for form in _forms(connection, round_.id)))
    boxes = forms + _insert(connection, Box, (seal(form, round_.public_key) for form in refused))
    _seal_remarks(session, round_, boxes)
    _forget(connection, round_.id)
    rewrite(connection, (Form, Remark, Refusal))
    return boxes


def _forms(connection: Connection, round_id: int) -> Iterator[SealedForm]:
    """Every readable form, in the order of its random key; how it came in is not known."""
    groups = _groups_by_place(connection, round_id)
    places = select(Place.id).where(Place.round_id == round_id)
    wanted = select(Form.place_id, Form.paper, Form.answers).where(Form.place_id.in_(places)).order_by(Form.key)
    for place, paper, answers in connection.execute(wanted.execution_options(yield_per=PART)):
        yield SealedForm(
            group=groups[place],
            place=place,
            paper=paper,
            answers=answers,
        )


def _refusals(session: Session, round_: Round) -> list[SealedForm]:
    """A form without answers for each refusal; each batch's number is noted in the ledger."""
    found = session.execute(
        select(Refusal.batch_id, Refusal.n, FrameRow.group, FrameRow.place_id)
        .join(Batch, Refusal.batch_id == Batch.id)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .where(FrameRow.round_id == round_.id)
    ).all()
    if found:
        rows = [{"batch_id": row.batch_id, "five_minutes": NO_TIME, "n": row.n} for row in found]
        session.execute(insert(Ledger), rows)
    papers = {group: paper.id for paper in map(load_paper, round_.papers) for group in paper.groups}
    return [
        SealedForm(
            group=Group(row.group),
            place=row.place_id,
            paper=papers[row.group],
            answers=REFUSED,
        )
        for row in found
        for _ in range(row.n)
    ]


def _seal_remarks(session: Session, round_: Round, boxes: int) -> None:
    remarks = session.execute(select(Remark.group, Remark.text).where(Remark.round_id == round_.id)).all()
    round_.remarks = round_.remarks or bool(remarks)
    if not round_.remarks:
        return
    public = round_.public_key or b""
    first = next(iter(Group))
    sealed = [seal_remark(Group(row.group.split("+")[0]), row.text, public) for row in remarks]
    empty = (seal_remark(first, "", public) for _ in range(boxes - len(sealed)))
    connection = session.connection()
    _insert(connection, RemarkBox, sealed)
    _insert(connection, RemarkBox, empty)


def _insert(connection: Connection, table: type[Box] | type[RemarkBox], sealed: Iterable[bytes]) -> int:
    """Write boxes under random numbers; returns how many."""
    written = 0
    rest = iter(sealed)
    while part := list(islice(rest, PART)):
        rows = [{"id": token_bytes(NUMBER), "sealed": box} for box in part]
        connection.execute(insert(table), sorted(rows, key=itemgetter("id")))
        written += len(rows)
    return written


def _groups_by_place(connection: Connection, round_id: int) -> dict[int, Group]:
    """A group of each place: of a place that very small groups share, the last one's in the frame."""
    rows = select(FrameRow.place_id, FrameRow.group).where(FrameRow.round_id == round_id).order_by(FrameRow.id)
    return {place: Group(group) for place, group in connection.execute(rows) if place is not None}


def _forget(connection: Connection, round_id: int) -> None:
    places = select(Place.id).where(Place.round_id == round_id)
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    connection.execute(delete(Form).where(Form.place_id.in_(places)))
    connection.execute(delete(Remark).where(Remark.round_id == round_id))
    connection.execute(delete(Refusal).where(Refusal.batch_id.in_(batches)))
