"""Boundaries: every line is held unrounded, just above, just below and exactly on it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators.reported import Section
from analysis.standard import load_standard
from analysis.verdict.school_findings import JudgedSchool
from analysis.verdict.schools_rule import judge_school, school_limits
from tests.test_verdict import JUNIOR, PRIMARY, verdict_on

NATIONAL = load_standard("national-2017")
KEYS = [f"R{number}" for number in range(1, 8)]
SMALL = 1e-9


def judged(shares: dict[str, float], stage: str) -> JudgedSchool:
    """A school whose values are these shares of their thresholds, the others exactly at theirs."""
    limits = school_limits(NATIONAL, stage)
    values: dict[str, float | None] = {key: limit.value * shares.get(key, 1) for key, limit in limits.items()}
    section = Section(school="A", kind=stage, stage=stage, pupils=777.0, values=values)
    return judge_school(section, NATIONAL, limits)


stages = st.sampled_from(["primary", "junior"])
keys = st.sampled_from(KEYS)
pairs = st.lists(keys, min_size=2, max_size=2, unique=True)


@given(stages, pairs)
def test_five_of_seven_fail_whichever_two_are_at_ninety_nine_percent(stage: str, two: list[str]) -> None:
    school = judged(dict.fromkeys(two, 0.99), stage)
    assert (school.met, school.verdict) == (5, "not_met")


@given(stages, pairs)
def test_five_of_seven_fail_however_little_the_other_two_lack(stage: str, two: list[str]) -> None:
    assert judged(dict.fromkeys(two, 1 - SMALL), stage).verdict == "not_met"


@given(stages, keys)
def test_six_of_seven_turn_at_eighty_five_percent_and_nowhere_else(stage: str, key: str) -> None:
    verdicts = [judged({key: share}, stage).verdict for share in (0.849, 0.85 - SMALL, 0.85, 0.85 + SMALL, 1)]
    assert verdicts == ["not_met", "not_met", "met", "met", "met"]


@given(stages, keys, st.floats(1e-9, 0.004))
def test_a_value_that_would_round_up_to_its_line_is_below_it(stage: str, key: str, lacking: float) -> None:
    school = judged({key: 1 - lacking}, stage)
    assert [each.indicator for each in school.short] == [key]


@given(st.integers(1, 5000), keys)
def test_a_school_exactly_on_its_lines_is_met_whatever_its_size(pupils: int, key: str) -> None:
    measure = NATIONAL.indicators[key].measure
    assert measure
    line = NATIONAL.threshold(key, "primary").value
    assert NATIONAL.threshold(key, "primary").holds(measure.per * (line * pupils / measure.per) / pupils)


@pytest.mark.parametrize(("stage", "row", "limit"), [("primary", PRIMARY, 0.5), ("junior", JUNIOR, 0.45)])
@pytest.mark.parametrize(("above", "verdict"), [(-SMALL, "met"), (0, "met"), (SMALL, "not_met")])
def test_a_variation_is_met_up_to_exactly_its_limit(
    stage: str, row: dict[str, Any], limit: float, above: float, verdict: str
) -> None:
    cv = limit + above
    twin = row | {"school": f"{row['school'][0]}02", "multimedia_rooms": row["multimedia_rooms"] * (1 + cv) / (1 - cv)}
    judgement = verdict_on(schools=[*({"P01": PRIMARY, "J01": JUNIOR}.values()), twin])
    found = judgement["dimensions"]["resources"]["indicators"]["R7"][stage]
    assert found["cv"] == pytest.approx(cv, abs=1e-12)
    assert found["cv_verdict"] == verdict


@given(st.integers(1, 400), st.integers(0, 40))
def test_rooms_are_enough_exactly_when_none_serves_more_than_twelve_classes(classes: int, rooms: int) -> None:
    judgement = verdict_on(schools=[PRIMARY | {"classes": classes, "music_rooms": rooms}, JUNIOR])
    music = judgement["dimensions"]["guarantee"]["indicators"]["G3"]["parts"][0]
    assert (music["verdict"] == "met") == (12 * rooms >= classes)
