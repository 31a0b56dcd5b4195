"""Schools, their resources, the county's values and the frame that waits for the next round."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear, SchoolYearError
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import CountyValue, FrameRow, RawFigure, Resource, School, Score
from survey_app.frame.sheets.columns import load_kind
from survey_app.frame.sheets.school_names import SchoolNames
from survey_app.rounds.sampling import void_sample

RESOURCE_KEYS = ("school", "stage")
FIGURE_KEYS = ("figure", "school", "stage")


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """The table's rows as the store takes them: missing numbers become None."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def store_schools(session: Session, table: pd.DataFrame, *, actor: str, now: datetime) -> None:
    """Replace the county's schools; a school with resources may not vanish."""
    gone = set(session.scalars(select(Resource.school).distinct())) - set(table["code"])
    if gone:
        raise ConflictError(*(f"学校 {code} 已有办学条件数据，新表中却没有它。" for code in sorted(gone)))
    for row in _rows(table):
        session.merge(School(**row))
    session.execute(delete(School).where(School.code.not_in(table["code"].tolist())))
    record(session, actor, "import", "schools", at=now, rows=len(table))


def store_resources(
    session: Session, table: pd.DataFrame, year: SchoolYear, *, actor: str, now: datetime, checked: bool = False
) -> None:
    """Replace the resources of one school year; `checked`: the actor said that odd figures were looked into."""
    session.execute(delete(Resource).where(Resource.school_year == str(year)))
    rows = [
        {
            "school_year": str(year),
            **{key: row.pop(key) for key in RESOURCE_KEYS},
            "values": row,
        }
        for row in _rows(table)
    ]
    session.execute(insert(Resource), rows)
    said: dict[str, Any] = {"checked": True} if checked else {}
    record(session, actor, "import", f"resources {year}", at=now, rows=len(table), **said)


def store_county_values(session: Session, table: pd.DataFrame, year: SchoolYear, *, actor: str, now: datetime) -> None:
    """Replace the county's values of one school year."""
    session.execute(delete(CountyValue).where(CountyValue.school_year == str(year)))
    rows = [{"school_year": str(year), "indicator": row.pop("indicator"), "values": row} for row in _rows(table)]
    session.execute(insert(CountyValue), rows)
    record(session, actor, "import", f"county {year}", at=now, rows=len(table))


def store_figures(session: Session, table: pd.DataFrame, year: SchoolYear, *, actor: str, now: datetime) -> None:
    """Replace the raw figures of one school year."""
    session.execute(delete(RawFigure).where(RawFigure.school_year == str(year)))
    rows = [
        {"school_year": str(year), **{key: row.pop(key) for key in FIGURE_KEYS}, "values": row} for row in _rows(table)
    ]
    session.execute(insert(RawFigure), rows)
    record(session, actor, "import", f"figures {year}", at=now, rows=len(table))


def store_scores(session: Session, table: pd.DataFrame, year: SchoolYear, *, actor: str, now: datetime) -> None:
    """Replace the scores of one school year."""
    session.execute(delete(Score).where(Score.school_year == str(year)))
    rows = [{"school_year": str(year), "school": row.pop("school"), "values": row} for row in _rows(table)]
    session.execute(insert(Score), rows)
    record(session, actor, "import", f"scores {year}", at=now, rows=len(table))


def store_frame(session: Session, table: pd.DataFrame, *, actor: str, now: datetime) -> None:
    """Replace the frame that waits for the next round."""
    session.execute(delete(FrameRow).where(FrameRow.round_id.is_(None)))
    rows = [{"class_name": row.pop("class"), **row} for row in _rows(table)]
    session.execute(insert(FrameRow), rows)
    record(session, actor, "import", "frame", at=now, rows=len(table))
    void_sample(session, actor=actor, now=now)


def load_schools(session: Session) -> pd.DataFrame:
    """The schools table."""
    columns = [column.name for column in School.__table__.columns]
    rows = session.execute(select(*School.__table__.columns).order_by(School.code)).all()
    return pd.DataFrame(rows, columns=columns)


def load_school_names(session: Session, codes: Collection[str] | None = None) -> SchoolNames:
    """What the listed schools are called; of these codes alone, where any are given."""
    rows = session.execute(select(School.code, School.name, School.moe_code).order_by(School.code)).all()
    meant = [row for row in rows if codes is None or row.code in codes]
    return SchoolNames(
        names={row.code: row.name for row in meant},
        moe_codes={row.code: row.moe_code for row in meant if row.moe_code},
    )


def list_school_years(session: Session) -> list[SchoolYear]:
    """The school years with resources, the earliest first; what an earlier version let in and is none is left out."""
    years = []
    for text in session.scalars(select(Resource.school_year).distinct()):
        with suppress(SchoolYearError):
            years.append(SchoolYear.parse(text))
    return sorted(years)


def load_resources(session: Session, year: SchoolYear | None) -> pd.DataFrame:
    """The resources table of one school year; of no year, an empty one."""
    rows = session.execute(
        select(Resource.school, Resource.stage, Resource.values)
        .where(Resource.school_year == str(year))
        .order_by(Resource.school, Resource.stage)
    )
    return pd.DataFrame(
        [{"school": school, "stage": stage, **values} for school, stage, values in rows],
        columns=list(load_kind("resources").columns),
    )


def load_figures(session: Session, year: SchoolYear | None) -> pd.DataFrame:
    """The raw figures of one school year; of no year, an empty table."""
    rows = session.execute(
        select(RawFigure.figure, RawFigure.school, RawFigure.stage, RawFigure.values)
        .where(RawFigure.school_year == str(year))
        .order_by(RawFigure.id)
    )
    return pd.DataFrame(
        [{"figure": figure, "school": school, "stage": stage, **values} for figure, school, stage, values in rows],
        columns=list(load_kind("figures").columns),
    )


def load_scores(session: Session, year: SchoolYear | None) -> pd.DataFrame:
    """The scores of one school year; of no year, an empty table."""
    rows = session.execute(select(Score.school, Score.values).where(Score.school_year == str(year)).order_by(Score.id))
    columns = list(load_kind("scores").columns)
    return pd.DataFrame([{"school": school, **values} for school, values in rows], columns=columns)


def load_county_values(session: Session, year: SchoolYear | None) -> pd.DataFrame:
    """The county table of one school year; of no year, an empty one."""
    rows = session.execute(
        select(CountyValue.indicator, CountyValue.values)
        .where(CountyValue.school_year == str(year))
        .order_by(CountyValue.id)
    )
    return pd.DataFrame(
        [{"indicator": indicator, **values} for indicator, values in rows],
        columns=list(load_kind("county").columns),
    )
