import numpy as np
import pandas as pd
import pytest

from analysis.cells.cell_check import CellError, check_cells


def cells(**changes):
    """Two classes of a school and one group of persons, with the changed columns."""
    table = pd.DataFrame(
        {
            "measure": "overall",
            "group": ["parent", "parent", "public"],
            "stratum": ["parent/P1", "parent/P1", "public/county"],
            "psu": ["P1/101", "P1/102", ""],
            "weight": [2.0, 2.0, 90.0],
            "stratum_psus": [4.0, 4.0, 900.0],
            "psu_size": [40.0, 38.0, np.nan],
            "n_forms": [30, 0, 10],
            "n": [29, 0, 10],
            "total": [25.0, 0.0, 8.0],
            "total_sq": [25.0, 0.0, 8.0],
        }
    )
    return table.assign(**changes)


def problems(table):
    with pytest.raises(CellError) as caught:
        check_cells(table)
    return caught.value.problems


def test_a_sound_table_passes():
    check_cells(cells())


def test_a_class_without_forms_needs_no_weight():
    check_cells(cells(weight=[2.0, np.nan, 90.0]))


def test_joined_groups_are_a_group():
    check_cells(cells(group=["parent", "parent", "deputy+public"]))


def test_persons_may_outnumber_their_frame():
    check_cells(cells(stratum_psus=[4.0, 4.0, 9.0]))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"weight": [-2.0, 2.0, 90.0]}, "weight is not a positive number: row 0"),
        ({"weight": [2.0, 2.0, np.inf]}, "weight is not a positive number: row 2"),
        ({"group": ["parent", "parent", "dog"]}, "group is none of student, parent, "),
        ({"measure": ["overall", "", None]}, "measure or stratum is empty: row 1, 2"),
        ({"stratum": ["parent/P1", "parent/P1", None]}, "measure or stratum is empty: row 2"),
        ({"n": [31, 0, 10]}, "n exceeds n_forms: row 0"),
        ({"total": [25.0, 0.0, 11.0]}, "total exceeds n: row 2"),
        ({"total": [25.0, -1.0, 8.0]}, "n_forms, n, total or total_sq is negative: row 1"),
        ({"n": [29, np.nan, 10]}, "n_forms, n, total or total_sq is missing or not finite: row 1"),
        ({"total_sq": [25.5, 0.0, 8.0]}, "total_sq is impossible with this n and total: row 0"),
        ({"total_sq": [25.0, 0.0, 6.0]}, "total_sq is impossible with this n and total: row 2"),
        ({"stratum_psus": [4.0, 4.0, 0.0]}, "stratum_psus is not positive: row 2"),
        ({"stratum_psus": [4.0, 5.0, 900.0]}, "stratum_psus differs inside a stratum: row 0, 1"),
        ({"stratum_psus": [np.nan, 4.0, 900.0]}, "stratum_psus differs inside a stratum: row 0, 1"),
        ({"stratum_psus": [1.0, 1.0, 900.0]}, "stratum has more classes than stratum_psus: row 0, 1"),
        ({"psu_size": [-1.0, 38.0, np.nan]}, "psu_size is not positive: row 0"),
        ({"psu": "P1/101"}, "psu_size differs inside a class: row 0, 1"),
        ({"psu": ["P1/101", "", ""]}, "stratum holds both classes and single persons: row 0, 1"),
    ],
)
def test_a_malformed_row_is_named_with_what_is_wrong(changes, problem):
    assert any(found.startswith(problem) for found in problems(cells(**changes)))


def test_every_problem_is_told_at_once():
    assert len(problems(cells(n=[31, 0, 10], weight=[2.0, 2.0, -1.0], group=["x", "parent", "public"]))) == 3


def test_missing_and_wordy_columns_are_named_together():
    table = cells(n=["many", "none", "some"]).drop(columns=["psu", "weight"])
    assert problems(table) == ("missing columns: psu, weight", "n is not numeric")


def test_an_empty_table_is_refused():
    assert problems(cells().head(0)) == ("the table has no rows",)


def test_rows_are_named_by_their_labels():
    table = cells(n=[31, 0, 10])
    table.index = ["first", "second", "third"]
    assert problems(table) == ("n exceeds n_forms: row first",)


def test_a_long_list_of_rows_is_cut_short():
    table = pd.concat([cells(total=[30.0, 0.0, 8.0])] * 12, ignore_index=True)
    assert problems(table)[0].endswith("row 0, 3, 6, 9, 12, 15, 18, 21, 24, 27 and 2 more")
