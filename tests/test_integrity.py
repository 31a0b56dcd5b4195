import json

import numpy as np
import pandas as pd
import pytest
from msgspec import to_builtins
from msgspec.structs import asdict
from scipy.special import beta, comb
from scipy.stats import binom

from analysis.integrity.checking import check_integrity
from analysis.integrity.counts import bursts
from analysis.integrity.form_answers import read_answers
from analysis.integrity.likeness import nearest
from analysis.integrity.means import agreement, run_lengths
from analysis.integrity.repetition import chance_of_equality, count_departures, repetition
from analysis.integrity.shares import all_highest, speed, straight_lining
from analysis.integrity.spread import spread_ratio
from questionnaires.paper import load_paper
from questionnaires.rule import Rule, load_rule
from tests.simulations.integrity_simulation import draw_county, rates, simulate

RULE = load_rule("quality-2024")
PAPER = load_paper("student-2026")
ITEMS = list(PAPER.item_ids)
VARIED = [5, 4, 3, 5, 4, 4, 5, 2, 5, 5, 4, 5, 3, 5, 4, 5, 4]


def rule_with(**values) -> Rule:
    content = RULE.model_dump()
    for name, value in values.items():
        content["integrity"][name]["value"] = value
    return Rule.model_validate(content)


def forms_of(**codes_by_place):
    """One group; each place's forms as rows of codes."""
    parts = [pd.DataFrame(codes, columns=ITEMS).assign(place=place) for place, codes in codes_by_place.items()]
    return pd.concat(parts, ignore_index=True).assign(group="student")


def places_of(forms, population=10_000, **others):
    """One frame row for each (group, place), or another number of people where one is named."""
    table = forms[["group", "place"]].drop_duplicates(ignore_index=True)
    people = [others.get(place, population) for place in table["place"]]
    return table.assign(unit=table["place"], population=people, invited=people)


def answers_of(forms):
    return read_answers(forms, PAPER, RULE)


def in_order(answers, values):
    """One value a form, in the order the forms were given."""
    return np.asarray(values)[np.argsort(answers.rows)].tolist()


def people(n, seed=1, person=0.9, noise=0.8):
    """Codes of n people who differ from one another, in no way by place."""
    rng = np.random.default_rng(seed)
    return np.clip(np.round(4 + rng.normal(0, person, (n, 1)) + rng.normal(0, noise, (n, 17))), 1, 5).astype(int)


def crowd(places=30, n=40, seed=1):
    """Forms of one group: places p0, p1, ... with n people each, all alike in distribution."""
    codes = people(places * n, seed).reshape(places, n, 17)
    return forms_of(**{f"p{number}": codes[number] for number in range(places)})


def checked(forms, rule=RULE, places=None, **options):
    return check_integrity(forms, places_of(forms) if places is None else places, PAPER, rule, **options)


def replace(forms, place, codes):
    """The forms with the first of the place's replaced by these codes."""
    changed, codes = forms.copy(), np.array(codes)
    changed.loc[forms.index[forms["place"] == place][: len(codes)], ITEMS] = codes
    return changed


def said(result, check):
    return [row for row in result.findings if row.check == check]


# each check by hand


def test_straight_lining_is_the_share_of_constant_forms_against_the_groups_other_places():
    forms = forms_of(a=[[2] * 17] * 5 + [VARIED] * 5, b=[[3] * 17] + [VARIED] * 19)
    found = straight_lining(answers_of(forms), RULE)
    assert found.observed[0] == 0.5
    assert found.expected[0] == pytest.approx(1.5 / 21)
    a, b = 1.5 / 21 * 19, 19.5 / 21 * 19
    tail = sum(comb(10, k) * beta(k + a, 10 - k + b) / beta(a, b) for k in range(5, 11))
    assert found.p[0] == pytest.approx(tail)


def test_the_answer_people_honestly_give_throughout_is_counted_apart_from_other_constants():
    answers = answers_of(forms_of(a=[[5] * 17] * 7 + [[5] * 16 + [0]] + [[2] * 17] * 2, b=[VARIED] * 10))
    assert all_highest(answers, RULE).observed[0] == 0.8
    assert straight_lining(answers, RULE).observed[0] == 0.2


def test_the_longest_run_is_broken_by_another_answer_and_by_a_blank():
    rows = [[5] * 6 + [4] * 8 + [3] * 3, [5] * 6 + [0] + [5] * 4 + [4] * 6]
    assert run_lengths(np.array(rows, np.uint8)).tolist() == [8, 6]


def test_even_odd_is_one_for_two_equal_answers_a_topic_and_minus_one_for_opposite_ones():
    equal, opposite, both = [[5, 5], [3, 3]] * 4, [[5, 3]] * 8, [[5, 5], [3, 3], [5, 3], [5, 3]] * 2
    constant = [[4, 4]] * 8
    found = agreement(np.array([equal, opposite, both, constant], np.uint8))
    assert found.tolist() == pytest.approx([1, -1, 0, np.nan], nan_ok=True)


def test_even_odd_leaves_out_topics_with_an_answer_missing_or_unknown():
    assert agreement(np.array([[[5, 5], [3, 3], [5, 9], [0, 3]]], np.uint8)).tolist() == [1]


def test_the_chance_of_equality_comes_from_how_often_each_item_departs_in_other_places():
    one_apart = [[5] * item + [4] + [5] * (16 - item) for item in range(17)]
    answers = answers_of(forms_of(a=[VARIED] * 10, b=one_apart * 10))
    chance = chance_of_equality(answers, count_departures(answers, 5))[0, 1]
    topic, overall = 10.5 / 150.5, 10.5 / 160.5
    assert chance == pytest.approx((16 * topic**2 + overall**2) / (16 * topic + overall) ** 2)


def test_honest_people_repeat_one_another_as_often_as_expected():
    rng = np.random.default_rng(7)
    codes = np.where(rng.random((60 * 200, 17)) < rng.beta(1, 7, (60 * 200, 1)), 4, 5).reshape(60, 200, 17)
    answers = answers_of(forms_of(**{f"p{number}": place for number, place in enumerate(codes)}))
    pairs = 0
    for place in codes:
        equal = (place[:, None] == place[None]).all(axis=2) & (place != 5).any(axis=1) & (place != 4).any(axis=1)
        pairs += (equal.sum() - equal.diagonal().sum()) / 2
    n = answers.count(~answers.constant)
    expected = repetition(answers, RULE).expected - RULE.integrity.honest_pairs.value * n
    assert expected.sum() == pytest.approx(pairs, rel=0.05)


def test_forms_that_repeat_an_earlier_one_are_counted_and_constant_ones_are_not():
    answers = answers_of(forms_of(a=[VARIED] * 4 + [[5] * 17] * 3 + [VARIED[::-1]] * 2, b=people(20)))
    found = repetition(answers, RULE)
    assert found.observed[0] == 4
    assert in_order(answers, found.marked)[:9] == [True] * 4 + [False] * 3 + [True] * 2


def test_the_nearest_form_shares_the_most_departures():
    rows = [[4, 4, *[5] * 15], [4, 4, 4, *[5] * 14], [*[5] * 13, 1, 1, 1, 1], [5] * 17]
    answers = answers_of(forms_of(a=rows))
    assert in_order(answers, nearest(answers)) == pytest.approx([1 / 5, 1 / 5, 1, np.nan], nan_ok=True)


def test_the_spread_of_answers_drawn_one_by_one_is_one_and_people_spread_wider():
    drawn = np.random.default_rng(1).choice([5, 4, 3], (4000, 17))
    ratio, n = spread_ratio(answers_of(forms_of(a=drawn, b=people(4000))))
    assert n.tolist() == [4000, pytest.approx(4000, abs=100)]
    assert ratio[0] == pytest.approx(1, abs=0.2)
    assert ratio[1] > 5


def test_a_form_is_fast_below_two_seconds_a_question_and_slow_without_a_time():
    forms = forms_of(a=[VARIED] * 10, b=[VARIED] * 10)
    seconds = np.array([33.9] * 4 + [34.0] * 3 + [np.nan] * 3 + [60.0] * 10)
    assert speed(answers_of(forms), seconds, RULE).observed.tolist() == [0.4, 0]
    assert checked(forms.assign(seconds=seconds)).checks["speed"].tests == 2


def test_a_burst_is_the_busiest_five_minutes_against_the_hours_of_the_group_elsewhere():
    ledger = pd.DataFrame({"group": "student", "place": [*"aabb"], "five_minutes": [1, 2, 1, 2], "n": [9, 1, 10, 10]})
    found = bursts(answers_of(forms_of(a=people(10), b=people(20))), ledger, RULE)
    assert found.observed[0] == 0.9
    assert found.expected[0] == 0.5
    assert found.p[0] == pytest.approx(2 * binom.sf(8, 10, 0.5))


# what is flagged


def test_thirty_identical_forms_in_a_class_of_forty_are_flagged_and_no_other_class():
    forms = replace(crowd(), "p3", [VARIED] * 30)
    result = checked(forms)
    assert result.flagged[forms["place"] == "p3"][:30].all()
    assert [(row.place, row.flagged) for row in said(result, "repetition")] == [("p3", 30)]
    assert not result.flagged[forms["place"] != "p3"].any()


def test_a_class_that_ticks_the_middle_throughout_is_flagged_and_one_that_ticks_five_is_only_listed():
    forms = replace(replace(crowd(), "p1", [[3] * 17] * 36), "p2", [[5] * 17] * 40)
    result = checked(forms)
    assert set(forms["place"][result.flagged]) == {"p1"}
    assert result.flagged.sum() == 36
    assert [(row.place, row.flagged) for row in said(result, "all_highest")] == [("p2", 0)]


def ticking(level, share, seeds):
    """Rounds of honest people in which a locality of eight places has so many who tick one answer throughout."""
    found = []
    for seed in seeds:
        forms = crowd(seed=seed)
        rng = np.random.default_rng([seed, 44])
        for place in (f"p{number}" for number in range(8)):
            forms = replace(forms, place, np.full((rng.binomial(40, share), 17), level))
        found.append(any(row.place in {f"p{number}" for number in range(8)} for row in checked(forms).findings))
    return float(np.mean(found))


def test_a_locality_where_honest_people_tick_all_4_is_no_finding():
    assert ticking(4, 0.45, range(6)) == 0.0
    assert ticking(3, 0.45, range(2)) == 1.0  # the constant that is no contentment is one still


def test_a_happy_school_is_not_flagged():
    happy = np.where(np.random.default_rng(3).random((40, 17)) < 0.97, 5, 4)
    result = checked(replace(crowd(), "p5", happy))
    assert not result.flagged.any()


def test_answers_drawn_around_a_target_are_flagged_with_their_whole_place():
    drawn = np.random.default_rng(4).choice([5, 4, 3], (40, 17), p=[0.6, 0.3, 0.1])
    forms = replace(crowd(), "p7", drawn)
    result = checked(forms)
    assert set(forms["place"][result.flagged]) == {"p7"}
    assert result.flagged.sum() == 40
    assert said(result, "spread")


def test_more_forms_than_people_are_flagged_whole_unless_the_frame_may_be_out_of_date():
    forms = crowd(places=3)
    result = checked(forms, places=places_of(forms, p0=37, p1=39))
    assert set(forms["place"][result.flagged]) == {"p0"}
    assert result.checks["more_forms_than_people"].flagged_forms == 40


def test_too_many_forms_count_even_if_they_are_not_valid():
    forms = replace(crowd(places=3), "p0", np.zeros((10, 17), int))
    assert checked(forms, places=places_of(forms, p0=35)).flagged[forms["place"] == "p0"].all()


def test_too_many_forms_in_a_place_of_several_batches_are_reported_only():
    forms = crowd(places=3)
    places = pd.concat([places_of(forms, p0=20), places_of(forms, p0=15)])
    result = checked(forms, places=places)
    assert not result.flagged.any()
    assert [(row.place, row.flagged) for row in said(result, "more_forms_than_people")] == [("p0", 0)]


def ledger_of(forms, together=()):
    """Forms come one every five minutes, but in the places named all at once."""
    five_minutes = forms.groupby("place").cumcount().where(~forms["place"].isin(together), 7)
    rows = forms[["group", "place"]].assign(five_minutes=five_minutes)
    return rows.groupby(["group", "place", "five_minutes"]).size().reset_index(name="n")


def test_a_parents_meeting_is_reported_and_flags_nobody():
    forms = crowd()
    result = checked(forms, bursts=ledger_of(forms, ["p1", "p2"]))
    assert [row.place for row in said(result, "bursts")] == ["p1", "p2"]
    assert not result.flagged.any()


def test_with_a_burst_a_second_weaker_signal_is_enough_unless_others_share_the_place():
    forms, unreachable = replace(crowd(), "p3", [VARIED] * 12), rule_with(false_discovery=1e-4)
    ledger, places = ledger_of(forms, ["p3"]), places_of(forms)
    assert not checked(forms, unreachable).flagged.any()
    assert checked(forms, unreachable, bursts=ledger).flagged.sum() == 12
    assert not checked(forms, unreachable, pd.concat([places, places]), bursts=ledger).flagged.any()


# what the checks see, and what nobody sees


def test_nothing_is_tested_in_a_place_with_fewer_than_ten_forms():
    forms = pd.concat([crowd(), forms_of(tiny=[VARIED] * 9)], ignore_index=True)
    result = checked(forms, places=places_of(forms, tiny=9), bursts=ledger_of(forms, ["tiny"]))
    assert not [row for row in result.findings if row.place == "tiny"]
    assert not result.flagged.any()


def test_a_group_with_a_single_place_has_nothing_to_be_compared_with():
    result = checked(forms_of(county=[VARIED] * 40))
    assert {check.tests for name, check in result.checks.items() if name != "more_forms_than_people"} == {0}
    assert result.checks["repetition"].statistic is None


def test_invalid_forms_are_neither_compared_nor_flagged_for_their_answers():
    blank = replace(crowd(), "p3", np.zeros((30, 17), int))
    assert not checked(blank).flagged.any()


def test_no_forms_give_no_findings():
    result = checked(crowd(places=1).iloc[:0])
    assert (len(result.flagged), result.findings) == (0, [])


def test_codes_of_no_option_are_refused():
    with pytest.raises(ValueError, match="选项"):
        checked(replace(crowd(places=2), "p0", [[7] * 17]))


def suspicious():
    """A crowd with a teacher's pattern, a script and a burst among it, and its ledger."""
    forms = replace(crowd(), "p3", [VARIED] * 30)
    forms = replace(forms, "p8", np.random.default_rng(2).choice([5, 4, 3], (40, 17), p=[0.6, 0.3, 0.1]))
    return forms, ledger_of(forms, ["p1", "p3"])


def test_the_order_of_the_forms_changes_nothing():
    forms, ledger = suspicious()
    mixed = forms.sample(frac=1, random_state=1)
    ours, theirs = checked(forms, bursts=ledger), checked(mixed, bursts=ledger.iloc[::-1])
    assert (ours.checks, ours.findings) == (theirs.checks, theirs.findings)
    assert ours.flagged[mixed.index].tolist() == theirs.flagged.tolist()


def test_the_names_of_the_places_change_nothing():
    forms, ledger = suspicious()

    def renamed(table):
        return table.assign(place="z" + (100 - table["place"].str[1:].astype(int)).astype(str))

    ours, theirs = checked(forms, bursts=ledger), checked(renamed(forms), bursts=renamed(ledger))
    assert ours.checks == theirs.checks
    assert ours.flagged.tolist() == theirs.flagged.tolist()


@pytest.mark.parametrize("check", ["longest_run", "even_odd", "repetition", "likeness", "spread"])
def test_a_shift_of_every_answer_changes_no_check_of_patterns(check):
    forms = suspicious()[0]
    forms[ITEMS] = forms[ITEMS].clip(2, 4)
    ours, theirs = checked(forms), checked(forms.assign(**forms[ITEMS] + 1))
    assert asdict(ours.checks[check]) == pytest.approx(asdict(theirs.checks[check]))


def test_nothing_but_answers_group_place_and_seconds_of_a_form_is_looked_at():
    forms, ledger = suspicious()
    more = forms.assign(unit="U", seen_at=range(len(forms)), address="10.0.0.1", overall_2=1)
    ours, theirs = checked(forms, bursts=ledger), checked(more, bursts=ledger.assign(batch=4))
    assert (ours.checks, ours.findings) == (theirs.checks, theirs.findings)


def test_the_result_is_ready_for_json_and_every_check_names_its_threshold_and_clause():
    forms, ledger = suspicious()
    result = checked(forms.assign(seconds=100.0), bursts=ledger)
    json.dumps(to_builtins([result.checks, result.findings]), allow_nan=False)
    keys = {"statistic", "expected", "threshold", "tests", "flagged_places", "flagged_forms", "listed_places"}
    keys |= {"listed_forms", "clause"}
    assert all(set(asdict(check)) == keys and check.clause for check in result.checks.values())
    assert set(result.checks) == {
        "straight_lining", "longest_run", "even_odd", "repetition", "likeness", "spread",
        "more_forms_than_people", "all_highest", "speed", "bursts", "full_at_once", "full_beside_others",
    }  # fmt: skip


def test_a_paper_of_one_question_a_topic_is_checked_without_even_odd():
    rule = load_rule("basic-2012")
    paper = load_paper("social-2012")
    rng = np.random.default_rng(1)
    codes = np.clip(np.round(3 + rng.normal(0, 1, (600, 1)) + rng.normal(0, 0.5, (600, 6))), 2, 4).astype(int)
    forms = pd.DataFrame(codes, columns=list(paper.item_ids)).assign(group="parent", place=["a", "b", "c"] * 200)
    result = check_integrity(forms, places_of(forms), paper, rule)
    assert result.checks["even_odd"].tests == 0
    assert result.checks["repetition"].tests == 3
    assert not result.flagged.any()


# errors at a known rate


def test_among_honest_forms_a_round_seldom_has_any_finding_even_without_thresholds():
    tiny = rule_with(
        straight_lining=0.0, all_highest=0.0, longest_run=1e-9, even_odd=1e-9, repetition=0.0, likeness=1.0,
        spread=1e9, room=0.0,
    )  # fmt: skip
    rounds = [bool(checked(crowd(seed=seed), tiny).findings) for seed in range(60)]
    assert np.mean(rounds) <= 0.1


def test_the_simulation_finds_what_can_be_found_and_leaves_honest_places_alone():
    found = rates(simulate(4, 11))
    assert found["found"] >= 0.9
    assert found["honest flagged"] <= 0.02


def test_where_two_fifths_of_a_place_are_invented_only_patterns_and_blocks_are_found():
    by_kind = simulate(8, 1000, part=0.4).groupby("kind")[["flagged", "reported"]].mean()
    assert by_kind.flagged[["teacher", "blocks"]].min() >= 0.75
    assert by_kind.flagged[["varied", "script", "part_script", "mimic", "told_middle", "told"]].max() <= 0.25
    assert by_kind.reported["told"] >= 0.75
    assert by_kind.flagged["honest"] <= 0.01


def test_the_simulation_draws_the_same_county_from_the_same_seed():
    ours, theirs = (draw_county(PAPER, np.random.default_rng(5)) for _ in range(2))
    pd.testing.assert_frame_equal(ours.forms, theirs.forms)
    pd.testing.assert_frame_equal(ours.ledger, theirs.ledger)
