"""The verdict on a county: four dimensions, preconditions and vetoes under one standard (自评结论)."""

from collections.abc import Iterator

import pandas as pd

from analysis.indicators import resource_values
from analysis.indicators.sections import Row, TableError, table_rows
from analysis.standard import Condition, Indicator, Standard
from analysis.standard.limits import worst
from analysis.verdict.county_rows import LOCAL, answered, county_problems, judge_requirement
from analysis.verdict.goals import composite_variation, judge_goals
from analysis.verdict.pace import judge_pace
from analysis.verdict.resources import judge_resources
from analysis.verdict.school_counts import judge_schools
from analysis.verdict.targets import FROM_SCHOOLS, compare_milestones, compare_targets

CHECKED = {"met": "经核查，未发现", "not_met": "经核查，发现存在", "undetermined": "没有核查结果"}
ANSWERED = {"met": "填报为符合", "not_met": "填报为不符合", "undetermined": "没有填报"}


def judge(
    standard: Standard,
    schools: pd.DataFrame,
    resources: pd.DataFrame,
    county: pd.DataFrame,
    recognition: Row | None = None,
    *,
    as_of: int | None = None,
) -> Row:
    """Judge a county's tables under a standard: the object of `survey judge --json`.

    `schools` may be empty: the kinds then follow from the stages reported, and `provenance.notes` says so.
    `recognition` is the object of `survey estimate --json`; `as_of` asks for the plan of that year beside
    what was found. The goals a county's plan adds count like an indicator, unless the plan is only a list of
    targets. A verdict is not_met if anything is known to fail, undetermined if something needed is
    missing (listed under `missing`), met only if everything is there and passes. Raises TableError with
    every problem of the tables.
    """
    values, rows = _read(standard, schools, resources, county)
    sections = table_rows(values)
    dimensions = {
        "resources": _judge_resources(values, standard),
        "guarantee": _judge_dimension("guarantee", standard, rows, sections),
        "quality": _judge_dimension("quality", standard, rows, sections),
        "recognition": judge_recognition(standard, recognition),
    }
    goals = judge_goals(standard, rows, dimensions["resources"]["composite"])
    preconditions = _judge_conditions(standard.preconditions, rows, ANSWERED)
    vetoes = _judge_conditions(standard.vetoes, rows, CHECKED)
    deciding = [*(each for each in goals if each["decides"]), *preconditions, *vetoes]
    return {
        "standard": standard.id,
        "title": standard.title,
        "verdict": worst(each["verdict"] for each in [*dimensions.values(), *deciding]),
        "dimensions": dimensions,
        "goals": goals,
        "preconditions": preconditions,
        "vetoes": vetoes,
        "missing": _missing(dimensions, deciding),
        "contradictions": [each.model_dump() for each in standard.contradictions],
        "policy_notes": [each.model_dump() for each in standard.policy_notes],
        "targets": [] if as_of is None else compare_targets(standard, as_of, _located(sections, schools), dimensions),
        "roadmap": None if as_of is None else _roadmap(standard, as_of, table_rows(resources)),
        "provenance": _provenance(standard, as_of, [*_notes(standard, schools, rows)]),
    }


def _judge_resources(values: pd.DataFrame, standard: Standard) -> Row:
    """The resources dimension with the composite of its variations, each indicator with what is cited for it."""
    judged = judge_resources(values, standard)
    cited = {key: _cited(standard, key) for key in judged["indicators"]}
    indicators = {
        key: {stage: each | cited[key] for stage, each in stages.items()}
        for key, stages in judged["indicators"].items()
    }
    return judged | {"indicators": indicators, "composite": composite_variation(judged)}


def _provenance(standard: Standard, as_of: int | None, notes: list[str]) -> Row:
    return {
        "document": standard.document.number,
        "extends": standard.extends,
        "published": standard.published.isoformat(),
        "through_school_primary": standard.through_school_primary.model_dump(),
        "as_of": as_of,
        "notes": notes,
    }


def _located(sections: list[Row], schools: pd.DataFrame) -> list[Row]:
    """The sections with the locale of their school, where the table of schools says it."""
    locales = {str(row["code"]): row.get("locale") for row in table_rows(schools)}
    return [each | {"locale": locales.get(each["school"])} for each in sections]


def _roadmap(standard: Standard, year: int, resources: list[Row]) -> Row:
    """Where the plan's calendar stands in a year, what else it wanted by then, and what it leaves to its end."""
    phases = [each for each in standard.phases if int(each.start[:4]) <= year <= int(each.end[:4] or year)]
    return {
        "phases": [each.model_dump() for each in phases],
        "milestones": compare_milestones(standard, year, resources),
        "pace": judge_pace(standard),
    }


def _notes(standard: Standard, schools: pd.DataFrame, rows: list[Row]) -> Iterator[str]:
    """What a reader of the result must know about the tables it comes from."""
    if schools.empty:
        yield "没有学校表：学校类型按填报的学段推定，无法识别特殊教育学校和教学点。"
    computed = standard.of("resources") | standard.of("recognition")
    if ignored := sorted({row["indicator"] for row in rows} & computed.keys()):
        yield f"县级指标中的{'、'.join(ignored)}没有采用：这些指标由学校数据和调查结果计算。"
    if foreign := sorted({row["indicator"] for row in rows if row["indicator"][:1] == LOCAL} - standard.goals.keys()):
        yield f"县级指标中的{'、'.join(foreign)}没有采用：本标准没有这些附加目标。"


def _read(
    standard: Standard, schools: pd.DataFrame, resources: pd.DataFrame, county: pd.DataFrame
) -> tuple[pd.DataFrame, list[Row]]:
    """The values per school and the county's rows; raises TableError with the problems of both."""
    rows = table_rows(county)
    problems = county_problems(rows, standard)
    try:
        values = resource_values(resources, schools, standard)
    except TableError as error:
        raise TableError(error.problems + problems) from None
    if problems:
        raise TableError(problems)
    return values, rows


def _judge_dimension(dimension: str, standard: Standard, rows: list[Row], sections: list[Row]) -> Row:
    """Guarantee or quality: every indicator must be met."""
    indicators = {
        key: _judge_indicator(key, indicator, standard, rows, sections)
        for key, indicator in standard.of(dimension).items()
    }
    return {"verdict": worst(each["verdict"] for each in indicators.values()), "indicators": indicators}


def _judge_indicator(key: str, indicator: Indicator, standard: Standard, rows: list[Row], sections: list[Row]) -> Row:
    """All requirements together; value, threshold and clause are those of the one that decides."""
    requires = indicator.requires.values()
    counts: Row = {}
    if FROM_SCHOOLS & {each.reads for each in requires}:
        counts = judge_schools(key, indicator, sections, rows)
        parts = counts.pop("parts")
    else:
        parts = [judge_requirement(key, each, rows, standard) for each in requires]
    verdict = worst(part["verdict"] for part in parts)
    deciding = [part for part in parts if part["verdict"] == verdict]
    shown = next((part for part in [*deciding, *parts] if part["operator"]), parts[0])
    return {
        "verdict": verdict,
        "title": indicator.title,
        **{name: shown[name] for name in ("value", "threshold", "operator", "unit", "clause")},
        "reason": "；".join(dict.fromkeys(_reason(part) for part in deciding)),
        **counts,
        "parts": parts,
        **_cited(standard, key),
    }


def _cited(standard: Standard, key: str) -> Row:
    """Where the plan repeats an indicator, which units answer for it, and where documents disagree about it."""
    return {
        "restated": standard.restated.get(key, ""),
        "units": standard.units(key),
        "contradictions": [each.model_dump() for each in standard.contradictions if each.indicator == key],
    }


def _reason(part: Row) -> str:
    return f"{part['title']}：{part['reason']}" if part["title"] else str(part["reason"])


def judge_recognition(standard: Standard, recognition: Row | None) -> Row:
    """The county's recognition rate against the standard's own line; groups without forms leave it open."""
    requirement = standard.indicators["S1"].requires["rate"]
    limit = requirement.limit
    assert limit is not None
    found = (recognition or {}).get("recognition") or {}
    rate, incomplete = found.get("rate"), found.get("incomplete") or []
    verdict = limit.verdict(None if rate is None else rate * 100)
    reason = "没有社会认可度调查结果" if rate is None else f"社会认可度{limit.explain(rate * 100, 2)}"
    if verdict == "met" and incomplete:
        verdict, reason = "undetermined", f"{reason}，但{len(incomplete)}类调查对象没有有效答卷"
    return {
        "verdict": verdict,
        "rate": rate,
        "threshold": limit.value / 100,
        "operator": limit.operator,
        "evidence": found.get("evidence"),
        "incomplete": incomplete,
        "rule": (recognition or {}).get("rule"),
        "clause": limit.clause,
        "reason": reason,
        **_cited(standard, "S1"),
    }


def _judge_conditions(conditions: dict[str, Condition], rows: list[Row], words: dict[str, str]) -> list[Row]:
    """Preconditions or vetoes: undetermined until the county says yes (holds, nothing found) or no."""
    judged = []
    for key, condition in conditions.items():
        verdict = answered(rows, (key,))
        judged.append(
            {
                "id": key,
                "title": condition.title,
                "verdict": verdict,
                "reason": f"{condition.title}：{words[verdict]}",
                "clause": condition.clause,
                "source": next((row.get("source") for row in rows if row["indicator"] == key), None),
            }
        )
    return judged


def _missing(dimensions: dict[str, Row], conditions: list[Row]) -> list[Row]:
    """Everything that stands between this result and a full one, each with why."""
    missing = [
        {"indicator": key, "stage": stage, "schools": each["missing"], "why": each["reason"]}
        for key, stages in dimensions["resources"]["indicators"].items()
        for stage, each in stages.items()
        if each["missing"] or each["cv_verdict"] == "undetermined"
    ]
    for dimension in ("guarantee", "quality"):
        for indicator in dimensions[dimension]["indicators"].values():
            missing += [
                {"indicator": part["id"], "stage": part["stage"], "why": _reason(part)}
                for part in indicator["parts"]
                if part["verdict"] == "undetermined"
            ]
    if dimensions["recognition"]["verdict"] == "undetermined":
        missing.append({"indicator": "S1", "why": dimensions["recognition"]["reason"]})
    missing += [
        {"indicator": each["id"], "why": each["reason"]} for each in conditions if each["verdict"] == "undetermined"
    ]
    return missing
