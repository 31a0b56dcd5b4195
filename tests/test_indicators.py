"""Values per pupil are computed from totals; through-schools are split; bad rows are refused by name."""

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators import coefficient_of_variation
from analysis.indicators.sections import TableError
from analysis.standard import Standard, load_standard
from tests.judged_json import resource_values

NATIONAL = load_standard("national-2017")
QIANJIANG = load_standard("qianjiang-2020")
PUPILS = [45, 37, 89, 76, 55]
BOOKS = [279, 137, 935, 160, 402]
NINE_YEAR = [
    {"school": "N1", "stage": "primary", "pupils": 400, "qualified_teachers": 20, "classes": 10},
    {"school": "N1", "stage": "junior", "pupils": 200, "qualified_teachers": 14, "classes": 5},
    {"school": "N1", "stage": "whole", "sports_area": 6200.0, "music_rooms": 1, "art_rooms": 2},
]


def values(rows: list[dict[str, Any]], standard: Standard = NATIONAL, **kinds: str) -> pd.DataFrame:
    """Values of these rows; schools by their kind, e.g. `N1="nine_year"`."""
    schools = pd.DataFrame([{"code": code, "name": "", "kind": kind} for code, kind in kinds.items()])
    return resource_values(pd.DataFrame(rows), schools, standard)


def problems(rows: list[dict[str, Any]], standard: Standard = NATIONAL, **kinds: str) -> list[str]:
    with pytest.raises(TableError) as refused:
        values(rows, standard, **kinds)
    return refused.value.problems


def test_five_schools_vary_by_pupils_and_fail_where_the_unweighted_form_would_pass() -> None:
    books_per_pupil = [books / pupils for books, pupils in zip(BOOKS, PUPILS, strict=True)]
    weighted = coefficient_of_variation(books_per_pupil, PUPILS)
    unweighted = coefficient_of_variation(books_per_pupil, [1] * 5)
    assert round(weighted.cv, 6) == 0.515257
    assert round(unweighted.cv, 4) == 0.4888
    assert not NATIONAL.variation.primary.holds(weighted.cv)
    assert NATIONAL.variation.primary.holds(unweighted.cv)


def test_the_mean_is_the_countys_total_over_its_pupils() -> None:
    books_per_pupil = [books / pupils for books, pupils in zip(BOOKS, PUPILS, strict=True)]
    assert coefficient_of_variation(books_per_pupil, PUPILS).mean == pytest.approx(sum(BOOKS) / sum(PUPILS))


schools_of_any_size = st.lists(st.tuples(st.floats(0.01, 1e4), st.integers(1, 5000)), min_size=1, max_size=30)


@given(schools_of_any_size, st.floats(0.01, 100))
def test_neither_order_nor_scale_nor_a_school_split_in_two_changes_the_variation(
    schools: list[tuple[float, int]], scale: float
) -> None:
    value, pupils = [x for x, _ in schools], [p for _, p in schools]
    cv = pytest.approx(coefficient_of_variation(value, pupils).cv, abs=1e-9)
    assert coefficient_of_variation(value[::-1], pupils[::-1]).cv == cv
    assert coefficient_of_variation([x * scale for x in value], pupils).cv == cv
    assert coefficient_of_variation([value[0], *value], [pupils[0] / 2, pupils[0] / 2, *pupils[1:]]).cv == cv


def test_schools_that_all_have_nothing_have_no_variation() -> None:
    assert math.isnan(coefficient_of_variation([0, 0], [100, 200]).cv)


@pytest.mark.parametrize(
    ("value", "pupils"), [([], []), ([1], [1, 2]), ([math.nan], [1]), ([1], [0]), ([1], [math.nan])]
)
def test_variation_is_refused_without_a_value_and_pupils_for_each_school(
    value: list[float], pupils: list[float]
) -> None:
    with pytest.raises(ValueError, match="school"):
        coefficient_of_variation(value, pupils)


def test_the_seven_values_are_totals_over_pupils() -> None:
    row = {
        "school": "P01",
        "stage": "primary",
        "pupils": 400,
        "qualified_teachers": 18,
        "backbone_teachers": 5,
        "pe_art_teachers": 4,
        "teaching_area": 1900,
        "sports_area": 3100,
        "equipment_value": 830_000,
        "multimedia_rooms": 10,
    }
    found = values([row], P01="primary").iloc[0]
    assert [found[f"R{number}"] for number in range(1, 8)] == [4.5, 1.25, 1.0, 4.75, 7.75, 2075.0, 2.5]


def test_a_value_that_was_not_reported_stays_missing() -> None:
    found = values([{"school": "P01", "stage": "primary", "pupils": 400}], P01="primary").iloc[0]
    assert found[["R1", "R7", "classes", "music_rooms"]].isna().all()


def test_each_part_of_a_nine_year_school_is_a_school_of_its_own() -> None:
    found = values(NINE_YEAR, N1="nine_year").set_index("stage")
    assert list(found.index) == ["primary", "junior"]
    assert list(found["R1"]) == [5.0, 7.0]
    assert list(found["size"]) == [600, 600]


def test_shared_ground_is_split_one_to_one_point_one_by_pupils() -> None:
    found = values(NINE_YEAR, N1="nine_year").set_index("stage")
    assert found.loc["primary", "R5"] == pytest.approx(6200 / (400 + 1.1 * 200))
    assert found.loc["junior", "R5"] == pytest.approx(1.1 * 6200 / (400 + 1.1 * 200))


def test_a_twelve_year_school_is_split_one_to_one_point_one_to_one_point_three_two() -> None:
    whole = {
        "stage": "whole", "pupils_primary": 400, "pupils_junior": 200, "pupils_senior": 100, "sports_area": 7520
    }  # fmt: skip
    found = values([{"school": "T1", **whole}], T1="twelve_year").set_index("stage")
    assert found.loc["primary", "R5"] == pytest.approx(7520 / (400 + 1.1 * 200 + 1.32 * 100))
    assert found.loc["junior", "R5"] == pytest.approx(1.1 * found.loc["primary", "R5"])


def test_a_complete_secondary_school_is_split_one_to_one_point_two() -> None:
    whole = {"stage": "whole", "pupils_junior": 300, "pupils_senior": 250, "sports_area": 6000}
    found = values([{"school": "C1", **whole}], C1="complete_secondary").iloc[0]
    assert found["R5"] == pytest.approx(6000 / (300 + 1.2 * 250))
    assert found["size"] == 300


def test_shared_rooms_are_held_against_all_classes_of_the_school() -> None:
    found = values(NINE_YEAR, N1="nine_year")
    assert found[["classes", "music_rooms", "art_rooms"]].to_numpy().tolist() == [[15, 1, 2]] * 2


def test_the_primary_part_of_a_through_school_counts_nationally_and_not_in_qianjiang() -> None:
    assert list(values(NINE_YEAR, NATIONAL, N1="nine_year")["stage"]) == ["primary", "junior"]
    qianjiang = values(NINE_YEAR, QIANJIANG, N1="nine_year")
    assert list(qianjiang["stage"]) == ["junior"]
    assert qianjiang["size"].item() == 600
    assert qianjiang["R5"].item() == pytest.approx(1.1 * 6200 / (400 + 1.1 * 200))


@pytest.mark.parametrize(
    ("kind", "pupils", "counted"),
    [("special", 100, 0), ("vocational", 900, 0), ("point", 49, 0), ("point", 50, 1), ("primary", 49, 1)],
)
def test_special_and_vocational_schools_and_points_under_fifty_are_left_out(
    kind: str, pupils: int, counted: int
) -> None:
    assert len(values([{"school": "A", "stage": "primary", "pupils": pupils}], A=kind)) == counted


def test_a_school_without_any_row_is_there_with_nothing_known() -> None:
    found = values([{"school": "P01", "stage": "primary", "pupils": 400}], P01="primary", N1="nine_year")
    assert list(found["school"]) == ["P01", "N1", "N1"]
    assert found.iloc[1:]["pupils"].isna().all()


def test_a_point_that_its_parent_school_reports_is_not_counted_twice() -> None:
    schools = pd.DataFrame(
        [
            {"code": "P01", "name": "", "kind": "primary", "parent_school": ""},
            {"code": "D1", "name": "", "kind": "point", "parent_school": "P01"},
        ]
    )
    rows = pd.DataFrame([{"school": "P01", "stage": "primary", "pupils": 400}])
    assert list(resource_values(rows, schools, NATIONAL)["school"]) == ["P01"]


def test_a_point_with_a_row_of_its_own_must_say_how_many_pupils_it_has() -> None:
    assert problems([{"school": "D1", "stage": "primary"}], D1="point") == ["D1（小学）：没有填在校学生数。"]


def test_without_a_table_of_schools_the_kinds_follow_from_the_stages() -> None:
    rows = [{"school": "P01", "stage": "primary", "pupils": 400}, *NINE_YEAR]
    found = resource_values(pd.DataFrame(rows), pd.DataFrame(), NATIONAL)
    assert list(found["kind"]) == ["primary", "nine_year", "nine_year"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"pupils": None}, "P01（小学）：没有填在校学生数。"),
        ({"pupils": 0}, "P01（小学）：在校学生数为0，无法计算生均值。"),
        ({"sports_area": -5}, "P01（小学）：体育运动场馆面积为负数（-5），请更正。"),
        ({"stage": "junior"}, "P01（初中）：这所学校的类型没有这一学段，请核对学段或学校类型。"),
        ({"stage": "whole"}, "P01（全校）：这所学校的类型没有这一学段，请核对学段或学校类型。"),
        ({"pupils_senior": 0, "largest_class": -1}, "P01（小学）：最大班额为负数（-1），请更正。"),
        ({"classes": 6, "classes_over": 7}, "P01（小学）：超标准班额班数（7）多于班级数（6）。"),
        ({"school": "P02"}, "P02：学校表中没有这所学校，请先补入学校表或更正代码。"),
    ],
)
def test_a_bad_row_is_refused_with_its_school_and_stage(row: dict[str, Any], sentence: str) -> None:
    assert problems([{"school": "P01", "stage": "primary", "pupils": 400} | row], P01="primary") == [sentence]


def test_a_row_that_stands_twice_is_refused() -> None:
    row = {"school": "P01", "stage": "primary", "pupils": 400}
    assert problems([row, row], P01="primary") == ["P01（小学）：资源表中出现2次，请只保留一行。"]


def test_teachers_on_a_whole_row_are_refused_with_the_clause_that_says_so() -> None:
    rows = [*NINE_YEAR[:2], {"school": "N1", "stage": "whole", "backbone_teachers": 9}]
    (found,) = problems(rows, N1="nine_year")
    assert found.startswith("N1（全校）：“每百名学生拥有县级以上骨干教师数”不按学生数拆分，请分学段填报")
    assert NATIONAL.split_indicators.clause in found


def test_teachers_on_a_whole_row_are_split_where_the_standard_allows_it() -> None:
    split = NATIONAL.split_indicators.model_copy(update={"value": frozenset({"R2"})})
    standard = NATIONAL.model_copy(update={"split_indicators": split})
    rows = [*NINE_YEAR[:2], {"school": "N1", "stage": "whole", "backbone_teachers": 6.2}]
    found = values(rows, standard, N1="nine_year").set_index("stage")
    assert found.loc["primary", "R2"] == pytest.approx(100 * 6.2 / (400 + 1.1 * 200))


def test_a_figure_given_both_for_the_whole_school_and_a_stage_is_refused() -> None:
    rows = [NINE_YEAR[0] | {"sports_area": 100}, *NINE_YEAR[1:]]
    assert problems(rows, N1="nine_year") == ["N1（全校）：体育运动场馆面积在全校行和小学行都填了，请只填一处。"]


def test_a_whole_row_that_cannot_be_split_is_refused() -> None:
    rows = [{"school": "C1", "stage": "whole", "pupils_junior": 300, "sports_area": 6000}]
    assert problems(rows, C1="complete_secondary") == ["C1（全校）：没有填高中学生数，全校的数值无法按学段拆分。"]


def test_pupils_that_disagree_between_two_rows_are_refused() -> None:
    rows = [*NINE_YEAR[:2], NINE_YEAR[2] | {"pupils_primary": 401}]
    assert problems(rows, N1="nine_year") == ["N1（全校）：小学学生数（401）与小学行（400）不一致。"]


def test_pupils_of_a_stage_that_the_kind_of_school_has_not_are_refused() -> None:
    rows = [*NINE_YEAR[:2], NINE_YEAR[2] | {"pupils_senior": 30}]
    assert problems(rows, N1="nine_year") == ["N1（全校）：这所学校的类型没有高中，却填了高中学生数。"]


@pytest.mark.parametrize(("pupils", "wrong"), [(600, False), (700, True), (400, True)])
def test_the_pupils_of_a_whole_school_are_those_of_its_stages(pupils: int, wrong: bool) -> None:
    rows = [*NINE_YEAR[:2], NINE_YEAR[2] | {"pupils": pupils}]
    if wrong:
        assert problems(rows, N1="nine_year") == [f"N1（全校）：在校学生数（{pupils}）与各学段之和（600）不一致。"]
    else:
        assert len(values(rows, N1="nine_year")) == 2


def test_the_pupils_of_a_twelve_year_school_may_count_the_senior_part_or_not() -> None:
    parts = {"pupils_primary": 400, "pupils_junior": 200, "pupils_senior": 100}
    for pupils in (600, 700):
        assert len(values([{"school": "T1", "stage": "whole", "pupils": pupils} | parts], T1="twelve_year")) == 2


def test_classes_of_a_whole_school_that_are_not_those_of_its_stages_are_refused() -> None:
    rows = [*NINE_YEAR[:2], NINE_YEAR[2] | {"classes": 14}]
    assert problems(rows, N1="nine_year") == ["N1（全校）：班级数（14）与各学段之和（15）不一致。"]


@pytest.mark.parametrize(
    ("parent", "sentence"),
    [("P09", "D1：学校表中没有所属学校“P09”，请补入或更正代码。"), ("D1", "D1：所属学校写成了自己，请更正或留空。")],
)
def test_a_point_whose_parent_school_is_not_there_is_refused_and_not_dropped(parent: str, sentence: str) -> None:
    schools = pd.DataFrame([{"code": "D1", "name": "", "kind": "point", "parent_school": parent}])
    with pytest.raises(TableError) as refused:
        resource_values(pd.DataFrame({"school": [], "stage": []}), schools, NATIONAL)
    assert refused.value.problems == [sentence]


def test_a_point_of_fifty_pupils_is_a_school_of_its_own_beside_its_parent() -> None:
    schools = pd.DataFrame(
        [
            {"code": "P01", "name": "", "kind": "primary", "parent_school": ""},
            {"code": "D1", "name": "", "kind": "point", "parent_school": "P01"},
        ]
    )
    rows = pd.DataFrame([{"school": code, "stage": "primary", "pupils": 60} for code in ("P01", "D1")])
    assert list(resource_values(rows, schools, NATIONAL)["school"]) == ["P01", "D1"]


def test_a_small_point_without_pupils_is_still_refused() -> None:
    assert problems([{"school": "D1", "stage": "primary", "pupils": 0}], D1="point") == [
        "D1（小学）：在校学生数为0，无法计算生均值。"
    ]


def test_every_problem_of_every_row_is_reported_at_once() -> None:
    rows = [
        {"school": "P01", "stage": "primary", "pupils": 0},
        {"school": "P02", "stage": "junior", "pupils": None},
        {"school": "P03", "stage": "primary", "pupils": 100},
    ]
    found = problems(rows, P01="primary", P02="primary")
    assert [problem[:3] for problem in found] == ["P03", "P01", "P02", "P02"]
