"""The page for citizens: one HTML file without a script, the answer first, readable on a phone."""

from pathlib import Path

from reports.charts.charts import draw_narrow_svg
from reports.charts.drawings import draw_intervals
from reports.claims.claim import Claim, load_forms, make_claim
from reports.report.chart_titles import title_groups
from reports.report.points import describe_points
from reports.report.standings import COUNTY_BELOW
from reports.report.telling import RoundFacts, RoundResults, describe_round
from reports.setting.page_templates import load_page
from reports.setting.told_figures import percent_of

FILE = "致群众：社会认可度调查结果"


def write_citizen_page(folder: Path, facts: RoundFacts, found: RoundResults) -> Path:
    """Write the page; the same results give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{FILE}.html"
    path.write_text(render_citizen_page(facts, found), encoding="utf-8")
    return path


def render_citizen_page(facts: RoundFacts, found: RoundResults) -> str:
    """How many, how sure and what next, then the groups, a chart, and how it was asked; under 60 KB."""
    told = describe_round(facts, found)
    line = facts.rule.threshold.value
    points = describe_points(told)
    chart = draw_intervals(told.groups, line)
    shown = title_groups(told)
    return load_page("citizen.html").render(
        facts=facts,
        told=told,
        county=told.estimate.county,
        headline=make_claim("headline", county=facts.county, rate=percent_of(told.estimate.county.rate, line)),
        points=points,
        next_steps=shown if points.weak.groups else points.problems[:1],
        mended=any(points.weak) or any(claim.form == COUNTY_BELOW for claim in points.problems),
        verdict=_say_plainly(points.verdict),
        evidence=_say_plainly(points.evidence) if points.evidence else "",
        line=line,
        chart=draw_narrow_svg(chart) if chart.told else "",
        shown="；".join(map(str, shown)),
    )


def _say_plainly(claim: Claim) -> Claim:
    """The same claim for those who never heard of an interval; one that has no figure stays as it is."""
    plain = f"plain_{claim.form}"
    return make_claim(plain, **claim.said) if plain in load_forms() else claim
