"""Facts as they are written: what a sentence may hold beside its claims, since the round itself says so."""

import re
from collections.abc import Iterator
from datetime import date

from analysis.standard.document_titles import load_document_titles
from questionnaires.vocabulary import OwnText
from reports.checking.document_reading import split_sentences
from reports.checking.published_round import PublishedRound
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten

DIGIT = re.compile(r"\d")


def list_facts(round_: PublishedRound) -> list[str]:
    """Names, numbers of documents, days and years with a digit in them, the longest first."""
    told = {tighten(text) for text in _facts(round_) if DIGIT.search(text)}
    return sorted(told, key=lambda text: (-len(text), text))


def _facts(round_: PublishedRound) -> Iterator[str]:
    facts = round_.facts
    standard = facts.standard
    words = load_table_words().facts
    yield from (facts.county, facts.organiser, facts.telephone, facts.document, facts.approver)
    yield from (facts.population_source, words.number.format(id=facts.rule.id), words.number.format(id=facts.name))
    yield words.year.format(year=facts.school_year.replace("-", "—"))
    yield words.county_year.format(county=facts.county, year=facts.opens.year)
    yield from _window(round_)
    yield from (standard.document.number, *standard.document.basis)
    title = load_document_titles().get(standard.id, "")
    yield words.document.format(title=title, number=standard.document.number)
    yield standard.through_school_primary.clause


def _window(round_: PublishedRound) -> Iterator[str]:
    facts = round_.facts
    words = load_table_words().facts
    opens = words.days.format(day=facts.opens)
    yield words.until.format(first=opens, last=words.days.format(day=facts.closes))
    if facts.opens.year == facts.closes.year:
        yield words.until.format(first=opens, last=words.day.format(day=facts.closes))
    yield words.days.format(day=facts.generated)


def told_days(opens: date, closes: date) -> str:
    """The days from one to another as a cell or source has them: no year is said twice."""
    words = load_table_words().facts
    last = words.day if opens.year == closes.year else words.days
    return words.until.format(first=words.days.format(day=opens), last=last.format(day=closes))


def list_own_sentences(round_: PublishedRound) -> frozenset[str]:
    """What the office wrote itself, by sentences: it may hold figures and titles that the program does not know."""
    own = round_.facts.own
    lines = [tighten(line) for kind in OwnText for line in own.lines(kind.value)]
    return frozenset(split_sentences(lines))
