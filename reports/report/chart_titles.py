"""Chart titles: what each chart shows, as claims; a chart of which nothing can be said has none."""

from collections.abc import Iterable, Mapping

from analysis.results import Figure
from questionnaires.vocabulary import TargetStatus, Verdict
from reports.claims.claim import Claim, make_claim
from reports.report.point_words import is_short, list_names
from reports.report.standings import find_weak, say_groups
from reports.report.telling import Telling
from reports.setting.figures import whole_percent

MOST_NAMED = 3
LEVEL = "groups_level"


def title_charts(told: Telling) -> Mapping[str, list[Claim]]:
    """The finding of every chart of the report by the chart's name."""
    return {
        "groups": title_groups(told),
        "returns": _title_returns(told),
        "topics": _title_topics(told),
        "variations": _title_variations(told),
        "plans": _title_plans(told),
    }


def title_groups(told: Telling) -> list[Claim]:
    """Who lies below the line, those for which no test says so apart; or that none does.

    Where a group is told as a range that the line runs through, nobody knows that none does.
    """
    rated = [group for group in told.groups if group.rank is not None]
    if not rated:
        return []
    found = list(say_groups(told, find_weak(told)))
    known = not _leave_open(rated, told.facts.rule.threshold.value)
    return found if known else [claim for claim in found if claim.form != LEVEL]


def _leave_open(rates: Iterable[Figure], line: float) -> bool:
    """Whether one of them is told as a range that the line runs through."""
    return any(low < line <= high for low, high in (rate.span for rate in rates))


def _title_returns(told: Telling) -> list[Claim]:
    """Who brought fewer forms than planned; nothing where nobody brought one."""
    behind = told.returns.behind
    if not told.estimate.received:
        return []
    if len(behind) > MOST_NAMED:
        return [make_claim("groups_behind", count=len(behind))]
    names = list_names(group.name for group in behind)
    return [make_claim("groups_behind_named", names=names) if behind else make_claim("groups_full")]


def _title_topics(told: Telling) -> list[Claim]:
    """How many of the chart's dots are measured below the line, at least where a range leaves it open."""
    line = told.facts.rule.threshold.value
    dots = [rate for topic in told.rates.topics for rate in topic.rates.values() if rate.rank is not None]
    below = sum(is_short(rate, line) for rate in dots)
    open_ = _leave_open(dots, line)
    if not dots or (open_ and not below):
        return []
    form = "dots_least" if open_ else "dots_below" if below else "dots_level"
    return [make_claim(form, total=len(dots), count=below, line=whole_percent(line))]


def _title_variations(told: Telling) -> list[Claim]:
    """How many of the coefficients that could be computed are over their limits."""
    found = [finding for stages in told.dimensions.resources.indicators.values() for finding in stages.values()]
    drawn = [finding for finding in found if finding.cv is not None]
    over = sum(finding.cv_verdict == Verdict.NOT_MET for finding in drawn)
    return [make_claim("spread_over" if over else "spread_within", total=len(drawn), count=over)] if drawn else []


def _title_plans(told: Telling) -> list[Claim]:
    """How many of the targets that are counted in schools are behind; nothing where one cannot be told."""
    drawn = [plan.status for plan in told.plans if plan.planned.met is not None]
    late = drawn.count(TargetStatus.BEHIND)
    if not drawn or late + drawn.count(TargetStatus.ON_TRACK) < len(drawn):
        return []
    return [make_claim("schools_late" if late else "schools_kept", total=len(drawn), late=late)]
