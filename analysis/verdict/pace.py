"""Pace: how much of what a plan still has to do it leaves to its last year (进度安排)."""

from typing import NamedTuple

from analysis.sentences import say
from analysis.standard import Standard
from analysis.standard.roadmap import Baseline, Target
from analysis.verdict.plan_findings import PaceFinding
from analysis.verdict.targets import counts_schools


class Pace(NamedTuple):
    """Schools (or percentage points of them) that the plan's last year has to bring, of all that remain."""

    due: float
    remaining: float
    unit: str


def judge_pace(standard: Standard) -> tuple[PaceFinding, ...]:
    """One finding per target that counts all schools and whose present is printed.

    share = (last year's target - the year's before) / (last year's target - the present); back-loaded when
    it reaches the standard's own line. A plan that promises nothing before its last year leaves everything
    to it. Nothing remains, or no present is printed: no finding.

    >>> from analysis.standard import load_standard
    >>> late = {(found.indicator, found.stage): found for found in judge_pace(load_standard("qianjiang-2020"))}
    >>> late["R4", "primary"].share, late["R4", "primary"].back_loaded    # (71 - 62)/(71 - 55)
    (0.5625, True)
    """
    paces = [(target, find_pace(target, standard)) for target in standard.targets]
    return tuple(_find(target, pace, standard) for target, pace in paces if pace and pace.remaining > 0)


def _find(target: Target, pace: Pace, standard: Standard) -> PaceFinding:
    share = pace.due / pace.remaining
    return PaceFinding(
        indicator=target.indicator,
        stage=target.stage,
        base=target.base,
        last_year=target.years[-1],
        due=pace.due,
        remaining=pace.remaining,
        unit=pace.unit,
        share=share,
        back_loaded=standard.back_loaded.holds(share),
        clause=target.clause,
    )


def find_pace(target: Target, standard: Standard) -> Pace | None:
    """What the last year of a target brings, of what remains from the present; None where it cannot be told.

    >>> from analysis.standard import load_standard
    >>> plan = load_standard("qianjiang-2020")
    >>> area = next(target for target in plan.targets if (target.indicator, target.stage) == ("R4", "primary"))
    >>> area.met
    {2020: 57, 2021: 59, 2022: 59, 2023: 62, 2024: 71}
    >>> find_pace(area, plan)    # 71 - 62 in the last year, of 71 - 55 when the plan was made
    Pace(due=9, remaining=16, unit='所')
    """
    present = [
        baseline
        for baseline in standard.baseline
        if baseline.indicator == target.indicator and (baseline.stage == target.stage or not target.stage)
    ]
    if not present or not target.years or not counts_schools(standard, target.indicator):
        return None
    if target.locales or target.kinds:
        return None
    series: list[float] = [target.met.get(year, target.share.get(year, 0)) for year in target.years]
    start = _start(present, target)
    if start is not None:
        unit = say("pace.schools" if target.met else "pace.points")
        return Pace(due=series[-1] - [start, *series][-2], remaining=series[-1] - start, unit=unit)
    short = sum(baseline.short or 0 for baseline in present)
    return Pace(due=short, remaining=short, unit=say("pace.schools")) if len(series) == 1 else None


def _start(present: list[Baseline], target: Target) -> float | None:
    """The present in the target's own terms, where one figure gives it."""
    if len(present) > 1:
        return None
    found = present[0]
    return found.met if target.met else found.share
