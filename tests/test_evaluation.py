"""What a close makes of codes that anybody could use."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.sample import Design
from questionnaires.vocabulary import Group
from survey_app.closing.evaluation import with_public_codes
from survey_app.core.models import Ledger, Round

OpenRound = Callable[..., Any]


@pytest.mark.parametrize(
    ("kind", "batch", "sent", "reached"),
    [
        ("public", "handed_over", 0, ("public",)),
        ("public", "void", 0, ()),
        ("public", "void", 1, ("public",)),
        ("slip", "handed_over", 1, ()),
        ("class", "handed_over", 1, ()),
    ],
)
def test_a_group_that_a_public_code_reached_is_open_to_whoever_came(
    engine: Engine, open_round: OpenRound, kind: str, batch: str, sent: int, reached: tuple[str, ...]
) -> None:
    made = open_round(kind=kind, batch=batch, group="public")
    with Session(engine) as session, session.begin():
        if sent:
            session.add(Ledger(batch_id=made.batch_id, five_minutes=6_000_000, n=sent))
        session.flush()
        design = with_public_codes(session, session.get_one(Round, made.round_id), None)
    assert (design.open_groups() if design else ()) == reached


def test_what_was_declared_otherwise_stays(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(kind="public", group="public")
    declared = Design(rule="quality-2024", seed="7", groups={})
    with Session(engine) as session:
        design = with_public_codes(session, session.get_one(Round, made.round_id), declared)
    assert design == declared.model_copy(update={"public_codes": (Group.PUBLIC,)})
