from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells.tallying import add_cells, joint_items, tally, valid_forms
from analysis.weights import design_weights
from questionnaires.paper import load_paper
from questionnaires.rule import count_by_papers, load_rule

RULE = load_rule("quality-2024")
PAPER = load_paper("student-2026")
FRAME = pd.DataFrame(
    {
        "group": "student",
        "unit": "P1",
        "class": ["1", "2", "3"],
        "population": 40,
        "invited": 40,
        "stage": "primary",
        "locale": "town",
        "township": "T1",
    }
)


def form(place="class/P1/1", everywhere=4, group="student", **answers):
    return {"group": group, "place": place, **dict.fromkeys(PAPER.item_ids, everywhere), **answers}


def forms_of(*forms):
    return pd.DataFrame(list(forms))


def cells_of(*forms):
    table = forms_of(*forms)
    return tally(table, PAPER, RULE, design_weights(FRAME, table, RULE))


def sums(cells, measure, psu="class/P1/1"):
    rows = cells[(cells["measure"] == measure) & (cells["psu"] == psu)]
    assert len(rows)
    return [float(rows[name].sum()) for name in ("n_forms", "n", "total", "total_sq")]


def test_an_item_counts_who_is_satisfied_among_who_knows():
    cells = cells_of(form(), form(quality_1=3), form(quality_1=2), form(quality_1=9), form(quality_1=0))
    assert sums(cells, "quality_1") == [5, 3, 2, 2]


def test_a_topic_is_the_forms_mean_over_its_answered_items():
    cells = cells_of(form(quality_1=2), form(quality_1=2, quality_2=9), form(quality_1=9, quality_2=0))
    assert sums(cells, "topic:quality") == [3, 2, 0.5, 0.25]


def test_the_headline_is_the_forms_mean_without_the_overall_item():
    cells = cells_of(form(overall=1), form(virtue_1=1, virtue_2=9))
    assert sums(cells, "headline") == pytest.approx([2, 2, 1 + 14 / 15, 1 + (14 / 15) ** 2])


def test_each_other_way_of_counting_has_a_measure_of_its_own():
    cells = cells_of(form(everywhere=3, virtue_1=9, overall=4))
    assert sums(cells, "headline")[2] == 1
    assert sums(cells, "headline|strict")[2] == 0
    assert sums(cells, "headline|score")[2] == 0.6
    assert sums(cells, "headline|unknown_as_not")[2] == 15 / 16
    assert sums(cells, "headline|unknown")[2] == 1 / 16
    assert sums(cells, "overall|strict")[2] == 1
    assert sums(cells, "overall|score")[2] == 0.8


def test_who_does_not_know_is_counted_among_all_who_marked_something():
    cells = cells_of(form(quality_1=9), form(), form(quality_1=0), form(overall=9))
    assert sums(cells, "quality_1|unknown") == [4, 3, 1, 1]
    assert sums(cells, "overall|unknown_as_not") == [4, 4, 3, 3]


def test_a_form_with_two_thirds_of_its_items_is_valid_and_not_knowing_is_an_answer():
    twelve = dict.fromkeys(PAPER.item_ids[:5], 0) | {PAPER.item_ids[5]: 9}
    eleven = dict.fromkeys(PAPER.item_ids[:6], 0)
    assert list(valid_forms(forms_of(form(**twelve), form(**eleven)), PAPER, RULE)) == [True, False]
    assert sums(cells_of(form(**twelve), form(**eleven)), "headline")[0] == 1


def test_a_selected_class_without_forms_stands_with_none():
    cells = cells_of(form())
    assert sums(cells, "headline", psu="class/P1/3") == [0, 0, 0, 0]
    assert set(cells["stratum_psus"]) == {3}


def test_a_form_from_a_place_without_codes_is_refused_by_name():
    places = design_weights(FRAME, forms_of(form()), RULE)
    with pytest.raises(ValueError, match="student/unit/P9"):
        tally(forms_of(form(place="unit/P9")), PAPER, RULE, places)


def test_flagged_forms_have_rows_of_their_own():
    forms = forms_of(form(), form(), form()).assign(flagged=[True, False, False])
    cells = tally(forms, PAPER, RULE, design_weights(FRAME, forms, RULE))
    headline = cells[(cells["measure"] == "headline") & (cells["psu"] == "class/P1/1")]
    assert headline.set_index("flagged")["n_forms"].to_dict() == {False: 2, True: 1}


def test_the_headline_has_a_row_for_every_value_a_form_has_and_one_for_those_without():
    nothing = dict.fromkeys(PAPER.item_ids, 9)
    cells = cells_of(form(), form(virtue_1=1), form(virtue_1=1), form(virtue_1=0), form(**nothing))
    rows = cells[(cells["measure"] == "headline") & (cells["psu"] == "class/P1/1")]
    assert rows[["y", "n_forms", "n", "total"]].fillna(-1).to_numpy().tolist() == [
        [15 / 16, 2, 2, 15 / 8],
        [1, 2, 2, 2],
        [-1, 1, 0, 0],
    ]
    assert cells[cells["measure"] == "quality_1"].y.isna().all()


def random_forms(seed, size):
    rng = np.random.default_rng(seed)
    codes = rng.choice([0, 1, 2, 3, 4, 5, 9], (size, len(PAPER.items)))
    places = rng.choice(["class/P1/1", "class/P1/2"], size)
    return pd.DataFrame(codes, columns=PAPER.item_ids).assign(group="student", place=places)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 40))
def test_the_tally_of_two_heaps_is_the_sum_of_their_tallies(seed, size, cut):
    forms = random_forms(seed, size)
    places = design_weights(FRAME, forms, RULE)
    parts = add_cells(*(tally(part, PAPER, RULE, places) for part in (forms[:cut], forms[cut:])))
    pd.testing.assert_frame_equal(parts, add_cells(tally(forms, PAPER, RULE, places)), check_dtype=False)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_the_order_of_forms_changes_no_bit(seed, size):
    forms = random_forms(seed, size)
    places = design_weights(FRAME, forms, RULE)
    turned = tally(forms[::-1], PAPER, RULE, places)
    pd.testing.assert_frame_equal(turned, tally(forms, PAPER, RULE, places), check_exact=True)


def test_sums_equal_those_of_a_loop_over_forms():
    forms = random_forms(7, 200)
    cells = tally(forms, PAPER, RULE, design_weights(FRAME, forms, RULE))
    valid = forms[valid_forms(forms, PAPER, RULE)]
    body = [item for item in PAPER.item_ids if item != "overall"]
    for psu, ending in product(["class/P1/1", "class/P1/2"], ["", "|unknown_as_not"]):
        values = []
        for answers in valid.loc[valid["place"] == psu, body].to_numpy():
            counted = [code for code in answers if code in (1, 2, 3, 4, 5) or (ending and code == 9)]
            values += [np.mean([code in (3, 4, 5) for code in counted])] if counted else []
        expected = [sum(valid["place"] == psu), len(values), sum(values), sum(v * v for v in values)]
        assert sums(cells, "headline" + ending, psu) == pytest.approx(expected)


def test_papers_of_one_round_must_ask_by_the_same_ids():
    other = PAPER.model_copy(update={"items": PAPER.items[1:]})
    assert joint_items((PAPER, load_paper("social-2026"))) == PAPER
    with pytest.raises(ValueError, match="题目编号"):
        joint_items((PAPER, other))


def test_what_a_paper_counts_goes_before_the_rules_list_and_the_rules_stays_beside_it():
    """Half of each form is 3: satisfied by the rule, not by the balanced paper of pupils, which parents do not have."""
    rule = count_by_papers(RULE, [load_paper("student-2027b")])
    half = dict.fromkeys(PAPER.item_ids[:8], 3)
    frame = pd.concat([FRAME, FRAME.assign(group="parent")], ignore_index=True)
    forms = forms_of(form(**half), form(**half, group="parent"), form(place="class/P1/2"))
    cells = tally(forms, PAPER, rule, design_weights(frame, forms, rule))

    def total(measure, group):
        return float(cells[(cells.measure == measure) & (cells.group == group)].total.sum())

    assert (total("headline", "student"), total("headline|by_rule", "student")) == (1.5, 2.0)
    assert (total("headline", "parent"), total("headline|by_rule", "parent")) == (1.0, 1.0)
    assert total("headline|strict", "student") == 1.5
    assert "headline|by_rule" not in set(tally(forms, PAPER, RULE, design_weights(frame, forms, RULE)).measure)
