"""The course of a round: where it ends lies between the two ends in eight of ten rounds, from the second day on."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.return_curve import Days, Span, expect_by_now, expect_end, split_days
from tests.simulated_rounds import KINDS, OPENS_AT, Simulated, simulate

LOOKS = (24, 36, 48, 60, 72, 96)
"""Hours since the opening, from the beginning of the second day."""


def look(held: Simulated, at: int) -> Days:
    return split_days(held.by_hour[:at], at, len(held.by_hour), OPENS_AT)


def inside(span: Span, number: float) -> bool:
    return span.low <= number <= span.high


def ends_inside(rounds: Sequence[Simulated], at: int) -> list[bool]:
    return [inside(expect_end(look(held, at), held.invited), held.forms) for held in rounds if at < len(held.by_hour)]


def hold_rounds(number: int) -> dict[str, list[Simulated]]:
    rng = np.random.default_rng(2026)
    return {kind: [simulate(rng, kind) for _ in range(number)] for kind in KINDS}


def test_in_simulated_rounds_the_interval_covers_the_end_in_eight_of_ten_from_the_second_day() -> None:
    rounds = [held for some in hold_rounds(30).values() for held in some]
    found = [hit for at in LOOKS for hit in ends_inside(rounds, at)]
    assert 0.76 <= np.mean(found) <= 0.88


@pytest.mark.soak
def test_so_it_does_at_every_hour_and_nearly_whatever_happens_to_a_round() -> None:
    rounds = hold_rounds(150)
    every = [held for some in rounds.values() for held in some]
    by_hour = {at: float(np.mean(ends_inside(every, at))) for at in LOOKS}
    by_kind = {
        kind: float(np.mean([hit for at in LOOKS for hit in ends_inside(some, at)])) for kind, some in rounds.items()
    }
    print(by_hour, by_kind)
    assert 0.78 <= np.mean([*by_hour.values()]) <= 0.86
    assert min(by_hour.values()) >= 0.74
    assert min(by_kind.values()) >= 0.7


def test_what_is_usual_by_now_covers_eight_of_ten_rounds_that_end_there() -> None:
    rounds = [held for some in hold_rounds(10).values() for held in some]
    found = [
        inside(expect_by_now(look(held, at), held.forms), sum(held.by_hour[:at]))
        for held in rounds
        for at in (12, 24, 48, 72)
    ]
    assert np.mean(found) >= 0.8


def test_the_interval_narrows_as_days_pass() -> None:
    rounds = hold_rounds(6)["steady"]
    widths = []
    for at in (24, 48, 72):
        spans = [(expect_end(look(held, at), held.invited), held.forms) for held in rounds]
        widths.append(float(np.median([(span.high - span.low) / forms for span, forms in spans])))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.35


def test_a_falling_course_is_not_drawn_on_as_a_line() -> None:
    days = Days(passed=[1, 1], forms=[1000, 500], left=[0, 1, 1])
    straight = 1500 + 2 * 500
    assert expect_end(days, 9999).middle < straight


def test_nobody_is_expected_beyond_those_with_codes_and_none_that_came_is_lost() -> None:
    days = Days(passed=[1], forms=[900], left=[0, 1, 1, 1])
    assert expect_end(days, 1000).high == 1000
    assert expect_end(days, 800) == Span(low=900, middle=900, high=900)


def test_at_the_end_of_the_window_the_end_is_what_came() -> None:
    days = split_days([10] * 48, 48, 48, OPENS_AT)
    assert expect_end(days, 999) == Span(low=480, middle=480, high=480)
    assert expect_by_now(days, 480) == Span(low=480, middle=480, high=480)


def test_without_a_form_nothing_is_known_of_the_end() -> None:
    assert expect_end(split_days([0] * 30, 30, 100, OPENS_AT), 500) == Span(low=0, middle=0, high=500)


def test_before_the_first_hour_nothing_is_usual_yet() -> None:
    assert expect_by_now(split_days([], 0, 100, OPENS_AT), 500).high == 0


def test_the_same_counts_give_the_same_interval() -> None:
    days = Days(passed=[1, 0.5], forms=[300, 90], left=[0.5, 1])
    assert expect_end(days, 999) == expect_end(days, 999)


@pytest.mark.parametrize("forms", [[0, 0, 5], [1, 0, 0], [5000, 0, 1]])
def test_days_without_a_form_are_days_like_others(forms: list[int]) -> None:
    span = expect_end(Days(passed=[1, 1, 1], forms=forms, left=[0, 1]), 9999)
    assert sum(forms) <= span.low <= span.middle <= span.high
    assert span.middle < sum(forms) + max(forms)


def test_hours_of_the_clock_are_learnt_from_the_round() -> None:
    evening = [0] * 10 + [100] * 2 + [0] * 12
    usual = split_days([], 40, 48, OPENS_AT)
    learnt = split_days(evening + [0] * 16, 40, 48, OPENS_AT)
    assert learnt.left[-1] < usual.left[-1]
