"""Chart titles: what each chart shows, as claims; a chart of which nothing can be said has none."""

from collections.abc import Mapping

from questionnaires.vocabulary import TargetStatus, Verdict
from reports.claims.claim import Claim, make_claim
from reports.report.point_words import is_open, is_short, list_names
from reports.report.standings import find_weak, part_weak, say_groups
from reports.report.telling import Telling
from reports.setting.figures import whole_percent

MOST_NAMED = 3
RANGED = "groups_ranged"


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
    """Who lies below the line, those for which no test says so apart; or that none does, where that is known.

    Their figures stand in the chart itself.
    """
    line = told.facts.rule.threshold.value
    weak = find_weak(told)
    if weak.groups:
        parts = zip(("drawn_below", "drawn_short"), part_weak(weak, line), strict=True)
        return [
            make_claim(form, line=whole_percent(line), names=list_names(group.name for group in groups))
            for form, groups in parts
            if groups
        ]
    if all(group.rank is None for group in told.groups):
        return []
    return [claim for claim in say_groups(told, weak) if claim.form != RANGED]


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
    open_ = any(is_open(rate, line) for rate in dots)
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
