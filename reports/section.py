"""The section on social recognition: what a round found, in the words of the report (社会认可度自查报告)."""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from analysis.standard import Standard
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.document import Document, read_document
from reports.figures import coefficient, count, number, percent, whole_percent
from reports.findings import (
    Row,
    describe_dimensions,
    describe_method,
    describe_rates,
    describe_returns,
    draw_groups,
    name_groups,
    order_groups,
)
from reports.pdf import render_pdf
from reports.slips import load_words
from reports.typesetting import TEMPLATES
from reports.word import write_docx

FILE = "社会认可度自查报告"


@dataclass(frozen=True)
class RoundFacts:
    """What the report says about the round itself; `papers` in the order of their columns."""

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


def section(facts: RoundFacts, status: Row, recognition: Row, judgement: Row) -> Document:
    """Write the section from the objects of `survey status`, `estimate` and `judge`; no figure is made here."""
    groups = order_groups(recognition["groups"])
    text = _template().render(
        facts=facts,
        rule=facts.rule,
        standard=facts.standard,
        recognition=recognition,
        judgement=judgement,
        groups=groups,
        **describe_method(facts.rule, facts.papers),
        **describe_returns(status, groups),
        **describe_rates(recognition, groups, facts.papers),
        **describe_dimensions(judgement, facts.standard),
    )
    return read_document(
        text,
        {"groups": draw_groups(groups, facts.rule.threshold.value)},
        author=facts.organiser,
        day=facts.generated,
        mark=load_words()["invented"] if facts.invented else "",
    )


def write_section(folder: Path, facts: RoundFacts, status: Row, recognition: Row, judgement: Row) -> list[Path]:
    """Write the section as a Word document and as a PDF; the same inputs give the same bytes.

    Raises:
        FontMissingError: no Chinese typeface is installed; the Word document is there then.
    """
    document = section(facts, status, recognition, judgement)
    folder.mkdir(parents=True, exist_ok=True)
    word, pdf = folder / f"{FILE}.docx", folder / f"{FILE}.pdf"
    write_docx(document, word)
    pdf.write_bytes(render_pdf(document))
    return [word, pdf]


@cache
def _template() -> Template:
    words = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, finalize=_keep_marks, autoescape=False
    )
    words.filters |= {
        "coefficient": coefficient,
        "count": count,
        "number": number,
        "percent": percent,
        "points": partial(percent, sign=""),
        "whole": whole_percent,
        "people": name_groups,
    }
    return words.get_template("section.jinja")


def _keep_marks(value: Any) -> str:
    """A value never breaks a cell or a line, whatever is in it."""
    return " ".join(str(value).replace("|", "｜").split())
