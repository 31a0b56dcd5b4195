"""Answers in words, by the options of the paper each group was given: 是 is the best in one edition, not in another."""

from collections.abc import Collection, Iterator, Sequence

from questionnaires.paper import BLANK, UNKNOWN, Paper
from questionnaires.text import clean_text
from survey_app.frame.sheets.cell_reading import SKIPPED, Value, fold
from survey_app.frame.sheets.columns import Column
from survey_app.frame.sheets.grids import Cell
from survey_app.frame.sheets.mapping import plain_option
from survey_app.frame.sheets.sheet_problems import say

ALWAYS = frozenset({BLANK, UNKNOWN})


def words_of_papers(papers: Sequence[Paper]) -> dict[str, str]:
    """The value of each option of these papers as it is worded.

    >>> from questionnaires.paper import load_paper
    >>> [words_of_papers([load_paper(name)])["是"] for name in ("student-2027", "student-2027b")]
    ['4', '5']
    """
    return {option.label: str(option.value) for paper in papers for option in paper.options}


def find_foreign_words(
    cells: Sequence[Cell], groups: Sequence[Value], column: Column, papers: Sequence[Paper], stated: Collection[str]
) -> Iterator[tuple[int, str]]:
    """The index of each answer that is a word of another paper's scale, and the sentence that says so.

    `groups` are those of the rows; what somebody `stated` a word to mean holds on every paper.
    """
    words = {cell for cell in set(cells) if _is_word(cell, column) and clean_text(str(cell)) not in stated}
    offered = {paper.id: list_offered(paper, column) for paper in papers}
    foreign = {name: {cell for cell in words if fold(plain_option(cell)) not in offered[name]} for name in offered}
    if not any(foreign.values()):
        return
    paper_of = {str(group): paper for paper in papers for group in paper.groups}
    for at, (cell, group) in enumerate(zip(cells, groups, strict=True)):
        paper = paper_of.get(str(group))
        if paper and cell in foreign[paper.id]:
            allowed = "、".join(f"{option.value} {option.label}" for option in paper.options)
            yield at, say("response", "option", written=cell, allowed=allowed)


def list_offered(paper: Paper, column: Column) -> frozenset[str]:
    """The words that a paper's answers may be written in: its options, and the usual words of those it has."""
    labels = {str(option.value): option.label for option in paper.options}
    usual = [
        word
        for value, words in column.words.items()
        if int(value) in ALWAYS or labels.get(value, words[0]) in words
        for word in words
    ]
    return frozenset(fold(word) for word in [*labels.values(), *usual])


def _is_word(cell: Cell, column: Column) -> bool:
    text = plain_option(cell)
    return bool(text) and text not in SKIPPED and text.partition(".")[0] not in column.words
