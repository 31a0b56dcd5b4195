from datetime import date
from fractions import Fraction

import pytest

from questionnaires.check import rule_problems
from questionnaires.pack import PackError
from questionnaires.paper import list_papers, load_paper
from questionnaires.rule import (
    Rule,
    choose_papers,
    count_by_papers,
    list_fitting_editions,
    list_rules,
    load_papers,
    load_rule,
)
from questionnaires.vocabulary import Group


@pytest.fixture
def rule() -> Rule:
    return load_rule("quality-2024")


def test_the_rule_of_the_2024_letters_ships() -> None:
    assert "quality-2024" in list_rules()


def test_parents_weigh_one_half_and_each_other_group_one_twelfth(rule: Rule) -> None:
    assert rule.weights.value == {group: Fraction(1, 2) if group == "parent" else Fraction(1, 12) for group in Group}


def test_the_sample_is_one_and_a_half_per_mille_half_of_them_parents(rule: Rule) -> None:
    assert rule.sample.permille.value == 1.5
    assert rule.sample.parents_min_share.value == Fraction(1, 2)
    assert rule.sample.floor is None


def test_three_options_count_two_strictly_and_unknown_none(rule: Rule) -> None:
    assert rule.counting.satisfied.value == {3, 4, 5}
    assert rule.counting.strict.value == {4, 5}
    assert rule.counting.score.value == {1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8, 5: 1.0}
    assert rule.counting.unknown.value == "leaves_denominator"


def test_the_line_is_eighty_five_percent_or_more(rule: Rule) -> None:
    assert (rule.threshold.operator, rule.threshold.value) == (">=", 0.85)


def test_two_thirds_make_a_valid_form_and_nobody_is_shown_among_fewer_than_ten(rule: Rule) -> None:
    assert rule.valid_form.value == Fraction(2, 3)
    assert rule.smallest == 10


def test_what_no_document_says_is_named_as_our_choice(rule: Rule) -> None:
    own = [
        rule.weights.clause,
        rule.counting.satisfied.clause,
        rule.counting.unknown.clause,
        rule.counting.headline.clause,
        rule.sample.grade_bands.clause,
    ]
    assert [clause for clause in own if "本系统的选择" not in clause] == []


def test_a_rule_knows_its_papers() -> None:
    assert [paper.id for paper in load_papers(load_rule("quality-2024"))] == [
        "social-2026",
        "staff-2026",
        "student-2026",
    ]
    assert [paper.id for paper in load_papers(load_rule("basic-2012"))] == ["social-2012", "staff-2012"]


def test_the_rule_of_2012_asks_six_groups_with_a_floor_of_600_and_a_return_of_70_percent() -> None:
    basic = load_rule("basic-2012")
    assert basic.weights.value == {
        group: Fraction(1, 2) if group == "parent" else Fraction(1, 10) for group in Group if group != "student"
    }
    assert basic.sample.permille.value == 1.5
    assert basic.sample.floor
    assert basic.sample.floor_below
    assert basic.valid_return
    assert (basic.sample.floor.value, basic.sample.floor_below.value) == (600, 400_000)
    assert basic.valid_return.value == 0.7
    assert (basic.counting.satisfied.value, basic.counting.strict.value) == ({3, 4}, {4})


def test_a_plan_counts_on_the_return_its_rule_names() -> None:
    assert load_rule("quality-2024").planning.return_rate.value == 0.6
    assert load_rule("basic-2012").planning.return_rate.value == 0.7


def test_a_round_takes_the_newest_published_edition_with_the_same_items_unless_another_is_chosen() -> None:
    rule = load_rule("quality-2024")
    assert choose_papers(rule) == rule.papers.value
    assert choose_papers(rule, on=date(2026, 12, 31)) == rule.papers.value
    assert choose_papers(rule, on=date(2027, 1, 1)) == ("social-2027", "staff-2027", "student-2027")
    assert choose_papers(rule, "2026", on=date(2027, 1, 1)) == rule.papers.value
    assert list_fitting_editions(rule) == ["2026", "2027", "2027b"]
    for edition in ("2012", "1999"):
        with pytest.raises(PackError):
            choose_papers(rule, edition)


def test_a_rule_that_asks_by_other_items_keeps_its_own_papers_whatever_was_published() -> None:
    basic = load_rule("basic-2012")
    assert choose_papers(basic, on=date(2030, 1, 1)) == ("social-2012", "staff-2012")
    assert list_fitting_editions(basic) == ["2012"]


def test_no_rules_file_says_what_a_paper_counts() -> None:
    rule = load_rule("quality-2024")
    counted = count_by_papers(rule, [load_paper("student-2027b")])
    assert counted.counting.codes_of("student") == {4, 5}
    assert counted.counting.codes_of("parent") == {3, 4, 5}
    problems = list(rule_problems([counted], [load_paper(name) for name in list_papers()]))
    assert problems == ["quality-2024: counting.own: what a paper counts is the paper's to say"]
