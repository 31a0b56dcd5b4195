"""A county's package is signed, computed again by whoever gets it, and set beside others without small numbers."""

import json
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from nacl.signing import SigningKey
from sqlalchemy.orm import Session

from analysis.results import as_json
from analysis.standard import load_standard, standard_digests
from analysis.standard.earlier_versions import load_version
from analysis.standard.edition import FOLDER
from analysis.verdict.side_by_side import ShownProblems, hide_small, show_problems, show_stage
from questionnaires.bad_input import BadInputError
from questionnaires.frozen import read_lock
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import ProblemSource
from reports.evidence.bundle import seal
from reports.evidence.bundle_check import compare
from reports.packages.counties_beside import compare_packages
from reports.packages.county_package import Package, is_signed, judge_members, read_package
from reports.packages.package_check import check_package, say_earlier
from survey_app.core.db import connect
from survey_app.core.errors import StorageError
from survey_app.problems.register import Finding, Wanted, add_problem, list_problems
from survey_app.results.county_check import judge_stored
from survey_app.results.packing_county import PackageRequest, pack_county
from survey_app.results.signing_key import load_or_make_signing_key
from tests.conftest import copy_store
from tests.console import open_console
from tests.county import NOW
from tests.program import survey
from tests.test_problems import feed, hand, keep_year

NATIONAL = load_standard("national-2017")
YEAR = SchoolYear(2024)
WHICH = PackageRequest(year=YEAR, as_of=2024, county="500114", today=NOW.date())
OTHER = {"surveyed.json": b'{"rate":0.99}', "problems.json": b'{"open":0,"overdue":0,"closed":99}'}
ASKED = ("judge", "--standard", "national-2017", "--year", "2024-2025", "--county-code", "500114")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    folder = tmp_path_factory.mktemp("package")
    with copy_store(sqlite_model, folder / "data") as engine, Session(engine) as session, session.begin():
        keep_year(session, YEAR, sports_area=100, teaching_area=1234.5678901234567)
        feed(session, YEAR)
        for number in range(7):
            hand(session, f"问题{number}")
        add_problem(session, Finding(text="新建城南小学", source=ProblemSource.PROJECT), actor="test", now=NOW)
    return folder


def opened(folder: Path) -> Session:
    return Session(connect(f"sqlite:///{folder / 'data/survey.db'}"))


@pytest.fixture(scope="module")
def content(folder: Path) -> bytes:
    with opened(folder) as session:
        return pack_county(session, NATIONAL, WHICH, folder / "data")


def members_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(content: bytes) -> Package:
    return read_package("a.zip", content)


def signed_anew(members: dict[str, bytes]) -> bytes:
    """The package of somebody who changed a file, noted its sum and signed with a key of their own."""
    record = json.loads(members["package.json"])
    record["files"] = {name: sha256(members[name]).hexdigest() for name in record["files"]}
    key = SigningKey.generate()
    members["package.json"] = json.dumps(record).encode()
    signature = {
        "public_key": key.verify_key.encode().hex(),
        "signature": key.sign(members["package.json"]).signature.hex(),
    }
    return seal(members | {"signature.json": json.dumps(signature).encode()})


def test_a_package_holds_the_judgement_with_all_that_it_was_made_of(folder: Path, content: bytes) -> None:
    package = read(content)
    assert check_package(package) == []
    with opened(folder) as session:
        stored = judge_stored(session, NATIONAL, YEAR).dimensions
    assert list(compare(as_json(package.judgement.dimensions), as_json(stored))) == []
    provenance = package.judgement.provenance
    assert (provenance.county, provenance.school_year) == ("500114", "2024-2025")
    assert set(provenance.packs) == {"national-2017"}
    assert set(provenance.inputs) == {"tables.json", "surveyed.json"}


def test_the_same_store_gives_the_same_bytes_under_one_key_of_its_owner_alone(folder: Path, content: bytes) -> None:
    with opened(folder) as session:
        again = pack_county(session, NATIONAL, WHICH, folder / "data")
    assert again == content
    assert (folder / "data/signing/county.key").stat().st_mode & 0o777 == 0o600
    assert load_or_make_signing_key(folder / "data").verify_key.encode().hex().startswith(read(content).key)


@pytest.mark.parametrize("name", ["judgement.json", "tables.json", "surveyed.json", "problems.json", "package.json"])
def test_a_changed_file_is_found(content: bytes, name: str) -> None:
    members = members_of(content)
    changed = members[name].replace(b"1", b"2") if b"1" in members[name] else OTHER[name]
    assert check_package(read(seal(members | {name: changed}))) != []


def test_a_judgement_that_does_not_follow_from_the_tables_is_found_whoever_signed_it(content: bytes) -> None:
    members = members_of(content)
    forged = members["judgement.json"].replace(b'"not_met"', b'"met"')
    assert forged != members["judgement.json"]
    package = read(signed_anew(members | {"judgement.json": forged}))
    assert is_signed(package)
    assert any("包内为" in difference for difference in check_package(package))
    assert package.key != read(content).key


def made_by(content: bytes, digest: str, name: str = "national-2017") -> bytes:
    """The package as the program wrote it when the standard's file had these bytes."""
    members = members_of(content)
    package = read(content)
    standard = load_version(name, {name: digest}) or NATIONAL
    packs = {name: digest}
    judged = judge_members(members, standard, package.record)
    told = as_json(replace(judged, provenance=replace(judged.provenance, packs=packs)))
    members["judgement.json"] = json.dumps(told, ensure_ascii=False).encode()
    members["package.json"] = json.dumps(json.loads(members["package.json"]) | {"packs": packs}).encode()
    return signed_anew(members)


EARLIER, *_ = read_lock(FOLDER)["national-2017.toml"]


def test_a_package_made_with_an_earlier_version_of_the_standard_is_computed_again_by_that_one(content: bytes) -> None:
    package = read(made_by(content, EARLIER))
    assert standard_digests(NATIONAL)["national-2017"] != EARLIER
    assert check_package(package) == []
    [said] = say_earlier(package)
    assert EARLIER[:16] in said
    assert say_earlier(read(content)) == []


def test_a_false_judgement_by_an_earlier_version_is_found(content: bytes) -> None:
    members = members_of(made_by(content, EARLIER))
    forged = members["judgement.json"].replace(b'"not_met"', b'"met"')
    assert any("包内为" in told for told in check_package(read(signed_anew(members | {"judgement.json": forged}))))


@pytest.mark.parametrize("packs", [{"national-2017": "0" * 64}, {}, {"../national-2017": EARLIER}])
def test_a_version_that_is_not_here_is_said_and_nothing_is_computed_by_another(
    content: bytes, packs: dict[str, str]
) -> None:
    members = members_of(content)
    members["package.json"] = json.dumps(json.loads(members["package.json"]) | {"packs": packs}).encode()
    [said] = check_package(read(signed_anew(members)))
    assert "本程序没有，不能重新计算" in said
    assert "包内为" not in said


def test_what_is_no_package_is_refused_in_one_sentence(content: bytes) -> None:
    members = members_of(content)
    for bad in (b"", b"PK", seal({"package.json": b"{}"}), seal(members | {"package.json": b"[]"})):
        with pytest.raises(BadInputError, match=r"a\.zip"):
            read(bad)
    with pytest.raises(BadInputError):
        read(seal(members | {"more.txt": b""}))


def test_packages_that_are_not_as_signed_are_not_compared(content: bytes) -> None:
    changed = seal(members_of(content) | {"problems.json": b'{"open":0,"overdue":0,"closed":99}'})
    with pytest.raises(BadInputError, match=r"b\.zip"):
        compare_packages([("a.zip", read(content)), ("b.zip", read(changed))])


def test_small_numbers_are_hidden_and_no_other_number_gives_them_back(folder: Path, content: bytes) -> None:
    [column] = compare_packages([("a.zip", read(content))])
    assert column.resources["R5"]["primary"].cv is None
    assert column.resources["R5"]["primary"].schools is None
    assert (column.problems.overdue, column.problems.closed) == (0, 0)
    with opened(folder) as session:
        listed = [problem.source for problem in list_problems(session, Wanted(), NOW.date())]
        assert column.problems.open == len(listed) - listed.count(ProblemSource.PROJECT) == len(listed) - 1
        stage = judge_stored(session, NATIONAL, YEAR).dimensions.resources.indicators["R5"]["primary"]
    for met, shown in ((71, None), (73, 73), (68, 68), (3, None), (0, 0)):
        assert show_stage(replace(stage, met=met, schools=73, cv=0.4), 5).met == shown
    for overdue, shown in ((10, 10), (9, None), (6, None), (5, 5), (4, None), (0, 0)):
        assert show_problems(10, overdue, 7, 5) == ShownProblems(open=10, overdue=shown, closed=7)
    assert [hide_small(number, 5) for number in (0, 1, 4, 5)] == [0, None, None, 5]


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    """The program's own package."""
    said = survey(*ASKED, "--no-register", "--package", "county.zip", folder=folder, code=1)
    assert "签名密钥" in said.stderr
    return folder / "county.zip"


def test_the_program_packs_verifies_and_compares(folder: Path, written: Path) -> None:
    assert "一致" in survey("verify", "county.zip", folder=folder).stdout
    assert "只用来核对复算材料包" in survey("verify", "county.zip", "--minute", "", folder=folder, code=2).stderr
    (folder / "other.zip").write_bytes(seal(members_of(written.read_bytes()) | {"surveyed.json": b'{"rate":0.99}'}))
    assert "surveyed.json" in survey("verify", "other.zip", folder=folder, code=1).stdout
    (folder / "earlier.zip").write_bytes(made_by(written.read_bytes(), EARLIER))
    first, last = survey("verify", "earlier.zip", folder=folder).stdout.splitlines()
    assert "按写出时的版本" in first
    assert "一致" in last
    told = json.loads(survey("compare", "county.zip", "county.zip", "--json", folder=folder).stdout)
    assert [county["county"] for county in told["counties"]] == ["500114", "500114"]
    assert {"resources", "indicators", "problems", "verdict", "rate", "key"} <= told["counties"][0].keys()
    assert "少于5" in survey("compare", "county.zip", folder=folder).stdout


def test_bad_packages_end_the_program_with_a_line_each(folder: Path, written: Path) -> None:
    (folder / "text.zip").write_text("x")
    (folder / "forged.zip").write_bytes(seal(members_of(written.read_bytes()) | {"problems.json": b"{}"}))
    for name in ("text.zip", "nothing.zip", "forged.zip"):
        assert survey("compare", name, folder=folder, code=2).stderr.count("\n") == 1
    without = tuple(part for part in ASKED if part not in ("--county-code", "500114"))
    nowhere = survey(*ASKED, "--no-register", "--package", "no/where.zip", folder=folder, code=2)
    assert nowhere.stderr.splitlines() == ["where.zip：写不进去，请换一个已有的目录。"]
    assert "区划代码" in survey(*without, "--package", "x.zip", folder=folder, code=2).stderr


def test_a_key_file_that_holds_no_key_is_said_and_not_made_anew(tmp_path: Path) -> None:
    load_or_make_signing_key(tmp_path)
    file = tmp_path / "signing/county.key"
    file.write_bytes(b"cut")
    with pytest.raises(StorageError, match=r"county\.key"):
        load_or_make_signing_key(tmp_path)
    assert file.read_bytes() == b"cut"


def test_the_console_packs_and_computes_anew_any_package(folder: Path, content: bytes) -> None:
    engine = connect(f"sqlite:///{folder / 'data/survey.db'}")
    with open_console(engine, folder / "data") as console:
        analyst = console.people["analyst"]
        asked = {"year": str(YEAR), "standard": "national-2017"}
        refused = analyst.post("/console/judgements/package", asked)
        assert (refused.status_code, "没有区划代码" in refused.text) == (422, True)
        packed = analyst.post("/console/judgements/package", asked | {"county": "500114"})
        assert packed.content == content
        assert "县级自评包" in console.people["admin"].get("/console/log").text

        def verify(name: str, given: bytes) -> httpx.Response:
            return analyst.post("/console/judgements/verify", files={"file": (name, given)})

        assert "这个包一致" in verify("a.zip", content).text
        changed = verify("a.zip", signed_anew(members_of(content) | {"surveyed.json": b'{"rate":0.99}'}))
        assert "处不一致" in changed.text
        assert "不是县级自评包" in verify("a.pdf", b"%PDF-").text
        assert "请选择文件" in analyst.post("/console/judgements/verify").text
    engine.dispose()
