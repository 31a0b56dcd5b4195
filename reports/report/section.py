"""The county's self-check report on social recognition: what a round found, in words (社会认可度县级自查报告)."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.ledgers import unmet_ledger
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.charts.charts import Drawing
from reports.charts.drawings import draw_groups, draw_plans, draw_returns, draw_topics, draw_variations, list_plans
from reports.document.document import Document, read_document
from reports.document.pdf import render_pdf
from reports.document.web import render_html
from reports.document.word import write_docx
from reports.handouts.slips import load_words
from reports.report.choices import load_choice_words, name_choice, name_untested
from reports.report.comparison import describe_former
from reports.report.returns import describe_strata, describe_units
from reports.setting.findings import (
    Row,
    count_short,
    describe_dimensions,
    describe_method,
    describe_rates,
    describe_returns,
    order_groups,
)
from reports.setting.texts import fill

FILE = "社会认可度县级自查报告"
STAGES = {"primary": "小学", "junior": "初中"}
RETURNS, VARIATIONS = ("收回份数占计划的比例", "计划样本"), ("差异系数", "限值")


@dataclass(frozen=True)
class RoundFacts:
    """What the report says about the round itself; `papers` in the order of their columns.

    `document` is the number of the document that announced it, and `approver` who approved it, if any.
    """

    county: str
    organiser: str
    name: str
    school_year: str
    opens: date
    closes: date
    population: int
    population_source: str
    rule: Rule
    standard: Standard
    papers: tuple[Paper, ...]
    invented: bool
    generated: date
    document: str = ""
    approver: str = ""

    @property
    def mark(self) -> str:
        """What stands on every page of a document with invented answers."""
        return str(load_words()["invented"]) if self.invented else ""


def describe_round(facts: RoundFacts, status: Row, recognition: Row, judgement: Judgement, former: list[Row]) -> Row:
    """Everything the report's templates name; no figure is made here."""
    groups = order_groups(recognition["groups"])
    schools = {school.school: school.name for school in judgement.dimensions.resources.schools}
    return {
        "facts": facts,
        "rule": facts.rule,
        "standard": facts.standard,
        "recognition": recognition,
        "judgement": judgement,
        "status": status,
        "groups": groups,
        "choice": partial(name_choice, rule=facts.rule, papers=facts.papers),
        "checks": load_choice_words()["checks"],
        "untested": name_untested(recognition["integrity"]["checks"]),
        "short_counts": count_short(unmet_ledger(judgement, facts.standard)),
        "plans": list_plans(judgement, facts.standard),
        **describe_method(facts.rule, facts.papers),
        **describe_returns(status, groups),
        **describe_strata(status),
        **describe_units(status, schools),
        **describe_rates(recognition, groups, facts.papers),
        **describe_former(former, recognition, facts.rule.id, [paper.id for paper in facts.papers]),
        **describe_dimensions(judgement, facts.standard),
    }


def section(
    facts: RoundFacts, status: Row, recognition: Row, judgement: Judgement, former: list[Row] | None = None
) -> Document:
    """Write the report from the objects of `survey status`, `estimate` and `judge` and the former rounds'."""
    told = describe_round(facts, status, recognition, judgement, former or [])
    charts: dict[str, Drawing] = {
        "groups": draw_groups(told["groups"], facts.rule.threshold.value),
        "returns": draw_returns(told["sample"], RETURNS),
        "topics": draw_topics(told["topics"], told["groups"], facts.rule.threshold.value),
        "variations": draw_variations(told["resources"], facts.standard, STAGES, VARIATIONS),
        "plans": draw_plans(told["plans"], STAGES, ("实际达标校数占比", "规划目标")),
    }
    drawn = {name: chart for name, chart in charts.items() if chart.told}
    return read_document(
        fill("section.jinja", **told, charts=frozenset(drawn)),
        drawn,
        author=facts.organiser,
        day=facts.generated,
        mark=facts.mark,
        contents=True,
    )


def write_word(folder: Path, document: Document, file: str, *, page: bool = False) -> list[Path]:
    """Write a document as Word, and as a page (`page`); the same inputs give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    word, html = folder / f"{file}.docx", folder / f"{file}.html"
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
