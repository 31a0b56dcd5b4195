"""School years: two consecutive years and nothing else, compared as years."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.school_year import SchoolYear, SchoolYearError


@given(st.integers(1900, 2098))
def test_a_school_year_reads_back_as_it_is_written(first: int) -> None:
    year = SchoolYear.parse(f"{first}-{first + 1}")
    assert str(year) == f"{first}-{first + 1}"
    assert SchoolYear.parse(str(year)) == year


@pytest.mark.parametrize(
    "text",
    ["abc", "", "2025", "2025-2027", "2026-2025", "2025-2025", "25-26", "2025/2026", "2025-2026x", "２０２５-2026"],
)
def test_whatever_names_no_school_year_is_refused_in_one_sentence_that_shows_it(text: str) -> None:
    with pytest.raises(SchoolYearError) as refused:
        SchoolYear.parse(text)
    sentence = str(refused.value)
    assert "2025-2026" in sentence
    assert f"“{text}”" in sentence
    assert sentence.count("。") == 1


@given(st.integers(1900, 2098), st.integers(1900, 2098))
def test_school_years_are_ordered_as_years(early: int, late: int) -> None:
    assert (SchoolYear(early) < SchoolYear(late)) == (early < late)


def test_the_year_before_ends_where_this_one_begins() -> None:
    assert str(SchoolYear.parse("2025-2026").before) == "2024-2025"
