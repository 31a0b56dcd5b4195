"""The county's empty sheet is not empty: every id that a standard asks for is there, and only figures are lacking."""

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.standard import list_standards, load_standard
from questionnaires.rule import load_rule
from survey_app.frame.empty_sheets import write_empty_sheet
from survey_app.frame.sheets import read_sheet
from tests.program import survey

RULE = load_rule("quality-2024")


def write(tmp_path: Path, standard: str, name: str = "county.xlsx") -> Path:
    write_empty_sheet("county", tmp_path / name, RULE, standard)
    return tmp_path / name


@pytest.mark.parametrize("standard", list_standards())
def test_a_countys_sheet_has_every_id_that_its_standard_asks_the_county_for(tmp_path: Path, standard: str) -> None:
    rules = load_standard(standard)
    listed = set(read_sheet("county", write(tmp_path, standard)).table.indicator)
    for name, entry in rules.entries.items():
        for requirement in entry.requires.values():
            if requirement.reads == "county" and not name.startswith("R"):
                assert listed & {name, *requirement.ids}
    assert {*rules.preconditions, *rules.vetoes} <= listed


def test_wording_unit_and_stage_stand_in_each_row_and_no_figure_does(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write(tmp_path, "national-2017")).worksheets[0]
    rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=2)]
    found = {(row[0], row[1]): row for row in rows}
    assert found["G13", "初中"][-3:] == ["就近划片入学比例", "%", ">= 95"]
    assert found["G7", "特殊教育"][-3:] == ["特殊教育学校生均公用经费", "元/生", ">= 6000"]
    assert not any(cell for row in rows for cell in row[2:-3])


@pytest.mark.parametrize("name", ["county.xlsx", "county.csv"])
def test_what_stands_beside_is_not_read_and_said(tmp_path: Path, name: str) -> None:
    sheet = read_sheet("county", write(tmp_path, "national-2017", name))
    assert len(sheet.ignored) == 3
    assert sheet.table.value.isna().all()
    assert set(sheet.table.met) == {""}


def test_a_sheet_that_was_filled_in_is_judged_with_no_indicator_missing(tmp_path: Path) -> None:
    path = tmp_path / "county.csv"
    survey("template", "county", "--out", path, folder=tmp_path)
    table = pd.read_csv(path, dtype=str).fillna("")
    heads = {head.split(" ")[0]: head for head in table}
    measured = ~table.iloc[:, -2].isin(["达到或未达到"])
    best = {"G7": "8000", "G8a": "1.2", "Q9b": "0.1", "Q9a": "4", "G6": "120", "Q4": "6"}
    table.loc[measured, heads["value"]] = [best.get(name, "100") for name in table.loc[measured, heads["indicator"]]]
    table.loc[~measured, heads["met"]] = "达到"
    table.loc[table[heads["indicator"]] == "G9", heads["hours"]] = "360"
    table.to_csv(path, index=False)
    (tmp_path / "resources.csv").write_text("school,stage,pupils\nP01,小学,100\n", encoding="utf-8")
    said = survey(
        *("judge", "--standard", "national-2017", "--resources", "resources.csv", "--county", "county.csv", "--json"),
        folder=tmp_path,
        code=1,
    ).stdout
    judged = json.loads(said)
    assert not [gap for gap in judged["missing"] if gap["indicator"][0] in "PQV"]
    assert {gap["indicator"] for gap in judged["missing"] if gap["indicator"][0] == "G"} <= {"G3a", "G3b", "G4", "G5"}
    assert judged["dimensions"]["quality"]["verdict"] == "met"
