"""Codes follow the draw: more than were drawn of a row need a reason, and the audit keeps it."""

from secrets import token_bytes

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.codes.issuing import issue_codes, issue_more
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError
from survey_app.core.models import FrameRow
from survey_app.frame.schools import store_frame
from survey_app.rounds.opening import open_round
from survey_app.rounds.sampling import keep_sample
from tests.county import NOW, OPENS, PLAN
from tests.keyring import keys_of
from tests.test_sampling import REQUEST, whole_frame


@pytest.fixture
def drawn(engine: Engine):
    """A session with an open round whose sample was drawn, and the round."""
    with Session(engine) as session, session.begin():
        store_frame(session, whole_frame(), actor="test", now=OPENS)
        keep_sample(session, REQUEST, actor="test", now=OPENS)
        yield session, open_round(session, PLAN, keys=keys_of(engine), actor="test", now=OPENS)


def rows_of(session, round_, drawn):
    rows = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)).all()
    return [row for row in rows if bool(row.invited) is drawn and row.population > row.invited + 1]


def more(session, round_, row, people, **reason):
    return issue_more(session, round_, row.id, people, actor="王", now=NOW, random=token_bytes, **reason)


def test_as_many_codes_are_made_as_people_were_drawn(drawn):
    session, round_ = drawn
    codes = issue_codes(session, round_, "slip", actor="test", now=OPENS, random=token_bytes)
    rows = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id)).all()
    assert len(codes) == sum(row.invited for row in rows) < sum(row.population for row in rows)


def test_more_than_were_drawn_need_a_reason_that_the_audit_keeps(drawn):
    session, round_ = drawn
    issue_codes(session, round_, "slip", actor="test", now=OPENS, random=token_bytes)
    row = rows_of(session, round_, drawn=True)[0]
    for reason in ("", "  "):
        with pytest.raises(ConflictError, match="理由"):
            more(session, round_, row, 1, reason=reason)
    assert len(more(session, round_, row, 1, reason="一张遗失")) == 1
    (noted,) = [entry for entry in load_audit(session) if "beyond_draw" in entry.detail]
    assert (noted.actor, noted.detail["beyond_draw"]) == ("王", "一张遗失")


def test_as_many_as_were_drawn_need_none(drawn):
    session, round_ = drawn
    row = rows_of(session, round_, drawn=True)[0]
    assert len(more(session, round_, row, row.invited)) == row.invited
    assert not [entry for entry in load_audit(session) if "beyond_draw" in entry.detail]


def test_where_no_sample_was_drawn_more_codes_need_no_reason(engine: Engine):
    with Session(engine) as session, session.begin():
        store_frame(session, whole_frame().assign(invited=1), actor="test", now=OPENS)
        round_ = open_round(session, PLAN, keys=keys_of(engine), actor="test", now=OPENS)
        assert len(more(session, round_, rows_of(session, round_, drawn=True)[0], 2)) == 2
