"""Annex tables on what stands beside the indicators: preconditions, vetoes, and documents that disagree."""

from collections.abc import Iterator

from analysis.standard import Standard
from analysis.standard.limits import say_demand
from analysis.verdict import Judgement
from analysis.verdict.judgement import ConditionFinding
from analysis.verdict.records import Reading
from reports.annex.annex_words import load_annex_words
from reports.annex.tables import AnnexTable, Cell, build_table, plain_figure, verdict_cell


def conditions_table(judgement: Judgement) -> AnnexTable:
    """前置条件和一票否决情形: what the county said of each, by whom it was checked, and its clause."""
    words = load_annex_words().conditions
    rows = [
        *(_condition_row(words.preconditions, own, verdict_cell(own.verdict)) for own in judgement.preconditions),
        *(_condition_row(words.vetoes, own, Cell(words.found[own.verdict])) for own in judgement.vetoes),
    ]
    return build_table(words, rows)


def _condition_row(kind: str, condition: ConditionFinding, conclusion: Cell) -> list[Cell]:
    return [
        Cell(kind),
        Cell(condition.id),
        Cell(condition.title),
        conclusion,
        Cell(condition.reason.removeprefix(f"{condition.title}：")),
        Cell(condition.source or ""),
        Cell(condition.clause),
    ]


def contradictions_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """文件不一致之处: every value with its clause, the one that was used and why; below, what policy may have moved."""
    words = load_annex_words().contradictions
    rows = [
        [
            Cell(contradiction.indicator),
            Cell(contradiction.title),
            Cell("；".join(map(say_reading, contradiction.values))),
            plain_figure(contradiction.used),
            Cell(contradiction.reason),
        ]
        for contradiction in judgement.contradictions
    ]
    return build_table(words, rows, notes=_say_policy(judgement, standard))


def say_reading(reading: Reading) -> str:
    """One of several values that disagree, with its clause."""
    return f"{say_demand(reading.operator, reading.value, reading.unit)}（{reading.clause}）"


def _say_policy(judgement: Judgement, standard: Standard) -> Iterator[str]:
    words = load_annex_words().contradictions
    for remark in judgement.policy_notes:
        title = standard.entries[standard.whole(remark.indicator)].title
        yield words.policy.format(title=title, note=remark.note, clause=remark.clause)
