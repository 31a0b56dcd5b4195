"""What people say who were asked whether they had answered: the sheet, the console's page, the command and the API."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.cli import survey
from survey_app.core.errors import SurveyError
from survey_app.core.models import Audit, FollowUp, FrameRow
from survey_app.jobs.running import Jobs
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, PLAN, open_county
from tests.test_closing import hold

PAGE = "/console/revisit"
ANSWERS = "/console/revisit/answers"
OVER = replace(PLAN, closes=NOW - timedelta(hours=1))
DRAW = {"group": "parent", "people": "36", "seed": "20261127", "until": "2025-11-27T18:00", "sure": "1"}
HEAD = "调查对象,单位,班级,询问人数,说填过,说没填过\n"


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    open_county(sqlite_engine, OVER)
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def classes(engine: Engine) -> list[FrameRow]:
    with Session(engine) as session:
        query = select(FrameRow).where(FrameRow.group == "parent", FrameRow.round_id.is_not(None))
        return list(session.scalars(query.order_by(FrameRow.id)))


def stored(engine: Engine) -> list[tuple[int, int, int]]:
    with Session(engine) as session:
        rows = session.scalars(select(FollowUp).order_by(FollowUp.frame_row_id))
        return [(row.asked, row.said_yes, row.said_no) for row in rows]


def sheet(*lines: str) -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("回访.csv", (HEAD + "\n".join(lines)).encode(), "text/csv")}


def test_what_was_said_is_taken_from_the_sheet_that_lists_the_drawn_rows(console: Console) -> None:
    county = console.people["county"]
    console.people["admin"].post(PAGE, DRAW)
    begun = county.get("/console/revisit/sheet")
    assert begun.headers["content-type"].startswith("application/vnd.openxmlformats")
    row = classes(console.engine)[0]
    whole = f"家长,{row.unit},{row.class_name},{row.invited},{row.invited - 8},5"
    answer = county.post(ANSWERS, files=sheet(whole))
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert stored(console.engine) == [(row.invited, row.invited - 8, 5)]
    page = county.get(PAGE).text
    assert "询问填没填过的结果" in page
    assert f'data-label="没有联系上或不愿说">{3}</td>' in page
    county.post(ANSWERS, files=sheet(whole.replace(",5", ",6")))
    assert stored(console.engine) == [(row.invited, row.invited - 8, 6)]
    with Session(console.engine) as session:
        [act, _] = session.scalars(select(Audit).where(Audit.action == "follow_up").order_by(Audit.id))
    assert act.detail == {"rows": 1, "asked": row.invited, "said_yes": row.invited - 8, "said_no": 5}


def test_a_sheet_with_one_wrong_row_changes_nothing_and_each_row_is_told(console: Console) -> None:
    console.people["admin"].post(PAGE, DRAW)
    row = classes(console.engine)[0]
    here = f"家长,{row.unit},{row.class_name}"
    lines = {
        f"家长,{row.unit},没有的班,5,3,1": "名册里没有这个对象、单位和班级",
        f"{here},{row.invited + 1},3,1": "或者全部受邀的",
        f"{here},{row.invited},{row.invited},1": f"多于询问的{row.invited}人",
        f"{here},{row.invited},-1,1": "说填过",
        f"{here},,3,1": "询问人数",
        f"{here},0,0,0": "或者全部受邀的",
    }
    for line, said in lines.items():
        answer = console.people["admin"].post(ANSWERS, files=sheet(line))
        assert answer.status_code == 400, line
        assert said in answer.text, line
        assert ("没有录入" in answer.text, "没有抽取" in answer.text) == (True, False), line
    assert console.people["admin"].post(ANSWERS, {}).status_code in (400, 422)
    other = classes(console.engine)[1]
    good = f"家长,{other.unit},{other.class_name},{other.invited},3,1"
    both = sheet(good, f"{here},{row.invited + 1},3,1")
    assert "第3行" in console.people["admin"].post(ANSWERS, files=both).text.replace(" ", "")
    assert stored(console.engine) == []


def test_before_the_windows_end_nothing_is_taken(sqlite_engine: Engine, tmp_path: Path) -> None:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as early:
        row = classes(sqlite_engine)[0]
        line = f"家长,{row.unit},{row.class_name},{row.invited},3,1"
        answer = early.people["admin"].post(ANSWERS, files=sheet(line))
        assert (answer.status_code, "结束以后再询问" in answer.text) == (409, True)
    assert stored(sqlite_engine) == []


def test_who_took_something_in_meanwhile_is_told(console: Console) -> None:
    row = classes(console.engine)[0]
    line = f"家长,{row.unit},{row.class_name},{row.invited},3,1"
    console.people["county"].post(ANSWERS, files=sheet(line))
    console.people["county"].post(ANSWERS, files=sheet(line))
    late = console.people["admin"].post(ANSWERS, fields={"last": "1"}, files=sheet(line))
    assert (late.status_code, "已有人做过下面的事" in late.text) == (409, True)


def test_the_command_writes_the_sheet_and_takes_it(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(sqlite_engine, {"parent": 40}, answers=None)
    monkeypatch.delenv("SURVEY_DATABASE_URL", raising=False)
    row = classes(sqlite_engine)[0]
    folder = ("--dir", str(Path(str(sqlite_engine.url.database)).parent))
    empty = tmp_path / "said.csv"
    written = CliRunner().invoke(survey, ("follow-up", *folder, "--empty", str(empty)), prog_name="survey")
    assert (written.exit_code, "要填的表已写入" in written.output) == (0, True)
    again = CliRunner().invoke(survey, ("follow-up", *folder, "--empty", str(empty)), prog_name="survey")
    assert isinstance(again.exception, SurveyError)
    with empty.open("a", encoding="utf-8") as stream:
        stream.write(f"家长,{row.unit},{row.class_name},{row.invited},30,6\n")
    taken = CliRunner().invoke(survey, ("follow-up", *folder, str(empty)), prog_name="survey")
    assert taken.exit_code == 0, taken.exception
    assert (
        f"家长：1行，询问{row.invited}人，说填过30人，说没填过6人，没有联系上或不愿说{row.invited - 36}人"
        in taken.output
    )
    neither = CliRunner().invoke(survey, ("follow-up", *folder), prog_name="survey")
    assert isinstance(neither.exception, SurveyError)
