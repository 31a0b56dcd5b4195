"""Questions: figures in another unit are questioned with their row, honest ones are not."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators.questions import load_checks, resource_questions
from analysis.standard import load_standard

NATIONAL = load_standard("national-2017")
TIMES = load_checks().times.value


def county(*values: float, pupils: int = 100, **more: Any) -> pd.DataFrame:
    rows = [
        {"school": f"P{number}", "stage": "primary", "pupils": pupils, "equipment_value": value * pupils} | more
        for number, value in enumerate(values, 1)
    ]
    return pd.DataFrame(rows)


def asked(resources: pd.DataFrame, schools: pd.DataFrame | None = None) -> list[str]:
    listed = pd.DataFrame() if schools is None else schools
    return [f"{each.school}/{each.stage}" for each in resource_questions(resources, listed, NATIONAL)]


def test_one_school_in_ten_thousands_of_yuan_is_questioned_with_both_figures() -> None:
    (question,) = resource_questions(county(2000, 2100, 2200, 0.21), pd.DataFrame(), NATIONAL)
    assert (question.school, question.stage) == ("P4", "primary")
    assert question == (
        "P4（小学）：教学仪器设备值按每名学生计为0.21，约是各校中位数2050的1/9,762，请核对数值和单位（例如把万元当作元）。"
    )


def test_a_whole_column_in_ten_thousands_of_yuan_is_questioned_once() -> None:
    (question,) = resource_questions(county(0.2, 0.21, 0.22), pd.DataFrame(), NATIONAL)
    assert question.school == ""
    assert "整列的单位" in question


@given(st.floats(1.01, 1e6))
def test_a_value_is_questioned_exactly_from_so_many_times_the_median_on(times: float) -> None:
    expected = ["P4/primary"] if times >= TIMES else []
    assert asked(county(2000, 2000, 2000, 2000 * times)) == expected
    assert asked(county(2000, 2000, 2000, 2000 / times)) == expected


def test_nothing_is_no_mistaken_unit() -> None:
    assert asked(county(2000, 2000, 0)) == []
    assert asked(county(0, 0, 0)) == []


def test_a_small_school_with_much_room_for_each_pupil_is_not_questioned() -> None:
    rows = pd.concat([county(2000, 2000, 2000), county(40_000, pupils=12).assign(school="P9")])
    assert asked(rows) == []


def test_an_area_in_mu_is_questioned() -> None:
    rows = county(2000, 2000, 2000, sports_area=800).assign(sports_area=[800, 810, 800 / 666.7])
    assert asked(rows) == ["P3/primary"]


def test_what_a_whole_school_shares_is_taken_by_all_its_pupils() -> None:
    rows = [
        {"school": "N1", "stage": "primary", "pupils": 100},
        {"school": "N1", "stage": "junior", "pupils": 50},
        {"school": "N1", "stage": "whole", "equipment_value": 30.0},
    ]
    assert asked(pd.concat([county(2000, 2000, 2000), pd.DataFrame(rows)])) == ["N1/whole"]


@pytest.mark.parametrize("pupils", [None, 0])
def test_a_row_without_pupils_is_a_problem_and_no_question(pupils: int | None) -> None:
    assert asked(county(2000, 2000, 2000).assign(pupils=[100, 100, pupils])) == []
