from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Place, Round
from survey_app.frame.schools import store_frame
from survey_app.rounds.draft import find_papers
from survey_app.rounds.frame_rows import load_frame
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round, set_paused
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of

NOW = datetime(2025, 10, 20, 8)
PLAN = RoundPlan(
    county="青山区", organiser="青山区政府教育督导室", population=400_000, population_source="2020年人口普查",
    school_year=SchoolYear(2025), standard="national-2017", rule="quality-2024", papers=PAPERS,
    opens=NOW, closes=NOW + timedelta(days=5),
)  # fmt: skip


def waiting_frame(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    group, unit, class_name, people = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "group": group, "unit": unit, "class": class_name, "grade": float("nan"), "population": people,
            "invited": people, "stage": "primary", "locale": "town", "township": "甲镇",
        }
    )  # fmt: skip


def open_with(session: Session, *rows: tuple[str, str, str, int], plan: RoundPlan = PLAN) -> Round:
    store_frame(session, waiting_frame(*rows), actor="test", now=NOW)
    return open_round(session, plan, keys=keys_of(session.get_bind()), actor="test", now=NOW)


def test_a_round_takes_the_waiting_frame_and_fixes_its_places(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        round_ = open_with(
            session, ("parent", "P01", "一班", 40), ("teacher", "P01", "", 3), ("teacher", "P02", "", 12)
        )
        frame = load_frame(session, round_)
    assert frame["place"].tolist() == ["class/P01/一班", "township/甲镇", "township/甲镇"]
    assert frame["level"].tolist() == ["class", "township", "township"]


def test_no_place_of_a_round_stands_for_fewer_than_the_smallest(engine: Engine) -> None:
    """One school has three teachers, another one principal: neither school is a place."""
    with Session(engine) as session, session.begin():
        open_with(
            session,
            *(("teacher", "P01", "", 3), ("principal", "P02", "", 1)),
            *((group, f"P{number:02}", "", 2) for group in ("teacher", "principal") for number in range(3, 15)),
        )
        assert not [place for place in session.scalars(select(Place.place)) if place.startswith("unit/")]


def test_rounds_are_named_by_year_and_turn(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        first = open_with(session, ("parent", "P01", "一班", 40))
        first.state = "closed"
        second = open_with(session, ("parent", "P01", "一班", 40))
        assert (first.name, second.name) == ("2025-1", "2025-2")


def test_everything_that_is_not_ready_is_said_at_once(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        open_with(session, ("parent", "P01", "一班", 40))
        bad = replace(PLAN, population=0, closes=NOW - timedelta(days=1))
        with pytest.raises(ConflictError) as caught:
            open_round(session, bad, keys=keys_of(session.get_bind()), actor="test", now=NOW)
    assert [problem[:4] for problem in caught.value.problems] == [
        "调查批次",
        "还没有导",
        "常住人口",
        "结束时间",
        "结束时间",
    ]


def test_without_a_name_the_open_round_is_meant_else_the_latest(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        with pytest.raises(NotFoundError):
            find_round(session)
        first = open_with(session, ("parent", "P01", "一班", 40))
        first.state = "closed"
        second = open_with(session, ("parent", "P01", "一班", 40))
        assert find_round(session) is second
        first.state, second.state = "open", "closed"
        session.flush()
        assert find_round(session) is first
        first.state = "closed"
        session.flush()
        assert find_round(session) is second
        assert find_round(session, "2025-1") is first


def test_only_an_open_round_pauses_and_only_a_paused_one_goes_on(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        round_ = open_with(session, ("parent", "P01", "一班", 40))
        with pytest.raises(ConflictError):
            set_paused(session, round_, False, actor="test", now=NOW)
        set_paused(session, round_, True, actor="test", now=NOW)
        assert round_.state == "paused"
        set_paused(session, round_, False, actor="test", now=NOW)
        assert round_.state == "open"


def test_a_draft_takes_the_edition_that_is_chosen_else_the_newest_published_when_it_opens() -> None:
    fields = {"rule": "quality-2024", "opens": "2027-03-01 08:00", "edition": ""}
    assert find_papers(fields) == ("social-2027", "staff-2027", "student-2027")
    assert find_papers(fields | {"opens": "2026-12-31 08:00"})[0] == "social-2026"
    assert find_papers(fields | {"opens": ""})[0] == "social-2026"
    assert find_papers(fields | {"edition": "2027b"})[2] == "student-2027b"
    assert find_papers(fields | {"edition": "2012"})[0] == "social-2027"
