"""The checker: a document is read back and every sentence in it is tested against what was published.

It shares with the writer the forms of sentences alone; what a sentence says is tested by code of its own.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from analysis.results import Figure
from analysis.standard.document_titles import load_document_titles
from questionnaires.pack import read_toml
from reports.checking import group_checks, headline_checks
from reports.checking.document_reading import Written, read_written, split_sentences
from reports.checking.headline_checks import Check
from reports.checking.matching import find_claims
from reports.checking.world import World, figure_agrees
from reports.setting.typesetting import TEMPLATES

CHECKS: Mapping[str, Check] = {**headline_checks.CHECKS, **group_checks.CHECKS}
RATE = "认可度"
TITLE = re.compile(r"《([^》]+)》")
TOLD = re.compile(r"\d[\d,.]*(?:%|个百分点|处|份|题|类)|最低|最高|上升|下降|达到评估标准|高于\d|低于\d")


@cache
def load_fixed() -> Mapping[str, list[str]]:
    """What a sentence may hold beside its claims: patterns of fixed text, and titles that are true."""
    return read_toml(TEMPLATES / "claims_fixed.toml")


def check_document(path: Path, world: World) -> list[str]:
    """What is untrue or of no known origin in a document, a line each; empty when all of it holds."""
    return list(check_written(read_written(path), world))


def check_written(written: Written, world: World) -> Iterator[str]:
    """As `check_document`, of what was read."""
    for sentence in split_sentences(written.paragraphs):
        yield from _check_sentence(sentence, world)
    for table in written.tables:
        yield from _check_table(table, world)


def _check_sentence(sentence: str, world: World) -> Iterator[str]:
    known = sentence
    for pattern in load_fixed()["text"]:
        known = re.sub(pattern, "□", known)
    claims, rest = find_claims(known)
    for claim in claims:
        if not _holds(claim.form, claim.said, world):
            yield f"{claim.form}: {sentence}"
    for title in TITLE.findall(sentence):
        if title not in _titles():
            yield f"title: {title}"
    if found := TOLD.search(rest):
        yield f"unknown: {found[0]}: {rest}"


def _holds(form: str, said: Mapping[str, str], world: World) -> bool:
    try:
        return CHECKS[form](said, world)
    except (ValueError, KeyError, IndexError):
        return False


@cache
def _titles() -> frozenset[str]:
    return frozenset((*load_document_titles().values(), *load_fixed()["titles"]))


def _check_table(table: list[list[str]], world: World) -> Iterator[str]:
    """A table whose rows are groups or topics and that has a column of their 认可度."""
    head = table[0] if table else []
    known: dict[str, Figure] = {**world.groups, **world.topics, **world.items}
    start = 0
    for column in (at for at, text in enumerate(head) if text == RATE):
        for row in table[1:]:
            names = [cell for cell in row[start:column] if cell in known]
            if names and not _cell_agrees(row[column], known[names[-1]], world.share):
                yield f"table: {names[-1]}: {row[column]}"
        start = column + 1


def _cell_agrees(cell: str, figure: Figure, line: float) -> bool:
    if figure.rank is None:
        return cell == "—"
    return cell != "—" and figure_agrees(cell, figure, line)
