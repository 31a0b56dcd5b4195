"""Millions of rows are numbered, sorted and counted in parts, and come to what they came to as a whole."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from analysis import many_rows
from analysis.cells import tallying
from analysis.estimate import domains, weighted_share
from analysis.integrity import form_answers
from analysis.integrity.checking import check_integrity
from analysis.many_rows import number_rows, take_rows
from analysis.weights import design_weights
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.vocabulary import Group, Mode
from survey_app.answering.box import SealedForm
from survey_app.closing.opened_forms import OpenedForms

PAPER = load_paper("student-2026")
RULE = load_rule("quality-2024")


def draw_forms() -> pd.DataFrame:
    """Thirty classes with every kind of form: blank ones, copies, constants, and a class that says one thing."""
    rng = np.random.default_rng(5)
    codes = rng.choice([0, 1, 2, 3, 4, 5, 9], (1500, len(PAPER.items)), p=[0.05, 0.02, 0.03, 0.1, 0.3, 0.45, 0.05])
    codes[rng.random(1500) < 0.03, 4:] = 0
    place = rng.integers(0, 30, 1500)
    codes[place == 3] = codes[0]
    codes[place == 4] = 2
    forms = pd.DataFrame(codes.astype(np.uint8), columns=list(PAPER.item_ids))
    return forms.assign(group="student", place=[f"class/P{number}/1" for number in place])


def places_of(forms: pd.DataFrame) -> pd.DataFrame:
    owners = number_rows(forms, ["group", "place"]).values
    frame = owners.assign(
        level="class", unit=owners.place, township="", locale="town", stage="primary", population=60, invited=60
    )
    return design_weights(frame.assign(**{"class": "1"}), forms, RULE)


def test_checks_and_cells_are_the_same_to_the_last_bit_however_small_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = draw_forms()
    places = places_of(forms)
    found = []
    for size in (100_000, 70):
        monkeypatch.setattr(many_rows, "TOGETHER", size)
        monkeypatch.setattr(form_answers, "TOGETHER", size)
        found.append((check_integrity(forms, places, PAPER, RULE), tallying.tally(forms, PAPER, RULE, places)))
    (whole, cells), (in_parts, cells_in_parts) = found
    assert whole.findings
    assert whole.flagged.tolist() == in_parts.flagged.tolist()
    assert (whole.checks, whole.findings) == (in_parts.checks, in_parts.findings)
    pd.testing.assert_frame_equal(cells, cells_in_parts, check_exact=True)


def test_rows_are_numbered_as_groupby_numbers_them_whatever_the_columns_are() -> None:
    forms = draw_forms()[["group", "place"]].assign(flagged=lambda table: table.place.str.endswith("7/1"))
    numbers = forms.groupby(["group", "place", "flagged"], sort=True).ngroup().tolist()
    turned = pd.Categorical(forms.place, categories=sorted(set(forms.place), reverse=True))
    for table in (forms, forms.assign(place=turned)):
        found = number_rows(table, ["group", "place", "flagged"])
        assert found.of.tolist() == numbers
        assert found.values.astype({"place": object}).take(found.of).to_numpy().tolist() == forms.to_numpy().tolist()


def test_what_stands_first_is_taken_without_a_copy_and_what_does_not_is_taken_too() -> None:
    table = pd.DataFrame({"code": np.arange(6, dtype=np.uint8)})
    first = take_rows(table, np.array([True] * 4 + [False] * 2))
    assert np.shares_memory(first.code.to_numpy(), table.code.to_numpy())
    assert take_rows(table, np.array([False, True] * 3)).code.tolist() == [1, 3, 5]


def test_forms_with_enough_answers_are_put_first_and_none_changes() -> None:
    opened = OpenedForms(3)
    sealed = [("500", 7), ("555", 8), ("540", 9), ("000", 10), ("123", 11)]
    for answers, place in sealed:
        opened.add(SealedForm(group=Group.PARENT, place=place, paper=f"p{place % 2}", answers=answers, mode=Mode.PHONE))
    opened.put_first(2)
    places, codes = opened.as_codes()
    assert sorted((codes != 0).sum(axis=1).tolist()[:3]) == [2, 3, 3]
    kept = sorted((form.answers, form.place, form.paper) for form in opened.keyed())
    assert kept == sorted((answers, place, f"p{place % 2}") for answers, place in sealed)
    assert dict(zip(places.tolist(), codes[:, 0].tolist(), strict=True)) == {7: 5, 8: 5, 9: 5, 10: 0, 11: 1}


def test_forms_are_written_in_the_order_of_their_keys() -> None:
    opened = OpenedForms(1)
    for place in range(700):
        opened.add(SealedForm(group=Group.PARENT, place=place, paper="p", answers="5"))
    keyed = list(opened.keyed())
    assert [form.key for form in keyed] == sorted(form.key for form in keyed)
    assert [form.place for form in keyed] != sorted(form.place for form in keyed)


def test_a_form_more_takes_the_checks_no_more_than_36_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_rows, "TOGETHER", 2_000)
    monkeypatch.setattr(form_answers, "TOGETHER", 2_000)
    few = draw_forms().astype({"group": "category", "place": "category"})
    places = places_of(few)
    peaks = []
    for times in (16, 32):
        owners = pd.concat([few[["group", "place"]]] * times, ignore_index=True)
        codes = np.tile(few[list(PAPER.item_ids)].to_numpy(), (times, 1))
        forms = pd.concat([owners, pd.DataFrame(codes, columns=list(PAPER.item_ids), copy=False)], axis=1)
        tracemalloc.start()
        check_integrity(forms, places, PAPER, RULE)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (16 * len(few)) <= 36


def test_measures_are_estimated_the_same_to_the_last_bit_however_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = draw_forms()
    cells = tallying.tally(forms, PAPER, RULE, places_of(forms)).assign(town=lambda table: table.place.str[-3:])
    twins = pd.concat(
        [cells, cells.assign(group="parent", stratum="b", psu="", stratum_psus=5000.0)], ignore_index=True
    )
    margins = {"town": dict.fromkeys(sorted(set(cells.town)), 40.0)}
    found = []
    for size in (100_000, 70):
        monkeypatch.setattr(domains, "TOGETHER", size)
        found.append((weighted_share(twins), weighted_share(cells, margins=margins)))
    for whole, in_parts in zip(*found, strict=True):
        assert whole.measure.nunique() > 20
        pd.testing.assert_frame_equal(whole, in_parts, check_exact=True)
