"""A damaged file is read as what it was, or refused with sentences that mend it in one try."""

from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from survey_app.frame.sheets import SheetError
from tests.damages import BASES, BENIGN, FORMS, HARMFUL, Book, mend, read

WORKBOOK_ONLY = {"merged", "two_sheets", "notes_sheet", "stray", "literal_percent"}
UNHURRIED = settings(
    deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck), derandomize=True
)


def make(base: str, seed: int) -> Book:
    return BASES[base](Random(seed))


def in_order(table: pd.DataFrame) -> list[list[str]]:
    """The rows as texts, whatever their order: columns may be shuffled, rows of two sheets joined."""
    return sorted([[str(value) for value in row] for row in table.to_numpy().tolist()])


def check(base: str, seed: int, benign: list, form, harm) -> bool:
    """Whether the damaged file came in without an edit; fails where it came in as anything else than the truth."""
    truth = in_order(read(make(base, seed)))
    book = make(base, seed)
    random = Random(seed)
    if harm:
        harm(book, random)
    whole = book.form == "csv" or form is not None
    for damage in sorted(set(benign), key=BENIGN.index):
        fits = harm is None or damage.__name__ in ("notes_sheet", "stray")
        if fits and not (whole and damage.__name__ in WORKBOOK_ONLY):
            damage(book, random)
    if form and book.form == "xlsx" and not (book.hidden or book.merged or book.split or book.formats):
        form(book, random)
    try:
        assert in_order(read(book)) == truth
    except SheetError as error:
        mend(book, error.problems)
        assert in_order(read(book)) == truth
        return False
    return True


def some_bases(number: int) -> list[str]:
    """Every fourth table, from another one on for each damage: `make soak` draws all pairs."""
    return sorted(BASES)[number % 4 :: 4]


USUAL = [*BENIGN, *FORMS]


@pytest.mark.parametrize("damage", USUAL, ids=lambda damage: damage.__name__)
def test_each_usual_damage_alone_changes_nothing(damage) -> None:
    form = damage if damage in FORMS else None
    for base in some_bases(USUAL.index(damage)):
        assert check(base, 1, [] if form else [damage], form, None), base


@pytest.mark.parametrize("harm", HARMFUL, ids=lambda harm: harm.__name__)
def test_each_error_is_refused_and_mended_in_one_try_by_its_sentence(harm) -> None:
    for base in some_bases(HARMFUL.index(harm)):
        assert not check(base, 2, [], None, harm) or (base == "answers" and harm.__name__ == "twice")


def draw(seed: int) -> bool:
    """One damaged file: any table, up to three usual damages, any form, and in one of seven an error."""
    random = Random(seed)
    return check(
        random.choice(sorted(BASES)),
        seed,
        random.sample(BENIGN, random.randint(0, 3)),
        random.choice([None, *FORMS]),
        random.choice(HARMFUL) if random.random() < 1 / 7 else None,
    )


def run(examples: int) -> None:
    came_in: list[bool] = []

    @settings(UNHURRIED, max_examples=examples)
    @given(seed=st.integers(0, 10**9))
    def drawing(seed: int) -> None:
        came_in.append(draw(seed))

    drawing()
    assert len(came_in) >= examples
    assert sum(came_in) >= 0.8 * len(came_in)


def test_no_draw_of_damages_differs_silently_from_the_truth() -> None:
    run(30)


@pytest.mark.soak
def test_no_draw_of_many_damages_differs_silently_from_the_truth() -> None:
    run(3_000)
