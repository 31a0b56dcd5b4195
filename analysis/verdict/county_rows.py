"""County rows: what the county reports about an indicator, held against one requirement of the standard."""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Requirement, Standard
from analysis.standard.limits import Verdict, worst

ANSWERS: dict[str, Verdict] = {"yes": "met", "no": "not_met"}
LOCAL = "L"
COLUMN_NAMES = {"value": "数值", "hours": "学时"}


class Finding(NamedTuple):
    """What one row, or one gap, says: a verdict and its Chinese reason."""

    verdict: Verdict
    reason: str


def county_problems(rows: list[Row], standard: Standard) -> list[str]:
    """Rows with an id the standard does not know, a figure that is no number, or a `met` out of range.

    Ids of local goals (L...) may be those of another county's or year's plan: no problem.

    >>> from analysis.standard import load_standard
    >>> county_problems([{"indicator": "G1", "met": "maybe"}], load_standard("national-2017"))
    ['县级指标第1行（G1）：“是否达到”只能填 yes、no 或留空，现为“maybe”。']
    """
    ids = {*standard.entries, *standard.preconditions, *standard.vetoes}
    for entry in standard.entries.values():
        ids.update(*(each.ids for each in entry.requires.values()))
    problems = []
    for place, row in enumerate(rows, start=1):
        where = f"县级指标第{place}行（{row.get('indicator')}）"
        if row.get("indicator") not in ids and not str(row.get("indicator")).startswith(LOCAL):
            problems.append(f"{where}：标准中没有这项指标，请核对编号。")
        if row.get("met") not in {None, *ANSWERS}:
            problems.append(f"{where}：“是否达到”只能填 yes、no 或留空，现为“{row['met']}”。")
        if any(isinstance(row.get(column), str) for column in COLUMN_NAMES):
            problems.append(f"{where}：数值和学时只能填数字。")
    return problems


def answered(rows: list[Row], ids: tuple[str, ...]) -> Verdict:
    """What the county's yes and no under these ids make together; undetermined without any.

    >>> rows = [{"indicator": "V1", "met": "yes"}, {"indicator": "V2", "met": "no"}]
    >>> answered(rows, ("V1",)), answered(rows, ("V1", "V2")), answered(rows, ("V3",))
    ('met', 'not_met', 'undetermined')
    """
    return worst(ANSWERS[row["met"]] for row in rows if row["indicator"] in ids and row.get("met"))


def judge_requirement(key: str, requirement: Requirement, rows: list[Row], standard: Standard) -> Row:
    """One requirement of an indicator against the county's rows.

    Every row must pass: one per stage, or per subject and grade. A row without stage speaks for all stages.
    A number decides over a yes; a no is heard even beside a number that passes. `value` is the reported
    number that is hardest to pass with, `threshold` what is demanded, both in `unit`s.

    >>> from analysis.standard import load_standard
    >>> standard = load_standard("national-2017")
    >>> found = judge_requirement("G7", standard.indicators["G7"].requires["funds"],
    ...     [{"indicator": "G7", "value": 5999.0, "met": "yes"}], standard)
    >>> found["verdict"], found["reason"]
    ('not_met', '为5999元/生，不符合“不低于6000元/生”的要求')
    """
    ids = requirement.ids or (key,)
    found = [row for row in rows if row["indicator"] in ids and _speaks_for(row, requirement)]
    findings = [*_findings(found, requirement, standard), *_gaps(found, requirement)]
    verdict = worst(finding.verdict for finding in findings)
    return {
        "id": ids[0],
        "title": requirement.title,
        "stage": requirement.stage,
        "verdict": verdict,
        "value": _decisive(found, requirement),
        "threshold": requirement.value,
        "operator": requirement.operator,
        "unit": requirement.unit,
        "clause": requirement.clause,
        "reason": "；".join(dict.fromkeys(each.reason for each in findings if each.verdict == verdict)),
    }


def _speaks_for(row: Row, requirement: Requirement) -> bool:
    return not requirement.stage or row.get("stage") in {None, requirement.stage}


def _gaps(found: list[Row], requirement: Requirement) -> Iterator[Finding]:
    stages = {row.get("stage") for row in found}
    if not found:
        yield Finding("undetermined", "没有填报")
    elif not requirement.stage and None not in stages:
        for stage in ("primary", "junior"):
            if stage not in stages:
                yield Finding("undetermined", f"没有填报{STAGE_NAMES[stage]}")


def _findings(found: list[Row], requirement: Requirement, standard: Standard) -> Iterator[Finding]:
    """One finding a row; rows that differ in scope alone and disagree leave the question open."""
    subjects: dict[tuple[object, ...], list[tuple[Row, Finding]]] = {}
    for row in found:
        subject = tuple(row.get(column) for column in ("stage", "subject", "grade"))
        subjects.setdefault(subject, []).append((row, _judge_row(row, requirement, standard)))
    for each in subjects.values():
        scopes = {row.get("scope") for row, _ in each}
        if len(scopes) > 1 and len({finding.verdict for _, finding in each}) > 1:
            values = "，".join(f"{row.get('scope') or '口径未注明'}{row.get('value')}" for row, _ in each)
            yield Finding("undetermined", f"{_place(each[0][0])}不同口径结果不一致（{values}），请确认用哪一种")
        else:
            yield from (finding for _, finding in each)


def _judge_row(row: Row, requirement: Requirement, standard: Standard) -> Finding:
    limit, value = requirement.limit, row.get(requirement.column)
    answer = ANSWERS.get(row.get("met") or "") if requirement.column == "value" else None
    if limit is None or (value is None and answer):
        return _judge_answer(answer, _place(row))
    if value is None:
        return Finding("undetermined", f"{_place(row)}没有填{COLUMN_NAMES[requirement.column]}")
    low, high = standard.plausible.value.get(limit.unit, (0, inf))
    if 0 < value <= low or not 0 <= value <= high:
        return Finding("undetermined", f"{_place(row)}填报的{value:.10g}{limit.unit}超出合理范围，请核实单位")
    verdict = limit.verdict(value)
    if verdict == "met" and answer == "not_met":
        return Finding("not_met", f"{_place(row)}数值{value:.10g}{limit.unit}符合要求，但填报为未达到，请核实")
    return Finding(verdict, f"{_place(row)}{limit.explain(value)}")


def _judge_answer(answer: Verdict | None, place: str) -> Finding:
    if answer is None:
        return Finding("undetermined", f"{place}没有填报是否达到")
    return Finding(answer, f"{place}填报为{'达到' if answer == 'met' else '未达到'}")


def _place(row: Row) -> str:
    grade = row.get("grade")
    stage = STAGE_NAMES.get(row.get("stage") or "", "")
    return stage + (f"{grade:g}年级" if grade else "") + (row.get("subject") or "")


def _decisive(found: list[Row], requirement: Requirement) -> float | None:
    """The reported number that is hardest to pass with."""
    values = [row[requirement.column] for row in found if row.get(requirement.column) is not None]
    if requirement.operator is None or not values:
        return None
    return float(min(values) if requirement.operator in {">=", ">"} else max(values))
