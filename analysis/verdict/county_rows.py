"""County rows: what the county reports about an indicator, held against one requirement of the standard."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

import pandas as pd

from analysis.indicators.raw_figures import computable
from analysis.indicators.reported import TableRow, table_rows, text_of
from analysis.indicators.sections import STAGE_NAMES
from analysis.sentences import say
from analysis.standard import Requirement, Standard
from analysis.standard.limits import Limit, worst
from analysis.verdict.judgement import PartFinding
from analysis.verdict.records import Record
from questionnaires.vocabulary import Stage, Verdict

ANSWERS = {"yes": Verdict.MET, "no": Verdict.NOT_MET}
LOCAL = "L"
MILESTONE = "M"
NUMBERS = ("value", "hours", "grade")


class CountyRow(Record, frozen=True, kw_only=True):
    """One row of the county file; texts are empty and numbers None where nothing was filled in.

    `formula` and `lacking`: how a value was computed of raw figures, and what these lack for it.
    """

    indicator: str
    stage: str = ""
    value: float | None = None
    met: str = ""
    hours: float | None = None
    subject: str = ""
    grade: float | None = None
    scope: str = ""
    source: str | None = None
    formula: str = ""
    lacking: str = ""

    @property
    def place(self) -> str:
        """The stage, grade and subject it speaks of, in words."""
        grade = say("county.grade", grade=f"{self.grade:g}") if self.grade else ""
        return STAGE_NAMES.get(self.stage, "") + grade + self.subject


class Finding(NamedTuple):
    """What one row, or one gap, says: a verdict and its Chinese reason."""

    verdict: Verdict
    reason: str


def county_problems(table: pd.DataFrame, standard: Standard) -> list[str]:
    """Rows with an id the standard does not know, a figure that is no number, or a `met` out of range.

    Ids of local goals (L...) and milestones (M...) may be those of another county's or year's plan: no problem.

    >>> from analysis.standard import load_standard
    >>> county_problems(pd.DataFrame([{"indicator": "G1", "met": "maybe"}]), load_standard("national-2017"))
    ['县级指标第1行（G1）：“是否达到”只能填 yes、no 或留空，现为“maybe”。']
    """
    ids = {*standard.entries, *standard.preconditions, *standard.vetoes}
    for entry in standard.entries.values():
        for requirement in entry.requires.values():
            ids.update(requirement.ids)
    problems: list[str] = []
    for place, row in enumerate(table_rows(table), start=1):
        problems += _row_problems(place, row, ids)
    return problems


def _row_problems(place: int, row: TableRow, ids: set[str]) -> Iterator[str]:
    indicator = text_of(row.get("indicator"))
    where = say("county.row", place=place, indicator=indicator)
    if indicator not in ids and not indicator.startswith((LOCAL, MILESTONE)):
        yield say("county.unknown_id", where=where)
    answer = row.get("met")
    if answer is not None and answer not in ANSWERS:
        yield say("county.bad_answer", where=where, answer=answer)
    if any(isinstance(row.get(column), str) for column in ("value", "hours")):
        yield say("county.not_a_number", where=where)


def read_county(table: pd.DataFrame) -> list[CountyRow]:
    """The county's table, one record a row; `county_problems` tells what is wrong with it."""
    return [
        CountyRow(
            indicator=text_of(row.get("indicator")),
            stage=text_of(row.get("stage")),
            value=_number(row.get("value")),
            met=text_of(row.get("met")),
            hours=_number(row.get("hours")),
            subject=text_of(row.get("subject")),
            grade=_number(row.get("grade")),
            scope=text_of(row.get("scope")),
            source=text_of(row.get("source")) or None,
            formula=text_of(row.get("formula")),
            lacking=text_of(row.get("lacking")),
        )
        for row in table_rows(table)
    ]


def _number(cell: str | float | None) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)


def answered(rows: Sequence[CountyRow], ids: Sequence[str]) -> Verdict:
    """What the county's yes and no under these ids make together; undetermined without any.

    >>> rows = [CountyRow(indicator="V1", met="yes"), CountyRow(indicator="V2", met="no")]
    >>> [answered(rows, ids).value for ids in (["V1"], ["V1", "V2"], ["V3"])]
    ['met', 'not_met', 'undetermined']
    """
    return worst(ANSWERS[row.met] for row in rows if row.indicator in ids and row.met)


def judge_requirement(key: str, requirement: Requirement, rows: Sequence[CountyRow], standard: Standard) -> PartFinding:
    """One requirement of an indicator against the county's rows.

    Every row must pass: one per stage, or per subject and grade. A row without stage speaks for all stages.
    A number decides over a yes; a no is heard even beside a number that passes. `value` is the reported
    number that is hardest to pass with, `threshold` what is demanded, both in `unit`s.

    >>> from analysis.standard import load_standard
    >>> standard = load_standard("national-2017")
    >>> found = judge_requirement("G7", standard.indicators["G7"].requires["funds"],
    ...     [CountyRow(indicator="G7", value=5999.0, met="yes")], standard)
    >>> found.verdict.value, found.reason
    ('not_met', '为5999元/生，不符合“不低于6000元/生”的要求（填报数）')
    """
    ids = requirement.ids or (key,)
    found = [row for row in rows if row.indicator in ids and _speaks_for(row, requirement)]
    findings = [*_findings(found, requirement, standard), *_gaps(found, requirement)]
    verdict = worst(finding.verdict for finding in findings)
    reasons = dict.fromkeys(finding.reason for finding in findings if finding.verdict == verdict)
    return PartFinding(
        id=ids[0],
        title=requirement.title,
        stage=requirement.stage,
        verdict=verdict,
        value=_decisive(found, requirement),
        threshold=requirement.value,
        operator=requirement.operator,
        unit=requirement.unit,
        clause=requirement.clause,
        reason="；".join(reasons),
    )


def _speaks_for(row: CountyRow, requirement: Requirement) -> bool:
    return not requirement.stage or row.stage in {"", requirement.stage}


def _gaps(found: Sequence[CountyRow], requirement: Requirement) -> Iterator[Finding]:
    stages = {row.stage for row in found}
    if not found:
        yield Finding(Verdict.UNDETERMINED, say("county.nothing_reported"))
    elif not requirement.stage and "" not in stages:
        for stage in Stage:
            if stage not in stages:
                yield Finding(Verdict.UNDETERMINED, say("county.stage_not_reported", stage=stage.zh))


def _findings(found: Sequence[CountyRow], requirement: Requirement, standard: Standard) -> Iterator[Finding]:
    """One finding a row; rows that differ in scope alone and disagree leave the question open."""
    subjects: dict[tuple[str, str, float | None], list[CountyRow]] = {}
    for row in found:
        subjects.setdefault((row.stage, row.subject, row.grade), []).append(row)
    for rows in subjects.values():
        findings = [_judge_row(row, requirement, standard) for row in rows]
        scopes = {row.scope for row in rows if _reported(row, requirement) is not None}
        if len(scopes) > 1 and len({finding.verdict for finding in findings}) > 1:
            unknown = say("county.scope_unknown")
            values = "，".join(f"{row.scope or unknown}{row.value:.10g}" for row in rows)
            yield Finding(Verdict.UNDETERMINED, say("county.scopes_differ", place=rows[0].place, values=values))
        else:
            yield from findings


def _reported(row: CountyRow, requirement: Requirement) -> float | None:
    return row.hours if requirement.column == "hours" else row.value


def _judge_row(row: CountyRow, requirement: Requirement, standard: Standard) -> Finding:
    limit = requirement.limit
    value = _reported(row, requirement)
    answer = ANSWERS.get(row.met) if requirement.column == "value" else None
    if limit is None or (value is None and answer):
        return _judge_answer(answer, row.place)
    if row.lacking:
        return _judge_part_known(row, value, requirement)
    if value is None:
        column = say(f"county.{requirement.column}")
        return Finding(Verdict.UNDETERMINED, say("county.no_figure", place=row.place, column=column))
    facts = {"place": row.place, "value": f"{value:.10g}", "unit": limit.unit}
    low, high = standard.plausible.value.get(limit.unit, (0, inf))
    if 0 < value <= low or not 0 <= value <= high:
        return Finding(Verdict.UNDETERMINED, say("county.implausible", **facts))
    verdict = limit.verdict(value)
    if verdict == Verdict.MET and answer == Verdict.NOT_MET:
        return Finding(Verdict.NOT_MET, say("county.figure_against_answer", **facts))
    later = _say_later(row, value, standard) if verdict == Verdict.MET else ""
    return Finding(verdict, f"{row.place}{_explain(row, requirement, limit, value)}{later}")


def _say_later(row: CountyRow, value: float, standard: Standard) -> str:
    """What later documents want where the figure reaches the line, but not what they say."""
    notes = [note for note in standard.policy_notes if note.indicator == row.indicator and note.under is not None]
    return "".join(
        say("county.later", note=note.note) for note in notes if note.under is not None and value < note.under
    )


def _explain(row: CountyRow, requirement: Requirement, limit: Limit, value: float) -> str:
    """How the value compares; a computed one with its formula, and one that could be computed marked as typed."""
    if row.formula:
        return limit.explain(value, at_most=2) + say("county.computed", formula=row.formula)
    typed = not computable().isdisjoint({row.indicator, *requirement.ids})
    return limit.explain(value) + (say("county.typed") if typed else "")


def _judge_part_known(row: CountyRow, value: float | None, requirement: Requirement) -> Finding:
    """Raw figures that are not whole: what fails already fails, everything else is open."""
    limit = requirement.limit
    if value is not None and limit is not None and not limit.holds(value):
        return Finding(Verdict.NOT_MET, f"{row.place}{_explain(row, requirement, limit, value)}；{row.lacking}")
    return Finding(Verdict.UNDETERMINED, row.place + row.lacking)


def _judge_answer(answer: Verdict | None, place: str) -> Finding:
    if answer is None:
        return Finding(Verdict.UNDETERMINED, say("county.no_answer", place=place))
    return Finding(answer, say(f"county.answered_{answer.value}", place=place))


def _decisive(found: Sequence[CountyRow], requirement: Requirement) -> float | None:
    """The reported number that is hardest to pass with."""
    reported = [_reported(row, requirement) for row in found]
    values = [value for value in reported if value is not None]
    if requirement.operator is None or not values:
        return None
    return min(values) if requirement.operator in {">=", ">"} else max(values)
