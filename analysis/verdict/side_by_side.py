"""Counties side by side: what each met, how far its schools are apart, its register; small numbers hidden."""

from collections.abc import Mapping

from analysis.verdict.judgement import Judgement
from analysis.verdict.records import Record
from analysis.verdict.school_findings import StageFinding
from questionnaires.vocabulary import Verdict


class ShownStage(Record, frozen=True, kw_only=True):
    """A resource indicator in one stage; None for what is hidden or not known, `hidden` tells which."""

    met: int | None
    schools: int | None
    mean: float | None
    cv: float | None
    verdict: Verdict
    hidden: bool


class ShownProblems(Record, frozen=True, kw_only=True):
    """Problems of a register; None for a number that is too small to be shown."""

    open: int | None
    overdue: int | None
    closed: int | None


class CountyColumn(Record, frozen=True, kw_only=True):
    """One county of a comparison; `rate` is the recognition rate as it was published, a share of 1."""

    county: str
    school_year: str
    standard: str
    verdict: Verdict
    rate: float | None
    resources: dict[str, dict[str, ShownStage]]
    indicators: dict[str, Verdict]
    problems: ShownProblems
    key: str


def hide_small(number: int, smallest: int) -> int | None:
    """A number, or None where it is from 1 to below `smallest`.

    >>> hide_small(0, 5), hide_small(4, 5), hide_small(5, 5)
    (0, None, 5)
    """
    return number if number == 0 or number >= smallest else None


def show_stage(found: StageFinding, smallest: int) -> ShownStage:
    """A stage's figures: how many met it is hidden where they, or the rest, are few; with few schools everything is.

    Of a mean and a coefficient of variation of a few schools each school's own value follows.
    """
    few = hide_small(found.schools, smallest) is None
    met = None if few or hide_small(found.schools - found.met, smallest) is None else hide_small(found.met, smallest)
    return ShownStage(
        met=met,
        schools=None if few else found.schools,
        mean=None if few else found.mean,
        cv=None if few else found.cv,
        verdict=found.verdict,
        hidden=met is None,
    )


def show_problems(open_: int, overdue: int, closed: int, smallest: int) -> ShownProblems:
    """A register's numbers; how many are overdue is hidden, too, where the rest of the open ones is few.

    >>> show_problems(10, 8, 0, 5)
    ShownProblems(open=10, overdue=None, closed=0)
    """
    few = hide_small(max(open_ - overdue, 0), smallest) is None
    return ShownProblems(
        open=hide_small(open_, smallest),
        overdue=None if few else hide_small(overdue, smallest),
        closed=hide_small(closed, smallest),
    )


def describe_county(judgement: Judgement, problems: Mapping[str, int], smallest: int, key: str) -> CountyColumn:
    """A county's column; `problems`: how many are open, overdue and closed; `key` names who signed."""
    dimensions = judgement.dimensions
    return CountyColumn(
        county=judgement.provenance.county,
        school_year=judgement.provenance.school_year,
        standard=judgement.standard,
        verdict=judgement.verdict,
        rate=dimensions.recognition.rate,
        resources={
            name: {stage: show_stage(found, smallest) for stage, found in stages.items()}
            for name, stages in dimensions.resources.indicators.items()
        },
        indicators={
            name: found.verdict
            for dimension in (dimensions.guarantee, dimensions.quality)
            for name, found in dimension.indicators.items()
        },
        problems=show_problems(problems["open"], problems["overdue"], problems["closed"], smallest),
        key=key,
    )
