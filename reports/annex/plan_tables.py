"""Annex tables on the plan: targets by year beside what was found, goals, and what else was due (规划对照)."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.standard.roadmap import Target
from analysis.verdict.pace import judge_pace
from analysis.verdict.targets import PERCENT
from reports.annex.ledger_tables import part_row
from reports.annex.tables import AnnexTable, Cell, build_table, figure, limit_figure, load_annex_words, plain_figure


def plan_tables(judgement: Row, standard: Standard) -> Iterator[AnnexTable]:
    """附加目标, 规划目标对照 and 规划任务对照: each where the plan has any, the last two where a year was named."""
    if judgement["goals"]:
        yield goals_table(judgement, standard)
    if judgement["provenance"]["as_of"] and standard.targets:
        yield targets_table(judgement, standard)
    if judgement["roadmap"] and judgement["roadmap"]["milestones"]:
        yield milestones_table(judgement)


def goals_table(judgement: Row, standard: Standard) -> AnnexTable:
    """附加目标: a row for each requirement of each goal that the plan adds to the indicators."""
    words = load_annex_words()
    rows = [
        part_row(goal["id"], goal, part, "、".join(standard.units(goal["id"])))
        for goal in judgement["goals"]
        for part in goal["parts"]
    ]
    decides = "decides" if all(goal["decides"] for goal in judgement["goals"]) else "only_targets"
    notes = [words["short"], words["goals"][decides]]
    return build_table(words["goals"], rows, columns=words["indicators"]["columns"], notes=notes)


def targets_table(judgement: Row, standard: Standard) -> AnnexTable:
    """规划目标对照: every target of the plan year by year, what was found, and whether it is on track."""
    words = load_annex_words()["targets"]
    years = sorted({year for each in standard.targets for year in (*each.years, *each.text)})
    columns = [
        *words["columns"],
        *([words["year"].format(year=year), words["width"]] for year in years),
        *words["last"],
    ]
    due = {_key(each): each for each in judgement["targets"]}
    late = {_key(each): each for each in judge_pace(standard)}
    rows = [
        [
            *_meant(each, standard),
            *(_planned(each, year) for year in years),
            *_found(due.get(_key(each.model_dump()))),
            *_pace(late.get(_key(each.model_dump()))),
            Cell("、".join(standard.units(each.indicator))),
            Cell(each.clause),
        ]
        for each in standard.targets
    ]
    details = {"year": judgement["provenance"]["as_of"], "share": f"{100 * standard.back_loaded.value:.3g}"}
    return build_table(words, rows, columns=columns, **details)


def _key(row: Row) -> tuple[str, str, str, str]:
    return row["indicator"], row["stage"], row["base"], row["clause"]


def _meant(target: Target, standard: Standard) -> list[Cell]:
    unit = load_annex_words()["targets"]["schools" if target.met else "percent"].format(total=target.total)
    entry = standard.entries[standard.whole(target.indicator)]
    titles = {each.title for each in entry.requires.values() if target.indicator in each.ids and each.title}
    return [
        Cell(target.indicator),
        Cell("·".join([entry.title, *sorted(titles)])),
        Cell(STAGE_NAMES.get(target.stage, "")),
        Cell(target.base),
        Cell(unit if target.years else ""),
    ]


def _planned(target: Target, year: int) -> Cell:
    value = target.met.get(year, target.share.get(year))
    return plain_figure(value) if value is not None else Cell(target.text.get(year, ""))


def _found(due: Row | None) -> list[Cell]:
    """What was due by the year in hundredths, how many schools of how many, their share, and the status."""
    words = load_annex_words()["targets"]["statuses"]
    if due is None:
        return [Cell(""), *[Cell(None)] * 4, Cell(words["not_due"])]
    actual, planned = due["actual"], due["planned"]["share"]
    behind = due["status"] == "behind"
    return [
        Cell(str(due["year"])),
        figure(planned, 1),
        Cell(actual["met"]),
        Cell(actual["total"]),
        figure(actual["share"], 1)._replace(short=behind and actual["share"] is not None),
        Cell(words[due["status"]]),
    ]


def _pace(pace: Row | None) -> list[Cell]:
    """What the plan's last year has to bring of all that remained when it was made."""
    if pace is None:
        return [Cell(None)]
    return [figure(100 * pace["share"], 1)._replace(short=pace["back_loaded"])]


def milestones_table(judgement: Row) -> AnnexTable:
    """规划任务对照: what else the plan wanted by the year; what cannot be counted is left to a person."""
    words = load_annex_words()["milestones"]
    rows = [_milestone_row(each) for each in judgement["roadmap"]["milestones"]]
    phases = [
        words["phase"].format(**each, until=words["until"].format(**each) if each["end"] else "")
        for each in judgement["roadmap"]["phases"]
    ]
    return build_table(words, rows, notes=[words["calendar"].format(phases="；".join(phases))] if phases else [])


def _milestone_row(each: Row) -> list[Cell]:
    words, limit = load_annex_words(), None
    if each["operator"]:
        limit = Limit(operator=each["operator"], value=each["value"], clause=each["clause"])
    return [
        Cell(str(each["year"])),
        Cell(each["indicator"]),
        Cell(each["goal"]),
        limit_figure(limit) if limit else plain_figure(each["value"]),
        Cell(each["unit"]),
        figure(each["actual"], 2 if each["unit"] == PERCENT else 0, limit),
        Cell(words["targets"]["statuses"][each["status"] or "by_hand"]),
        Cell("、".join(each["units"])),
        Cell(each["clause"]),
    ]
