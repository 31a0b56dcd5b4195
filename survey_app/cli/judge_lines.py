"""The lines `survey judge` prints for a person."""

from collections import Counter
from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.plan_findings import Actual, MilestoneFinding, Roadmap, ShareRange, Step, TargetFinding
from analysis.verdict.year_findings import YearComparison, YearResult
from questionnaires.vocabulary import Dimension, TargetStatus, Verdict
from reports.annex.dimension_pages import say_missing, say_summary
from reports.setting.figures import percent
from survey_app.cli.standard_lines import contradiction_lines, late_line, say_line

SHOWN_STATUSES = (TargetStatus.ON_TRACK, TargetStatus.BEHIND, TargetStatus.MISSING, TargetStatus.BY_HAND)


def judge_lines(judgement: Judgement, standard: Standard) -> Iterator[str]:
    """The verdict, the dimensions, what fails beside them, the plan, the year before, what is missing or unsure."""
    yield say_line("verdict", standard=judgement.standard, verdict=judgement.verdict.zh)
    for dimension in Dimension:
        verdict = judgement.dimensions.verdict(dimension).zh
        yield say_line("dimension", name=dimension.zh, verdict=verdict, summary=say_summary(dimension, judgement))
    yield from _beside_lines(judgement)
    if judgement.roadmap:
        yield from _plan_lines(judgement, judgement.roadmap, standard)
    if judgement.years:
        yield from year_lines(judgement.years)
    if judgement.series:
        yield say_line("series")
        yield from map(_result_line, judgement.series)
    for conflict in judgement.contradictions:
        yield from contradiction_lines(conflict)
    if borderline := judgement.dimensions.resources.borderline:
        yield say_line("borderline", schools="、".join(school.name or school.school for school in borderline))
    for missing in judgement.missing:
        yield say_line("missing", missing=say_missing(missing, standard))
    yield from judgement.provenance.notes


def _beside_lines(judgement: Judgement) -> Iterator[str]:
    """Indicators, preconditions and vetoes that fail, and the goals a plan adds."""
    for dimension in (judgement.dimensions.guarantee, judgement.dimensions.quality):
        for name, found in dimension.indicators.items():
            if found.verdict == Verdict.NOT_MET:
                yield say_line("indicator", id=name, title=found.title, reason=found.reason, clause=found.clause)
    for condition in (*judgement.preconditions, *judgement.vetoes):
        if condition.verdict == Verdict.NOT_MET:
            yield say_line("condition", reason=condition.reason, clause=condition.clause)
    for goal in judgement.goals:
        yield say_line(
            "goal",
            aside="" if goal.decides else say_line("goal_aside"),
            title=goal.title,
            verdict=goal.verdict.zh,
            reason=goal.reason,
            clause=goal.clause,
        )


def _plan_lines(judgement: Judgement, roadmap: Roadmap, standard: Standard) -> Iterator[str]:
    """How many targets are on track, each that is not, the tasks that are due, and what is left to the last year."""
    yield from _calendar_lines(judgement, standard)
    yield from map(_phase_line, roadmap.phases)
    if judgement.targets:
        counted = Counter(target.status for target in judgement.targets)
        told = [say_line("target_count", status=status.zh, count=counted[status]) for status in SHOWN_STATUSES]
        yield say_line("targets", year=judgement.provenance.as_of, counts="，".join(told))
    for target in judgement.targets:
        if target.status != TargetStatus.ON_TRACK:
            yield _target_line(target, standard)
    yield from map(_milestone_line, roadmap.milestones)
    for pace in roadmap.pace:
        if pace.back_loaded:
            yield late_line(pace)


def _calendar_lines(judgement: Judgement, standard: Standard) -> Iterator[str]:
    """By which year of the plan the data are judged, and whether they are its present."""
    provenance = judgement.provenance
    said = say_line("plan_school_year", school_year=provenance.school_year) if provenance.school_year else ""
    yield say_line("plan_year", year=provenance.as_of, school_year=said)
    first = standard.first_target_year
    if first is not None and provenance.as_of is not None and provenance.as_of < first:
        yield say_line("plan_present", first=first)


def _phase_line(step: Step) -> str:
    until = say_line("until", end=step.end) if step.end else ""
    return say_line("phase", name=step.name, start=step.start, until=until)


def _target_line(target: TargetFinding, standard: Standard) -> str:
    title = standard.entries[standard.whole(target.indicator)].title
    place = "，".join(name for name in (STAGE_NAMES.get(target.stage, ""), target.base) if name)
    due = target.planned.text
    found = ""
    if target.planned.share is not None:
        line = target.planned.share / 100
        due = percent(line)
        found = _say_share(target.actual, line)
    return say_line(
        "target",
        status=target.status.zh,
        indicator=target.indicator,
        title=title,
        place=say_line("target_place", place=place) if place else "",
        year=target.year,
        due=due,
        found=found,
    )


def _say_share(actual: Actual, line: float) -> str:
    """What was found, by everything that the plan's percentage may be of where it does not say it."""
    if actual.share is None:
        return ""
    if not actual.bases:
        return say_line("found", found=percent(actual.share / 100, line))
    told = [
        say_line("base", base=say_line(name), found=_say_range(share, line)) for name, share in actual.bases.items()
    ]
    return say_line("found", found="，".join(told))


def _say_range(share: ShareRange, line: float) -> str:
    lower = percent(share.lower / 100, line)
    upper = percent(share.upper / 100, line)
    return lower if lower == upper else say_line("range", lower=lower, upper=upper)


def _milestone_line(milestone: MilestoneFinding) -> str:
    status = (milestone.status or TargetStatus.BY_HAND).zh
    if milestone.status is None:
        status += say_line("by_hand", id=milestone.id)
    actual = milestone.actual
    found = "" if actual is None else say_line("found", found=f"{actual:.4g}{milestone.unit}")
    formula = say_line("formula", formula=milestone.formula) if milestone.formula else ""
    return say_line("milestone", year=milestone.year, goal=milestone.goal, status=status, found=found + formula)


def _result_line(result: YearResult) -> str:
    return say_line(
        "year_result",
        school_year=result.school_year or "—",
        standard=result.standard,
        verdict=result.verdict.zh,
        rate=percent(result.rate),
        **{name: f"{met}/{total}" for name, (met, total) in result.met.items()},
    )


def year_lines(years: YearComparison) -> Iterator[str]:
    """How many schools went on, came and went, and a line for each that did not go on."""
    counts = dict.fromkeys(("continued", "merged", "new", "gone"), 0)
    counts |= Counter(school.status for school in years.schools)
    yield say_line("years", **counts)
    for note in years.notes:
        yield say_line("year_note", note=note)
