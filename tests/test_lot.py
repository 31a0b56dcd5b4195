"""Lots: anybody with SHA-256 draws the same list again, and every unit has the chance that is said."""

from collections import Counter
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from analysis.sample.lot import Lot, certain_by_size, draw_by_size, steps
from questionnaires.vocabulary import DrawnUnit

SIZES = st.lists(st.integers(1, 60), min_size=2, max_size=12)


def test_a_lot_is_the_sum_of_six_texts_parted_by_line_feeds():
    lot = Lot(seed="20261126", group="parent", stratum="1-3/town", stage=DrawnUnit.CLASS)
    text = "20261126\nparent\n1-3/town\nclass\nP01\n三年级1班"
    assert lot.number("P01", "三年级1班") == int(sha256(text.encode()).hexdigest(), 16)


@given(st.integers(1, 40), st.data())
def test_a_systematic_draw_takes_every_place_equally_often_and_none_twice(size, data):
    drawn = data.draw(st.integers(1, size))
    taken = Counter()
    for start in range(size):
        places = steps(start, size, drawn)
        assert len(set(places)) == drawn
        taken.update(places)
    assert set(taken.values()) == {drawn}
    assert len(taken) == size


@given(SIZES, st.data())
def test_a_draw_by_size_takes_each_unit_in_proportion_to_its_size(sizes, data):
    drawn = data.draw(st.integers(1, len(sizes)))
    certain = certain_by_size(sizes, drawn)
    rest = [size for place, size in enumerate(sizes) if place not in certain]
    left = drawn - len(certain)
    if not left:
        return
    taken = Counter()
    for start in range(sum(rest)):
        places = draw_by_size(start, rest, left)
        assert len(set(places)) == left
        taken.update(places)
    assert [taken[place] for place in range(len(rest))] == [left * size for size in rest]


@given(SIZES, st.data())
def test_only_units_too_large_for_their_chance_are_certain(sizes, data):
    drawn = data.draw(st.integers(1, len(sizes)))
    certain = certain_by_size(sizes, drawn)
    left = drawn - len(certain)
    rest = sum(size for place, size in enumerate(sizes) if place not in certain)
    assert len(certain) <= drawn
    assert all(left * size < rest for place, size in enumerate(sizes) if place not in certain) or not left
