"""The county's own check at any time: what the store holds of a school year, years in a row, and what it rests on."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.standard import load_standard
from questionnaires.school_year import SchoolYear
from survey_app.cli.opened_store import transaction
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Resource, School
from survey_app.core.program import program_version
from survey_app.frame.schools import list_school_years, store_county_values, store_resources, store_schools
from survey_app.results.county_check import judge_stored
from tests.county import NOW
from tests.program import survey
from tests.test_verdict import JUNIOR, PRIMARY, RECOGNITION, county_rows

NATIONAL = load_standard("national-2017")
SCHOOLS = pd.DataFrame(
    [
        {"code": code, "moe_code": "", "name": f"{code}学校", "kind": kind, "parent_school": "", "township": "",
         "locale": "", "ownership": "", "built_year": None}
        for code, kind in (("P01", "primary"), ("J01", "junior"))
    ]
)  # fmt: skip
YEARS = {"2022-2023": 6000, "2023-2024": 7000, "2024-2025": 7500}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three school years, in which the primary school's sports ground grows."""
    with transaction(tmp_path, begins=True) as session:
        store_schools(session, SCHOOLS, actor="test", now=NOW)
        for year, area in YEARS.items():
            rows = pd.DataFrame([PRIMARY | {"sports_area": area}, JUNIOR])
            store_resources(session, rows, SchoolYear.parse(year), actor="test", now=NOW)
            store_county_values(session, pd.DataFrame(county_rows()), SchoolYear.parse(year), actor="test", now=NOW)
    return tmp_path


def judged(store: Path, *options: str, code: int = 1) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        survey("judge", "--dir", ".", "--standard", "national-2017", *options, "--json", folder=store, code=code).stdout
    )
    return told


def test_a_school_year_is_judged_before_any_round_and_lacks_only_the_rate(store: Path) -> None:
    found = judged(store, "--year", "2024-2025")
    assert found["verdict"] == "undetermined"
    assert [missing["indicator"] for missing in found["missing"]] == ["S1"]
    assert found["dimensions"]["resources"]["verdict"] == "met"


def test_a_year_that_is_not_before_or_stands_twice_is_refused_and_nothing_kept(store: Path) -> None:
    asked = ("judge", "--dir", ".", "--standard", "national-2017", "--year", "2023-2024")
    years = ("2023-2024", "2024-2025", "2022-2023", "2022-2023")
    refused = survey(*asked, *[text for year in years for text in ("--earlier", year)], folder=store, code=2)
    assert refused.stderr.splitlines() == [
        "--earlier 要写以前的学年：2023-2024学年不在2023-2024学年之前。",
        "--earlier 要写以前的学年：2024-2025学年不在2023-2024学年之前。",
        "--earlier 里2022-2023学年写了两次。",
    ]
    assert json.loads(survey("judgements", "--dir", ".", "--json", folder=store).stdout) == []
    unknown = survey("judgements", "0", "1", "--dir", ".", folder=store, code=2)
    assert "应为1到2147483647之间的整数" in unknown.stderr


def test_several_earlier_years_stand_in_a_row_and_the_last_beside_this_one(store: Path) -> None:
    earlier = ("--earlier", "2023-2024", "--earlier", "2022-2023")
    found = judged(store, "--year", "2024-2025", *earlier)
    assert [year["school_year"] for year in found["series"]] == list(YEARS)
    means = [year["resources"]["R5"]["primary"]["mean"] for year in found["series"]]
    assert means == [6, 7, 7.5]
    school = next(each for each in found["years"]["schools"] if each["school"] == "P01")
    assert school["indicators"]["R5"] == {"before": 7, "after": 7.5, "change": 0.5}
    lines = survey(
        "judge", "--dir", ".", "--standard", "national-2017", "--year", "2024-2025", *earlier, folder=store, code=1
    ).stdout
    assert lines.count("学年（national-2017）") == 3


def test_a_year_that_is_none_or_not_there_is_one_sentence(store: Path) -> None:
    for year, word in (("abc", "2025-2026"), ("2030-2031", "2030-2031学年")):
        refused = survey("judge", "--dir", ".", "--standard", "national-2017", "--year", year, folder=store, code=2)
        assert word in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert "--year" in survey("judge", "--dir", ".", "--standard", "national-2017", folder=store, code=2).stderr


def test_years_are_compared_as_years_and_what_is_none_is_never_read(store: Path) -> None:
    with transaction(store) as session:
        session.add(School(**{**SCHOOLS.iloc[0].to_dict(), "code": "P09"}))
        session.flush()
        session.add(Resource(school_year="abc", school="P09", stage="primary", values={}))
        session.flush()
        assert max(list_school_years(session)) == SchoolYear(2024)
        with pytest.raises(NotFoundError):
            judge_stored(session, NATIONAL, SchoolYear(2030))


def test_the_plan_is_held_against_the_year_in_which_the_school_year_begins(store: Path) -> None:
    found = judged(store, "--year", "2022-2023")
    assert found["provenance"]["as_of"] == 2022
    assert judged(store, "--year", "2022-2023", "--as-of", "2024")["provenance"]["as_of"] == 2024


def files(folder: Path) -> tuple[str, ...]:
    tables = {"resources": pd.DataFrame([PRIMARY, JUNIOR]), "county": pd.DataFrame(county_rows()), "schools": SCHOOLS}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "recognition.json").write_text(json.dumps(RECOGNITION), encoding="utf-8")
    return tuple(part for name in tables for part in (f"--{name}", f"{name}.csv"))


def test_the_json_says_by_what_and_of_what_it_was_made(tmp_path: Path) -> None:
    given = (*files(tmp_path), "--recognition", "recognition.json", "--year", "2025-2026", "--county-code", "500114")
    told = json.loads(survey("judge", "--standard", "qianjiang-2020", *given, "--json", folder=tmp_path, code=0).stdout)
    found = told["provenance"]
    assert (found["program"], found["county"], found["school_year"]) == (program_version(), "500114", "2025-2026")
    sums = {path.name: sha256(path.read_bytes()).hexdigest() for path in tmp_path.glob("*.*")}
    assert found["inputs"] == sums
    assert list(found["packs"]) == ["qianjiang-2020", "national-2017"]
    assert all(len(digest) == 64 for digest in found["packs"].values())


def test_data_of_before_a_plans_first_target_are_its_present(tmp_path: Path) -> None:
    given = (*files(tmp_path), "--recognition", "recognition.json")
    early = survey("judge", "--standard", "qianjiang-2020", *given, "--year", "2019-2020", folder=tmp_path, code=0)
    assert "规划对照年度：2019年（2019-2020学年的数据）" in early.stdout
    assert "规划的现状" in early.stdout
    later = survey("judge", "--standard", "qianjiang-2020", *given, "--year", "2020-2021", folder=tmp_path, code=0)
    assert "规划的现状" not in later.stdout
    assert "规划目标（2020年）" in later.stdout


def test_two_plans_of_one_county_are_compared_by_what_both_have(tmp_path: Path) -> None:
    given = (*files(tmp_path), "--recognition", "recognition.json")
    before = survey(
        "judge", "--standard", "qianjiang-2020", *given, "--year", "2023-2024", "--json", folder=tmp_path, code=0
    )
    (tmp_path / "before.json").write_text(before.stdout, encoding="utf-8")
    after = survey(
        "judge", "--standard", "qianjiang-2023", *given, "--year", "2024-2025", "--earlier", "before.json", "--json",
        folder=tmp_path, code=0,
    )  # fmt: skip
    found = json.loads(after.stdout)
    assert found["years"]["indicators"]["R5"]["primary"]["mean"]["change"] == 0
    assert [year["standard"] for year in found["series"]] == ["qianjiang-2020", "qianjiang-2023"]
    refused = survey("judge", "--standard", "xiushan-2020", *given, "--earlier", "before.json", folder=tmp_path, code=2)
    assert "标准不同" in refused.stderr


def test_the_special_stage_of_the_county_sheet_speaks_for_special_schools(tmp_path: Path) -> None:
    given = (*files(tmp_path), "--recognition", "recognition.json")
    for stage, value, verdict in (
        ("特殊教育", 6000, "met"),
        ("特殊教育", 5999, "not_met"),
        ("小学", 6000, "undetermined"),
    ):
        rows = pd.DataFrame(county_rows(G7={"value": value, "stage": stage}))
        rows.to_csv(tmp_path / "county.csv", index=False)
        code = 0 if verdict == "met" else 1
        told = json.loads(
            survey("judge", "--standard", "national-2017", *given, "--json", folder=tmp_path, code=code).stdout
        )
        assert told["dimensions"]["guarantee"]["indicators"]["G7"]["verdict"] == verdict
