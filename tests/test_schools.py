from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError
from survey_app.core.models import FrameRow
from survey_app.frame.schools import (
    load_county_values,
    load_resources,
    load_schools,
    store_county_values,
    store_frame,
    store_resources,
    store_schools,
)
from tests.county import NOW

THIS = SchoolYear(2025)
NAN = float("nan")


def schools(*codes: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": codes, "moe_code": "", "name": [f"{code}小学" for code in codes], "kind": "primary",
            "parent_school": "", "township": "", "locale": "town", "ownership": "", "built_year": NAN,
        }
    )  # fmt: skip


def resources(school: str, pupils: float) -> pd.DataFrame:
    return pd.DataFrame({"school": [school], "stage": ["primary"], "pupils": [pupils], "classes": [NAN]})


def test_what_was_imported_comes_back_as_it_was(engine: Engine) -> None:
    values = pd.DataFrame({"indicator": ["G9", "Q2"], "stage": ["", ""], "value": [100.0, NAN], "met": ["", "yes"]})
    with Session(engine) as session, session.begin():
        store_schools(session, schools("P01", "P02"), actor="test", now=NOW)
        store_resources(session, resources("P01", 300.0), THIS, actor="test", now=NOW)
        store_county_values(session, values, THIS, actor="test", now=NOW)
    with Session(engine) as session:
        assert load_schools(session)["name"].tolist() == ["P01小学", "P02小学"]
        found = load_resources(session, THIS)
        assert found.loc[0, ["school", "stage", "pupils"]].tolist() == ["P01", "primary", 300.0]
        assert found["classes"].isna().all()
        county = load_county_values(session, THIS)
        assert county["indicator"].tolist() == ["G9", "Q2"]
        assert county["met"].tolist() == ["", "yes"]
        assert county["value"].isna().tolist() == [False, True]


def test_a_second_import_of_a_year_replaces_it_and_leaves_other_years(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store_schools(session, schools("P01"), actor="test", now=NOW)
        for year, pupils in ((THIS.before, 100.0), (THIS, 200.0), (THIS, 300.0)):
            store_resources(session, resources("P01", pupils), year, actor="test", now=NOW)
    with Session(engine) as session:
        assert load_resources(session, THIS.before)["pupils"].tolist() == [100.0]
        assert load_resources(session, THIS)["pupils"].tolist() == [300.0]


def test_a_year_without_data_is_an_empty_table_with_its_columns(engine: Engine) -> None:
    with Session(engine) as session:
        assert list(load_resources(session, SchoolYear(1999)).columns[:3]) == ["school", "stage", "pupils"]
        assert list(load_county_values(session, SchoolYear(1999)).columns[:2]) == ["indicator", "stage"]


def test_a_school_with_resources_cannot_vanish(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store_schools(session, schools("P01", "P02"), actor="test", now=NOW)
        store_resources(session, resources("P01", 300.0), THIS, actor="test", now=NOW)
        with pytest.raises(ConflictError, match="P01"):
            store_schools(session, schools("P02"), actor="test", now=NOW)
        store_schools(session, schools("P01"), actor="test", now=NOW)
        assert load_schools(session)["code"].tolist() == ["P01"]


def test_a_new_frame_replaces_the_waiting_one_and_nothing_else(engine: Engine, open_round: Any) -> None:
    held = open_round()
    frame = pd.DataFrame(
        {
            "group": ["teacher"], "unit": ["P01"], "class": [""], "grade": [NAN], "population": [30], "invited": [30],
            "stage": ["primary"], "locale": ["town"], "township": [""],
        }
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        store_frame(session, frame, actor="test", now=NOW)
        store_frame(session, frame.assign(population=31), actor="test", now=NOW)
    with Session(engine) as session:
        waiting = list(session.scalars(select(FrameRow).where(FrameRow.round_id.is_(None))))
        assert [(row.group, row.population, row.grade) for row in waiting] == [("teacher", 31, None)]
        assert session.scalars(select(FrameRow.population).where(FrameRow.round_id == held.round_id)).all() == [40]


def test_every_import_leaves_an_audit_row(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store_schools(session, schools("P01"), actor="command line", now=NOW)
    with Session(engine) as session:
        [row] = load_audit(session)
        assert (row.actor, row.action, row.subject, row.detail) == ("command line", "import", "schools", {"rows": 1})
