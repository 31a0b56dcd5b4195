"""The lines `survey judge` prints for a person."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from reports.annex.dimension_pages import say_missing, say_summary
from reports.annex.tables import load_annex_words
from reports.setting.figures import percent
from survey_app.cli.standard_commands import contradiction_lines, late_line

Row = dict[str, Any]


def judge_lines(result: Row, standard: Standard) -> Iterator[str]:
    """The verdict, the dimensions, what fails beside them, the plan, the year before, what is missing or unsure."""
    words = load_annex_words()
    verdicts = words["verdicts"]
    yield f"{result['standard']}：{verdicts[result['verdict']]}"
    for key, name in words["dimensions"].items():
        found = result["dimensions"][key]
        yield f"{name}：{verdicts[found['verdict']]}。{say_summary(key, found)}"
    for each in (*result["preconditions"], *result["vetoes"]):
        if each["verdict"] == "not_met":
            yield f"{each['reason']}（{each['clause']}）"
    for each in result["goals"]:
        aside = "" if each["decides"] else "（只作对照）"
        yield f"附加目标{aside}：{each['title']}，{verdicts[each['verdict']]}，{each['reason']}（{each['clause']}）"
    if result["roadmap"]:
        yield from _plan_lines(result, standard)
    if result.get("years"):
        yield from _year_lines(result["years"])
    for each in result["contradictions"]:
        yield from contradiction_lines(each)
    if borderline := result["dimensions"]["resources"]["borderline"]:
        schools = "、".join(each["name"] or each["school"] for each in borderline)
        yield f"按显示的位数四舍五入会改变判定的学校：{schools}"
    for each in result["missing"]:
        yield f"还缺：{say_missing(each, standard)}"
    yield from result["provenance"]["notes"]


def _plan_lines(result: Row, standard: Standard) -> Iterator[str]:
    """How many targets are on track, each that is not, the tasks that are due, and what is left to the last year."""
    statuses = load_annex_words()["targets"]["statuses"]
    for phase in result["roadmap"]["phases"]:
        end = f"，{phase['end']}止" if phase["end"] else ""
        yield f"规划阶段：{phase['name']}（{phase['start']}起{end}）"
    if result["targets"]:
        counts = Counter(each["status"] for each in result["targets"])
        told = "，".join(f"{statuses[name]} {counts[name]} 项" for name in ("on_track", "behind", "missing"))
        yield f"规划目标（{result['provenance']['as_of']}年）：{told}"
    for each in result["targets"]:
        if each["status"] != "on_track":
            yield f"　{statuses[each['status']]}：{_target(each, standard)}"
    for each in result["roadmap"]["milestones"]:
        actual = "" if each["actual"] is None else f"，现为{each['actual']:.4g}{each['unit']}"
        yield f"规划任务（{each['year']}年）：{each['goal']}，{statuses[each['status'] or 'by_hand']}{actual}"
    for each in result["roadmap"]["pace"]:
        if each["back_loaded"]:
            yield late_line(each)


def _target(target: Row, standard: Standard) -> str:
    planned, actual = target["planned"], target["actual"]
    title = standard.entries[standard.whole(target["indicator"])].title
    place = "，".join(name for name in (STAGE_NAMES.get(target["stage"], ""), target["base"]) if name)
    due, found = planned["text"], ""
    if planned["share"] is not None:
        line = planned["share"] / 100
        due = percent(line)
        found = "" if actual["share"] is None else f"，现为{percent(actual['share'] / 100, line)}"
    return f"{target['indicator']} {title}{f'（{place}）' if place else ''}，{target['year']}年应为{due}{found}"


def _year_lines(years: Row) -> Iterator[str]:
    counts = Counter(each["status"] for each in years["schools"])
    yield (
        f"与前一年对照（学校按学段计）：延续 {counts['continued']}，合并 {counts['merged']}，"
        f"新增 {counts['new']}，本年没有 {counts['gone']}"
    )
    for note in years["notes"]:
        yield f"　{note}"
