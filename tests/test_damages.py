"""A damaged file is read as what it was, or refused with sentences that mend it in one try."""

from functools import cache
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from survey_app.frame.sheets import SheetError, Upload
from tests.damages import (
    BASES,
    BENIGN,
    FORMS,
    HARMFUL,
    OFFICE_FORMS,
    Book,
    has_calc,
    mend,
    read,
    save_by_libreoffice,
    write,
)

DIFFERENT = 10  # tables of each base; every one is damaged in many ways
PARTS = range(4)
SAVED = Path(__file__).parent / "data" / "libreoffice"  # by LibreOffice 7.4, each named by its draw
WORKBOOK_ONLY = {"merged", "two_sheets", "notes_sheet", "stray", "literal_percent"}
UNHURRIED = settings(
    deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck), derandomize=True
)


def make(base: str, seed: int) -> Book:
    return BASES[base](Random(seed))


@cache
def read_truth(base: str, number: int) -> list[list[str]]:
    """What the undamaged table holds, read once for all draws of it."""
    return in_order(read(make(base, number)))


def in_order(table: pd.DataFrame) -> list[list[str]]:
    """The rows as texts, whatever their order: columns may be shuffled, rows of two sheets joined."""
    return sorted([[str(value) for value in row] for row in table.to_numpy().tolist()])


def damage_table(base: str, seed: int, benign: list, form, harm) -> Book:
    """The table with an error, if any, with usual damages in the order in which they happen, in another form."""
    book = make(base, seed % DIFFERENT)
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
    return book


def check(base: str, seed: int, benign: list, form, harm) -> bool:
    """Whether the damaged file came in without an edit; fails where it came in as anything else than the truth."""
    truth = read_truth(base, seed % DIFFERENT)
    book = damage_table(base, seed, benign, form, harm)
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


def choose(seed: int, forms: list) -> tuple:
    """Any table, up to three usual damages, any form, and in one of seven an error."""
    random = Random(seed)
    return (
        random.choice(sorted(BASES)),
        seed,
        random.sample(BENIGN, random.randint(0, 3)),
        random.choice([None, *forms]),
        random.choice(HARMFUL) if random.random() < 1 / 7 else None,
    )


def run(examples: int, seeds: st.SearchStrategy[int]) -> list[bool]:
    """Which draws came in without an edit: each one that holds no error."""
    came_in: list[bool] = []

    @settings(UNHURRIED, max_examples=examples)
    @given(seed=seeds)
    def drawing(seed: int) -> None:
        *usual, harm = choose(seed, list(FORMS))
        came_in.append(check(*usual, harm))
        assert came_in[-1] or harm

    drawing()
    assert len(came_in) >= examples
    return came_in


@pytest.mark.parametrize("part", PARTS)
def test_no_draw_of_200_damages_differs_silently_from_the_truth(part: int) -> None:
    """One in seven holds an error, so that four in five come in as they are: counted in the long run."""
    run(50, st.integers(part * 10**6, part * 10**6 + 999_999))


@pytest.mark.soak
def test_no_draw_of_many_damages_differs_silently_from_the_truth() -> None:
    came_in = run(3_000, st.integers(10**7, 10**9))
    assert sum(came_in) >= 0.8 * len(came_in)


def office_kind(book: Book) -> str:
    """The form in which an office saves it; a text keeps one worksheet, whose cells are all seen and alone."""
    whole = book.split or book.hidden or book.merged or book.formats or book.notes_sheet or book.far
    return OFFICE_FORMS[len(book.rows) % 3] if whole else OFFICE_FORMS[len(book.rows) % 4]


def read_saved(books: dict[int, Book]) -> dict[int, list[list[str]] | SheetError]:
    """What is read of each workbook once LibreOffice has opened and saved it."""
    found: dict[int, list[list[str]] | SheetError] = {}
    for form in OFFICE_FORMS:
        of_form = {seed: book for seed, book in books.items() if office_kind(book) == form}
        saved = save_by_libreoffice({str(seed): write(book).content for seed, book in of_form.items()}, form)
        for seed, book in of_form.items():
            try:
                found[seed] = in_order(read(book, saved[str(seed)]))
            except SheetError as error:
                found[seed] = error
    return found


def draw_saved(seeds: range) -> None:
    """As the other draws, each file saved by LibreOffice: what is refused is mended by its sentences and saved anew."""
    books: dict[int, Book] = {}
    truth: dict[int, list[list[str]]] = {}
    for seed in seeds:
        chosen = choose(seed, [])
        book = damage_table(*chosen)
        if book.form == "xlsx":
            books[seed] = book
            truth[seed] = read_truth(chosen[0], seed % DIFFERENT)
    found = read_saved(books)
    refused = {seed: error for seed, error in found.items() if isinstance(error, SheetError)}
    assert len(refused) <= 0.2 * len(books)
    for seed, error in refused.items():
        mend(books[seed], error.problems)
    assert found | read_saved({seed: books[seed] for seed in refused}) == truth


STORED = sorted(SAVED.iterdir(), key=lambda path: int(path.stem))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_a_file_that_libreoffice_saved_is_read_as_it_was_or_mended_by_its_sentence(path: Path) -> None:
    chosen = choose(int(path.stem), [])
    truth = read_truth(chosen[0], int(path.stem) % DIFFERENT)
    book = damage_table(*chosen)
    try:
        assert in_order(read(book, Upload(name=path.name, content=path.read_bytes()))) == truth
    except SheetError as error:
        mend(book, error.problems)
        assert in_order(read(book)) == truth


@pytest.mark.soak
@pytest.mark.skipif(not has_calc(), reason="LibreOffice Calc is not installed: apt-get install libreoffice-calc-nogui")
def test_many_files_that_libreoffice_saved_are_read_as_they_were() -> None:
    draw_saved(range(10_000, 10_600))
