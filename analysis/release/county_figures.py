"""The county's figure as it is told, and what else follows from the groups' printed rates."""

from collections.abc import Mapping

from msgspec.structs import replace

from analysis.disclosure.headline_steps import PLACES
from analysis.disclosure.rounding import printed_band, round_down, round_share, round_up
from analysis.disclosure.row_program import Band
from analysis.recognition.sensitivity import tipping_point
from analysis.release.group_release import GroupPlan
from analysis.release.unit_figures import open_group
from analysis.results import Choice, CountyRate, GroupRate
from questionnaires.rule import Rule

UNIT_POINTS = 0.1
"""One percent of the county must mean at least so much of any unit, or a choice's number is not told."""
OF_MARKED = ("raked", "without_flagged", "without_listed", "without_full", "without_doubted")
OTHER_MEASURES = ("pooled", "strict", "mean_score", "unknown_as_not", "overall_item", "rule_options")
BESIDE = 1e-6


def county_step(rate: float, weights: Mapping[str, float], plans: Mapping[str, GroupPlan], rule: Rule) -> float:
    """The finest step of the county's figure from which no group follows more closely than it may be told."""
    for step, places in PLACES.items():
        band = printed_band(round_share(rate, places), places)
        if all(_stays_open(group, band, weights, plans, rule) for group in plans):
            return step
    return max(PLACES)


def _stays_open(
    group: str, band: Band, weights: Mapping[str, float], plans: Mapping[str, GroupPlan], rule: Rule
) -> bool:
    """Whether a group keeps its room and its rows, when the county's band says something of it."""
    plan = plans[group]
    implied = implied_band(group, band, weights, {name: other.band for name, other in plans.items()})
    both = max(implied[0], plan.band[0]), min(implied[1], plan.band[1])
    if both == plan.band:
        return True
    if not plan.room.fits(plan.counts.places.rate, both):
        return False
    again = open_group(plan.rows, both, rule)
    return not plan.opened.holds or (again.holds and again.coarsened <= plan.opened.coarsened)


def implied_band(group: str, county: Band, weights: Mapping[str, float], bands: Mapping[str, Band]) -> Band:
    """What a group's rate can be by the county's figure and what is printed of the others.

    >>> low, high = implied_band("a", (0.89, 0.91), {"a": 0.5, "b": 0.5}, {"a": (0.0, 1.0), "b": (0.8, 0.82)})
    >>> round(low, 3), round(high, 3)
    (0.96, 1.02)
    """
    whole = sum(weights[name] for name in bands)
    own = weights[group] / whole
    if own <= 0:
        return 0.0, 1.0
    least = sum(weights[name] / whole * band[0] for name, band in bands.items() if name != group)
    most = sum(weights[name] / whole * band[1] for name, band in bands.items() if name != group)
    return (county[0] - most) / own, (county[1] - least) / own


def tell_county(county: CountyRate, step: float) -> CountyRate:
    """The county's figure rounded once: its interval outward, none of it carried across the line."""
    if county.rate is None:
        return county
    places = PLACES[step]
    line = county.threshold
    return replace(
        county,
        rate=round_share(county.rate, places, line),
        se=round_up(county.se or 0.0, 1),
        lower=round_down(county.lower or 0.0, places, line),
        upper=round_up(county.upper or 0.0, places, line),
        lower95=round_down(county.lower95 or 0.0, places, line),
        upper95=round_up(county.upper95 or 0.0, places, line),
        probability_above=round_share(county.probability_above or 0.0, 0),
    )


def tell_choice(choice: Choice, told: Mapping[str, float], weights: Mapping[str, float], line: float) -> Choice:
    """A choice that weighs groups' rates, in whole percents from the printed ones; without them its verdict alone.

    >>> from questionnaires.vocabulary import Verdict
    >>> choice = Choice(name="population", rate=0.8412, verdict=Verdict.NOT_MET)
    >>> tell_choice(choice, {"parent": 0.853}, {"parent": 1.0}, 0.85).rate     # never across the line
    0.84
    """
    whole = sum(weights.values())
    if choice.rate is None or whole <= 0 or any(group not in told for group in weights):
        return replace(choice, rate=None)
    printed = sum(weight * told[group] for group, weight in weights.items()) / whole
    return replace(choice, rate=round_share(_beside(printed, choice, line), 0, line))


def tell_measured(choice: Choice, line: float) -> Choice:
    """A choice that counts otherwise, in whole percents."""
    if choice.rate is None:
        return choice
    return replace(choice, rate=round_share(choice.rate, 0, None if choice.verdict is None else line))


def _beside(printed: float, choice: Choice, line: float) -> float:
    """The printed rates' mean, on the side of the line where the choice is."""
    exact = choice.rate or 0.0
    if exact < line:
        return min(printed, line - BESIDE)
    return max(printed, line)


def unit_share(weights: Mapping[str, float], plans: Mapping[str, GroupPlan]) -> float:
    """The largest share that any place has in the county's figure."""
    whole = sum(weights[group] for group in plans)
    return max(
        (
            weights[group] / whole * float(plan.counts.places.answered.max() / plan.counts.places.answered.sum())
            for group, plan in plans.items()
        ),
        default=0.0,
    )


def tell_tipping_point(groups: Mapping[str, GroupRate], weights: Mapping[str, float], line: float) -> float | None:
    """The tipping point in whole percents, from the printed rates; None where one of them is no number.

    A zero has no sign: it is printed.
    """
    rates = {group: found.rate for group, found in groups.items() if found.rate is not None}
    if not rates or any(found.valid and found.rate is None for found in groups.values()):
        return None
    response = {group: groups[group].response_rate or 0.0 for group in rates}
    found = tipping_point(rates, weights, response, line)
    return None if found is None else round_share(found, 0) + 0.0
