"""Drawing from the frame that waits: kept in the draft, taken by the round that opens, void when the frame changes."""

from dataclasses import replace as with_other

import pandas as pd
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.sample.sample_plan import SampleStratum
from questionnaires.vocabulary import DrawMethod, DrawnUnit
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Draft, FrameRow
from survey_app.frame.schools import store_frame
from survey_app.rounds.draft import load_draft, store_draft
from survey_app.rounds.frame_rows import frame_table, load_waiting
from survey_app.rounds.opening import open_round
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.sampling import SampleRequest, find_design, find_kept_sample, keep_sample, propose
from tests.county import NOW, OPENS, PLAN, county_frame
from tests.keyring import keys_of

REQUEST = SampleRequest(rule="quality-2024", population=20_000, seed="20251120")


def whole_frame():
    """The small county's frame with a row for the groups it lacks."""
    frame = county_frame()
    more = frame[frame["group"] == "teacher"].assign(population=4, invited=4)
    return pd.concat(
        [frame, more.assign(group="principal"), more[:1].assign(group="cppcc", unit="教育界", population=9, invited=9)],
        ignore_index=True,
    )


@pytest.fixture
def session(engine: Engine):
    with Session(engine) as session, session.begin():
        store_frame(session, whole_frame(), actor="test", now=NOW)
        yield session


def draw(session, **changes):
    return keep_sample(session, replace(REQUEST, **changes), actor="王老师", now=OPENS)


def invited(session):
    return [row.invited for row in load_waiting(session)]


def test_a_draw_writes_who_is_invited_and_is_kept_with_rule_population_seed_and_design(session):
    sample = draw(session)
    assert invited(session) == sample.frame["invited"].tolist()
    kept = find_kept_sample(session)
    assert kept.request == REQUEST
    assert kept.drawn_by == "王老师"
    assert load_draft(session)["population"] == "20000"
    (row,) = [row for row in load_audit(session) if row.action == "sample"]
    assert (row.actor, row.detail["seed"]) == ("王老师", "20251120")


def test_the_same_seed_draws_the_same_again_and_another_one_need_not(session):
    draw(session)
    first = invited(session)
    draw(session, seed="2")
    draw(session)
    assert invited(session) == first


def test_a_round_takes_the_design_and_no_other_rule_or_population(session, engine: Engine):
    draw(session)
    design = find_kept_sample(session).design
    with pytest.raises(ConflictError, match="30000"):
        open_round(session, with_other(PLAN, population=30_000), keys=keys_of(engine), actor="test", now=OPENS)
    round_ = open_round(session, PLAN, keys=keys_of(engine), actor="test", now=OPENS)
    assert round_.design == design
    assert find_design(round_).seed == "20251120"
    assert find_kept_sample(session) is None
    assert [row.action for row in load_audit(session)].count("take_sample") == 1
    rows = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)).all()
    assert sum(row.invited for row in rows) < sum(row.population for row in rows)


def test_a_round_without_a_draw_has_no_design(session, engine: Engine):
    round_ = open_round(session, PLAN, keys=keys_of(engine), actor="test", now=OPENS)
    assert find_design(find_round(session)) is None
    assert round_.design == {}


def test_another_frame_voids_the_draw(session, engine: Engine):
    draw(session)
    store_frame(session, whole_frame(), actor="test", now=NOW)
    assert find_kept_sample(session) is None
    assert "void_sample" in [row.action for row in load_audit(session)]
    assert open_round(session, PLAN, keys=keys_of(engine), actor="test", now=OPENS).design == {}


def test_a_draft_that_is_kept_again_keeps_the_draw(session):
    draw(session)
    store_draft(session, load_draft(session) | {"county": "青山区"}, actor="test", now=NOW)
    assert find_kept_sample(session) is not None
    assert load_draft(session)["county"] == "青山区"


def test_a_change_without_a_reason_and_a_bad_seed_are_said_together_and_nothing_is_drawn(session):
    before = invited(session)
    line = propose(frame_table(load_waiting(session)), REQUEST).strata[0]
    bare = replace(line, draw_people=line.draw_people + 1)
    with pytest.raises(SurveyError) as refused:
        draw(session, seed=" 7", changes=(bare,))
    assert len(refused.value.problems) == 2
    assert invited(session) == before
    assert session.get(Draft, 1) is None


def test_strata_may_be_named_as_the_sheet_names_them(session):
    line = propose(frame_table(load_waiting(session)), REQUEST).strata[0]
    changed = SampleStratum(
        group=line.group, stratum="不分层" if line.stratum == "county" else line.stratum, stage=DrawnUnit.CLASS,
        method=DrawMethod.ALL, people=0, schools=0, classes=0, target=0, slips=0, reason="人少",
    )  # fmt: skip
    sample = draw(session, changes=(changed,))
    rows = sample.frame[sample.frame["group"] == line.group]
    assert (rows["invited"] == rows["population"]).any()


def test_without_a_frame_there_is_nothing_to_draw_from(engine: Engine):
    with Session(engine) as session, session.begin(), pytest.raises(ConflictError, match="名册"):
        draw(session)


def test_groups_that_the_rule_asks_and_the_frame_lacks_are_named(engine: Engine):
    with Session(engine) as session, session.begin():
        store_frame(session, county_frame(), actor="test", now=NOW)
        with pytest.raises(SurveyError) as refused:
            draw(session)
    assert len(refused.value.problems) == 2
