"""Readers of results have the published record alone, also of the rounds before: joined, they tell what it tells."""

import ast
from datetime import date
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analysis.change import change
from analysis.disclosure.headline_steps import FINEST, PLACES
from analysis.published import FormerRound, former_group
from analysis.release.county_figures import tell_county
from analysis.results import CountyRate
from questionnaires.vocabulary import Evidence, Verdict
from reports.report.comparison import describe_former
from tests.survey_example import RULE, example

ROOT = Path(__file__).parents[1]
LINE = RULE.threshold.value
FORMS_AND_EVIDENCE = {
    "survey_app.closing.round_tables.load_forms",
    "survey_app.closing.closing_minute.EVIDENCE",
    "reports.evidence.bundle_check.read_sealed",
    "analysis.release.secure_release",
    "analysis.recognition.describing.describe_survey",
    "analysis.recognition.measuring.measure_survey",
}
MAY_READ_THEM = {
    "reports/evidence/bundle_check.py",
    "survey_app/closing/close.py",
    "survey_app/closing/evaluation.py",
    "survey_app/closing/round_tables.py",
    "survey_app/closing/scaling.py",
    "survey_app/results/county_folder.py",
    "survey_app/results/exporting.py",
    "survey_app/results/release_audit.py",
    "survey_app/results/releasing.py",
    "survey_app/upkeep/earlier_results.py",
    "survey_app/upkeep/purge.py",
}
"""Close, verify, audit, the sealed bundle, the forms' file, purge; and files that whoever runs the command holds."""


def names_in(path: Path) -> set[str]:
    """What a module imports, by its full name, whatever it calls it."""
    text = path.read_text(encoding="utf-8")
    if not any(name.split(".")[-1] in text for name in FORMS_AND_EVIDENCE):
        return set()
    nodes = ast.walk(ast.parse(text))
    return {f"{node.module}.{alias.name}" for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_no_page_report_chart_or_export_reads_forms_evidence_or_unrounded_figures() -> None:
    modules = [path for room in ("survey_app", "reports") for path in (ROOT / room).rglob("*.py")]
    reading = {str(path.relative_to(ROOT)) for path in modules if names_in(path) & FORMS_AND_EVIDENCE}
    assert reading == MAY_READ_THEM


def county(rate: float, half: float) -> CountyRate:
    """The county's figure with every digit."""
    return CountyRate(
        rate=rate,
        se=half / 2,
        lower=rate - half,
        upper=rate + half,
        lower95=rate - half,
        upper95=rate + half,
        threshold=LINE,
        verdict=Verdict.MET if rate >= LINE else Verdict.NOT_MET,
        evidence=Evidence.NOT_DISTINGUISHABLE,
        probability_above=0.5,
        incomplete=(),
    )


def before(told: CountyRate) -> FormerRound:
    """An earlier round with this figure."""
    return FormerRound(
        name="2024-1",
        opens=date(2024, 4, 22),
        closes=date(2024, 4, 26),
        rule=RULE.id,
        papers=("social-2026",),
        valid=900,
        county=told,
        groups={},
    )


def lines(former: CountyRate, now: CountyRate) -> object:
    """What this round's documents say of the one before, beside their own figure."""
    estimate = replace(example().estimate, county=now)
    return describe_former([before(former)], estimate, ["social-2026"])


@settings(max_examples=20, deadline=None)
@given(st.integers(700, 950), st.floats(-0.00049, 0.00049), st.floats(-0.00049, 0.00049))
def test_rounds_before_that_were_told_alike_are_compared_alike(tenths: int, one: float, other: float) -> None:
    step = 0.001
    first = tell_county(county(tenths / 1000 + one, 0.02), step)
    second = tell_county(county(tenths / 1000 + other, 0.02), step)
    assume(first == second)
    now = tell_county(county(0.9, 0.01), step)
    assert lines(first, now) == lines(second, now)


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.2), st.sampled_from(sorted(PLACES)))
def test_a_former_rounds_figure_that_was_told_is_told_again_as_it_was(rate: float, half: float, step: float) -> None:
    told = tell_county(county(rate, half), step)
    assert tell_county(told, FINEST) == told


def test_a_change_of_unrounded_rates_beside_the_level_would_tell_the_round_before_more_closely() -> None:
    """The old way: the change in hundredths of a point tells two rates apart that were both told as 84.3 %."""
    now = county(0.9, 0.01)
    rates = (0.84312, 0.84338)
    exact = [change(now, county(rate, 0.02)) for rate in rates]
    assert len({round(100 * found.difference, 2) for found in exact if found}) == 2
    told = [change(tell_county(now, 0.001), tell_county(county(rate, 0.02), 0.001)) for rate in rates]
    assert told[0] == told[1]


def test_a_bound_of_the_round_before_has_no_change_and_no_interval_now() -> None:
    bound = replace(example().estimate.groups["parent"], rate=None, at_least=0.95)
    told = former_group(bound)
    assert (told.rate, told.at_least, told.se) == (None, 0.95, None)
    assert change(county(0.9, 0.01), replace(county(0.9, 0.01), rate=None)) is None
