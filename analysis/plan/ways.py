"""Two ways to ask a group, side by side: draw it and bring nearly all back, or invite everyone and hope."""

import pandas as pd
from msgspec import Struct

from analysis.plan.planned_units import PlannedUnits, planned_units, weigh_forms
from analysis.plan.proof import find_proof
from analysis.sample.sample_plan import SamplePlan
from questionnaires.rule import Rule

DRAWN_RETURN = 0.9
INVITED_RETURN = 0.4


class AskedPeople(Struct, frozen=True, kw_only=True):
    """Whom a way asks: the units of a group that are drawn, or the group as a whole; `invited` counts people."""

    group: str
    everyone: bool
    invited: int
    return_rate: float
    units: list[PlannedUnits]


class Way(Struct, frozen=True, kw_only=True):
    """A way to ask a group: who is invited, how many come back, and from which rate on what may be said.

    `among_answered`: the observed rate from which those who answered are above the threshold; `established`: that
    from which it holds although the dissatisfied answered half as often. None: from none.
    """

    group: str
    everyone: bool
    invited: int
    return_rate: float
    expected: int
    among_answered: float | None
    established: float | None


def compare_ways(plan: SamplePlan, rule: Rule) -> list[Way]:
    """Each group in classes drawn as planned at a return of 90 %, and invited as a whole at 40 %."""
    ways = []
    units = planned_units(plan)
    for group in dict.fromkeys(line.group for line in plan.strata if line.classes):
        people = sum(line.people for line in plan.strata if line.group == group)
        slips = sum(line.slips for line in plan.strata if line.group == group)
        drawn = AskedPeople(group=group, everyone=False, invited=slips, return_rate=DRAWN_RETURN, units=units[group])
        whole = AskedPeople(
            group=group,
            everyone=True,
            invited=people,
            return_rate=INVITED_RETURN,
            units=[PlannedUnits(drawn=0, invited=people)],
        )
        ways += [_find_way(drawn, rule), _find_way(whole, rule)]
    return ways


def _find_way(asked: AskedPeople, rule: Rule) -> Way:
    forms = int(asked.invited * asked.return_rate + 1e-9)
    weight = weigh_forms(asked.units, forms)
    table = pd.DataFrame({"domain": [asked.group], "n": [forms], "df": [weight.df], "deff": [weight.deff]})
    proof = find_proof(table, {asked.group: 1.0}, rule.threshold.value) if forms else None
    smallest = proof.smallest_rate if proof else None
    return Way(
        group=asked.group,
        everyone=asked.everyone,
        invited=asked.invited,
        return_rate=asked.return_rate,
        expected=forms,
        among_answered=smallest,
        established=None if smallest is None else established_rate(smallest, asked.return_rate),
    )


def established_rate(smallest: float, response: float) -> float | None:
    """The rate p at which max(p/(2 - p), r p) reaches `smallest`; None above 1.

    p/(2 - p) is the rate when every form below it weighs twice: the worst case while nobody answers less than half
    as often as another.

    >>> round(established_rate(0.88, 0.9), 4), round(established_rate(0.88, 0.5), 4)
    (0.9362, 0.9362)
    """
    rates = [rate for rate in (2 * smallest / (1 + smallest), smallest / response) if rate <= 1]
    return min(rates, default=None)
