"""Places joined on answered forms: enough in each, every person spoken for once, f as it was, nothing done in vain."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.estimate import weighted_share
from analysis.places import partition, place_forms
from analysis.recognition.measuring import measure_survey
from analysis.sample import Design, complete_design
from analysis.weights import design_weights
from analysis.weights.joining import Joined, join_places, move_forms
from questionnaires.rule import load_papers, load_rule

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
COLUMNS = ["group", "unit", "class", "township", "stage", "locale", "population", "invited"]


def classes(group: str, came: dict[str, list[int]], spare: int = 1, township: str = "T1") -> pd.DataFrame:
    """Schools with drawn classes of twenty, `spare` more of each school in the frame alone; `came` forms of each."""
    rows = []
    for unit, forms in came.items():
        for number in range(len(forms) + spare):
            drawn = number < len(forms)
            row = (group, unit, f"{number + 1}班", township, "primary", "town", 20, 20 * drawn)
            rows.append((*row, forms[number] if drawn else 0))
    return pd.DataFrame(rows, columns=[*COLUMNS, "came"])


def persons(group: str, came: dict[str, int], township: str = "T1") -> pd.DataFrame:
    rows = [(group, unit, "", township, "primary", "town", 40, 20, forms) for unit, forms in came.items()]
    return pd.DataFrame(rows, columns=[*COLUMNS, "came"])


def forms_of(frame: pd.DataFrame) -> pd.DataFrame:
    forms = frame.loc[frame.index.repeat(frame.came), ["group", "unit", "class"]].reset_index(drop=True)
    codes = np.random.default_rng(5).choice([1, 2, 3, 4, 5, 5, 5], (len(forms), len(ITEMS)))
    return pd.concat([forms, pd.DataFrame(codes, columns=ITEMS)], axis=1)


def weigh(frame: pd.DataFrame) -> pd.DataFrame:
    """The fine places as a close weighs them."""
    table = frame.reset_index(drop=True)
    places = partition(table.drop(columns="came"), RULE)
    return design_weights(places.assign(listed_as=places.group), forms_of(table), RULE, design_of(frame))


def design_of(frame: pd.DataFrame) -> Design:
    return complete_design(None, frame.reset_index(drop=True).drop(columns="came"), RULE.id)


def join(frame: pd.DataFrame) -> Joined:
    return join_places(weigh(frame), PAPERS, RULE, design_of(frame))


def counts(joined: Joined) -> "pd.Series[int]":
    drawn = joined.drawn[joined.drawn.invited > 0]
    return drawn.groupby(["group", "place"]).forms.first()


def test_classes_of_a_school_are_joined_and_a_short_school_with_the_next_whole() -> None:
    joined = join(classes("student", {"A": [6, 7, 12, 4], "B": [3], "C": [5, 14]}))
    assert counts(joined).to_dict() == {
        ("student", "class/A/1班~2班"): 13,
        ("student", "class/A/3班~4班"): 16,
        ("student", "class/B/1班~C/2班"): 22,
    }


def test_where_every_place_has_enough_nothing_changes() -> None:
    frame = pd.concat([classes("student", {"A": [10, 12], "B": [15]}), persons("teacher", {"A": 10, "B": 20})])
    fine = weigh(frame)
    joined = join_places(fine, PAPERS, RULE, design_of(frame))
    assert joined.drawn is fine
    assert all(owner == home for owner, home in joined.homes.items())


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    parts = []
    for group in draw(st.sets(st.sampled_from(["student", "teacher", "parent", "principal"]), min_size=1)):
        for number in range(draw(st.integers(1, 4))):
            unit = f"{'ABCD'[number]}"
            town = draw(st.sampled_from(["T1", "T2"]))
            if draw(st.booleans()):
                came = draw(st.lists(st.integers(0, 20), min_size=1, max_size=5))
                parts.append(classes(group, {unit: came}, draw(st.integers(0, 2)), town))
            else:
                parts.append(persons(group, {unit: draw(st.integers(0, 20))}, town))
    return pd.concat(parts, ignore_index=True)


@settings(max_examples=15, deadline=None)
@given(frames())
def test_every_place_has_enough_forms_unless_its_paper_has_fewer_or_its_group_none(frame: pd.DataFrame) -> None:
    joined = join(frame)
    found = counts(joined)
    for (group, _), forms in found[found > 0].items():
        whole = found[[owner[0] == group for owner in found.index]]
        assert forms >= RULE.smallest or (whole > 0).sum() == 1
    assert found.sum() == frame.came.sum()


@settings(max_examples=15, deadline=None)
@given(frames())
def test_the_same_people_are_spoken_for_and_f_stays(frame: pd.DataFrame) -> None:
    fine = weigh(frame)
    joined = join(frame).drawn
    spoken = [(drawn.design * drawn.invited).groupby(joined.group).sum() for drawn in (fine, joined)]
    pd.testing.assert_series_equal(*spoken)
    units = joined[joined.psu.ne("") & (joined.invited > 0)]
    for stratum, rows in units.groupby("stratum"):
        assert rows.m_h.unique().tolist() == [rows.psu.nunique()], stratum
        taken = fine.loc[rows.index].drop_duplicates("stratum")
        if (fine.loc[rows.index, "psu"] != "").all() and taken.m_h.sum() == fine.loc[rows.index, "psu"].nunique():
            assert rows.m_h.iloc[0] / rows.M_h.iloc[0] == pytest.approx(taken.m_h.sum() / taken.M_h.sum()), stratum


def test_a_class_drawn_once_for_each_of_two_groups_is_two_units_whose_names_differ() -> None:
    """Both groups' draws in B are one; those in A are two, of which the teachers' is in a unit with B."""
    students = classes("student", {"A": [12, 19]}, 0), classes("student", {"B": [0, 0, 0, 0, 0]})
    teachers = classes("teacher", {"A": [0]}, 0), classes("teacher", {"B": [0, 0, 0, 0, 1]})
    alone = persons("student", {"C": 0}), persons("teacher", {"C": 0, "D": 0})
    joined = join(pd.concat([*students, alone[0], *teachers, alone[1]], ignore_index=True)).drawn
    both = joined[joined.stratum.str.startswith("student+teacher")]
    assert both.m_h.unique().tolist() == [2]
    assert sorted(set(both.psu)) == ["class/A/1班/student", "class/A/1班/teacher"]


def test_rates_of_forms_that_agree_inside_a_unit_are_those_of_the_fine_places_to_the_last_digit() -> None:
    frame = pd.concat([classes("student", {"A": [6, 6, 6, 6], "B": [6, 6]}), persons("teacher", {"A": 12, "B": 20})])
    table = frame.reset_index(drop=True)
    forms = forms_of(table)
    fine = measure_survey(forms, table.drop(columns="came"), RULE, *PAPERS)
    joined = measure_survey(forms, table.drop(columns="came"), RULE, *PAPERS, join=True)
    assert len(set(joined.tallied.place)) < len(set(fine.tallied.place))
    key = ["domain", "measure"]
    same = fine.estimates.merge(joined.estimates, on=key, suffixes=("_fine", "_joined"))
    np.testing.assert_allclose(same.estimate_joined, same.estimate_fine, rtol=1e-12)


def test_integrity_checks_see_the_fine_places() -> None:
    table = classes("student", {"A": [12, 12, 4], "B": [14, 3]}).reset_index(drop=True)
    forms = forms_of(table)
    stuffed = (forms.unit == "A") & (forms["class"] == "1班")
    forms.loc[stuffed, ITEMS] = [4 if number % 3 else 5 for number in range(len(ITEMS))]
    fine = measure_survey(forms, table.drop(columns="came"), RULE, *PAPERS)
    joined = measure_survey(forms, table.drop(columns="came"), RULE, *PAPERS, join=True)
    assert joined.integrity.findings == fine.integrity.findings
    assert joined.integrity.flagged.tolist() == fine.integrity.flagged.tolist()


def test_strata_with_too_few_units_are_joined_with_a_sibling_and_the_estimate_needs_no_lonely_one() -> None:
    frame = pd.concat([classes("student", {unit: [8, 7]}, 3) for unit in "ABCDEF"])
    table = frame.reset_index(drop=True)
    survey = measure_survey(forms_of(table), table.drop(columns="came"), RULE, *PAPERS, join=True)
    found = weighted_share(survey.tallied[survey.tallied.measure == "headline"])
    student = found[found.domain == "student"].iloc[0]
    assert (student.lonely_strata, survey.drawn[survey.drawn.invited > 0].stratum.nunique()) == (0, 1)
    assert student.df == 6 - 1


def test_forms_move_with_their_place() -> None:
    table = classes("student", {"A": [6, 7]}).reset_index(drop=True)
    places = partition(table.drop(columns="came"), RULE)
    placed = place_forms(forms_of(table), places)
    moved = move_forms(placed, join(table).homes)
    assert set(moved.place) == {"class/A/1班~2班"}
    assert moved[ITEMS].equals(placed[ITEMS])
