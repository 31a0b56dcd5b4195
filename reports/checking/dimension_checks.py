"""Checks of claims on the other dimensions: indicators met, schools, targets of the plan."""

from collections import Counter
from collections.abc import Mapping, Sequence

from analysis.verdict.ledgers import unmet_ledger
from questionnaires.vocabulary import TargetStatus, Verdict
from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound, read_number
from reports.checking.table_words import load_table_words


def check_indicators(said: Said, round_: PublishedRound) -> bool:
    """How many indicators of a dimension are met, not met and undetermined."""
    found = round_.published.judgement.dimensions.indicators(load_table_words().dimensions[said["dimension"]])
    counts = Counter(finding.verdict.value for finding in found.values())
    told = all(read_number(said[verdict.value]) == counts[verdict.value] for verdict in Verdict if verdict in said)
    all_met = counts[Verdict.MET.value] == len(found) > 0
    return all_met != (Verdict.MET in said) and told and read_number(said["total"]) == len(found)


def check_schools(said: Said, round_: PublishedRound) -> bool:
    """How many schools pass, and how many coefficients are within their limits or lack data."""
    resources = round_.published.judgement.dimensions.resources
    spread = [finding.cv_verdict for stages in resources.indicators.values() for finding in stages.values()]
    counts = {
        "total": len(resources.schools),
        "met": sum(school.verdict == Verdict.MET for school in resources.schools),
        "cv_total": len(spread),
        "cv_met": spread.count(Verdict.MET),
    }
    open_ = spread.count(Verdict.UNDETERMINED)
    told = all(read_number(said[name]) == count for name, count in counts.items())
    return told and (read_number(said["open"]) == open_ > 0 if "open" in said else open_ == 0)


def check_plans(said: Said, round_: PublishedRound) -> bool:
    """How many countable targets are due, and how many of them are behind."""
    due = [
        target
        for target in round_.published.judgement.targets
        if target.planned.share is not None and target.actual.share is not None
    ]
    states = [target.status for target in due]
    if "late" in said:
        told = read_number(said["late"]) == states.count(TargetStatus.BEHIND) and not _all_kept(states)
    else:
        told = _all_kept(states)
    return told and read_number(said["total"]) == len(due) > 0


def _all_kept(states: Sequence[TargetStatus]) -> bool:
    return states.count(TargetStatus.ON_TRACK) == len(states)


def check_spread(said: Said, round_: PublishedRound) -> bool:
    """How many coefficients could be computed, and how many of them are over their limits."""
    resources = round_.published.judgement.dimensions.resources
    found = [finding for stages in resources.indicators.values() for finding in stages.values()]
    known = [finding.cv_verdict for finding in found if finding.cv is not None]
    over = known.count(Verdict.NOT_MET)
    told = read_number(said["count"]) == over > 0 if "count" in said else over == 0
    return told and read_number(said["total"]) == len(known) > 0


def check_counted_plans(said: Said, round_: PublishedRound) -> bool:
    """How many targets that are counted in schools are due, and how many of them are behind."""
    due = [target for target in round_.published.judgement.targets if target.planned.met is not None]
    known = [target.status for target in due if target.planned.share is not None and target.actual.share is not None]
    late = known.count(TargetStatus.BEHIND)
    told = read_number(said["late"]) == late > 0 if "late" in said else late == 0
    return told and read_number(said["total"]) == late + known.count(TargetStatus.ON_TRACK) == len(known) > 0


def check_nothing_short(_: Said, round_: PublishedRound) -> bool:
    """That no school is below a line of its own; indicators of the whole county are not in the ledger."""
    return not unmet_ledger(round_.published.judgement, round_.facts.standard)


def check_years(said: Said, round_: PublishedRound) -> bool:
    """The school year of the data, and the plan's year or the survey's."""
    facts = round_.facts
    first = facts.standard.first_target_year
    as_of = round_.published.judgement.provenance.as_of
    return (
        said["school_year"] == facts.school_year.replace("-", "—")
        and ("first" not in said or (str(first) == said["first"] and as_of is not None and as_of < int(said["first"])))
        and ("survey" not in said or said["survey"] == str(facts.opens.year))
        and ("as_of" not in said or said["as_of"] == str(as_of))
    )


CHECKS: Mapping[str, Check] = {
    "indicators_met": check_indicators,
    "indicators_all": check_indicators,
    "schools_met": check_schools,
    "schools_open": check_schools,
    "plans_due": check_plans,
    "plans_kept": check_plans,
    "spread_over": check_spread,
    "years_apart": check_years,
    "years_late": check_years,
    "spread_within": check_spread,
    "schools_late": check_counted_plans,
    "schools_kept": check_counted_plans,
    "nothing_short": check_nothing_short,
}
