import numpy as np
import pandas as pd
import pytest

from analysis.places import partition
from analysis.standard import load_standard
from questionnaires.answers import check_answers
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from survey_app.core.errors import SurveyError
from survey_app.demo.county import RESIDENTS, example_county
from survey_app.demo.people import example_answers, example_frame, example_turnout, share_out, spread
from survey_app.frame.sheets.reading import read_sheet

RULE = load_rule("quality-2024")
COUNTY = example_county(load_standard("qianjiang-2020"), 2026)
PAPERS = [load_paper(name) for name in ("social-2026", "staff-2026", "student-2026")]


def draw_frame(invited_total=2200, seed=1):
    return example_frame(COUNTY, RULE, np.random.default_rng(seed), invited_total)


def draw_forms(turnout, seed=1):
    rng = np.random.default_rng(seed)
    return [(paper, form) for paper in PAPERS for form in example_answers(turnout, paper, rng)]


@pytest.fixture(scope="module")
def frame():
    return draw_frame()


@pytest.fixture(scope="module")
def forms(frame):
    return draw_forms(example_turnout(frame, 1200, np.random.default_rng(1)))


def by_group(frame, column="invited"):
    return frame.groupby("group")[column].sum()


@pytest.mark.parametrize("total", [1200, 2200, 9000, 150_000])
def test_about_as_many_are_invited_as_asked_for(total):
    assert draw_frame(total)["invited"].sum() == pytest.approx(total, rel=0.07)


def test_parents_are_half_of_the_invited_and_the_other_groups_equal(frame):
    share = by_group(frame) / frame["invited"].sum()
    assert set(share.index) == set(RULE.groups)
    assert share["parent"] == pytest.approx(1 / 2, abs=0.04)
    assert np.allclose(share.drop("parent"), 1 / 12, atol=0.02)


def test_a_group_smaller_than_its_share_is_invited_whole():
    frame = draw_frame(20_000)
    small = ["principal", "deputy", "cppcc"]
    assert by_group(frame)[small].equals(by_group(frame, "population")[small])


def test_the_whole_county_can_be_invited():
    frame = draw_frame(int(draw_frame()["population"].sum()))
    assert (frame["invited"] == frame["population"]).all()


@pytest.mark.parametrize("total", [119, 1_000_000])
def test_more_people_than_there_are_or_too_few_are_refused_in_one_sentence(total):
    with pytest.raises(SurveyError, match=f"全部调查对象.*现在是{total}人。$"):
        draw_frame(total)


def test_families_and_pupils_are_invited_by_whole_classes(frame):
    families = frame[frame["group"].isin(["parent", "student"])]
    selected = families["invited"] > 0
    assert (families["invited"] == families["population"])[selected].all()
    assert 0 < selected.sum() < len(families)


def test_grade_bands_are_invited_alike_and_every_locale_is_among_them():
    parents = draw_frame(9000).query("group == 'parent' and invited > 0")
    bands = parents.groupby(pd.cut(parents["grade"], [0, 3, 6, 9]), observed=True)["invited"].sum()
    assert bands.max() / bands.min() < 1.1
    assert set(parents["locale"]) == {"city", "town", "village"}


def test_pupils_have_a_paper_from_grade_three_on_and_none_in_the_special_school(frame):
    pupils = frame[frame["group"] == "student"]
    assert pupils["grade"].min() == 3
    assert "S01" not in set(pupils["unit"])


def test_adults_and_children_together_are_the_residents(frame):
    adults = by_group(frame, "population")["public"]
    assert adults + 2 * COUNTY.classes["pupils"].sum() == RESIDENTS


def test_units_are_classes_schools_townships_delegations_and_sectors(frame):
    rows = frame.groupby("group").size()
    assert rows["parent"] == len(COUNTY.classes)
    assert rows[["teacher", "principal", "deputy", "public", "cppcc"]].tolist() == [95, 95, 30, 30, 20]
    assert frame.query("group == 'principal'")["population"].between(1, 3).all()


def test_the_importer_takes_the_frame_as_it_is(frame, tmp_path):
    frame.to_csv(tmp_path / "frame.csv", index=False)
    pd.testing.assert_frame_equal(read_sheet("frame", tmp_path / "frame.csv").table, frame, check_dtype=False)


def test_every_invited_person_has_a_place(frame):
    placed = partition(frame, RULE)
    assert (placed.loc[placed["invited"] > 0, "place"] != "").all()


def test_as_many_forms_come_as_asked_for_and_nowhere_more_than_were_invited(frame):
    turnout = example_turnout(frame, 1200, np.random.default_rng(1))
    assert turnout["forms"].sum() == 1200
    assert (turnout["forms"] <= turnout["invited"]).all()


def test_response_rates_differ_between_classes(frame):
    turnout = example_turnout(frame, 1200, np.random.default_rng(1)).query("invited >= 20")
    rates = turnout["forms"] / turnout["invited"]
    assert rates.mean() == pytest.approx(0.55, abs=0.08)
    assert rates.std() > 0.05


def test_more_forms_than_invited_people_are_refused(frame):
    with pytest.raises(SurveyError, match="份答卷"):
        example_turnout(frame, frame["invited"].sum() + 1, np.random.default_rng(1))


def test_every_invented_form_passes_the_check_that_real_forms_pass(forms):
    assert len(forms) == 1200
    assert [problem for paper, form in forms for problem in check_answers(paper, form.fields).problems] == []


def test_forms_belong_to_the_rows_that_took_part(frame):
    turnout = example_turnout(frame, 300, np.random.default_rng(1))
    rows = turnout[turnout["forms"] > 0]
    expected = {tuple(row[:3]): row[3] for row in rows[["group", "unit", "class", "forms"]].itertuples(index=False)}
    found = pd.Series([(form.group, form.unit, form.class_name) for _, form in draw_forms(turnout)])
    assert found.value_counts().to_dict() == expected


def test_some_do_not_know_some_leave_blanks_and_some_answer_all_alike(forms):
    answers = np.array([check_answers(paper, form.fields).answers for paper, form in forms])
    assert 0.01 < (answers == 9).mean() < 0.05
    assert 0.002 < (answers == 0).mean() < 0.03
    alike = [len({value for value in row if value not in (0, 9)}) == 1 for row in answers.tolist()]
    assert 0.02 < np.mean(alike) < 0.15


def test_the_invented_county_figure_lies_near_ninety_percent_and_its_groups_around_it():
    turnout = example_turnout(draw_frame(30_000), 15_000, np.random.default_rng(1))
    rates = {group: [] for group in RULE.groups}
    for paper, form in draw_forms(turnout):
        known = [value for value in check_answers(paper, form.fields).answers[:-1] if value not in (0, 9)]
        if known:
            rates[form.group].append(np.mean(np.array(known) >= 3))
    groups = {group: np.mean(found) for group, found in rates.items()}
    assert all(0.82 < rate < 0.97 for rate in groups.values())
    county = sum(float(weight) * groups[group] for group, weight in RULE.weights.value.items())
    assert county == pytest.approx(0.89, abs=0.02)


def test_the_same_seed_gives_the_same_people_and_the_same_answers():
    first, again = draw_frame(seed=5), draw_frame(seed=5)
    pd.testing.assert_frame_equal(first, again)
    turnout = example_turnout(first, 200, np.random.default_rng(5))
    assert draw_forms(turnout, seed=5) == draw_forms(turnout, seed=5)


def test_shares_follow_the_weights_up_to_each_limit():
    assert share_out(100, [2, 1, 1], [90, 10, 90]) == [60, 10, 30]


@pytest.mark.parametrize("chosen", [0, 1, 7, 59, 60])
def test_a_spread_sample_has_its_size_and_takes_nobody_twice(chosen):
    sizes = np.array([1, 0, 30, 4, 25])
    counts = spread(sizes, chosen, np.random.default_rng(3))
    assert counts.sum() == chosen
    assert (counts <= sizes).all()
