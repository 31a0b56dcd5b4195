"""Closing a round: no more forms, a last shuffle, then the one table that everything shown is read from."""

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from analysis.figures import plain
from analysis.recognition import recognise
from analysis.standard import load_standard
from analysis.verdict import judge
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from survey_app.answering import forget_holders
from survey_app.audit import record
from survey_app.errors import ConflictError, NotFoundError
from survey_app.models import Batch, Form, FrameRow, Ledger, Place, Published, Round
from survey_app.monitoring import load_status
from survey_app.rounds import find_round, load_frame
from survey_app.schools import load_county_values, load_resources, load_schools
from survey_app.shuffle import shuffle


class Closed(NamedTuple):
    """What a closed round shows, and what of the order of its forms could not be removed, a sentence each."""

    published: dict[str, dict[str, Any]]
    remains: tuple[str, ...]


def close_round(engine: Engine, name: str | None, *, actor: str, now: datetime) -> Closed:
    """Close a round for good and publish it; a close that was cut short is finished by calling again.

    Raises ConflictError when the round was closed and published before.
    """
    with Session(engine) as session, session.begin():
        round_ = find_round(session, name)
        if session.get(Published, (round_.id, "recognition")):
            raise ConflictError(f"调查批次 {round_.name} 已经结束，结果不再改变。")
        round_.state = "closed"
        session.flush()
        forget_holders(session, round_.id)
        record(session, actor, "close", f"round {round_.name}", at=now)
        round_id = round_.id
    remains = shuffle(engine, at=now).remains
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, round_id)
        published = {name: plain(part) for name, part in evaluate(session, round_).items()}
        session.execute(
            insert(Published),
            [{"round_id": round_id, "name": name, "content": part} for name, part in published.items()],
        )
        record(session, actor, "publish", f"round {round_.name}", at=now)
    return Closed(published, remains)


def evaluate(session: Session, round_: Round) -> dict[str, dict[str, Any]]:
    """Everything that may be shown of a closed round: counts, recognition and the four-dimension verdict."""
    recognition = recognise(
        load_forms(session, round_),
        load_frame(session, round_),
        load_rule(round_.rule),
        *map(load_paper, round_.papers),
        population=round_.population,
        bursts=load_bursts(session, round_),
    )
    judgement = judge(
        load_standard(round_.standard),
        load_schools(session),
        load_resources(session, round_.school_year),
        load_county_values(session, round_.school_year),
        recognition,
    )
    return {"status": load_status(session, round_), "recognition": recognition, "judgement": judgement}


def load_forms(session: Session, round_: Round) -> pd.DataFrame:
    """The round's forms as analysis takes them: group, place and one column of option values an item."""
    found = session.execute(
        select(Place.group, Place.place, Form.paper, Form.answers)
        .join(Place, Form.place_id == Place.id)
        .where(Place.round_id == round_.id)
    ).all()
    forms = pd.DataFrame(found, columns=["group", "place", "paper", "answers"])
    items = load_paper(round_.papers[0]).item_ids
    values = np.frombuffer("".join(forms["answers"]).encode("ascii"), dtype=np.uint8) - ord("0")
    answers = pd.DataFrame(values.reshape(len(forms), len(items)), columns=list(items))
    return pd.concat([forms[["group", "place"]], answers], axis=1)


def load_bursts(session: Session, round_: Round) -> pd.DataFrame:
    """The ledger as integrity checks take it: one row a batch and five minutes: group, place, five_minutes, n."""
    found = session.execute(
        select(Place.group, Place.place, Ledger.five_minutes, Ledger.n)
        .join(Batch, Ledger.batch_id == Batch.id)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .join(Place, FrameRow.place_id == Place.id)
        .where(Place.round_id == round_.id)
    ).all()
    return pd.DataFrame(found, columns=["group", "place", "five_minutes", "n"])


def load_published(session: Session, round_: Round) -> dict[str, dict[str, Any]]:
    """The published table of a closed round; raises NotFoundError before it is closed."""
    rows = session.execute(select(Published.name, Published.content).where(Published.round_id == round_.id))
    published: dict[str, dict[str, Any]] = dict(rows.all())
    if not published:
        raise NotFoundError(f"调查批次 {round_.name} 还没有结束，结果要等结束后才能看。")
    return published
