"""Handing over the codes of many units: what is asked first, who may, and the one sheet that is signed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.core.models import Batch, FrameRow
from tests.console import Console, open_console
from tests.county import issue, open_county, row_id

UNITS = ("P01", "P02", "甲镇代表团", "乙镇")


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        for unit in UNITS:
            issue(session, unit)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def states(console: Console) -> dict[str, set[str]]:
    with Session(console.engine) as session:
        found = session.execute(select(FrameRow.unit, Batch.state).join(Batch)).all()
    return {unit: {state for of, state in found if of == unit} for unit in UNITS}


def test_all_units_are_handed_over_in_two_acts_and_the_first_changes_nothing(console: Console) -> None:
    county = console.people["county"]
    asked = county.post("/console/codes/hand-over", {"means": "meeting"})
    assert "4个单位237人的码已经交出去了？" in asked.text
    assert set(map(tuple, states(console).values())) == {("made",)}
    sent = re.findall('name="unit" value="(.*?)"', asked.text)
    assert county.post("/console/codes/hand-over", {"means": "meeting", "sure": "1", "unit": sent}).status_code == 303
    assert set(map(tuple, states(console).values())) == {("handed_over",)}
    assert "码都已交接" in county.get("/console/codes").text
    again = county.post("/console/codes/hand-over", {"means": "meeting", "sure": "1"})
    assert again.status_code == 409
    assert "没有等待交接的码" in again.text


def test_only_the_chosen_units_are_handed_over(console: Console) -> None:
    fields = {"means": "in_person", "unit": ["P01", "乙镇"], "sure": "1"}
    assert console.people["admin"].post("/console/codes/hand-over", fields).status_code == 303
    assert states(console) == {"P01": {"handed_over"}, "P02": {"made"}, "甲镇代表团": {"made"}, "乙镇": {"handed_over"}}


def test_a_township_hands_over_its_own_units_alone(console: Console) -> None:
    township = console.people["township"]
    fields = {"means": "exchange", "unit": list(UNITS), "sure": "1"}
    assert township.post("/console/codes/hand-over", fields).status_code == 303
    assert states(console) == {"P01": {"handed_over"}, "P02": {"made"}, "甲镇代表团": {"handed_over"}, "乙镇": {"made"}}
    sheet = township.get("/console/codes/signatures").text
    assert "第一小学" in sheet
    assert "第二小学" not in sheet


def test_the_means_must_be_one_of_four(console: Console) -> None:
    refused = console.people["county"].post("/console/codes/hand-over", {"means": "by hand"})
    assert refused.status_code in (400, 422)
    assert "请选择交接方式" in refused.text


def test_one_sheet_to_sign_has_a_line_a_unit_with_its_numbers(console: Console) -> None:
    sheet = console.people["county"].get("/console/codes/signatures").text
    rows = re.findall(r"<tr><td>\d+</td>.*?</tr>", sheet)
    assert len(rows) == 4
    assert all(name in row for name, row in zip(("第一小学", "第二小学", "甲镇代表团", "乙镇"), rows, strict=True))
    assert '<td class="n">130</td>' in rows[0]


def test_a_mistaken_hand_over_is_taken_back_on_the_units_page(console: Console) -> None:
    county = console.people["county"]
    county.post("/console/codes/hand-over", {"means": "meeting", "unit": ["P02"], "sure": "1"})
    with Session(console.engine) as session:
        row = row_id(session, "teacher", "P02")
    assert "请先勾选" in county.post("/console/unit/take-back", {"unit": "P02", "why": "错"}).text
    assert "理由" in county.post("/console/unit/take-back", {"unit": "P02", "row": row}).text
    done = county.post("/console/unit/take-back", {"unit": "P02", "row": row, "why": "登记错了"})
    assert done.headers["location"].endswith("done=taken_back")
    assert states(console)["P02"] == {"made", "handed_over"}
    assert "撤回交接" in console.people["admin"].get("/console/log").text
