"""A small county with an open round: two townships, a school in each, deputies and the public."""

from datetime import datetime, timedelta
from secrets import token_bytes

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.codes.issuing import IssuedCode, Kind, issue_codes
from survey_app.core.models import FrameRow, Round, School
from survey_app.frame.schools import store_frame
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of

OPENS = datetime(2025, 11, 20, 8)
NOW = OPENS + timedelta(hours=10)
SCHOOLS = {"P01": ("第一小学", "甲镇"), "P02": ("第二小学", "乙镇")}
PEOPLE = [  # group, unit, class, grade, people, stage, locale, township
    ("parent", "P01", "三年级1班", 3, 40, "primary", "city", "甲镇"),
    ("parent", "P01", "四年级1班", 4, 30, "primary", "city", "甲镇"),
    ("student", "P01", "三年级1班", 3, 40, "primary", "city", "甲镇"),
    ("teacher", "P01", "", None, 20, "", "city", "甲镇"),
    ("parent", "P02", "七年级1班", 7, 50, "junior", "village", "乙镇"),
    ("teacher", "P02", "", None, 15, "", "village", "乙镇"),
    ("deputy", "甲镇代表团", "", None, 12, "", "", "甲镇"),
    ("public", "乙镇", "", None, 30, "", "", "乙镇"),
]
PLAN = RoundPlan(
    county="青山区", organiser="青山区政府教育督导室", population=20_000, population_source="2020年人口普查",
    school_year=SchoolYear(2025), standard="national-2017", rule="quality-2024", papers=PAPERS,
    opens=OPENS, closes=OPENS + timedelta(days=4),
)  # fmt: skip


def county_frame() -> pd.DataFrame:
    """The frame."""
    columns = ["group", "unit", "class", "grade", "population", "stage", "locale", "township"]
    table = pd.DataFrame(PEOPLE, columns=columns)
    table["grade"] = table["grade"].astype(float)
    return table.assign(invited=table["population"])


def open_county(engine: Engine, plan: RoundPlan = PLAN) -> int:
    """Store the schools and the frame and open the round; returns its id."""
    with Session(engine) as session, session.begin():
        for code, (name, township) in SCHOOLS.items():
            session.add(School(code=code, name=name, kind="primary", township=township, built_year=None))
        store_frame(session, county_frame(), actor="test", now=NOW)
        return open_round(session, plan, keys=keys_of(session.get_bind()), actor="test", now=OPENS).id


def issue(session: Session, unit: str, kind: Kind = "slip", now: datetime = OPENS) -> list[IssuedCode]:
    """Make a unit's codes."""
    return issue_codes(session, find_round(session), kind, unit=unit, actor="test", now=now, random=token_bytes)


def answer(session: Session, codes: list[IssuedCode], at: datetime = OPENS) -> None:
    """One form with each code, from a phone of its own, so long before NOW that all are shown by then."""
    for code in codes:
        number = new_number(token_bytes)
        access = find_access(session, code.code, number, at)
        assert store_forms(session.connection(), [Submission(access, number, "4" * 17, at)]) == ["stored"]


def row_id(session: Session, group: str, unit: str, class_name: str = "") -> int:
    """The frame row of a group in a unit."""
    wanted = (FrameRow.group == group, FrameRow.unit == unit, FrameRow.class_name == class_name)
    return session.scalars(select(FrameRow.id).join(Round, FrameRow.round_id == Round.id).where(*wanted)).one()
