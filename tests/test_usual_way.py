"""The usual way to hand out codes: never slips for everybody by surprise, one PDF a unit, a list of contents."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.codes.issuing import issue_codes
from survey_app.codes.usual_way import issue_usual, plan_usual
from survey_app.core.errors import AlreadyIssuedError
from survey_app.core.models import Batch, Job
from survey_app.jobs.running import Jobs
from survey_app.results.code_papers import notice_of
from survey_app.results.unit_files import UnitAsk, write_unit
from survey_app.rounds.round_rows import find_round
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, open_county

PLANNED = [
    ("class", "student", 1, 40), ("class", "parent", 3, 120), ("public", "public", 1, 30),
    ("slip", "teacher", 35, 35), ("slip", "deputy", 12, 12),
]  # fmt: skip


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    open_county(engine)
    with Session(engine) as session, session.begin():
        yield session


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    open_county(sqlite_engine)
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_what_is_planned_is_what_is_made(session: Session) -> None:
    round_ = find_round(session)
    plan = plan_usual(session, round_, NOW)
    assert [(line.kind, line.group, line.codes, line.people) for line in plan] == PLANNED
    made: Counter[tuple[str, str]] = Counter()
    for unit in ("P01", "P02", "甲镇代表团", "乙镇"):
        for code in issue_usual(session, round_, unit, actor="test", now=NOW, random=token_bytes):
            made[code.kind, code.group] += 1
    assert made == {(line.kind, line.group): line.codes for line in plan}
    assert plan_usual(session, round_, NOW) == []
    with pytest.raises(AlreadyIssuedError):
        issue_usual(session, round_, "P01", actor="test", now=NOW, random=token_bytes)


def test_who_has_codes_already_is_left_as_they_are(session: Session) -> None:
    round_ = find_round(session)
    issue_codes(session, round_, "slip", unit="P01", actor="test", now=NOW, random=token_bytes)
    assert {line.people for line in plan_usual(session, round_, NOW) if line.group == "parent"} == {50}
    with pytest.raises(AlreadyIssuedError):
        issue_usual(session, round_, "P01", actor="test", now=NOW, random=token_bytes)


def test_it_asks_with_numbers_and_makes_nothing_before(console: Console) -> None:
    asked = console.people["county"].post("/console/codes/issue", {"kind": "usual"}).text
    assert "按通常的发法为237人制作？" in asked
    assert "码上印的网址：<b>http" in asked
    assert "家长120人：班级码3个" in asked
    assert "教师35人：一人一码35张" in asked
    assert "其他群众30人：公共码1个" in asked
    with Session(console.engine) as session:
        assert not session.scalar(select(func.count()).select_from(Job))
        assert not session.scalar(select(func.count()).select_from(Batch))


def test_one_archive_has_one_pdf_a_unit_and_its_contents(console: Console) -> None:
    county = console.people["county"]
    job = county.post("/console/codes/issue", {"kind": "usual", "sure": "1"}).headers["location"]
    archive = zipfile.ZipFile(io.BytesIO(county.post(f"{job}/take").content))
    names = archive.namelist()
    assert names[0] == "000-目录.csv"
    pdfs = [name for name in names if name.endswith(".pdf")]
    assert [re.match(r"\d{3}-[0-9A-Za-z]+ ", name) is not None for name in pdfs] == [True] * 4
    assert sorted(name.split(" ", 1)[1] for name in pdfs) == [
        "乙镇.pdf",
        "甲镇代表团.pdf",
        "第一小学.pdf",
        "第二小学.pdf",
    ]
    lines = list(csv.DictReader(io.StringIO(archive.read(names[0]).decode("utf-8-sig"))))
    assert {line["文件"] for line in lines} == set(pdfs)
    assert sum(int(line["码数"]) for line in lines) == sum(codes for _, _, codes, _ in PLANNED)
    school = next(name for name in pdfs if "第一小学" in name)
    read = [
        code.text
        for page in pypdfium2.PdfDocument(archive.read(school))
        for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    ]
    assert len(set(read)) == 3 + 20  # a poster for each class of families and pupils, then a slip for each teacher
    assert "码都已交接" not in county.get("/console/codes").text


def test_units_of_one_name_have_files_of_their_own(session: Session, tmp_path: Path) -> None:
    round_ = find_round(session)
    codes = issue_usual(session, round_, "甲镇代表团", actor="test", now=NOW, random=token_bytes)[:1]
    asks = [UnitAsk(tmp_path, number, codes, notice_of(round_), "http://testserver") for number in (1, 2)]
    assert len({path for ask in asks for path in write_unit(ask)}) == 2


def test_public_codes_then_class_codes_then_slips_make_none_for_who_has_one_and_say_so_before(console: Console) -> None:
    """Slips for all after class codes were 3,905 slips for the public; now what is asked for is what is lacking."""
    county = console.people["county"]
    for kind in ("class", "public"):
        assert county.post("/console/codes/issue", {"kind": kind, "sure": "1"}).status_code == 303
    asked = county.post("/console/codes/issue", {"kind": "slips"}).text
    assert "还没有码的共47人" in asked
    assert "<li>教师35人</li>" in asked
    assert "其他群众" not in re.sub(r'<p class="soft">.*?</p>', "", asked)
    assert county.post("/console/codes/issue", {"kind": "slips", "sure": "1"}).status_code == 303
    again = county.post("/console/codes/issue", {"kind": "slips"}).text
    assert "受邀的人都有码了，没有要制作的" in again
    assert "<button>制作<" not in again
