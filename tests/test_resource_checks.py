"""Sheets of resources: every row that no standard can judge by is named, and nothing of the file is used."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.standard import load_standard
from questionnaires.pack import read_toml
from survey_app.cli import ADVICE
from survey_app.core.errors import advise
from survey_app.frame.sheets import SheetError, check_resources, join_sheets, read_sheet
from survey_app.pages.console.console_drawing import load_advice

NATIONAL = load_standard("national-2017")
ROWS = [
    {"school": f"P0{number}", "stage": "primary", "pupils": 400, "equipment_value": 900_000 + 1000 * number}
    for number in range(1, 6)
]
SCHOOLS = pd.DataFrame([{"code": row["school"], "name": "", "kind": "primary"} for row in ROWS])


def refused(tmp_path: Path, row: int, change: dict[str, Any], *, checked: bool = False) -> list[str]:
    """The problems of five good rows of which one (from 0) is changed."""
    rows = [each | (change if place == row else {}) for place, each in enumerate(ROWS)]
    pd.DataFrame(rows).to_csv(tmp_path / "resources.csv", index=False)
    sheet = read_sheet("resources", tmp_path / "resources.csv")
    with pytest.raises(SheetError) as error:
        check_resources(sheet, SCHOOLS, NATIONAL, checked=checked)
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pupils": None}, "P03（小学）：没有填在校学生数。"),
        ({"pupils": 0}, "P03（小学）：在校学生数为0，无法计算生均值。"),
        ({"stage": "junior"}, "P03（初中）：这所学校的类型没有这一学段，请核对学段或学校类型。"),
        ({"school": "P77"}, "P77：学校表中没有这所学校，请先补入学校表或更正代码。"),
    ],
)
def test_a_row_that_no_standard_can_judge_by_is_refused_at_its_place(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    assert refused(tmp_path, 2, change) == [f"resources.csv，第 4 行：{sentence}"]


def test_saying_that_figures_were_checked_does_not_let_a_bad_row_pass(tmp_path: Path) -> None:
    assert len(refused(tmp_path, 2, {"pupils": 0}, checked=True)) == 1


def test_ten_thousands_of_yuan_without_a_header_that_says_so_are_questioned_at_their_row(tmp_path: Path) -> None:
    (question,) = refused(tmp_path, 3, {"equipment_value": 90.4})
    assert question.startswith("resources.csv，第 5 行：P04（小学）：教学仪器设备值")
    (command,) = advise([question], read_toml(ADVICE))
    assert command.endswith("确认无误的，请加 --checked 再运行。")
    (page,) = advise([question], load_advice())
    assert page.endswith("确认无误的，请勾选“与其他学校相差悬殊的办学条件数值已经核实”再导入。")


def test_ten_thousands_of_yuan_with_a_header_that_says_so_are_converted(tmp_path: Path) -> None:
    table = pd.DataFrame(ROWS).assign(equipment_value=[90.1, 90.2, 90.3, 90.4, 90.5])
    table.rename(columns={"equipment_value": "教学仪器设备值（万元）"}).to_csv(tmp_path / "a.csv", index=False)
    sheet = read_sheet("resources", tmp_path / "a.csv")
    check_resources(sheet, SCHOOLS, NATIONAL, checked=False)
    assert sheet.table["equipment_value"].iloc[0] == 901_000


def test_a_figure_that_a_person_has_checked_passes(tmp_path: Path) -> None:
    rows = [*ROWS[:4], ROWS[4] | {"equipment_value": 9e9}]
    pd.DataFrame(rows).to_csv(tmp_path / "resources.csv", index=False)
    check_resources(read_sheet("resources", tmp_path / "resources.csv"), SCHOOLS, NATIONAL, checked=True)


def test_every_problem_and_question_is_told_at_once_by_row(tmp_path: Path) -> None:
    rows = [ROWS[0] | {"pupils": 0}, *ROWS[1:3], ROWS[3] | {"equipment_value": 9e9}, ROWS[4] | {"pupils": None}]
    pd.DataFrame(rows).to_csv(tmp_path / "resources.csv", index=False)
    with pytest.raises(SheetError) as error:
        check_resources(read_sheet("resources", tmp_path / "resources.csv"), SCHOOLS, NATIONAL, checked=False)
    assert [problem.row for problem in error.value.problems] == [2, 5, 6]


def test_several_files_are_one_sheet_and_their_rows_keep_their_places(tmp_path: Path) -> None:
    pd.DataFrame(ROWS[:2]).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(ROWS[2:]).to_csv(tmp_path / "b.csv", index=False)
    sheet = join_sheets([read_sheet("resources", tmp_path / name) for name in ("a.csv", "b.csv")])
    assert list(sheet.table["school"]) == ["P01", "P02", "P03", "P04", "P05"]
    assert sheet.places[2] == ("b.csv", 2)


def test_a_row_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    pd.DataFrame(ROWS).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(ROWS[1:2]).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(SheetError) as error:
        join_sheets([read_sheet("resources", tmp_path / name) for name in ("a.csv", "b.csv")])
    assert error.value.problems == ("b.csv，第 2 行：与“a.csv”第 3 行重复。",)
