"""The workbook for an inspector who runs no program (复算表): printed figures, and formulas to the results."""

from pathlib import Path

from reports.annex.rate_tables import say_rate_source
from reports.annex.recompute_headline import headline_table
from reports.annex.recompute_variation import variation_tables
from reports.annex.recompute_words import load_recompute_words
from reports.annex.tables import AnnexFacts, say_source
from reports.annex.workbook import write_sheets
from reports.evidence.minute_record import ClosingSums
from reports.report.telling import RoundFacts, RoundResults


def write_recompute_book(folder: Path, facts: RoundFacts, found: RoundResults, about: AnnexFacts) -> Path:
    """Write `复算表.xlsx`; each formula carries what it comes to, and the same input gives the same bytes."""
    sums = facts.sums
    tables = [
        headline_table(facts, found, say_sums(say_rate_source(facts), sums)),
        *variation_tables(found.judgement, facts.standard, say_sums(say_source(facts.standard, about), sums)),
    ]
    return write_sheets(folder / load_recompute_words().file, tables, about)


def say_sums(source: str, sums: ClosingSums | None) -> str:
    """The sums of the closing minute before where the figures come from; files alone have none."""
    words = load_recompute_words()
    if sums is None:
        return words.no_sums.format(source=source)
    return words.sums.format(minute=sums.minute, published=sums.published, source=source)
