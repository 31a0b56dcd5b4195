"""What-ifs: who drives a coefficient of variation, and what lifting schools to the threshold would make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators import coefficient_of_variation
from analysis.indicators.reported import Section
from analysis.standard import load_standard
from analysis.verdict.school_findings import JudgedSchool
from analysis.verdict.schools_rule import judge_school
from analysis.verdict.whatif import variation_drivers, what_if

NATIONAL = load_standard("national-2017")
PUPILS = [45, 37, 89, 76, 55]
BOOKS = [279, 137, 935, 160, 402]


def schools_with(*values: float | None, pupils: float = 100) -> list[JudgedSchool]:
    limits = {"R7": NATIONAL.threshold("R7", "primary")}
    sections = (
        Section(school=f"P{number}", kind="primary", stage="primary", pupils=pupils, values={"R7": value})
        for number, value in enumerate(values, 1)
    )
    return [judge_school(section, NATIONAL, limits) for section in sections]


def test_the_parts_of_the_five_schools_are_their_shares_of_the_weighted_variance() -> None:
    value = [books / pupils for books, pupils in zip(BOOKS, PUPILS, strict=True)]
    parts = variation_drivers(value, PUPILS)
    mean = sum(BOOKS) / sum(PUPILS)
    by_hand = 89 * (935 / 89 - mean) ** 2 / sum(p * (x - mean) ** 2 for p, x in zip(PUPILS, value, strict=True))
    assert parts[2] == pytest.approx(by_hand)
    assert max(parts) == parts[2]


schools = st.lists(st.tuples(st.floats(0.1, 100), st.integers(1, 3000)), min_size=1, max_size=20)


@given(schools)
def test_the_parts_add_up_to_the_whole(found: list[tuple[float, int]]) -> None:
    parts = variation_drivers([x for x, _ in found], [p for _, p in found])
    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(1) or sum(parts) == 0


def test_lifting_every_school_below_the_line_is_computed_and_not_guessed() -> None:
    found = what_if("R7", "primary", schools_with(0.5, 1.0, 2.3, 9.2), NATIONAL)
    assert found is not None
    again = coefficient_of_variation([2.3, 2.3, 2.3, 9.2], [100] * 4)
    assert (found.all_lifted.mean, found.all_lifted.cv) == (again.mean, again.cv)
    assert set(found.all_lifted.lifted) == {"P1", "P2"}
    assert found.now.cv == coefficient_of_variation([0.5, 1.0, 2.3, 9.2], [100] * 4).cv


def test_as_few_schools_are_lifted_as_bring_it_within_the_limit_the_greatest_driver_first() -> None:
    found = what_if("R7", "primary", schools_with(0.2, 1.9, 2.3, 4.0, 4.2), NATIONAL)
    assert found is not None
    assert found.now.verdict == "not_met"
    assert (found.drivers_lifted.lifted, found.drivers_lifted.verdict) == (("P1",), "met")


def test_nothing_needs_lifting_where_the_variation_is_within_its_limit() -> None:
    found = what_if("R7", "primary", schools_with(2.0, 2.3), NATIONAL)
    assert found is not None
    assert found.drivers_lifted == found.now


def test_a_school_far_above_the_others_cannot_be_mended_by_lifting() -> None:
    found = what_if("R7", "primary", schools_with(2.0, 2.3, 2.3, 2.3, 40.0), NATIONAL)
    assert found is not None
    assert (found.drivers[0].school, found.drivers[0].below) == ("P5", False)
    assert found.drivers_lifted == found.all_lifted
    assert found.all_lifted.verdict == "not_met"


def test_there_is_no_what_if_without_schools_or_with_a_value_missing() -> None:
    assert what_if("R7", "primary", [], NATIONAL) is None
    assert what_if("R7", "primary", schools_with(1.0, None), NATIONAL) is None


def test_schools_that_all_have_nothing_have_no_variation_and_can_be_lifted() -> None:
    found = what_if("R7", "primary", schools_with(0.0, 0.0), NATIONAL)
    assert found is not None
    assert (found.now.cv, found.now.verdict, found.all_lifted.cv) == (None, "undetermined", 0.0)
