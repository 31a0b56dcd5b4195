"""What officials see while a round is open: slots that ended ten minutes before a mark, three new ones or none."""

from hypothesis import given
from hypothesis import strategies as st

from survey_app.watching.shown_counts import (
    LEAST,
    Arrival,
    Word,
    choose_word,
    list_steps,
    read_arrival,
    show_figure,
)


def show_count(arrivals: list[Arrival], mark: int) -> int:
    """The figure at a mark: 0, or LEAST and more."""
    return sum(n for _, n in list_steps(arrivals, mark))


arrivals = st.lists(st.builds(Arrival, st.integers(1, 60), st.integers(1, 4)), max_size=30)


def test_a_slot_is_taken_in_ten_minutes_after_it_ended() -> None:
    slot = read_arrival(100, 5, 40)
    assert slot.mark == 52  # ended at 101, ten minutes later is 103, the next mark is slot 104
    assert (show_count([slot], 51), show_count([slot], 52)) == (0, 5)


def test_a_batch_under_ten_codes_is_counted_by_the_hour() -> None:
    assert read_arrival(96, 3, 9).mark == 55


def test_two_new_ones_wait_for_a_third() -> None:
    found = [Arrival(10, 3), Arrival(20, 2), Arrival(30, 1)]
    assert [show_count(found, mark) for mark in (5, 6, 11, 15, 16)] == [0, 3, 3, 3, 6]


def test_with_few_codes_it_only_says_that_three_have_answered() -> None:
    assert show_figure([Arrival(1, 2)], 9, 99).word == Word.ISSUED
    shown = show_figure([Arrival(1, 7)], 9, 99)
    assert (shown.n, shown.recent, shown.word) == (LEAST, 0, Word.BEGUN)


def test_less_than_three_from_all_reads_nearly_complete_and_less_than_three_is_no_zero() -> None:
    assert [choose_word(n, 20) for n in (0, 3, 17, 18, 20, 21)] == [
        *(Word.FEW, Word.COUNT, Word.COUNT, Word.NEAR, Word.NEAR, Word.COUNT)
    ]


@given(arrivals, st.randoms(use_true_random=False))
def test_figures_grow_by_three_or_not_at_all_and_depend_on_no_order_and_no_memory(
    found: list[Arrival], random: object
) -> None:
    mixed = [*found]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    shown = [show_count(found, mark) for mark in range(40)]
    steps = [after - before for before, after in zip([0, *shown], shown, strict=False)]
    assert all(step == 0 or step >= LEAST for step in steps)
    assert shown == [show_count(mixed, mark) for mark in range(40)]
    known_then = [[step for step in found if step.mark <= mark] for mark in range(40)]
    assert shown == [show_count(known, mark) for mark, known in enumerate(known_then)]
    assert sum(step.n for step in found) - shown[-1] < LEAST
    assert sum(n for _, n in list_steps(found, 39)) == shown[-1]
