import math

import numpy as np
import pandas as pd
import pytest

from analysis.standard import load_standard
from survey_app.demo.county import example_county
from survey_app.demo.demo_resources import draw_amounts
from survey_app.demo.plan_figures import Printed
from survey_app.frame.sheets.reading import read_sheet
from tests.judged_json import judge, resource_values

STANDARD = load_standard("qianjiang-2020")
PRINTED = {(each.indicator, each.stage): each for each in STANDARD.baseline}
STAGES = ["primary", "junior"]
RESOURCES = [key for key in PRINTED if key[0] in STANDARD.of("resources")]


@pytest.fixture(scope="module", params=[2026, 7])
def county(request):
    return example_county(STANDARD, request.param)


@pytest.fixture(scope="module")
def values(county):
    return resource_values(county.resources, county.schools, STANDARD)


def section(values, stage):
    return values[values["stage"] == stage]


def test_the_plan_printed_fourteen_resource_figures():
    assert len(RESOURCES) == 14


@pytest.mark.parametrize(("indicator", "stage"), RESOURCES)
def test_as_many_schools_meet_each_resource_indicator_as_the_plan_printed(values, indicator, stage):
    printed, limit = PRINTED[indicator, stage], STANDARD.threshold(indicator, stage)
    schools = section(values, stage)[indicator]
    assert (sum(limit.holds(value) for value in schools), len(schools)) == (printed.met, printed.total)


@pytest.mark.parametrize(("indicator", "stage"), RESOURCES)
def test_pupil_weighted_means_are_within_two_percent_of_the_printed_ones(values, indicator, stage):
    schools = section(values, stage)
    mean = np.average(schools[indicator], weights=schools["pupils"])
    assert mean == pytest.approx(PRINTED[indicator, stage].mean, rel=0.02)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("indicator", "column"), [("G3a", "music_rooms"), ("G3b", "art_rooms")])
def test_as_many_schools_have_a_room_for_every_twelve_classes_as_the_plan_printed(values, indicator, column, stage):
    schools = section(values, stage)
    enough = schools[column] >= np.ceil(schools["classes"] / 12)
    assert (enough.sum(), len(schools)) == (PRINTED[indicator, stage].met, PRINTED[indicator, stage].total)


@pytest.mark.parametrize(("stage", "share", "met"), [("primary", 92, 65), ("junior", 74, 17)])
def test_school_sizes_meet_the_printed_share_to_the_nearest_school(values, stage, share, met):
    schools = section(values, stage)
    most = np.where(schools["kind"].isin(["nine_year", "twelve_year"]), 2500, 2000)
    assert PRINTED["G4", stage].share == share
    assert (schools["size"] <= most).sum() == met == round(share / 100 * len(schools))


@pytest.mark.parametrize(("stage", "share", "met", "most"), [("primary", 71, 50, 45), ("junior", 85, 20, 50)])
def test_class_sizes_meet_the_printed_share_to_the_nearest_school(values, stage, share, met, most):
    schools = section(values, stage)
    assert PRINTED["G5", stage].share == share
    assert (schools["largest_class"] <= most).sum() == met == round(share / 100 * len(schools))


def test_large_schools_hold_the_mean_of_sports_area_below_the_line_that_most_schools_reach(values):
    schools = section(values, "primary")
    reached = schools["R5"] >= STANDARD.threshold("R5", "primary").value
    assert reached.mean() > 0.5
    assert np.average(schools["R5"], weights=schools["pupils"]) < STANDARD.threshold("R5", "primary").value
    assert schools.loc[~reached, "pupils"].mean() > 3 * schools.loc[reached, "pupils"].mean()


def test_village_schools_have_more_room_and_fewer_backbone_teachers(county, values):
    locale = values["school"].map(county.schools.set_index("code")["locale"])
    means = section(values, "primary").groupby(locale)[["R2", "R4"]].mean()
    assert means.loc["village", "R4"] > means.loc["city", "R4"]
    assert means.loc["village", "R2"] < means.loc["city", "R2"]


def test_primary_parts_of_through_schools_are_there_but_not_counted(county, values):
    through = county.schools[county.schools["kind"].isin(["nine_year", "twelve_year"])]["code"]
    rows = county.resources[county.resources["school"].isin(through)]
    assert rows.groupby("stage").size().to_dict() == {"primary": 5, "junior": 5, "whole": 5}
    assert not (section(values, "primary")["school"].isin(through)).any()
    everyone = resource_values(county.resources, county.schools, load_standard("national-2017"))
    assert len(section(everyone, "primary")) == 71 + 5


def test_classes_add_up_to_the_pupils_and_to_the_class_figures(county):
    rows = county.resources[county.resources["stage"] != "whole"].set_index(["school", "stage"]).sort_index()
    classes = county.classes.groupby(["school", "stage"])["pupils"]
    assert (classes.sum() == rows["pupils"]).all()
    assert (classes.size() == rows["classes"]).all()
    assert (classes.max() == rows["largest_class"]).all()
    assert county.classes["pupils"].min() > 0
    limit = np.where(rows.index.get_level_values("stage") == "primary", 45, 50)
    assert ((rows["classes_over"] > 0) == (rows["largest_class"] > limit)).all()
    assert not county.classes.duplicated(["school", "class"]).any()


def test_every_grade_of_a_section_has_a_class(county):
    grades = county.classes.groupby(["school", "stage"])["grade"].agg(set)
    assert all(found == {*range(1, 7)} for found in grades.xs("primary", level="stage"))
    assert all(found == {7, 8, 9} for found in grades.xs("junior", level="stage"))


def test_resources_are_whole_numbers(county):
    numbers = county.resources.drop(columns=["school", "stage"])
    assert (numbers.dropna(how="all") % 1).fillna(0).eq(0).all(axis=None)


@pytest.mark.parametrize("kind", ["schools", "resources", "county"])
def test_the_importer_takes_every_table_as_it_is(county, kind, tmp_path):
    table = getattr(county, "values" if kind == "county" else kind)
    table.to_csv(tmp_path / f"{kind}.csv", index=False)
    read = read_sheet(kind, tmp_path / f"{kind}.csv", known_schools=set(county.schools["code"]))
    pd.testing.assert_frame_equal(read.table, table, check_dtype=False)
    assert read.ignored == ()


def test_the_county_table_repeats_every_share_the_plan_printed(county):
    reported = county.values.set_index(["indicator", "stage"])["value"]
    from_schools, share_of_schools = {"G4", "G5"}, {"Q4"}
    for (indicator, stage), printed in PRINTED.items():
        if printed.share is not None and indicator not in from_schools | share_of_schools:
            assert reported[indicator, stage] == printed.share


def test_teacher_pay_is_the_ratio_of_the_two_printed_salaries(county):
    facts = {each.id: each.value for each in STANDARD.facts}
    pay, more = facts["teacher_pay_2019"], facts["pay_above_civil_servants_2019"]
    row = county.values.set_index("indicator").loc["G8a"]
    assert math.isclose(row["value"], pay / (pay - more), abs_tol=1e-5)


def test_what_the_plan_does_not_say_is_left_out_of_the_county_table(county):
    reported = set(county.values["indicator"])
    assert not any(key in reported for key in (*STANDARD.vetoes, *STANDARD.preconditions))
    assert reported.isdisjoint({"G14b", "G15a", "Q9b"})
    assert county.values.query("indicator == 'G9'")["value"].isna().all()
    assert (county.values["source"] != "").all()


def test_the_county_is_judged_not_met_and_every_school_that_falls_short_is_named_with_what_it_lacks(county):
    judgement = judge(STANDARD, county.schools, county.resources, county.values)
    resources = judgement["dimensions"]["resources"]
    assert judgement["verdict"] == "not_met"
    for indicator, stage in RESOURCES:
        short = [
            lack["lacks"]
            for school in resources["schools"]
            for lack in school["short"]
            if (school["stage"], lack["indicator"]) == (stage, indicator)
        ]
        printed = PRINTED[indicator, stage]
        assert resources["indicators"][indicator][stage]["met"] == printed.met
        assert len(short) == printed.total - printed.met
        assert all(lack > 0 for lack in short)


def test_the_same_seed_gives_the_same_county_and_another_seed_another():
    first, again, other = (example_county(STANDARD, seed) for seed in (1, 1, 2))
    for table, same in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(table, same)
    assert not first.resources.equals(other.resources)


def test_a_mean_that_no_schools_could_have_is_refused():
    pupils = np.array([100.0, 200.0, 300.0])
    with pytest.raises(ValueError, match="cannot have the printed figures"):
        draw_amounts(np.array([1.0, 2.0, 3.0]), pupils, pupils, Printed(threshold=5, met=3, mean=4))
