"""Rows that version 0.1 stored under a text that names no school year: no round, page or command ever reads them."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear, SchoolYearError
from survey_app.core.models import CountyValue, Resource
from survey_app.frame.sheets.sheet_problems import say

SHOWN = 10


class LostRows(Struct, frozen=True, kw_only=True):
    """Rows of one kind of sheet under one such text; `named`: the school and stage, or the indicator, of each."""

    kind: str
    year: str
    named: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Which rows these are, and how the office gets them read."""
        rows = "、".join(self.named[:SHOWN])
        more = say("lost_years", "more") if len(self.named) > SHOWN else ""
        return say("lost_years", self.kind, year=self.year, n=len(self.named), rows=rows, more=more)


def list_lost_rows(session: Session) -> list[LostRows]:
    """All of them, resources first; nothing of them is changed."""
    resources: dict[str, list[str]] = {}
    for year, school, stage in session.execute(
        select(Resource.school_year, Resource.school, Resource.stage).order_by(Resource.school, Resource.stage)
    ):
        resources.setdefault(year, []).append(f"{school} {stage}")
    county: dict[str, list[str]] = {}
    for year, indicator in session.execute(
        select(CountyValue.school_year, CountyValue.indicator).order_by(CountyValue.id)
    ):
        county.setdefault(year, []).append(indicator)
    return [*_without_year("resources", resources), *_without_year("county", county)]


def _without_year(kind: str, rows: Mapping[str, list[str]]) -> Iterator[LostRows]:
    for year, named in sorted(rows.items()):
        try:
            SchoolYear.parse(year)
        except SchoolYearError:
            yield LostRows(kind=kind, year=year, named=tuple(named))
