"""The step 抽样: what is proposed, what an office changes, the draw and its record."""

import re
from io import BytesIO
from urllib.parse import urlencode

import docx
import pytest
from sqlalchemy.orm import Session

from survey_app.frame.schools import store_frame
from survey_app.rounds.draft import load_draft, store_draft
from survey_app.rounds.frame_rows import load_waiting
from survey_app.rounds.sampling import find_kept_sample
from tests.console import open_console
from tests.county import NOW
from tests.test_sampling import whole_frame


@pytest.fixture
def console(sqlite_engine, tmp_path):
    with Session(sqlite_engine) as session, session.begin():
        store_frame(session, whole_frame(), actor="test", now=NOW)
        fields = load_draft(session) | {"rule": "quality-2024", "population": "20000", "county": "青山区"}
        store_draft(session, fields, actor="test", now=NOW)
    with open_console(sqlite_engine, tmp_path) as console:
        yield console


def post(console, fields):
    """Send the page's form with these fields."""
    county = console.people["county"]
    page = county.get(
        "/console/sample?" + urlencode({name: fields[name] for name in ("stage", "rate") if name in fields})
    )
    found = re.search('name="plan" value="([0-9a-f]{64})"', page.text)
    return county.post("/console/sample", {"plan": found[1] if found else ""} | fields)


def kept(console):
    with Session(console.engine) as session:
        return find_kept_sample(session)


def test_the_proposal_is_a_table_with_a_line_for_each_stratum(console):
    page = console.people["county"].get("/console/sample")
    assert page.status_code == 200
    for piece in ("抽样方案", "家长", "随机种子", "全部邀请", "预计回收率", "各能说明什么"):
        assert piece in page.text
    assert re.search('name="draw_people_0"', page.text)


def test_a_draw_is_kept_shown_and_its_record_can_be_downloaded(console):
    county = console.people["county"]
    answer = post(console, {"stage": "class", "rate": "60", "seed": "20251120"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sample?done=sampled")
    made = kept(console)
    assert (made.request.seed, made.drawn_by) == ("20251120", "county")
    page = county.get("/console/sample")
    assert "20251120" in page.text
    assert "/console/sample/record/docx" in page.text
    word = county.get("/console/sample/record/docx")
    said = "\n".join(
        cell.text for table in docx.Document(BytesIO(word.content)).tables for row in table.rows for cell in row.cells
    )
    assert "20251120" in said
    assert "监督人" in said
    assert county.get("/console/sample/record/pdf").content.startswith(b"%PDF")


def test_a_changed_number_needs_a_reason_and_keeps_what_was_typed(console):
    fields = {"stage": "class", "rate": "60", "seed": "7", "draw_people_0": "7"}
    refused = post(console, fields)
    assert refused.status_code >= 400
    assert "改动理由" in refused.text
    assert 'value="7"' in refused.text
    assert kept(console) is None
    assert post(console, fields | {"reason_0": "班子会决定"}).status_code == 303
    assert kept(console).request.changes[0].reason == "班子会决定"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"seed": ""}, "随机种子"),
        ({"seed": "7", "rate": "160"}, "预计回收率"),
        ({"seed": "7", "draw_people_0": "很多"}, "整数"),
        ({"seed": "7", "draw_people_0": "99999", "reason_0": "x"}, "之间"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_kept(console, fields, word):
    with Session(console.engine) as session:
        before = [row.invited for row in load_waiting(session)]
    answer = post(console, {"stage": "person", **fields})
    assert answer.status_code >= 400
    assert word in answer.text
    assert kept(console) is None
    with Session(console.engine) as session:
        assert [row.invited for row in load_waiting(session)] == before


def test_without_facts_or_frame_the_page_says_what_comes_first(sqlite_engine, tmp_path):
    with open_console(sqlite_engine, tmp_path) as console:
        page = console.people["county"].get("/console/sample")
        assert page.status_code == 200
        assert "准备" in page.text
        assert console.people["county"].get("/console/sample/record/docx").status_code == 404


def test_another_first_stage_and_return_make_another_proposal(console):
    county = console.people["county"]
    usual = county.get("/console/sample").text
    assert county.get("/console/sample?stage=person&rate=30").text != usual
    assert "1到100" in county.get("/console/sample?rate=0").text


def test_numbers_for_another_plan_are_not_read_into_this_one(console):
    county = console.people["county"]
    shown = re.search('name="plan" value="([0-9a-f]{64})"', county.get("/console/sample").text)[1]
    with Session(console.engine) as session, session.begin():
        more = whole_frame()
        more.loc[more["group"] == "parent", "population"] += 40
        store_frame(session, more, actor="test", now=NOW)
    fields = {"plan": shown, "stage": "class", "seed": "7", "draw_people_1": "2", "reason_1": "班子会决定"}
    refused = county.post("/console/sample", fields)
    assert refused.status_code >= 400
    assert "方案已经不同" in refused.text
    assert "班子会决定" not in refused.text
    assert kept(console) is None


def test_who_was_not_drawn_is_listed_beside_who_was(console):
    post(console, {"stage": "class", "rate": "60", "seed": "7"})
    page = console.people["county"].get("/console/sample").text
    with Session(console.engine) as session:
        rows = load_waiting(session)
    left = [row for row in rows if row.group == "parent" and row.invited == 0]
    drawn = [row for row in rows if row.group == "parent" and row.invited > 0]
    assert left
    assert f"没有抽中的家长（{len(left)} 处）" in page
    [listed] = re.findall("没有抽中的家长（.*?</details>", page)
    assert all(f"{row.unit}{row.class_name}（{row.population}人）" in listed for row in left)
    assert not any(f"{row.unit}{row.class_name}（" in listed for row in drawn)


def test_a_reason_without_a_change_is_noted(console):
    fields = {"stage": "class", "rate": "60", "seed": "7", "reason_0": "班子会决定"}
    assert post(console, fields).status_code == 303
    page = console.people["county"].get("/console/sample").text
    assert "写了改动理由（班子会决定），方法和数字与方案相同，没有改动" in page
