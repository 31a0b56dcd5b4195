"""Documents of a round: letters while it lasts, the report when it is closed."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from analysis.published import Published
from analysis.standard import Standard, hold_to_standard, load_standard
from analysis.verdict import Judgement
from questionnaires.county_words import speak_of
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from reports.annex.dimension_pages import write_dimension_pages
from reports.annex.rate_tables import rate_tables
from reports.annex.recompute_book import write_recompute_book
from reports.annex.tables import AnnexFacts, AnnexTable
from reports.annex.workbook import write_workbook
from reports.citizen.citizen_page import write_citizen_page
from reports.handouts.notices import find_last_day
from reports.report import briefing, insert, section, telling
from reports.report.insert import USUAL_LEVEL
from reports.report.paperwork import write_paperwork
from reports.screen.views import results_of
from survey_app.closing.closing_minute import find_sums, was_closed_alone
from survey_app.core.models import Round
from survey_app.results.key_fates import find_key_fate
from survey_app.rounds.calendar_marks import load_marks
from survey_app.rounds.own_texts import load_words

PARTS = ("insert", "annex", "citizen", "briefing")


def write_report(
    out: Path, round_: Round, published: Published, parts: Collection[str] = PARTS, *, level: int = USUAL_LEVEL
) -> list[Path]:
    """The documents of a closed round, from its published table and its key's fate; PDFs last: they need typefaces.

    `level` is that of the insert's heading.

    Raises:
        FontMissingError: no Chinese typeface is installed; everything but the PDFs is there then.
    """
    return write_documents(out, closed_facts_of(round_), published, parts, level=level)


def write_documents(
    out: Path,
    facts: telling.RoundFacts,
    published: Published,
    parts: Collection[str] = PARTS,
    *,
    level: int = USUAL_LEVEL,
) -> list[Path]:
    """The documents of what was published, whether a round or files tell it; as `write_report`."""
    found = results_of(published)
    documents = {}
    paths: list[Path] = []
    if "insert" in parts:
        documents[insert.FILE] = insert.insert(facts, found, level=level)
    if "annex" in parts:
        documents[section.FILE] = section.section(facts, found)
        paths += _write_round_annex(out, facts, found)
    if "citizen" in parts:
        paths.append(write_citizen_page(out, facts, found))
    if "briefing" in parts:
        documents[briefing.FILE] = briefing.briefing(facts, found)
    for file, document in documents.items():
        paths += section.write_word(out, document, file, page=file == section.FILE)
    return paths + [section.write_pdf(out, document, file) for file, document in documents.items()]


def write_round_paperwork(session: Session, out: Path, round_: Round) -> list[Path]:
    """What is sent out and signed around a round, open or closed; no result is in it."""
    marks, _ = load_marks(session, round_)
    return write_paperwork(out, facts_of(round_), marks)


def facts_of(round_: Round) -> telling.RoundFacts:
    """What documents say about the round itself."""
    standard = load_standard(round_.standard)
    return telling.RoundFacts(
        county=round_.county,
        organiser=round_.organiser,
        telephone=round_.telephone,
        name=round_.name,
        school_year=round_.school_year,
        opens=round_.opens.date(),
        closes=find_last_day(round_.closes),
        population=round_.population,
        population_source=round_.population_source,
        rule=hold_to_standard(load_rule(round_.rule), standard),
        standard=standard,
        papers=tuple(speak_of(load_paper(name), round_.county) for name in round_.papers),
        invented=round_.invented,
        generated=round_.closes.date(),
        document=round_.document,
        approver=round_.approver,
        own=load_words(round_),
    )


def closed_facts_of(round_: Round) -> telling.RoundFacts:
    """The same of a closed round, with its minute's sums, what became of its key, and whether it was closed alone."""
    return replace(
        facts_of(round_),
        sums=find_sums(round_),
        keys=find_key_fate(round_),
        closed_alone=was_closed_alone(round_),
    )


def _write_round_annex(out: Path, facts: telling.RoundFacts, found: telling.RoundResults) -> list[Path]:
    """The annex tables with those of the round, a page for each dimension, and the workbook to recompute them with."""
    source = f"{facts.school_year.replace('-', '—')}学年学校填报和县级填报的数据"
    about = AnnexFacts(facts.county, source, facts.generated, facts.invented)
    rates = rate_tables(telling.describe_round(facts, found))
    recomputed = write_recompute_book(out, facts, found, about)
    return [*write_annex(out, found.judgement, facts.standard, about, rates), recomputed]


def write_annex(
    out: Path, judgement: Judgement, standard: Standard, facts: AnnexFacts, rates: Iterable[AnnexTable] = ()
) -> list[Path]:
    """The annex tables as a workbook, and a page for each dimension."""
    book = write_workbook(out, judgement, standard, facts, rates)
    return [book, *write_dimension_pages(out, judgement, standard, facts)]
