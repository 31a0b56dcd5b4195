"""The county's own report on social recognition: what a round found, in words (社会认可度自评报告)."""

from pathlib import Path

from reports.charts.charts import Drawing
from reports.charts.drawings import draw_intervals, draw_plans, draw_returns, draw_topics, draw_variations
from reports.document.document import Document, hold_names, read_document
from reports.document.pdf import render_pdf
from reports.document.web import render_html
from reports.document.word import write_docx
from reports.report.chart_titles import title_charts
from reports.report.points import describe_points
from reports.report.telling import RoundFacts, RoundResults, describe_round
from reports.setting.texts import fill

FILE = "社会认可度自评报告"


def section(facts: RoundFacts, found: RoundResults) -> Document:
    """Write the report of a round."""
    told = describe_round(facts, found)
    line = facts.rule.threshold.value
    charts: dict[str, Drawing] = {
        "groups": draw_intervals(told.groups, line),
        "returns": draw_returns(told.returns.sample),
        "topics": draw_topics(told.rates.topics, told.groups, line),
        "variations": draw_variations(told.dimensions.resources, facts.standard),
        "plans": draw_plans(told.plans),
    }
    drawn = {name: chart for name, chart in charts.items() if chart.told}
    document = read_document(
        fill(
            "section.jinja",
            **told.names(),
            points=describe_points(told),
            charts=frozenset(drawn),
            findings=title_charts(told),
        ),
        drawn,
        author=facts.organiser,
        day=facts.generated,
        mark=facts.mark,
        contents=True,
    )
    return hold_names(document, told.held)


def write_word(folder: Path, document: Document, file: str, *, page: bool = False) -> list[Path]:
    """Write a document as Word, and as a page (`page`); the same inputs give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    word = folder / f"{file}.docx"
    html = folder / f"{file}.html"
    write_docx(document, word)
    if page:
        html.write_text(render_html(document), encoding="utf-8")
    return [word, *([html] if page else [])]


def write_pdf(folder: Path, document: Document, file: str) -> Path:
    """Write a document as a PDF; the same inputs give the same bytes.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    path = folder / f"{file}.pdf"
    path.write_bytes(render_pdf(document))
    return path
