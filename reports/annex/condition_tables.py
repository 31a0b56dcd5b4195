"""Annex tables on what stands beside the indicators: preconditions, vetoes, and documents that disagree."""

from collections.abc import Iterator

from analysis.indicators.sections import Row
from analysis.standard import Standard
from analysis.standard.limits import WORDS
from reports.annex.tables import AnnexTable, Cell, build_table, load_annex_words, plain_figure, verdict_cell


def conditions_table(judgement: Row) -> AnnexTable:
    """前置条件和一票否决情形: what the county said of each, by whom it was checked, and its clause."""
    words = load_annex_words()["conditions"]
    rows = [
        [
            Cell(words[kind]),
            Cell(each["id"]),
            Cell(each["title"]),
            verdict_cell(each["verdict"]),
            Cell(each["reason"].removeprefix(f"{each['title']}：")),
            Cell(each["source"] or ""),
            Cell(each["clause"]),
        ]
        for kind in ("preconditions", "vetoes")
        for each in judgement[kind]
    ]
    return build_table(words, rows)


def contradictions_table(judgement: Row, standard: Standard) -> AnnexTable:
    """文件不一致之处: every value with its clause, the one that was used and why; below, what policy may have moved."""
    words = load_annex_words()["contradictions"]
    rows = [
        [
            Cell(each["indicator"]),
            Cell(each["title"]),
            Cell("；".join(map(say_reading, each["values"]))),
            plain_figure(each["used"]),
            Cell(each["reason"]),
        ]
        for each in judgement["contradictions"]
    ]
    return build_table(words, rows, notes=_say_policy(judgement, standard))


def say_reading(reading: Row) -> str:
    """One of several values that disagree, with its clause."""
    return f"{WORDS.get(reading['operator'], '')}{reading['value']:.10g}{reading['unit']}（{reading['clause']}）"


def _say_policy(judgement: Row, standard: Standard) -> Iterator[str]:
    for each in judgement["policy_notes"]:
        title = standard.entries[standard.whole(each["indicator"])].title
        yield load_annex_words()["contradictions"]["policy"].format(title=title, **each)
