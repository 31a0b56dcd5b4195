"""The paper road in the console: printed for a unit, typed in twice by the county's office, seen by nobody else."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.answering.box import open_box
from survey_app.core.models import Batch, Box, PaperEntry, Round, Spent
from survey_app.rounds.key_custody import Given, find_seed
from survey_app.rounds.keys import private_key
from survey_app.rounds.round_rows import find_round
from tests.console import Console, Desk, open_console
from tests.county import NOW, PLAN, open_county, row_id
from tests.keyring import keys_of

PAPER = load_paper("social-2026")
FOURS = dict.fromkeys(PAPER.item_ids, "4")


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine, replace(PLAN, paper_until=PLAN.closes - timedelta(days=1)))
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def printed(console: Console, who: str = "county", unit: str = "乙镇", group: str = "public", sheets: int = 6) -> int:
    with Session(console.engine) as session:
        row = row_id(session, group, unit)
    answer = console.people[who].post("/console/unit/print", {"unit": unit, "row": row, "sheets": sheets})
    assert answer.status_code == 303, answer.text
    with Session(console.engine) as session:
        return session.scalars(select(Batch.id).order_by(Batch.id.desc())).first() or 0


def typed(desk: Desk, batch: int, time: int, sheet: int = 1, **changes: str) -> Any:
    return desk.post("/console/papers/enter", FOURS | changes | {"batch": batch, "time": time, "sheet": sheet})


def counted(console: Console) -> list[int]:
    with Session(console.engine) as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in (Box, Spent, PaperEntry)]


def test_two_people_type_a_sheet_in_and_it_counts_like_any_other(console: Console) -> None:
    batch = printed(console)
    done = typed(console.people["county"], batch, 1)
    assert done.headers["location"].endswith(f"enter?batch={batch}&time=1&sheet=2&done=paper_first")
    stored = typed(console.people["admin"], batch, 2)
    assert stored.headers["location"].endswith("done=paper_stored")
    assert counted(console) == [1, 1, 0]
    page = console.people["county"].get("/console/papers").text
    assert "已入库1份" in page
    watched = console.people["county"].get("/console/watch").text
    assert "少于3份" in watched
    assert "纸质问卷入库" in console.people["admin"].get("/console/log").text


def test_what_differs_is_shown_both_ways_and_stored_only_when_settled(console: Console) -> None:
    batch = printed(console)
    typed(console.people["county"], batch, 1)
    page = typed(console.people["admin"], batch, 2, virtue_2="2", overall="9").text
    assert "1号有2题两遍不一致" in page
    assert page.count("第一遍 4 满意") == 2
    assert "第二遍 2 不满意" in page
    assert counted(console) == [0, 0, 1]
    second = str(re.findall('name="second" value="(.*?)"', page)[0])
    fields = {"batch": batch, "sheet": 1, "second": second, "virtue_2": "2"}
    assert "1号有2题两遍不一致" in console.people["admin"].post("/console/papers/settle", fields).text
    assert counted(console) == [0, 0, 1]
    done = console.people["admin"].post("/console/papers/settle", fields | {"overall": "4"})
    assert done.headers["location"].endswith("sheet=2&done=paper_stored")
    with Session(console.engine) as session:
        seed = find_seed(find_round(session), keys_of(console.engine), Given())
        form = open_box(session.scalars(select(Box.sealed)).one(), bytes(private_key(seed)))
        assert form.answers == "42" + "4" * 15


def test_an_agreeing_answer_of_the_first_time_is_never_shown_to_the_second(console: Console) -> None:
    batch = printed(console)
    typed(console.people["county"], batch, 1, virtue_1="1")
    page = console.people["admin"].get(f"/console/papers/enter?batch={batch}&time=2").text
    assert not re.search('data-digits.*value="[1-9]"|value="[1-9]" inputmode="numeric" maxlength="1"', page)
    asked = typed(console.people["admin"], batch, 2, virtue_1="1", virtue_2="2").text
    assert 'name="virtue_1"' not in asked


def test_the_same_sign_in_cannot_type_the_second_time(console: Console) -> None:
    batch = printed(console)
    typed(console.people["county"], batch, 1)
    answer = typed(console.people["county"], batch, 2)
    assert answer.status_code == 422
    assert "换一个人，或者重新登录" in answer.text
    page = console.people["county"].get(f"/console/papers/enter?batch={batch}&time=2").text
    assert "都是您这次登录录的第一遍" in page


def test_a_mistake_keeps_what_was_typed_and_names_every_item(console: Console) -> None:
    batch = printed(console)
    answer = typed(console.people["county"], batch, 1, virtue_1="", overall="6", sheet="3")  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert "第1题：还没有录，没有勾选的录0。" in answer.text
    assert "第17题：“6”不是这一题可以录的数字。" in answer.text
    assert 'id="sheet" name="sheet" value="3"' in answer.text
    assert answer.text.count('value="4" inputmode') == 15
    assert counted(console) == [0, 0, 0]


def test_a_first_time_on_the_wrong_sheet_can_be_dropped(console: Console) -> None:
    batch = printed(console)
    typed(console.people["county"], batch, 1, sheet=5)
    assert "<option>5</option>" in console.people["county"].get(f"/console/papers/enter?batch={batch}&time=1").text
    fields = {"batch": batch, "sheet": 5}
    assert console.people["county"].post("/console/papers/drop", fields).status_code == 303
    assert counted(console) == [0, 0, 0]


@pytest.mark.parametrize("who", ["township", "unit", "analyst"])
def test_nobody_but_the_countys_office_sees_or_types_in_a_paper(console: Console, who: str) -> None:
    batch = printed(console)
    typed(console.people["county"], batch, 1)
    desk = console.people[who]
    assert desk.get(f"/console/papers/enter?batch={batch}&time=2").status_code == 403
    assert typed(desk, batch, 2).status_code == 403
    assert desk.post("/console/papers/settle", {"batch": batch, "sheet": 1, "second": "4" * 17}).status_code == 403
    assert desk.post("/console/papers/drop", {"batch": batch, "sheet": 1}).status_code == 403
    assert desk.get("/console/papers").status_code == 403
    assert counted(console) == [0, 0, 1]


def test_a_township_prints_for_its_own_units_alone(console: Console) -> None:
    batch = printed(console, "township", "P01", "teacher")
    assert console.people["township"].get(f"/console/papers/sheets?batch={batch}").status_code == 200
    other = printed(console, "county", "P02", "teacher")
    assert console.people["township"].get(f"/console/papers/sheets?batch={other}").status_code == 404
    with Session(console.engine) as session:
        foreign = row_id(session, "teacher", "P02")
    fields = {"unit": "P01", "row": foreign, "sheets": 1}
    assert console.people["township"].post("/console/unit/print", fields).status_code == 400


def test_after_the_date_typing_in_is_refused_with_a_sentence(console: Console) -> None:
    batch = printed(console)
    with Session(console.engine) as session, session.begin():
        session.scalars(select(Round)).one().paper_until = NOW
    for time in (1, 2):
        answer = typed(console.people["county"], batch, time)
        assert "纸质问卷的录入已于11月20日18:00截止，不再接收。" in answer.text
    assert counted(console) == [0, 0, 0]


def test_a_date_is_set_once_where_the_round_has_none(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        session.scalars(select(Round)).one().paper_until = None
    county = console.people["county"]
    assert "先定录入截止时间" in county.get("/console/papers").text
    assert county.post("/console/papers/until", {"until": "soon"}).status_code == 400
    assert county.post("/console/papers/until", {"until": "2025-11-23 12:00"}).status_code == 303
    assert "录入截止 11月23日 12:00" in county.get("/console/papers").text
    assert county.post("/console/papers/until", {"until": "2025-11-23 13:00"}).status_code == 409


def test_the_archive_holds_as_many_sheets_as_people_and_a_word_file(console: Console) -> None:
    batch = printed(console, sheets=4)
    archive = zipfile.ZipFile(io.BytesIO(console.people["county"].get(f"/console/papers/sheets?batch={batch}").content))
    assert archive.namelist() == ["纸质问卷 乙镇 其他群众.pdf", "纸质问卷 其他群众.docx"]
    assert len(pypdfium2.PdfDocument(archive.read(archive.namelist()[0]))) == 1 + 4


def test_the_page_of_the_unit_shows_its_paper_forms_and_voids_them_after_a_question(console: Console) -> None:
    batch = printed(console)
    typed(console.people["county"], batch, 1)
    county = console.people["county"]
    page = county.get("/console/unit?unit=乙镇").text
    assert "纸质问卷（6份，已发放）" in page
    with Session(console.engine) as session:
        row = row_id(session, "public", "乙镇")
    fields = {"unit": "乙镇", "row": row, "what": "paper"}
    assert "作废乙镇的6份没有入库的纸质问卷？" in county.post("/console/unit/void", fields).text
    assert "选中的没有可以作废的码" in county.post("/console/unit/void", {"unit": "乙镇", "row": row}).text
    assert county.post("/console/unit/void", fields | {"sure": "1"}).status_code == 303
    assert counted(console) == [0, 0, 0]
    assert "还没有纸质问卷" in county.get("/console/papers").text


def test_the_page_says_who_sees_the_papers(console: Console) -> None:
    page = console.people["county"].get("/console/papers").text
    assert "录入的人会看到这些纸质问卷。除此以外，结束前任何人都看不到答案" in page
