"""The checker: a document is read back and every sentence in it is tested against what was published.

It shares with the writer the forms of sentences alone; what a sentence says is tested by code of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from analysis.standard.document_titles import load_document_titles
from questionnaires.pack import read_toml
from questionnaires.vocabulary import Dimension
from reports.annex.annex_words import load_annex_words
from reports.annex.recompute_words import load_recompute_words
from reports.checking import (
    count_table_checks,
    dimension_checks,
    group_checks,
    headline_checks,
    key_checks,
    rate_table_checks,
    repair_checks,
    return_checks,
    round_checks,
    rule_rows,
    silence_checks,
    title_checks,
)
from reports.checking.annex_checks import check_annex, check_dimension_page
from reports.checking.document_reading import Written, read_written, split_sentences
from reports.checking.headline_checks import Check
from reports.checking.matching import find_claims
from reports.checking.published_round import PublishedRound
from reports.checking.rate_table_checks import TableCheck, asks, find_rate_check
from reports.checking.recompute_checks import check_recompute_book
from reports.checking.references import LABEL, check_references, read_captions
from reports.checking.table_words import name_heads
from reports.checking.tightening import tighten
from reports.checking.told_facts import list_facts, list_own_sentences
from reports.checking.workbook_checks import check_workbook
from reports.setting.typesetting import TEMPLATES

CHECKS: Mapping[str, Check] = {
    **headline_checks.CHECKS,
    **group_checks.CHECKS,
    **return_checks.CHECKS,
    **dimension_checks.CHECKS,
    **round_checks.CHECKS,
    **rule_rows.CHECKS,
    **key_checks.CHECKS,
    **silence_checks.CHECKS,
    **title_checks.CHECKS,
}
TABLES: Mapping[str, TableCheck] = {
    **rate_table_checks.CHECKS,
    **count_table_checks.CHECKS,
    **round_checks.TABLES,
    **repair_checks.CHECKS,
}
PAGES = tuple(f"{dimension.zh}.html" for dimension in Dimension)
READ = (".docx", ".html", ".pdf")
DIGIT = re.compile(r"\d")
TITLE = re.compile(r"《([^》]+)》")
TOLD = re.compile(r"\d|最低|最高|上升|下降|达到评估标准|(?<!是否)超出抽样误差")


@cache
def load_fixed() -> Mapping[str, list[str]]:
    """What a sentence may hold beside its claims: patterns of fixed text, and titles that are true."""
    return read_toml(TEMPLATES / "claims_fixed.toml")


def check_document(path: Path, round_: PublishedRound) -> list[str]:
    """What is untrue or of no known origin in a document, a line each; empty when all of it holds."""
    return list(check_written(read_written(path), round_))


def check_folder(folder: Path, round_: PublishedRound) -> list[str]:
    """As `check_document`, of every document in a folder, and that each PDF has the tables of its Word file.

    Of the workbook and of the dimensions' pages every cell is checked.
    """
    return [f"{path.name}: {line}" for path in sorted(folder.iterdir()) for line in _check_file(path, round_)]


def _check_file(path: Path, round_: PublishedRound) -> Iterator[str]:
    if path.name == load_annex_words().file:
        yield from (*check_workbook(path, round_), *check_annex(path, round_))
    elif path.name == load_recompute_words().file:
        yield from check_recompute_book(path, round_)
    elif path.name in PAGES:
        yield from check_dimension_page(path, round_)
    elif path.suffix in READ:
        yield from check_document(path, round_)
    word = path.with_suffix(".docx")
    if path.suffix == ".pdf" and word.exists():
        yield from compare_cells(read_written(path), read_written(word))


def compare_cells(pdf: Written, word: Written) -> Iterator[str]:
    """Rows of the Word file's tables that the PDF does not have, in their order."""
    start = 0
    for row in (row for table in word.tables for row in table):
        text = "".join(row)
        place = pdf.cells.find(text, start)
        if place < 0:
            yield f"no such row: {' | '.join(row)}"
        else:
            start = place + len(text)


def check_written(written: Written, round_: PublishedRound) -> Iterator[str]:
    """As `check_document`, of what was read."""
    facts = list_facts(round_)
    own = list_own_sentences(round_)
    captions = read_captions(written.paragraphs)
    for sentence in split_sentences(written.paragraphs):
        found = check_sentence(sentence, round_, facts)
        yield from (str(fault) for fault in found if sentence not in own or fault.kind == "claim")
    for paragraph in written.paragraphs:
        yield from check_references(paragraph, captions)
    for table in written.tables:
        yield from _check_table(table, round_)


class Fault(NamedTuple):
    """What is wrong with a sentence: a claim that does not hold, a title that is none, a word of no known origin."""

    kind: Literal["claim", "title", "unknown"]
    what: str
    where: str

    def __str__(self) -> str:
        told = {"claim": f"{self.what}: {self.where}", "title": f"title: {self.what}"}
        return told.get(self.kind, f"unknown: {self.what}: {self.where}")


def check_sentence(sentence: str, round_: PublishedRound, facts: Sequence[str]) -> Iterator[Fault]:
    """Every fault of a sentence; `facts` as `list_facts` gives them."""
    known = LABEL.sub("□", _without_number(sentence, tighten(round_.facts.county)))
    for pattern in load_fixed()["text"]:
        known = re.sub(pattern, "□", known)
    claims, rest = find_claims(known)
    for fact in facts:
        rest = rest.replace(fact, "□")
    for claim in claims:
        if not _holds(claim.form, claim.said, round_):
            yield Fault("claim", claim.form, sentence)
    for title in TITLE.findall(sentence):
        if title not in _titles():
            yield Fault("title", title, sentence)
    if found := TOLD.search(rest):
        yield Fault("unknown", found[0], rest)


def _without_number(sentence: str, county: str) -> str:
    """A sentence without its number, where a county's name with a digit in front would make the two one figure.

    >>> _without_number("1.85市社会认可度为89%", "85市"), _without_number("1.85倍", "明江县")
    ('85市社会认可度为89%', '1.85倍')
    """
    number, _, rest = sentence.partition(".")
    return rest if county and number.isdigit() and rest.startswith(county) else sentence


def _holds(form: str, said: Mapping[str, str], round_: PublishedRound) -> bool:
    try:
        return CHECKS[form](said, round_)
    except (ValueError, KeyError, IndexError):
        return False


@cache
def _titles() -> frozenset[str]:
    return frozenset((*load_document_titles().values(), *load_fixed()["titles"]))


def _check_table(table: list[list[str]], round_: PublishedRound) -> Iterator[str]:
    """A table by the check of its head; one of no known kind may hold no figure."""
    head = tuple(table[0]) if table else ("",)
    check = TABLES.get(name_heads().get(head, "")) or find_rate_check(head)
    if check is not None:
        yield from check(table, round_)
    elif any(DIGIT.search(cell) for row in table for cell in row) and not asks(head):
        yield f"unknown table: {' | '.join(head)}"
