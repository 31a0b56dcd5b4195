"""Rows of the annex on the plan: targets by year beside what was found, and what else was due."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard.roadmap import Target
from analysis.verdict.pace import judge_pace
from analysis.verdict.plan_findings import MilestoneFinding, PaceFinding, TargetFinding
from questionnaires.vocabulary import TargetStatus
from reports.checking.annex_cells import NOTHING, Row, Wanted, demanded, limit_of, listed, measured
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.published_round import PublishedRound


def planned_years(round_: PublishedRound) -> list[int]:
    """The years for which the plan says anything."""
    return sorted({year for target in round_.facts.standard.targets for year in (*target.years, *target.text)})


def target_heads(round_: PublishedRound) -> list[str]:
    """The columns of the plan's years."""
    form = load_annex_table_words().words.of_year
    return [form.format(year=year) for year in planned_years(round_)]


def list_targets(round_: PublishedRound) -> list[Row]:
    """Every target of the plan year by year, what was found of it, and what the last year has to bring."""
    standard = round_.facts.standard
    return [
        [
            *_meant(target, round_),
            *(_planned(target, year) for year in planned_years(round_)),
            *_found(target, round_),
            _pace(target, round_),
            listed(standard.units(target.indicator)),
            Wanted(target.clause),
        ]
        for target in standard.targets
    ]


def _is_of(target: Target, own: TargetFinding | PaceFinding) -> bool:
    asked = (target.indicator, target.stage, target.base, target.clause)
    return asked == (own.indicator, own.stage, own.base, own.clause)


def _meant(target: Target, round_: PublishedRound) -> Row:
    words = load_annex_table_words().words
    standard = round_.facts.standard
    entry = standard.entries[standard.whole(target.indicator)]
    parts = {need.title for need in entry.requires.values() if need.title and target.indicator in need.ids}
    unit = words.schools.format(total=target.total) if target.met else words.percent
    cells = (
        target.indicator,
        "·".join([entry.title, *sorted(parts)]),
        STAGE_NAMES.get(target.stage, ""),
        target.base,
        unit if target.years else "",
    )
    return [*map(Wanted, cells)]


def _planned(target: Target, year: int) -> Wanted:
    said = [plan[year] for plan in (target.met, target.share) if year in plan]
    return Wanted(said[0]) if said else Wanted(target.text.get(year, ""))


def _found(target: Target, round_: PublishedRound) -> Iterator[Wanted]:
    due = [own for own in round_.published.judgement.targets if _is_of(target, own)]
    if not due:
        yield from (Wanted(""), *[NOTHING] * 4, Wanted(TargetStatus.NOT_DUE.zh))
        return
    own = due[-1]
    actual = own.actual
    late = own.status == TargetStatus.BEHIND and actual.share is not None
    yield from (Wanted(str(own.year)), measured(own.planned.share, 1), Wanted(actual.met), Wanted(actual.total))
    yield from (measured(actual.share, 1)._replace(short=late), Wanted(own.status.zh))


def _pace(target: Target, round_: PublishedRound) -> Wanted:
    found = [own for own in judge_pace(round_.facts.standard) if _is_of(target, own)]
    return measured(100 * found[-1].share, 1)._replace(short=found[-1].back_loaded) if found else NOTHING


def list_milestones(round_: PublishedRound) -> list[Row]:
    """What else the plan wanted by the year; none without a plan."""
    roadmap = round_.published.judgement.roadmap
    return [_milestone_row(own) for own in (roadmap.milestones if roadmap else ())]


def _milestone_row(own: MilestoneFinding) -> Row:
    line = limit_of(own.operator, own.value) if own.operator and own.value is not None else None
    percent = own.unit == load_annex_table_words().words.percent
    return [
        Wanted(str(own.year)),
        Wanted(own.id),
        Wanted(own.goal),
        demanded(own.operator, own.value),
        Wanted(own.unit),
        measured(own.actual, 2 if percent else 0, line),
        Wanted((own.status or TargetStatus.BY_HAND).zh),
        listed(own.units),
        Wanted(own.clause),
    ]
