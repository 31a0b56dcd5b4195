"""Drawing and inviting everyone, side by side: a low return costs more than many forms bring."""

import pytest

from analysis.plan.proposing import propose_sample
from analysis.plan.ways import compare_ways, established_rate
from questionnaires.rule import load_rule
from tests.test_proposing import frame_of

RULE = load_rule("quality-2024")


def test_every_group_in_classes_has_both_ways_and_more_forms_show_less_where_few_answer():
    drawn, everyone = compare_ways(propose_sample(RULE, frame_of(), 445_012), RULE)
    assert (drawn.group, drawn.everyone, everyone.everyone) == ("parent", False, True)
    assert everyone.expected > 5 * drawn.expected
    assert everyone.among_answered < drawn.among_answered
    assert drawn.established is not None


@pytest.mark.parametrize("smallest", [0.86, 0.9, 0.97])
def test_what_is_established_holds_when_each_dissatisfied_form_weighs_twice(smallest):
    rate = established_rate(smallest, 0.4)
    assert rate / (rate + 2 * (1 - rate)) == pytest.approx(smallest)


def test_where_nearly_all_answered_the_silent_cannot_turn_it():
    assert established_rate(0.9, 0.99) == pytest.approx(0.9 / 0.99)
