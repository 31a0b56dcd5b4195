"""A county's year through the program: import, judge, arrange, close, import again, judge, compare, sheets, package."""

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.program import survey
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

SCHOOLS = "code,name,kind,township\nP01,第一小学,primary,甲镇\nJ01,第一中学,junior,乙镇\n"
BY = ("--standard", "national-2017", "--county-code", "500114")
FIRST, SECOND = "2024-2025", "2025-2026"


def import_year(folder: Path, year: str, **figures: float) -> None:
    tables = {"resources": pd.DataFrame([PRIMARY | figures, JUNIOR]), "county": pd.DataFrame(county_rows())}
    for kind, table in tables.items():
        table.to_csv(folder / f"{kind}.csv", index=False)
        survey("import", kind, f"{kind}.csv", "--year", year, "--checked", folder=folder)


def listed(folder: Path) -> dict[int, dict[str, object]]:
    told = json.loads(survey("problem", "list", "--json", folder=folder).stdout)
    return {problem["number"]: problem for problem in told}


@pytest.mark.soak
def test_a_year_is_played_from_rows_to_a_package_that_verifies(tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    survey("import", "schools", "schools.csv", folder=tmp_path)
    import_year(tmp_path, FIRST, sports_area=100, teaching_area=1000)
    survey("judge", "--year", FIRST, *BY, folder=tmp_path, code=1)
    found = listed(tmp_path)
    number = next(number for number, problem in found.items() if problem["indicator"] == "R5")
    arranged = ("--measure", "扩建操场", "--lead", "区教委", "--post", "计划财务科科长", "--due", "2025-08-31")
    survey("problem", "change", number, *arranged, folder=tmp_path)
    survey("problem", "close", number, "--applied-by", "第一小学", "--verified-by", "督导室", folder=tmp_path)

    import_year(tmp_path, SECOND, sports_area=100, teaching_area=9000)
    said = survey(
        "judge", "--year", SECOND, *BY, "--package", "county.zip", "--earlier", FIRST, folder=tmp_path, code=1
    )
    assert "重新打开1条" in said.stderr
    after = listed(tmp_path)
    assert (after[number]["state"], after[number]["reopened"]) == ("open", 1)
    assert {problem["indicator"] for problem in after.values() if not problem["found"]} >= {"R4"}

    survey("schools", "--year", SECOND, *BY[:2], "--out", "sheets", folder=tmp_path)
    assert len(list((tmp_path / "sheets").iterdir())) == 4
    assert "一致" in survey("verify", "county.zip", folder=tmp_path).stdout
    with zipfile.ZipFile(tmp_path / "county.zip") as package:
        counted = json.loads(package.read("problems.json"))
    assert counted["open"] == len(after)
    [county] = json.loads(survey("compare", "county.zip", "--json", folder=tmp_path).stdout)["counties"]
    assert (county["county"], county["school_year"], county["verdict"]) == ("500114", SECOND, "not_met")
