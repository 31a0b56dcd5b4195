"""Annex tables on the plan: targets by year beside what was found, goals, and what else was due (规划对照)."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.standard.roadmap import Target
from analysis.verdict import Judgement
from analysis.verdict.pace import judge_pace
from analysis.verdict.plan_findings import MilestoneFinding, PaceFinding, Step, TargetFinding
from analysis.verdict.targets import PERCENT
from questionnaires.vocabulary import TargetStatus
from reports.annex.annex_words import load_annex_words
from reports.annex.ledger_tables import part_row
from reports.annex.tables import AnnexTable, Cell, build_table, figure, join_units, limit_figure, plain_figure

Key = tuple[str, str, str, str]


def plan_tables(judgement: Judgement, standard: Standard) -> Iterator[AnnexTable]:
    """附加目标, 规划目标对照 and 规划任务对照: each where the plan has any, the last two where a year was named."""
    if judgement.goals:
        yield goals_table(judgement, standard)
    if judgement.provenance.as_of and standard.targets:
        yield targets_table(judgement, standard)
    if judgement.roadmap and judgement.roadmap.milestones:
        yield milestones_table(judgement)


def goals_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """附加目标: a row for each requirement of each goal that the plan adds to the indicators."""
    annex = load_annex_words()
    rows = [
        part_row(goal.title, part, join_units(standard.units(goal.id)))
        for goal in judgement.goals
        for part in goal.parts
    ]
    decides = all(goal.decides for goal in judgement.goals)
    notes = [annex.short, annex.goals.decides if decides else annex.goals.only_targets]
    return build_table(annex.goals, rows, columns=annex.indicators.columns, notes=notes)


def targets_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """规划目标对照: every target of the plan year by year, what was found, and whether it is on track."""
    words = load_annex_words().targets
    years = sorted({year for target in standard.targets for year in (*target.years, *target.text)})
    planned = tuple((words.year.format(year=year), words.width) for year in years)
    due = {_key(finding): finding for finding in judgement.targets}
    late = {_key(pace): pace for pace in judge_pace(standard)}
    rows = [
        [
            *_meant(target, standard),
            *(_planned(target, year) for year in years),
            *_found(due.get(_key(target))),
            _pace(late.get(_key(target))),
            join_units(standard.units(target.indicator)),
            Cell(target.clause),
        ]
        for target in standard.targets
    ]
    return build_table(
        words,
        rows,
        columns=(*words.columns, *planned, *words.last),
        year=judgement.provenance.as_of,
        share=f"{100 * standard.back_loaded.value:.3g}",
    )


def _key(target: Target | TargetFinding | PaceFinding) -> Key:
    return target.indicator, target.stage, target.base, target.clause


def _meant(target: Target, standard: Standard) -> list[Cell]:
    words = load_annex_words().targets
    unit = (words.schools if target.met else words.percent).format(total=target.total)
    entry = standard.entries[standard.whole(target.indicator)]
    requires = entry.requires.values()
    titles = {part.title for part in requires if target.indicator in part.ids and part.title}
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


def _found(due: TargetFinding | None) -> list[Cell]:
    """What was due by the year in hundredths, how many schools of how many, their share, and the status."""
    if due is None:
        return [Cell(""), *[Cell(None)] * 4, Cell(TargetStatus.NOT_DUE.zh)]
    behind = due.status == TargetStatus.BEHIND
    return [
        Cell(str(due.year)),
        figure(due.planned.share, 1),
        Cell(due.actual.met),
        Cell(due.actual.total),
        figure(due.actual.share, 1)._replace(short=behind and due.actual.share is not None),
        Cell(due.status.zh),
    ]


def _pace(pace: PaceFinding | None) -> Cell:
    """What the plan's last year has to bring of all that remained when it was made."""
    if pace is None:
        return Cell(None)
    return figure(100 * pace.share, 1)._replace(short=pace.back_loaded)


def milestones_table(judgement: Judgement) -> AnnexTable:
    """规划任务对照: what else the plan wanted by the year; what cannot be counted is left to a person."""
    words = load_annex_words().milestones
    roadmap = judgement.roadmap
    milestones = roadmap.milestones if roadmap else ()
    phases = "；".join(map(_say_phase, roadmap.phases if roadmap else ()))
    notes = [words.calendar.format(phases=phases)] if phases else []
    notes += [words.computed.format(id=found.id, formula=found.formula) for found in milestones if found.formula]
    return build_table(words, map(_milestone_row, milestones), notes=notes)


def _say_phase(step: Step) -> str:
    words = load_annex_words().milestones
    until = words.until.format(end=step.end) if step.end else ""
    return words.phase.format(name=step.name, start=step.start, until=until)


def _milestone_row(milestone: MilestoneFinding) -> list[Cell]:
    limit = None
    if milestone.operator:
        limit = Limit.model_validate(
            {"operator": milestone.operator, "value": milestone.value, "clause": milestone.clause}
        )
    return [
        Cell(str(milestone.year)),
        Cell(milestone.id),
        Cell(milestone.goal),
        limit_figure(limit) if limit else plain_figure(milestone.value),
        Cell(milestone.unit),
        figure(milestone.actual, 2 if milestone.unit == PERCENT else 0, limit),
        Cell((milestone.status or TargetStatus.BY_HAND).zh),
        join_units(milestone.units),
        Cell(milestone.clause),
    ]
