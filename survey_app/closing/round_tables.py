"""What is read of a round for counting it, and what was published of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from analysis.published import Published as PublishedTable
from analysis.published import read_published
from questionnaires.paper import load_paper
from questionnaires.vocabulary import CodeKind, RoundState
from survey_app.answering.day_counts import QUARTERS
from survey_app.closing.closing_minute import EVIDENCE, check_closed, check_parts
from survey_app.core.errors import NotFoundError
from survey_app.core.ledger_slots import NO_TIME
from survey_app.core.models import ORDINARY, Batch, DayCount, Form, FrameRow, Place, Published, Round
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.watching.counted_rows import place_slots
from survey_app.watching.slots import read_slots

RECOGNITION = "recognition"
Codes = npt.NDArray[np.uint8]
Keys = tuple[bytes, bytes]
ALL_KEYS = (b"", b"\xff" * 17)
PART = 100_000
Rows = Sequence[Row[int, str]] | Sequence[tuple[int, str]]
PlacedCodes = tuple[npt.NDArray[np.int64] | npt.NDArray[np.uint32], Codes]
"""Place ids of forms and their option values, a row a form."""


def load_forms(session: Session, round_: Round, within: Keys = ALL_KEYS) -> pd.DataFrame:
    """The round's forms as analysis takes them: group, place and one column of option values an item.

    They are read in parts, so that a form takes a byte an answer and not a row of objects. `within`: only those
    whose random keys lie from the first to before the second.
    """
    query = select(Form.place_id, Form.answers).join(Place, Form.place_id == Place.id)
    query = query.where(Place.round_id == round_.id, Form.key >= within[0], Form.key < within[1])
    items = len(load_paper(round_.papers[0]).item_ids)
    parts = [read_answers(part, items) for part in session.execute(query).partitions(PART)]
    places, answers = zip(read_answers([], items), *parts, strict=True)
    return tabulate_forms(session, round_, (np.concatenate(places), np.concatenate(answers)))


def tabulate_forms(session: Session, round_: Round, forms: PlacedCodes) -> pd.DataFrame:
    """Forms as `load_forms` gives them; their answers are not copied, and group and place are three bytes a form."""
    places, codes = forms
    placed = load_place_names(session, round_).loc[places].reset_index(drop=True)
    answers = pd.DataFrame(codes, columns=list(load_paper(round_.papers[0]).item_ids), copy=False)
    return pd.concat([placed, answers], axis=1)


def read_answers(rows: Rows, items: int) -> PlacedCodes:
    """Place ids and answers of some forms, a row of codes each."""
    digits = "".join(row[1] for row in rows).encode("ascii")
    codes = np.frombuffer(digits, dtype=np.uint8).reshape(len(rows), items) - np.uint8(ord("0"))
    return np.array([row[0] for row in rows], dtype=np.int64), codes


def load_bursts(session: Session, round_: Round) -> pd.DataFrame:
    """The ledger as integrity checks take it, one row a batch and known five minutes: group, place, five_minutes, n.

    Forms that came in a file have the time of the file alone, and are left out.
    """
    found = session.execute(
        select(Batch.id.label("batch"), FrameRow.place_id.label("id"), Batch.issued)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .where(FrameRow.round_id == round_.id, ORDINARY, Batch.kind != CodeKind.IMPORTED)
        .order_by(Batch.id)
    )
    slots = read_slots(session)
    counted = place_slots(
        slots.where(slots.slot != NO_TIME), pd.DataFrame(found.all(), columns=["batch", "id", "issued"])
    )
    owners = load_place_names(session, round_).loc[counted.row].reset_index(drop=True)
    return owners.assign(five_minutes=counted.slots.slot, n=counted.slots.n)


def load_place_names(session: Session, round_: Round) -> pd.DataFrame:
    """Group and place by the number of the place."""
    places = session.execute(select(Place.id, Place.group, Place.place).where(Place.round_id == round_.id)).all()
    return pd.DataFrame(places, columns=["id", "group", "place"]).set_index("id").astype("category")


def load_networks(session: Session, round_: Round) -> pd.DataFrame:
    """Group, place and `least`: how many forms at least came from the fullest networks of their day and process."""
    found = session.execute(
        select(Place.group, Place.place, DayCount.forms, DayCount.quarter)
        .join(Batch, DayCount.batch_id == Batch.id)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .join(Place, FrameRow.place_id == Place.id)
        .where(Place.round_id == round_.id, ORDINARY)
    ).all()
    table = pd.DataFrame(found, columns=["group", "place", "forms", "quarter"])
    table["least"] = table.forms * (table.quarter - 1) // QUARTERS + 1
    return table.groupby(["group", "place"], as_index=False)[["least"]].sum()


def load_parts(session: Session, round_: Round) -> dict[str, Any]:
    """The parts of a closed round's published table as they are stored; raises NotFoundError before it is closed."""
    rows = session.execute(
        select(Published.name, Published.content).where(Published.round_id == round_.id, Published.name != EVIDENCE)
    )
    parts: dict[str, Any] = dict(rows.all())
    if round_.state == RoundState.CANCELLED:
        raise NotFoundError(ROUND_WORDS.no_results.format(round=round_.name))
    if not parts:
        raise NotFoundError(f"调查批次 {round_.name} 还没有结束，结果要等结束后才能看。")
    check_parts(session, round_, parts)
    return parts


def load_published(session: Session, round_: Round) -> PublishedTable:
    """The published table of a closed round, without its evidence; raises NotFoundError before it is closed."""
    return read_published(load_parts(session, round_))


def load_compared(session: Session, round_: Round) -> PublishedTable:
    """The same for what leaves the house: raises ConflictError when anything of the round is not as it was closed.

    A page compares what it shows alone (`check_parts`): forms and boxes of a large round take seconds.
    """
    published = load_published(session, round_)
    check_closed(session, round_)
    return published
