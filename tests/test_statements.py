"""Rule 4: what a statement or a printed rate leaves open of any unit, tried in whole numbers."""

from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.disclosure.statements import (
    Answers,
    is_hidden,
    least_told,
    outweighs_others,
    state_item,
    state_topic,
    state_unknown,
)

sizes = st.lists(st.integers(10, 60), min_size=2, max_size=5)


def answers(n: int, discontented: int) -> Answers:
    return Answers(answered=n, satisfied=n - discontented)


@given(sizes, st.data())
def test_whatever_is_told_of_an_item_each_units_count_stays_open(units: list[int], data: st.DataObject) -> None:
    whole = sum(units)
    assume(not any(outweighs_others(size, whole) for size in units))
    discontented = data.draw(st.integers(0, whole))
    least = least_told(units)
    told = state_item(answers(whole, discontented), least)
    for size in units:
        if told.rate is not None:
            ends = max(0, discontented - (whole - size)), min(size, discontented)
            assert ends[1] - ends[0] >= size / 10
        else:
            assert min(size, least - 1) >= 2


@given(st.integers(10, 2000), st.data())
def test_a_statement_is_true_and_the_same_for_every_count_that_it_hides(n: int, data: st.DataObject) -> None:
    least = data.draw(st.integers(3, max(3, n // 4)))
    told = {state_item(answers(n, count), least) for count in range(least)}
    assert len(told) == 1
    [figure] = told
    for count in range(least):
        assert figure.span[0] <= 1 - count / n <= figure.span[1]


def test_a_statement_as_the_report_says_it() -> None:
    assert state_item(answers(120, 0), 3).at_least == 0.975
    assert state_item(answers(120, 118), 3).at_most == 0.025
    assert state_item(answers(120, 3), 3).rate == 0.975


@given(st.integers(20, 300), st.integers(0, 20), st.integers(0, 20))
def test_a_topic_beside_one_told_item_does_not_tell_the_other(n: int, first: int, second: int) -> None:
    """Two items that everyone answered: the topic's sum is half of theirs."""
    items = [answers(n, first), answers(n, second)]
    topic = Answers(answered=n, satisfied=n - (first + second) / 2)
    told = state_topic(topic, items, 3)
    hidden = [is_hidden(item.dissatisfied, 3) or is_hidden(item.satisfied, 3) for item in items]
    assert (told.rate is None) == any(hidden)
    if any(hidden):
        assert told.span[0] <= topic.satisfied / n <= told.span[1]


def test_nobody_who_does_not_know_is_a_bound_too() -> None:
    counts = Answers(answered=100, satisfied=90, marked=100, unknown=0)
    assert state_unknown(counts, 3).at_most == 0.03
    assert state_unknown(counts, 3).rate is None
