"""What a planned or drawn sample counts for before anyone answered: its design effect and degrees of freedom."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from msgspec import Struct

from analysis.disclosure.groups import LEFT_OUT, join_groups
from analysis.intervals import planned_deff
from analysis.sample.design import Design, DesignStratum
from analysis.sample.sample_plan import SamplePlan
from questionnaires.paper import Paper
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group


class PlannedUnits(Struct, frozen=True, kw_only=True):
    """A stratum by its primary sampling units: `drawn` of them, 0 where all are certain or persons are drawn."""

    drawn: int
    invited: int


class Weight(Struct, frozen=True, kw_only=True):
    """What a number of forms of one group counts for: design effect and degrees of freedom."""

    deff: float
    df: int


class Unshown(Struct, frozen=True, kw_only=True):
    """A group of which so few forms are expected that it gets no figure of its own.

    `shown_with` are all groups of the figure it enters, its own name first in the glossary's order; empty when it
    enters none.
    """

    group: str
    invited: int
    expected: int
    shown_with: tuple[str, ...]


def planned_units(plan: SamplePlan) -> dict[str, list[PlannedUnits]]:
    """The strata of every group of a proposed sample."""
    units: dict[str, list[PlannedUnits]] = {}
    for line in plan.strata:
        number = {DrawnUnit.SCHOOL: line.draw_schools, DrawnUnit.CLASS: line.draw_classes, DrawnUnit.PERSON: 0}
        drawn = 0 if line.method in (DrawMethod.ALL, DrawMethod.OPEN) else number[line.stage]
        units.setdefault(line.group, []).append(PlannedUnits(drawn=drawn, invited=line.slips))
    return units


def drawn_units(design: Design, frame: pd.DataFrame) -> dict[str, list[PlannedUnits]]:
    """The strata of every group of a drawn sample; `frame` with `invited`."""
    keys = zip(frame.group, frame.unit, frame["class"], strict=True)
    invited = dict(zip(keys, frame.invited.astype(int), strict=True))
    return {
        group.value: [_count_units(stratum, group, invited) for stratum in strata.strata]
        for group, strata in design.groups.items()
    }


def _count_units(stratum: DesignStratum, group: Group, invited: Mapping[tuple[str, str, str], int]) -> PlannedUnits:
    people = sum(invited.get((group.value, unit.unit, unit.class_), 0) for unit in stratum.units)
    first = stratum.first
    certain = first.method in (DrawMethod.ALL, DrawMethod.OPEN) or first.drawn == first.frame
    return PlannedUnits(drawn=0 if certain or first.unit == DrawnUnit.PERSON else first.drawn or 0, invited=people)


def weigh_forms(units: Sequence[PlannedUnits], forms: int) -> Weight:
    """Design effect 1 + (b - 1) 0.05 and df = PSUs - strata of a group's forms, spread as the invited are.

    b are the forms of one PSU; a person counts as PSU where persons are drawn or every class is certain. Kish
    (1965), Survey Sampling, section 5.4; df as Korn & Graubard (1999), section 5.2.

    >>> units = [PlannedUnits(drawn=4, invited=100), PlannedUnits(drawn=6, invited=150)]
    >>> weigh_forms(units, 210)
    Weight(deff=2.0, df=8)
    """
    everyone = sum(stratum.invited for stratum in units)
    if not everyone or not forms:
        return Weight(deff=1.0, df=1)
    parts = [forms * stratum.invited / everyone for stratum in units]
    psus = [min(stratum.drawn or part, part) for stratum, part in zip(units, parts, strict=True)]
    there = sum(part > 0 for part in parts)
    return Weight(deff=float(planned_deff(np.array(forms / sum(psus)))), df=max(int(sum(psus)) - there, 1))


def find_unshown(
    invited: Mapping[str, int], papers: Iterable[Paper], smallest: int, return_rate: float
) -> list[Unshown]:
    """The groups that will have no figure of their own if as many answer as are expected.

    >>> from questionnaires.paper import load_paper
    >>> found = find_unshown({"parent": 300, "deputy": 2}, [load_paper("social-2026")], 10, 0.6)
    >>> [(line.group, line.expected, line.shown_with) for line in found]
    [('deputy', 1, ('parent', 'deputy'))]
    """
    expected = {group: int(count * return_rate + 1e-9) for group, count in invited.items()}
    labels = join_groups({group: max(count, 1) for group, count in expected.items()}, papers, smallest)
    return [
        Unshown(
            group=group,
            invited=invited[group],
            expected=count,
            shown_with=() if labels[group] == LEFT_OUT else tuple(labels[group].split("+")),
        )
        for group, count in expected.items()
        if count < smallest
    ]
