"""Results on a screen: what a closed round published, view by view, in the words and figures of the report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from msgspec import Struct

from analysis.published import Published
from analysis.results import COUNTY
from analysis.standard import Standard
from analysis.verdict import Judgement
from questionnaires.text import tell_apart
from reports.annex.condition_tables import conditions_table
from reports.annex.dimension_pages import dimension_tables, say_summary, show_table
from reports.annex.ledger_tables import met_table, unmet_table
from reports.annex.plan_tables import plan_tables
from reports.annex.tables import AnnexTable
from reports.annex.year_tables import year_tables
from reports.charts.charts import Bar, Chart, Drawing
from reports.charts.drawings import draw_intervals, draw_returns, draw_topics, draw_variations
from reports.document.document import Document, Heading, Paragraph, Table, read_document
from reports.report.chart_titles import title_charts
from reports.report.comparison import FormerLine
from reports.report.points import describe_points
from reports.report.telling import RoundFacts, RoundResults, Telling, describe_round
from reports.screen.course_view import describe_course
from reports.screen.rows import (
    MARGINS,
    Shown,
    find_nearest,
    interval_position,
    load_result_words,
    lowest_first,
    tell_findings,
    tell_shares,
    tell_unit_rows,
)
from reports.setting.figures import percent, whole_percent
from reports.setting.findings import order_groups
from reports.setting.texts import fill

BY_DOMAIN = ("topic", "item")
DIMENSIONS = ("resources", "guarantee", "quality")
IN_ANNEX = (*DIMENSIONS, "ledgers")
MOST_BARS = 40


def list_domains(view: str, published: Published) -> dict[str, str]:
    """What a view can be narrowed to, by key: the county and its groups, the groups alone, or nothing."""
    groups = {line.key: line.name for line in order_groups(published.estimate.groups)}
    match view:
        case "topic" | "item":
            return {COUNTY: load_result_words().county, **groups}
        case "unit":
            counted = {row.group for row in published.unit_rows}
            return {key: name for key, name in groups.items() if key in counted}
        case "ledgers":
            return dict(load_result_words().ledgers)
    return {}


def write_results(view: str, facts: RoundFacts, published: Published, domain: str = "") -> Document:
    """One view of load_result_words().views, for one of its `list_domains`, as a document without a title.

    Everything in it was published when the round was closed; nothing is computed from it.
    """
    judgement = published.judgement
    if view == "course":
        return _plain(facts, describe_course(published.status.course or {}))
    if view == "ledgers":
        return _plain(facts, map(as_table, _list_ledgers(domain, judgement, facts.standard)))
    screen = _describe(view, facts, published, domain)
    drawn = {name: chart for name, chart in _draw(screen).items() if chart.told}
    template = f"results/{_name_template(view)}.jinja"
    document = read_document(
        fill(template, **screen.names(), charts=frozenset(drawn), titles=title_charts(screen.told)),
        drawn,
        author=facts.organiser,
        day=facts.generated,
        mark=facts.mark,
    )
    tables = map(as_table, _list_tables(view, judgement, facts.standard))
    return replace(document, blocks=(*document.blocks, *tables))


def _name_template(view: str) -> str:
    if view in DIMENSIONS:
        return "dimension"
    return "margin" if view in MARGINS else view


def _list_tables(view: str, judgement: Judgement, standard: Standard) -> Iterable[AnnexTable]:
    """The annex's tables that stand below a view."""
    if view in DIMENSIONS:
        return dimension_tables(view, judgement, standard)
    if view == "dimensions":
        return [conditions_table(judgement)]
    return year_tables(judgement, standard) if view == "years" else []


def results_of(published: Published) -> RoundResults:
    """What was published, as documents take it."""
    return RoundResults(
        status=published.status,
        estimate=published.estimate,
        judgement=published.judgement,
        former=published.former.rounds,
        units=published.unit_rows,
        problems=published.former.problems,
        release=published.release,
    )


def _list_ledgers(which: str, judgement: Judgement, standard: Standard) -> list[AnnexTable]:
    if which == "met":
        return [met_table(judgement, standard)]
    if which == "plans":
        return list(plan_tables(judgement, standard))
    return [unmet_table(judgement, standard, "resources", "guarantee")]


def as_table(table: AnnexTable) -> Table:
    """A table of the annex as a block of a document."""
    shown = show_table(table)
    return Table(
        caption=shown.title,
        unit="",
        head=tuple(head.text for head in shown.heads),
        numeric=tuple(head.number for head in shown.heads),
        rows=tuple(tuple(cell.text for cell in row) for row in shown.rows),
        notes=shown.notes,
    )


def _plain(facts: RoundFacts, blocks: Iterable[Heading | Paragraph | Table | Drawing]) -> Document:
    return Document((), facts.organiser, facts.generated, facts.mark, tuple(blocks))


class Screen(Struct, frozen=True, kw_only=True):
    """One view: what the report tells, and what the view needs beside it."""

    view: str
    told: Telling
    domain: str
    domain_name: str
    shares: list[Shown]
    rows: list[Shown]
    findings: list[Shown]

    @property
    def rated(self) -> int:
        """Rows that show a rate."""
        return sum(row.rank is not None for row in self.rows)

    def names(self) -> dict[str, object]:
        """What the templates name."""
        return {
            **self.told.names(),
            "points": describe_points(self.told),
            "summary": say_summary(self.view, self.told.judgement) if self.view in DIMENSIONS else "",
            "view": self.view,
            "beside": interval_position,
            "domain": self.domain,
            "domain_name": self.domain_name,
            "nearest": find_nearest(self.told.estimate),
            "shares": self.shares,
            "rows": self.rows,
            "rows_rated": self.rated,
            "rows_drawn": min(MOST_BARS, self.rated),
            "findings": self.findings,
        }


def _describe(view: str, facts: RoundFacts, published: Published, domain: str) -> Screen:
    told = describe_round(facts, results_of(published))
    schools = told.dimensions.resources.schools
    names = tell_apart({school.school: school.name or school.school for school in schools})
    shares = tell_shares(view, facts.papers, published.estimate, domain) if view in BY_DOMAIN else []
    rows = tell_unit_rows(view, published.unit_rows, domain, names)
    return Screen(
        view=view,
        told=told,
        domain=domain,
        domain_name=list_domains(view, published).get(domain, ""),
        shares=sorted(shares, key=lowest_first),
        rows=sorted(rows, key=lowest_first),
        findings=tell_findings(published.estimate, names),
    )


def _draw(screen: Screen) -> dict[str, Drawing]:
    """The charts of a view, by the name under which its template asks for them."""
    draw = CHARTS.get(screen.view)
    return draw(screen, screen.told.facts.rule.threshold.value) if draw else {}


def _draw_verdict(screen: Screen, line: float) -> dict[str, Drawing]:
    return {"groups": draw_intervals(screen.told.groups, line), "choices": _draw_choices(screen.told, line)}


def _draw_groups(screen: Screen, line: float) -> dict[str, Drawing]:
    return {
        "groups": draw_intervals(screen.told.groups, line),
        "returns": draw_returns(screen.told.returns.sample),
    }


def _draw_topics(screen: Screen, line: float) -> dict[str, Drawing]:
    topics = draw_topics(screen.told.rates.topics, screen.told.groups, line)
    return {"shares": draw_intervals(screen.shares, line), "topics": topics}


def _draw_items(screen: Screen, line: float) -> dict[str, Drawing]:
    return {"shares": draw_intervals(screen.shares, line)}


def _draw_rows(screen: Screen, line: float) -> dict[str, Drawing]:
    bounded = [row for row in screen.rows if row.rank is not None]
    return {"rows": draw_intervals(bounded[:MOST_BARS], line)}


def _draw_variations(screen: Screen, line: float) -> dict[str, Drawing]:
    return {"variations": draw_variations(screen.told.dimensions.resources, screen.told.facts.standard)}


def _draw_years(screen: Screen, line: float) -> dict[str, Drawing]:
    if not screen.told.former:
        return {}
    county = screen.told.estimate.county
    now = Shown(name=screen.told.facts.name, rate=county.rate, lower=county.lower, upper=county.upper)
    rounds: list[Shown | FormerLine] = [now, *screen.told.former]
    return {"former": draw_intervals(rounds, line)}


CHARTS: Mapping[str, Callable[[Screen, float], dict[str, Drawing]]] = {
    "verdict": _draw_verdict,
    "group": _draw_groups,
    "topic": _draw_topics,
    "item": _draw_items,
    "unit": _draw_rows,
    "stage": _draw_rows,
    "locale": _draw_rows,
    "resources": _draw_variations,
    "years": _draw_years,
}


def _draw_choices(told: Telling, line: float) -> Chart:
    """The rate under each choice, a dot without an interval."""
    bars = [
        Bar(told.choice(choice.name), choice.rate, choice.rate, choice.rate, percent(choice.rate, line))
        for choice in told.estimate.sensitivity
        if choice.rate is not None
    ]
    return Chart(tuple(bars), line, whole_percent(line))
