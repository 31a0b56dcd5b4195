"""Closed rounds of before the upgrade: no ticket, no place of a few forms, no cell of one; what is published stays."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from analysis.published import Units
from reports.evidence.bundle import JOINED, build_bundle, published_texts
from reports.evidence.bundle_check import check_bundle
from reports.evidence.evidence_texts import read_table, write_table
from survey_app.cli import survey
from survey_app.closing.round_record import describe_round
from survey_app.closing.round_tables import load_parts
from survey_app.closing.scaling import load_evidence
from survey_app.core.db import upgrade
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, Batch, Form, FrameRow, Place, Published, Round, Spent
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.earlier_results import find_small
from survey_app.upkeep.earlier_rounds import bring_up_to_date
from tests.county import NOW

CLOSED = "2024-1"
FEW = 4
SMALLEST = 10


@pytest.fixture
def published(released_store: Engine) -> Engine:
    """The closed round has a class of four forms, and evidence with a cell of each class."""
    upgrade(released_store)
    with Session(released_store) as session, session.begin():
        round_ = find_round(session, CLOSED)
        own = (Place.round_id == round_.id, Place.group == "parent", Place.place.startswith("class/P01/"))
        places = session.scalars(select(Place.id).where(*own).order_by(Place.id)).all()
        crowded = places[0]
        sparse = places[1]
        moved = session.scalars(select(Form.key).where(Form.place_id == sparse).offset(FEW)).all()
        session.execute(update(Form).where(Form.key.in_(moved)).values(place_id=crowded))
        session.add(Published(round_id=round_.id, name="evidence", content=make_evidence(session, round_)))
    return released_store


def make_evidence(session: Session, round_: Round) -> dict[str, str]:
    count_forms = select(Place.group, Place.place, func.count(Form.key)).join(Form, Form.place_id == Place.id)
    counted = session.execute(count_forms.where(Place.round_id == round_.id).group_by(Place.group, Place.place)).all()
    own = pd.DataFrame(counted, columns=["group", "place", "n_forms"])
    cells = pd.concat([own.assign(measure=measure) for measure in ("headline", "overall")])
    return {"cells.csv": write_table(cells), "round.json": "{}"}


def count_by_place(engine: Engine) -> Counter[int]:
    with Session(engine) as session:
        wanted = select(Form.place_id).join(Place, Form.place_id == Place.id).join(Round, Place.round_id == Round.id)
        return Counter(session.scalars(wanted.where(Round.name == CLOSED)))


def read_answers(engine: Engine) -> Counter[tuple[str, str]]:
    with Session(engine) as session:
        wanted = select(Form.paper, Form.answers).join(Place, Form.place_id == Place.id).join(Round)
        return Counter((paper, answers) for paper, answers in session.execute(wanted.where(Round.name == CLOSED)))


def count_tickets(engine: Engine) -> int:
    with Session(engine) as session:
        wanted = select(func.count(Spent.ticket)).join(Batch, Spent.batch_id == Batch.id).join(FrameRow).join(Round)
        return session.scalar(wanted.where(Round.name == CLOSED)) or 0


def read_cells(engine: Engine) -> pd.DataFrame:
    with Session(engine) as session:
        evidence = session.get_one(Published, (find_round(session, CLOSED).id, "evidence"))
    return read_table(evidence.content["cells.csv"])


def test_no_place_is_left_with_a_few_forms_and_no_ticket_beside_them(published: Engine, tmp_path: Path) -> None:
    before = read_answers(published)
    assert min(count_by_place(published).values()) == FEW
    assert count_tickets(published) == 60
    bring_up_to_date(published, tmp_path / "keys", NOW)
    assert min(count_by_place(published).values()) >= SMALLEST
    assert count_tickets(published) == 0
    assert read_answers(published) == before


def test_what_was_published_stays_as_it_was(published: Engine, tmp_path: Path) -> None:
    with Session(published) as session:
        before = load_parts(session, find_round(session, CLOSED))
    bring_up_to_date(published, tmp_path / "keys", NOW)
    with Session(published) as session:
        assert load_parts(session, find_round(session, CLOSED)) == before


def test_cells_of_a_small_place_go_and_no_subtraction_gives_them_back(published: Engine, tmp_path: Path) -> None:
    cells = read_cells(published)
    assert cells[cells.measure == "headline"].n_forms.min() == FEW
    whole = cells[cells.measure == "headline"].n_forms.sum()
    bring_up_to_date(published, tmp_path / "keys", NOW)
    left = read_cells(published)
    assert left.empty or left.n_forms.min() >= SMALLEST
    assert whole - left[left.measure == "headline"].n_forms.sum() >= SMALLEST


def test_verify_and_tally_say_that_the_evidence_was_joined(published: Engine, tmp_path: Path) -> None:
    bring_up_to_date(published, tmp_path / "keys", NOW)
    with Session(published) as session:
        round_ = find_round(session, CLOSED)
        evidence = session.get_one(Published, (round_.id, "evidence")).content
        assert JOINED in evidence
        parts = {"recognition": {}, "judgement": {}, "units": {}}
        bundle = build_bundle(evidence, published_texts(parts, Units()), describe_round(round_))
        with pytest.raises(ConflictError, match="证据在升级时已合并"):
            load_evidence(session, round_)
    [sentence] = check_bundle(bundle)
    assert sentence.startswith("证据在升级时已合并")
    (tmp_path / "bundle.zip").write_bytes(bundle)
    told = CliRunner().invoke(survey, ["verify", str(tmp_path / "bundle.zip")])
    assert (told.exit_code, told.output.strip()) == (1, sentence)


def test_a_later_start_joins_nothing_again(published: Engine, tmp_path: Path) -> None:
    bring_up_to_date(published, tmp_path / "keys", NOW)
    with Session(published) as session:
        keys = set(session.scalars(select(Form.key)))
    bring_up_to_date(published, tmp_path / "keys", NOW)
    with Session(published) as session:
        assert set(session.scalars(select(Form.key))) == keys
        joinings = session.scalars(select(Audit.subject).where(Audit.action == "join_earlier")).all()
    assert joinings == [f"round {CLOSED}"]


def test_where_every_place_has_enough_forms_every_cell_stays() -> None:
    cells = pd.DataFrame({"measure": "headline", "group": "parent", "place": ["a", "b"], "n_forms": [10, 0]})
    assert find_small(cells, SMALLEST) == set()
