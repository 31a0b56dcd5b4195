"""Whether as many people say that they answered as forms came: by hand, against R, and by simulation."""

import math
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from analysis.integrity.checking import check_integrity
from analysis.integrity.integrity_findings import Integrity
from analysis.integrity.said_so import Asked, chance_of_as_few
from questionnaires.integrity_limits import FEWER_SAY_SO
from questionnaires.paper import load_paper
from questionnaires.rule import Rule, load_rule
from tests.simulations.follow_up_simulation import HONEST, FollowUp, follow_up

RULE = load_rule("quality-2024")
PAPER = load_paper("social-2026")
FORGETTING = 0.1
PEOPLE = 40
CLASSES = 60
R_SUMS = {
    (40, 38, 20, 10, 0.0): 0.0,
    (40, 30, 20, 12, 0.0): 0.0324165808037,
    (300, 210, 60, 36, 0.0): 0.0434424960026,
    (20000, 14000, 200, 120, 0.0): 0.00155712268078,
    (40, 38, 20, 14, 0.1): 0.0447091761075,
    (300, 210, 60, 36, 0.1): 0.350487749667,
}
"""In R: phyper(yes, forms, people - forms, asked); with forgetting f, of h in 0:asked,
sum(dhyper(h, forms, people - forms, asked) * pbinom(yes, h, 1 - f))."""


@cache
def chance(people: int, forms: int, asked: int, yes: int, forgetting: float = 0.0) -> float:
    return chance_of_as_few([Asked(people=people, forms=forms, asked=asked)], yes, forgetting)


def test_the_chance_is_that_of_counting_every_draw() -> None:
    people, forms, asked = 7, 5, 4
    answered = [sum(person < forms for person in drawn) for drawn in combinations(range(people), asked)]
    for yes in range(asked + 1):
        by_hand = sum(came <= yes for came in answered) / math.comb(people, asked)
        assert chance(people, forms, asked, yes) == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("counts", list(R_SUMS))
def test_it_is_what_r_and_scipy_say(counts: tuple[int, int, int, int, float]) -> None:
    people, forms, asked, yes, forgetting = counts
    found = chance(people, forms, asked, yes, forgetting)
    assert found == pytest.approx(R_SUMS[counts], rel=1e-11, abs=1e-12)
    if not forgetting:
        assert found == pytest.approx(hypergeom.cdf(yes, people, forms, asked), abs=1e-12)


def test_more_forms_than_people_are_as_many_as_people_and_none_prove_nothing() -> None:
    assert chance(40, 55, 20, 15, 0.1) == chance(40, 40, 20, 15, 0.1) < 0.06
    assert chance(40, 0, 20, 0, 0.1) == 1
    assert chance(40, 40, 40, 40) == 1


def test_more_who_forget_make_the_same_answers_likelier() -> None:
    chances = [chance(40, 36, 20, 14, forgetting) for forgetting in (0, 0.05, 0.1, 0.2)]
    assert chances == sorted(chances)
    assert chances[0] < chances[-1]


def county(rows: dict[str, list[int]], rule: Rule = RULE, bursts: pd.DataFrame | None = None) -> Integrity:
    """Classes of forty parents, of whom `sent` answered; of `asked` so many said no."""
    table = pd.DataFrame(rows)
    places = [f"class/P01/{number}班" for number in range(len(table))]
    drawn = np.random.default_rng(20)
    owner = np.repeat(np.arange(len(table)), table.sent)
    mood = np.round(4 + drawn.normal(0, 0.9, (len(owner), 1)) + drawn.normal(0, 0.8, (len(owner), len(PAPER.item_ids))))
    forms = pd.DataFrame(np.clip(mood, 1, 5).astype(int), columns=list(PAPER.item_ids))
    forms = forms.assign(group="parent", place=np.array(places)[owner])
    frame = pd.DataFrame({"group": "parent", "place": places, "unit": "P01", "population": PEOPLE, "invited": PEOPLE})
    follow_ups = table.assign(group="parent", place=places, unit="P01", people=PEOPLE)
    return check_integrity(forms, frame, PAPER, rule, follow_ups=follow_ups, bursts=bursts)


def listed(found: Integrity) -> list[str]:
    return [row.place for row in found.findings if row.check == FEWER_SAY_SO]


def test_rows_together_are_every_pair_of_their_draws() -> None:
    rows = [Asked(people=5, forms=4, asked=2), Asked(people=4, forms=1, asked=3)]
    draws = [
        [sum(person < row.forms for person in drawn) for drawn in combinations(range(row.people), row.asked)]
        for row in rows
    ]
    sums = [first + second for first in draws[0] for second in draws[1]]
    for yes in range(4):
        by_hand = sum(came <= yes for came in sums) / len(sums)
        assert chance_of_as_few(rows, yes) == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize(
    ("sent", "asked", "said_no", "speaks"),
    [
        (40, 20, 10, True),  # stuffed to its size: half of those asked never answered
        (40, 20, 2, False),  # one in ten forgot
        (20, 20, 10, False),  # half answered, and half say so
        (40, 4, 2, False),  # too few were asked to tell chance from stuffing
        (40, 40, 20, True),  # the whole class
        (40, 20, 0, False),  # nobody was reached: nothing is held against it
    ],
)
def test_a_place_speaks_when_too_few_say_so_and_no_form_is_taken(
    sent: int, asked: int, said_no: int, speaks: bool
) -> None:
    found = county({"sent": [sent, 30, 30], "asked": [asked, 20, 20], "said_no": [said_no, 6, 7]})
    assert (listed(found) == ["class/P01/0班"]) == speaks
    assert not [place for place in listed(found) if place != "class/P01/0班"]
    own = [row for row in found.findings if row.check == FEWER_SAY_SO]
    assert [row.flagged for row in own] == [0] * len(own)
    assert [row.observed for row in own] == [1 - said_no / asked] * len(own)
    assert not found.flagged.any()
    assert found.checks[FEWER_SAY_SO].listed_forms == (sent if speaks else 0)


def test_a_school_speaks_where_each_class_alone_was_asked_too_few() -> None:
    few = {"sent": [40] * 8, "asked": [8] * 8, "said_no": [4] * 8}
    assert len(listed(county(few))) == 8
    assert not listed(county({"sent": [40, 30, 30], "asked": [7, 30, 30], "said_no": [3, 8, 9]}))
    assert not listed(county(few | {"said_no": [1] * 8}))


def test_a_stuffed_class_is_not_acquitted_by_honest_ones_beside_it() -> None:
    """The school's p is the smaller one, but no fifth is missing of all it asked: nothing was listed for that."""
    beside = county({"sent": [40] * 8 + [30] * 16, "asked": [20] * 24, "said_no": [9] * 8 + [6] * 16})
    assert listed(beside) == [f"class/P01/{number}班" for number in range(8)]


def test_an_honest_class_is_not_listed_for_its_school() -> None:
    """Six of eight say no in twelve classes, and as few as should in two beside them."""
    found = county({"sent": [40] * 12 + [30] * 2, "asked": [8] * 14, "said_no": [6] * 12 + [2] * 2})
    assert set(listed(found)) == {f"class/P01/{number}班" for number in range(12)}


def test_parents_meetings_make_nothing_of_what_people_say() -> None:
    rows = {"sent": [40, 30, 30], "asked": [20] * 3, "said_no": [7, 6, 6]}
    meetings = pd.DataFrame({"group": "parent", "place": [f"class/P01/{number}班" for number in range(3)], "n": 30})
    quiet, loud = county(rows), county(rows, bursts=meetings.assign(five_minutes=[1, 500, 900]))
    assert {finding.check for finding in loud.findings} > {"bursts"}
    assert _told(quiet) == _told(loud) != []


@pytest.mark.parametrize(("asked", "least"), [(FollowUp(20, stuffed=1), 0.95), (FollowUp(20, stuffed=8), 0.95)])
def test_a_school_that_asks_twenty_of_each_class_finds_those_that_were_stuffed_and_lists_no_other(
    asked: FollowUp, least: float
) -> None:
    """By 200 draws (docs/method.md) .995 and .997, and .001 of honest ones; before, .04 of eight stuffed of 24."""
    found = follow_up(asked, 15, 5000)
    assert found["found"] >= least
    assert found["honest listed"] <= 0.005


def test_five_honest_schools_of_which_everybody_is_reached_hardly_ever_have_a_class_listed() -> None:
    """A tenth forgets, as the rule grants: by 200 draws in none."""
    assert follow_up(HONEST, 20, 5000)["any honest"] <= 0.05


def test_a_rule_without_these_limits_lists_nothing() -> None:
    content = RULE.model_dump()
    content["integrity"]["follow_up"] = None
    rows = {"sent": [40], "asked": [20], "said_no": [20]}
    assert FEWER_SAY_SO not in county(rows, Rule.model_validate(content)).checks


@pytest.mark.parametrize("forgetting", [0.0, 0.05, FORGETTING])
def test_honest_classes_are_hardly_ever_listed_while_not_more_forget_than_the_rule_grants(forgetting: float) -> None:
    """300 counties of 60 classes of which twenty are asked: 0, 0 and 4 with any finding."""
    drawn = np.random.default_rng(20261128)
    wrong = sum(any(_chances(drawn, forgetting)) for _ in range(300))
    assert wrong <= 0.05 * 300


def test_where_a_fifth_forgets_half_of_honest_counties_have_a_finding() -> None:
    """What the assumption is worth (docs/method.md): 163 of 300."""
    drawn = np.random.default_rng(20261128)
    assert 120 < sum(any(_chances(drawn, 2 * FORGETTING)) for _ in range(300)) < 200


def test_one_by_one_is_an_assumption_a_class_that_forgets_together_may_be_listed() -> None:
    """A full class of forty in which ten forgot, not four: the report says so beside the finding."""
    assert round(chance(40, 40, 40, 30, FORGETTING), 4) == 0.0051
    assert listed(county({"sent": [40, 30, 30], "asked": [40, 40, 40], "said_no": [14, 13, 13]})) == ["class/P01/0班"]


def _told(found: Integrity) -> list[tuple[str, float | None]]:
    return [(row.place, row.q) for row in found.findings if row.check == FEWER_SAY_SO]


def _chances(drawn: Any, forgetting: float) -> list[bool]:
    """Which of the county's classes reach a q of .05 in a family of their own, the strictest that could be asked."""
    sent = drawn.binomial(PEOPLE, 0.8, CLASSES)
    answered = drawn.hypergeometric(sent, PEOPLE - sent, 20)
    yes = drawn.binomial(answered, 1 - forgetting)
    p = np.array([chance(PEOPLE, n, 20, said, FORGETTING) for n, said in zip(sent.tolist(), yes.tolist(), strict=True)])
    ranks = np.arange(1, CLASSES + 1)
    steps = np.sort(p) <= 0.05 * ranks / CLASSES
    return list(steps)
