"""Files that prove what is said: checked and never run, listed with hashes, and packed for the review on documents."""

import re
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Verdict
from reports.packages.review_index import ProofNeed
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import RawFigure
from survey_app.problems import proof_files
from survey_app.problems.proof_files import (
    LARGEST_MEGABYTES,
    MEGABYTE,
    drop_proof,
    find_fault,
    find_proof,
    list_proofs,
    read_about,
    store_proof,
)
from survey_app.results.review_package import find_facts, gather_review, pack_review
from tests.conftest import copy_store
from tests.console import Console, open_console
from tests.county import NOW, open_county
from tests.program import survey
from tests.test_problem_letters import text_of
from tests.test_problems import ACT, NATIONAL, hand, keep_year

YEAR = SchoolYear(2024)
PDF = b"%PDF-1.7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def office_file(*parts: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "<x/>")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("文件.pdf", PDF),
        ("照片.PNG", PNG),
        ("照片.jpg", b"\xff\xd8\xff\xe0"),
        ("表.xlsx", office_file("xl/workbook.xml")),
        ("文.docx", office_file("word/document.xml")),
    ],
)
def test_what_is_what_its_name_says_is_taken(name: str, content: bytes) -> None:
    assert find_fault(name, content) == ""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.pdf", b"", "空文件"),
        ("程序.exe", b"MZ", "只收"),
        ("旧.doc", b"\xd0\xcf\x11\xe0", "另存为"),
        ("页.html", b"<script>", "只收"),
        ("假.pdf", b"MZ\x90", "不是它的后缀"),
        ("假.docx", office_file("xl/workbook.xml"), "不是它的后缀"),
        ("破.xlsx", b"PK\x03\x04", "不是它的后缀"),
        ("宏.docx", office_file("word/document.xml", "word/vbaProject.bin"), "宏"),
        ("大.pdf", PDF + bytes(LARGEST_MEGABYTES * MEGABYTE), "超过"),
    ],
    ids=["empty", "program", "old word", "page", "false pdf", "false docx", "broken", "macro", "large"],
)
def test_anything_else_is_refused_in_one_sentence(name: str, content: bytes, said: str) -> None:
    assert said in find_fault(name, content)


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with Session(sqlite_engine) as session:
        keep_year(session, YEAR)
        yield session


def bring(session: Session, name: str = "规划.pdf", content: bytes = PDF, indicator: str = "G1") -> int:
    about = read_about(session, YEAR, indicator=indicator, school="", problem=None)
    return store_proof(session, about, name, content, **ACT).id


def needs(session: Session) -> dict[str, ProofNeed]:
    return {need.indicator: need for need in gather_review(session, NATIONAL, YEAR).needs}


def test_a_file_is_kept_with_its_hash_who_and_when_once_for_each_thing(session: Session) -> None:
    number = bring(session)
    [row] = list_proofs(session, YEAR)
    assert (row.sum, row.made_by, row.made_at, row.size) == (sha256(PDF).hexdigest(), "test", NOW, len(PDF))
    with pytest.raises(ConflictError, match="已经在"):
        bring(session, "另一个名字.pdf")
    bring(session, indicator="G2")
    drop_proof(session, number, **ACT)
    with pytest.raises(NotFoundError):
        find_proof(session, number)
    assert list_proofs(session, SchoolYear(2023)) == []


def test_a_file_is_about_one_thing_that_is_there(session: Session) -> None:
    problem = hand(session)
    asked = {"indicator": "", "school": "", "problem": None}
    assert read_about(session, YEAR, **asked | {"problem": problem}).key == str(problem)
    assert read_about(session, YEAR, **asked | {"school": "P01"}).about == "school"
    for wrong in ({}, {"indicator": "G1", "school": "P01"}, {"indicator": "G99"}, {"school": "没有"}, {"problem": 999}):
        with pytest.raises((SurveyError, NotFoundError)):
            read_about(session, YEAR, **asked | wrong)


def test_what_is_computed_of_rows_needs_no_document_and_what_is_answered_does(session: Session) -> None:
    before = needs(session)
    assert set(before) == {*NATIONAL.entries, *NATIONAL.preconditions, *NATIONAL.vetoes}
    assert before["R1"].from_rows
    assert before["G4"].from_rows
    assert before["G1"].need == "缺佐证材料"
    assert before["Q1"].need == "缺佐证材料"
    assert "暂不作结论" in before["S1"].need
    assert (before["V1"].said, before["G2"].said) == ("经核查，未发现", "达到")
    bring(session)
    bring(session, indicator="G14b")
    after = needs(session)
    assert (after["G1"].need, after["G1"].files, after["G1"].verdict) == ("", 1, Verdict.MET)
    assert after["G14"].files == 1


def test_three_years_of_balance_are_computed_and_the_yearly_monitoring_wants_a_document(session: Session) -> None:
    assert (needs(session)["P1"].need, needs(session)["P2"].need) == ("缺佐证材料", "缺佐证材料")
    session.add(
        RawFigure(school_year=str(YEAR), school="", stage="", figure="basic_balance_month", values={"value": 201811})
    )
    bring(session, "年度监测报告.pdf", indicator="P2")
    after = needs(session)
    assert (after["P1"].from_rows, after["P1"].verdict, after["P1"].need) == (True, Verdict.MET, "")
    assert (after["P2"].from_rows, after["P2"].files, after["P2"].need) == (False, 1, "")


def test_the_package_holds_index_files_and_hashes_and_the_same_again(session: Session) -> None:
    bring(session, "规划/../..\\布局.pdf")
    bring(session, "照片.png", PNG)
    facts = find_facts(session, NATIONAL, YEAR, NOW.date())
    review = gather_review(session, NATIONAL, YEAR)
    content = pack_review(session, review, YEAR, facts)
    assert content == pack_review(session, review, YEAR, facts)
    with ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(reversed(line.split("  ")) for line in members["SHA256SUMS.txt"].decode().splitlines())
    assert len(sums) == 2
    assert {name: sha256(members[name]).hexdigest() for name in sums} == sums
    assert all(re.fullmatch(r"指标/G1/\d+-[^/\\]+", name) for name in sums)
    index = text_of(members["目录.docx"])
    assert all(digest in index.replace("\n", "") for digest in sums.values())
    assert f"{len(review.needs)}项中{review.lacking}项尚缺" in index


def test_the_program_brings_lists_packs_and_removes(tmp_path: Path, sqlite_model: Path) -> None:
    with copy_store(sqlite_model, tmp_path / "data") as engine, Session(engine) as session, session.begin():
        keep_year(session, YEAR)
    (tmp_path / "a.pdf").write_bytes(PDF)
    (tmp_path / "a.exe").write_bytes(b"MZ")
    year = ("--year", str(YEAR))
    survey("proof", "add", "a.pdf", *year, "--indicator", "G1", folder=tmp_path)
    assert "只收" in survey("proof", "add", "a.exe", *year, "--indicator", "G1", folder=tmp_path, code=2).stderr
    assert sha256(PDF).hexdigest() in survey("proof", "list", *year, folder=tmp_path).stdout
    asked = ("proof", "package", *year, "--standard", "national-2017", "--out")
    said = survey(*asked, "review.zip", folder=tmp_path).stdout
    assert "1个文件" in said
    assert "G2 " in said
    assert not re.search(r"^G1 ", said, re.MULTILINE)
    assert (tmp_path / "review.zip").exists()
    assert "写不进去" in survey(*asked, "no/review.zip", folder=tmp_path, code=2).stderr
    survey("proof", "remove", "1", folder=tmp_path)
    assert "还没有" in survey("proof", "list", *year, folder=tmp_path).stdout


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, YEAR)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_console_takes_a_file_gives_it_back_as_it_was_and_packs(console: Console) -> None:
    office = console.people["admin"]
    asked = {"year": str(YEAR), "indicator": "G1", "school": "", "problem": ""}
    assert "G1 " in office.get("/console/proofs").text
    kept = office.post("/console/proofs/add", asked, files={"file": ("规划.pdf", PDF)})
    assert kept.status_code == 303, kept.text
    wrong = office.post("/console/proofs/add", asked, files={"file": ("规划.html", b"<script>")})
    assert (wrong.status_code, "只收" in wrong.text) == (422, True)
    assert "规划.pdf" in office.get("/console/proofs").text
    back = office.get("/console/proofs/file?number=1")
    assert (back.content, back.headers["content-type"]) == (PDF, "application/octet-stream")
    assert "attachment" in back.headers["content-disposition"]
    with ZipFile(BytesIO(office.get(f"/console/proofs/package?year={YEAR}").content)) as archive:
        assert any(name.endswith("规划.pdf") for name in archive.namelist())
    assert "收下佐证材料" in office.get("/console/log").text
    assert office.post("/console/proofs/drop", {"number": "1", "year": str(YEAR)}).status_code == 303
    assert office.get("/console/proofs/file?number=1").status_code == 404


@pytest.mark.parametrize("year", ["", "2025", "2025-2027", "x" * 900])
def test_a_year_that_is_none_is_one_sentence(console: Console, year: str) -> None:
    page = console.people["admin"].get(f"/console/proofs/package?year={year}")
    assert (page.status_code, "学年要写成" in page.text) == (404, True)


def test_a_school_brings_files_about_its_own_rows_and_problems_alone(console: Console) -> None:
    office, school = console.people["admin"], console.people["unit"]
    with Session(console.engine) as session, session.begin():
        [own, other] = [hand(session, school=code) for code in ("P01", "J01")]
    pdf = {"file": ("操场.pdf", PDF)}
    assert school.post("/console/problem/proof", {"number": own}, files=pdf).status_code == 303
    assert school.post("/console/problem/proof", {"number": other}, files=pdf).status_code == 404
    assert school.post("/console/own/proof", {"year": str(YEAR)}, files=pdf).status_code == 303
    wrong = school.post("/console/own/proof", {"year": str(YEAR)}, files={"file": ("页.html", b"<script>")})
    assert (wrong.status_code, "只收" in wrong.text) == (422, True)
    office.post("/console/proofs/add", {"year": str(YEAR), "indicator": "G1"}, files=pdf)
    assert [school.get(f"/console/proofs/file?number={number}").status_code for number in (1, 2, 3)] == [200, 200, 404]
    listed = office.get("/console/proofs").text
    assert listed.count("操场.pdf") == 3
    assert listed.count(">unit ") == 2
    assert f"第{own}号问题" in listed
    assert "收下佐证材料" in office.get(f"/console/problem?number={own}").text


def test_a_school_takes_back_its_own_files_and_no_others(console: Console) -> None:
    office, school = console.people["admin"], console.people["unit"]
    pdf = {"file": ("操场.pdf", PDF)}
    school.post("/console/own/proof", {"year": str(YEAR)}, files=pdf)
    office.post("/console/proofs/add", {"year": str(YEAR), "school": "P01"}, files={"file": ("照片.png", PNG)})
    office.post("/console/proofs/add", {"year": str(YEAR), "indicator": "G1"}, files=pdf)
    refused = school.post("/console/own/drop-proof", {"proof": 2, "year": str(YEAR)})
    assert (refused.status_code, "只能撤下自己交的" in refused.text) == (422, True)
    assert school.post("/console/own/drop-proof", {"proof": 3, "year": str(YEAR)}).status_code == 404
    assert school.post("/console/own/drop-proof", {"proof": 1, "year": str(YEAR)}).status_code == 303
    assert "照片.png" in school.get("/console/own").text
    assert "操场.pdf" not in school.get("/console/own").text


def test_what_a_school_brought_proves_its_application(console: Console) -> None:
    school = console.people["unit"]
    with Session(console.engine) as session, session.begin():
        number = hand(session, school="P01", measure="扩建操场", lead="区教委")
    school.post("/console/problem/proof", {"number": number}, files={"file": ("操场.pdf", PDF)})
    assert school.post("/console/problem/apply", {"number": number}).status_code == 303
    assert "操场.pdf" in console.people["county"].get(f"/console/problem?number={number}").text
    assert school.post("/console/problem/drop-proof", {"number": number, "proof": 1}).status_code == 422
    console.people["county"].post("/console/problem/send-back", {"number": number, "reason": "看不清"})
    assert school.post("/console/problem/drop-proof", {"number": number, "proof": 1}).status_code == 303


def test_nothing_fills_the_store(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_files, "MOST_FILES", 2)
    bring(session, content=PDF + b"1")
    bring(session, content=PDF + b"2")
    with pytest.raises(ConflictError, match="已经有2个文件"):
        bring(session, content=PDF + b"3")
    bring(session, indicator="G2")
