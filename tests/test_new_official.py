"""What somebody met who went from an empty store to handed-over codes for the first time (docs/screens.md)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from survey_app.core.models import FrameRow, School
from survey_app.frame.schools import store_frame
from survey_app.pages.console.console_drawing import draw
from survey_app.rounds.draft import load_draft, store_draft
from survey_app.rounds.other_locales import MOST_NAMED, find_other_locales
from tests.console import Console, open_console
from tests.county import NOW, PLAN, county_frame, open_county
from tests.test_console_rounds import agree, upload
from tests.test_sampling import whole_frame


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def waiting(engine: Engine) -> None:
    """A frame that waits, with two schools that the list puts elsewhere, and a draft."""
    with Session(engine) as session, session.begin():
        for code, name, locale in (("P01", "第一小学", "town"), ("P02", "第二小学", "village"), ("P03", "空学校", "")):
            session.add(School(code=code, name=name, kind="primary", locale=locale, built_year=None))
        store_frame(session, county_frame(), actor="test", now=NOW)
        store_draft(
            session, load_draft(session) | {"rule": "quality-2024", "population": "20000"}, actor="test", now=NOW
        )


def test_a_school_with_two_locales_is_named_where_samples_are_drawn_and_rounds_prepared(console: Console) -> None:
    waiting(console.engine)
    said = "学校名单和名册里城乡不一致：第一小学（名单镇区，名册城区）。抽样和分城乡的结果以名册为准，请先核对。"
    for page in ("setup", "sample"):
        assert said in console.people["county"].get(f"/console/{page}").text
    with Session(console.engine) as session, session.begin():
        session.execute(update(School).where(School.code == "P01").values(locale="city"))
        assert not find_other_locales(session)
        session.execute(update(School).values(locale=""))
        assert not find_other_locales(session)


def test_many_schools_with_two_locales_are_counted(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        for number in range(MOST_NAMED + 2):
            code = f"X{number:02}"
            session.add(School(code=code, name=f"第{number}校", kind="primary", locale="town", built_year=None))
            row = FrameRow(group="parent", unit=code, class_name="1班", population=9, invited=9, locale="city")
            row.stage = row.township = ""
            session.add(row)
        session.flush()
        (said,) = find_other_locales(session)
    assert said.count("名单镇区") == MOST_NAMED
    assert f"等{MOST_NAMED + 2}处。" in said


def test_what_decides_whether_to_draw_stands_before_the_rows_of_the_plan(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        store_frame(session, whole_frame(), actor="test", now=NOW)
        store_draft(
            session, load_draft(session) | {"rule": "quality-2024", "population": "20000"}, actor="test", now=NOW
        )
    page = console.people["county"].get("/console/sample").text
    assert 0 < page.index("抽样和全部邀请，各能说明什么") < page.index("抽样方案")


def test_each_edition_says_what_sets_it_apart(console: Console) -> None:
    waiting(console.engine)
    page = console.people["county"].get("/console/setup").text
    told = page.split("各版有什么不同")[1].split("</details>")[0]
    assert "2027b版与2027版同题，选项改为两边对等的五级。选项是非常满意、比较满意、一般、不太满意、非常不满意" in told
    assert "没有定发布日期，选了才用" in told


def test_before_the_window_no_group_is_reproached_with_having_sent_nothing(console: Console) -> None:
    open_county(console.engine, replace(PLAN, opens=NOW + timedelta(days=2), closes=NOW + timedelta(days=6)))
    page = console.people["admin"].get("/console/round").text
    assert "一份也没有收到" not in page
    assert "11月22日 18:00才开始答题：现在结束，各类对象都没有结果" in page


def test_a_first_import_replaces_nothing(console: Console) -> None:
    for button in ("导入", "导入，替换现在的"):
        shown = upload(console, "schools", "code,name,kind\nP01,第一小学,primary\n")
        assert f"<button>{button}</button>" in shown.text
        assert agree(console, shown).status_code == 303


@pytest.mark.parametrize(("only_here", "said"), [(True, 1), (False, 0)])
def test_sheets_for_a_first_sign_in_say_where_their_address_opens(only_here: bool, said: int) -> None:
    sheets = [{"name": "county", "password": "x"}]
    about = {"person": {"name": ""}, "path": None, "done": "", "invented": False, "first": True}
    page = draw("password_sheets", sheets=sheets, address="http://127.0.0.1:8000/console", only_here=only_here, **about)
    assert page.decode().count("单子上的网址只有这台服务器自己打得开") == said
