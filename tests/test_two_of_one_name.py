"""Two places of one name are two in every chart, list and choice: told apart by their code, or by what they are."""

from pathlib import Path

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from analysis.published import UnitRow
from questionnaires.text import tell_apart
from reports.charts.drawings import draw_intervals
from reports.charts.plots import plot
from reports.screen.rows import tell_unit_rows
from survey_app.core.models import School
from tests.console import open_console
from tests.county import open_county


def row(place: str, level: str) -> UnitRow:
    return UnitRow(
        group="parent", place=place, level=level, scope="whole", n=50, rate=0.9, lower=0.85, upper=0.94, state="shown"
    )


def test_two_places_of_one_name_are_two_bars_of_two_names() -> None:
    names = tell_apart({"P01": "中心小学", "P02": "中心小学"})
    rows = [row("unit/P01", "unit"), row("unit/P02", "unit"), row("town/甲镇", "township"), row("unit/甲镇", "unit")]
    shown = tell_unit_rows("unit", rows, "parent", names)
    assert [told.name for told in shown][:2] == ["中心小学（P01）", "中心小学（P02）"]
    axis = plot(draw_intervals(shown, 0.85))["layout"]["yaxis"]
    assert len(set(axis["ticktext"])) == len(set(axis["tickvals"])) == 4


def test_lists_and_choices_name_two_schools_of_one_name_by_their_codes(sqlite_engine: Engine, tmp_path: Path) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        session.execute(update(School).values(name="中心小学"))
    with open_console(sqlite_engine, tmp_path / "store") as console:
        for page in ("/console/watch", "/console/codes"):
            text = console.people["county"].get(page).text
            assert "中心小学（P01）" in text
            assert "中心小学（P02）" in text
