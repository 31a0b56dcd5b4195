"""The county's self-check report on social recognition: what a round found, in words (社会认可度县级自查报告)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analysis.published import FormerRound
from analysis.results import Estimate
from analysis.round_counts import Status
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.ledgers import unmet_ledger
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.charts.charts import Drawing
from reports.charts.drawings import (
    PlannedTarget,
    draw_intervals,
    draw_plans,
    draw_returns,
    draw_topics,
    draw_variations,
    list_plans,
)
from reports.document.document import Document, read_document
from reports.document.pdf import render_pdf
from reports.document.web import render_html
from reports.document.word import write_docx
from reports.handouts.handout_words import load_handout_words
from reports.report.choices import load_choice_words, name_choice, name_untested
from reports.report.comparison import FormerLine, describe_former
from reports.report.returns import StrataReturns, UnitReturns, describe_strata, describe_unit_returns
from reports.setting.dimension_findings import FourDimensions, ShortCount, count_short, describe_dimensions
from reports.setting.findings import (
    GroupLine,
    Method,
    Rates,
    Returns,
    describe_method,
    describe_rates,
    describe_returns,
    order_groups,
)
from reports.setting.texts import fill

FILE = "社会认可度县级自查报告"


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
    telephone: str = ""

    @property
    def mark(self) -> str:
        """What stands on every page of a document with invented answers."""
        return load_handout_words().invented if self.invented else ""


@dataclass(frozen=True, kw_only=True)
class RoundResults:
    """What was found of a round: counts, recognition, judgement and the county's rounds before."""

    status: Status
    estimate: Estimate
    judgement: Judgement
    former: Sequence[FormerRound] = ()


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Everything that the report tells, in its order; no figure is made here."""

    facts: RoundFacts
    estimate: Estimate
    judgement: Judgement
    groups: list[GroupLine]
    untested: list[str]
    short_counts: list[ShortCount]
    plans: list[PlannedTarget]
    former: list[FormerLine]
    method: Method
    returns: Returns
    strata: StrataReturns
    unit_returns: UnitReturns
    rates: Rates
    dimensions: FourDimensions

    def choice(self, name: str) -> str:
        """What another way of counting is called."""
        return name_choice(name, self.facts.rule, self.facts.papers)

    def names(self) -> dict[str, Any]:
        """What the templates name."""
        parts = (self.method, self.returns, self.strata, self.unit_returns, self.rates, self.dimensions)
        return {
            "facts": self.facts,
            "rule": self.facts.rule,
            "standard": self.facts.standard,
            "estimate": self.estimate,
            "judgement": self.judgement,
            "groups": self.groups,
            "choice": self.choice,
            "checks": load_choice_words().checks,
            "untested": self.untested,
            "short_counts": self.short_counts,
            "plans": self.plans,
            "former": self.former,
            **{name: value for part in parts for name, value in part._asdict().items()},
        }


def describe_round(facts: RoundFacts, found: RoundResults) -> Telling:
    """What the report tells of a round."""
    estimate = found.estimate
    judgement = found.judgement
    groups = order_groups(estimate.groups)
    schools = {school.school: school.name for school in judgement.dimensions.resources.schools}
    return Telling(
        facts=facts,
        estimate=estimate,
        judgement=judgement,
        groups=groups,
        untested=name_untested(estimate.integrity.checks),
        short_counts=count_short(unmet_ledger(judgement, facts.standard)),
        plans=list_plans(judgement, facts.standard),
        former=describe_former(found.former, estimate, [paper.id for paper in facts.papers]),
        method=describe_method(facts.rule, facts.papers),
        returns=describe_returns(found.status, groups),
        strata=describe_strata(found.status),
        unit_returns=describe_unit_returns(found.status, schools),
        rates=describe_rates(estimate, groups, facts.papers),
        dimensions=describe_dimensions(judgement, facts.standard),
    )


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
    return read_document(
        fill("section.jinja", **told.names(), charts=frozenset(drawn)),
        drawn,
        author=facts.organiser,
        day=facts.generated,
        mark=facts.mark,
        contents=True,
    )


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
