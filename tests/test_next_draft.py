"""The next round's draft begins with what the county said the last time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.core.errors import ConflictError
from survey_app.rounds.draft import load_draft, store_draft
from survey_app.rounds.next_draft import begin_draft, find_earlier
from survey_app.rounds.round_rows import find_round
from tests.console import open_console
from tests.county import NOW, PLAN, open_county


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    open_county(sqlite_engine, replace(PLAN, telephone="023-79220000", approver="某某", document="1号"))
    with Session(sqlite_engine) as opened:
        find_round(opened).state = RoundState.CLOSED
        yield opened


def test_a_year_later_all_but_time_and_approval_is_there_of_the_next_school_year(session: Session) -> None:
    begin_draft(session, actor="county", now=NOW)
    fields = load_draft(session)
    told = {name: fields[name] for name in ("county", "organiser", "telephone", "population", "school_year", "rule")}
    assert told == {
        "county": PLAN.county, "organiser": PLAN.organiser, "telephone": "023-79220000", "population": "20000",
        "school_year": "2026-2027", "rule": PLAN.rule,
    }  # fmt: skip
    assert not any(fields[name] for name in ("opens", "closes", "approver", "document", "ministry", "previewed"))


def test_after_a_mistaken_round_all_is_as_it_was(session: Session) -> None:
    find_round(session).state = RoundState.CANCELLED
    begin_draft(session, actor="county", now=NOW)
    fields = load_draft(session)
    assert (fields["school_year"], fields["opens"], fields["document"]) == ("2025-2026", "2025-11-20 08:00", "1号")


@pytest.mark.parametrize("case", ["typed", "goes on", "invented"])
def test_nothing_that_was_typed_is_lost_and_no_round_that_goes_on_is_copied(session: Session, case: str) -> None:
    if case == "typed":
        store_draft(session, {"county": "别的县"}, actor="county", now=NOW)
    elif case == "goes on":
        find_round(session).state = RoundState.OPEN
    else:
        find_round(session).invented = True
    assert find_earlier(session) is None
    with pytest.raises(ConflictError, match="没有可以照着填的"):
        begin_draft(session, actor="county", now=NOW)


def test_the_console_offers_it_while_the_draft_is_empty(
    session: Session, sqlite_engine: Engine, tmp_path: Path
) -> None:
    session.commit()
    with open_console(sqlite_engine, tmp_path / "store") as console:
        county = console.people["county"]
        assert "照上一次填写" in county.get("/console/setup").text
        assert county.post("/console/setup/from-last").headers["location"].endswith("done=from_last")
        page = county.get("/console/setup").text
        assert 'value="2026-2027"' in page
        assert "照上一次填写" not in page
