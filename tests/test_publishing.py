"""What is told of a measured survey: true, rounded once, and no poorer in rows than the first version's rules."""

from dataclasses import replace

import pytest

from analysis.disclosure.unit_rows import sum_units
from analysis.disclosure.units import SHOWN
from analysis.release import release_survey
from reports.report.section import section
from reports.screen.views import results_of
from reports.setting.told_figures import short_of
from tests.survey_example import PAPERS, RULE, STANDARD, example
from tests.test_section import FACTS, text_of
from tests.told_json import table_of

SEEDS = (5, 6)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_fewer_rows_of_units_are_told_than_lie_inside_the_bounds(seed: int) -> None:
    """The first version showed those at most: it hid what lies outside, and more against subtraction."""
    survey = example(seed).survey
    inside = [row for own in sum_units(survey.cells, survey.places, RULE).values() for row in own if row.state == SHOWN]
    rows = example(seed).published["units"]["rows"]
    told = [row for row in rows if (row["rate"], row["at_least"], row["at_most"]) != (None, None, None)]
    assert len(told) >= len(inside) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_every_statement_and_number_is_true_of_what_was_measured(seed: int) -> None:
    found = example(seed)
    exact = found.estimate
    told = release_survey(found.survey, exact, RULE, *PAPERS).estimate
    assert told.county.verdict == exact.county.verdict
    assert told.county.evidence == exact.county.evidence
    assert abs((told.county.rate or 0) - (exact.county.rate or 0)) <= 0.01
    assert (told.county.lower or 0) <= (exact.county.lower or 0)
    assert (told.county.upper or 1) >= (exact.county.upper or 1)
    for group, rate in told.groups.items():
        low, high = rate.span
        assert low - 0.00501 <= (exact.groups[group].rate or 0) <= high + 0.00501


def test_the_report_says_what_was_coarsened_and_how_far_the_narrowest_stays_open() -> None:
    published = table_of(example())
    assert published.release
    told = published.release.summary
    facts = replace(FACTS, standard=STANDARD, rule=RULE, papers=PAPERS)
    text = text_of(section(facts, results_of(published)))
    assert f"单位、学段和城乡的比率共{told.rows}项，其中{told.statements}项只说不低于或不高于多少" in text
    assert told.rows == len(published.unit_rows)
    assert told.narrowest is not None
    assert told.narrowest >= 0.025
    assert f"范围最窄的也有{short_of(told.narrowest)}个百分点" in text


def test_the_same_survey_is_told_the_same_way() -> None:
    found = example()
    first, second = (release_survey(found.survey, found.estimate, RULE, *PAPERS) for _ in range(2))
    assert first == second


def test_no_choice_contradicts_its_verdict() -> None:
    told = release_survey(example().survey, example().estimate, RULE, *PAPERS).estimate
    numbers = [choice for choice in told.sensitivity if choice.rate is not None and choice.verdict is not None]
    assert numbers
    for choice in numbers:
        assert (choice.rate >= RULE.threshold.value) == (choice.verdict == "met")
        assert round(choice.rate, 2) == choice.rate
