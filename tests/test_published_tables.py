"""What counties published of their schools comes out again from rows built to those figures.

Two pages of counties in Anhui, with the seven indicators in the standard's order: Jiujiang District of Wuhu (鸠江区,
2023, primary: mean, standard deviation, coefficient of variation, and the mean of the seven) and Ningguo (宁国市, 2022:
coefficients alone). Jiujiang's page has a part for junior schools, too; the copy at hand ends before its figures.
https://www.jjq.gov.cn/openness/grassroots/6603441/38916753.html;
索引号 113417020032562392/202212-00091.
"""

from math import sqrt
from typing import Any

import pytest

from reports.annex.school_tables import variations_table
from tests.judged_json import typed
from tests.test_verdict import JUNIOR, NATIONAL, PRIMARY, verdict_on

COLUMNS = {
    key: (measure.column, measure.per)
    for key in ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
    if (measure := NATIONAL.indicators[key].measure)
}
JIUJIANG = {
    "R1": (5.515273, 1.643162, 0.297929),
    "R2": (0.887611, 0.445392, 0.501787),
    "R3": (0.879277, 0.353427, 0.401952),
    "R4": (4.563288, 1.316139, 0.288419),
    "R5": (7.925946, 2.975795, 0.37545),
    "R6": (2496.674864, 780.914372, 0.312782),
    "R7": (2.784743, 1.097759, 0.394205),
}
PRINTED = {key: (mean, cv) for key, (mean, _, cv) in JIUJIANG.items()}
JIUJIANG_COMPOSITE = 0.367503
NINGGUO = {
    "primary": (0.677, 0.674, 0.618, 0.519, 0.597, 0.167, 0.759),
    "junior": (0.542, 1.055, 0.507, 0.587, 0.686, 0.254, 0.496),
}
PUPILS = {"small": 400, "middle": 600, "large": 1500}
SMALL_SHARE = PUPILS["small"] / sum(PUPILS.values())


def rows_of(first: dict[str, Any], figures: dict[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Three schools of unequal size whose mean and coefficient of variation by pupils are these.

    The small one lies above the mean, the two others below it, so that an unweighted formula gives something else.
    """
    above, below = sqrt((1 - SMALL_SHARE) / SMALL_SHARE), sqrt(SMALL_SHARE / (1 - SMALL_SHARE))
    rows = []
    for size, pupils in PUPILS.items():
        values = {
            COLUMNS[key][0]: mean * (1 + cv * (above if size == "small" else -below)) * pupils / COLUMNS[key][1]
            for key, (mean, cv) in figures.items()
        }
        rows.append(first | {"school": f"{first['school'][0]}{size}", "pupils": pupils} | values)
    return rows


def found_of(judgement: dict[str, Any], stage: str) -> dict[str, dict[str, Any]]:
    resources = judgement["dimensions"]["resources"]["indicators"]
    return {key: resources[key][stage] for key in COLUMNS}


@pytest.fixture(scope="module")
def jiujiang() -> dict[str, Any]:
    figures = PRINTED
    return verdict_on(schools=[*rows_of(PRIMARY, figures), JUNIOR])


def test_means_and_coefficients_of_jiujiang_come_out_to_the_last_printed_digit(jiujiang: dict[str, Any]) -> None:
    found = found_of(jiujiang, "primary")
    assert {key: (round(row["mean"], 6), round(row["cv"], 6)) for key, row in found.items()} == PRINTED
    deviations = {key: row["mean"] * row["cv"] for key, row in found.items()}
    assert deviations == pytest.approx({key: row[1] for key, row in JIUJIANG.items()}, rel=2e-6)


def test_one_coefficient_of_jiujiang_is_over_the_line_though_the_mean_of_all_is_not(jiujiang: dict[str, Any]) -> None:
    found = found_of(jiujiang, "primary")
    assert {key for key, row in found.items() if row["cv_verdict"] == "not_met"} == {"R2"}
    assert sum(row["cv"] for row in found.values()) / len(found) == pytest.approx(JIUJIANG_COMPOSITE, abs=1e-6)
    assert jiujiang["dimensions"]["resources"]["verdict"] == "not_met"


def test_the_annex_prints_jiujiangs_mean_of_all_beside_the_coefficient_that_is_over_the_line(
    jiujiang: dict[str, Any],
) -> None:
    table = variations_table(typed(jiujiang), NATIONAL)
    [row] = [
        cells for cells in table.rows if [cell.value for cell in cells[:2]] == [NATIONAL.indicators["R2"].title, "小学"]
    ]
    coefficient = next(cell for cell in row if isinstance(cell.value, float) and round(cell.value, 6) == 0.501787)
    assert (coefficient.decimals, coefficient.short) == (3, True)
    assert any("小学0.368" in note and "不以平均值代替各项" in note for note in table.notes)


def test_ningguos_coefficients_come_out_and_all_but_the_equipment_fail_in_both_stages() -> None:
    rows = []
    for first, stage in ((PRIMARY, "primary"), (JUNIOR, "junior")):
        means = {key: first[column] * per / first["pupils"] for key, (column, per) in COLUMNS.items()}
        rows += rows_of(first, {key: (means[key], cv) for key, cv in zip(COLUMNS, NINGGUO[stage], strict=True)})
    judgement = verdict_on(schools=rows)
    for stage, printed in NINGGUO.items():
        found = found_of(judgement, stage)
        assert [round(row["cv"], 3) for row in found.values()] == list(printed)
        assert {key for key, row in found.items() if row["cv_verdict"] == "met"} == {"R6"}
    assert NINGGUO["junior"][-1] < NATIONAL.variation.primary.value
    assert judgement["verdict"] == "not_met"
