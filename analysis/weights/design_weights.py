"""Design weights, and what is done about those who did not answer."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.column_values import texts
from analysis.many_rows import count_owners
from analysis.places import LEVELS, partition, place_chains, place_forms
from analysis.sample import Design, complete_design
from analysis.weights.drawn_units import link_design
from analysis.weights.raking import Raked, rake
from questionnaires.rule import Nonresponse, Rule

__all__ = ["Raked", "design_weights", "nonresponse_classes", "rake", "silent_places", "weigh_places"]

Owner = tuple[str, str]
"""(group, place)."""


def design_weights(frame: pd.DataFrame, forms: pd.DataFrame, rule: Rule, design: Design | None = None) -> pd.DataFrame:
    """The frame's rows with everything a form needs to weigh: w = design x nonresponse.

    `frame` without `place` is partitioned first; `forms` (the valid ones) come with (group, place) or
    (group, unit, class). Columns added:

    - `stratum`, `psu`, `ssu`: what was drawn (`drawn_units.link_design`); psu is "" where persons were drawn;
    - `M_h`, `m_h`: PSUs (persons, if psu is "") in the stratum's frame, and of those selected;
    - `N_c`: persons in the PSU, NaN if psu is "" or has second-stage units (`psu_ssus`, `ssu_size`);
    - `probability`: of a PSU that was drawn by size;
    - `reached`: whether anyone selected speaks for the row's people;
    - `forms`: how many came from the row's place;
    - `design`: people that the place's selected rows speak for over its codes; N/(pi invited) for a drawn unit of
      probability pi, N/invited for persons;
    - `response_class`, `response_rate`: where the rate forms/invited was taken; its inverse multiplies
      `design` into `weight`. A class that is not its own place is a merge (`nonresponse_classes`);
    - `weight`: NaN where the place has no codes, or the group no forms.

    Without a declared `design` the frame is read at its most careful (`sample.assumed_design`). Where more codes or
    forms came than the frame has people, the frame counts as that large. Lohr, Sampling: Design and Analysis,
    chapters 5 and 8.

    >>> from questionnaires.rule import load_rule
    >>> frame = pd.DataFrame({"group": "teacher", "unit": ["P1", "P2"], "class": "", "township": "T",
    ...     "stage": "primary", "locale": "town", "population": [50, 30], "invited": [20, 20]})
    >>> forms = pd.DataFrame({"group": "teacher", "place": ["unit/P1"] * 10 + ["unit/P2"] * 15})
    >>> design_weights(frame, forms, load_rule("quality-2024"))["weight"].tolist()
    [5.0, 2.0]
    """
    places = frame if "place" in frame else partition(frame, rule)
    placed = forms if "place" in forms else place_forms(forms, places)
    return weigh_places(places, count_owners(placed), rule, design)


def weigh_places(
    places: pd.DataFrame, came: Mapping[Owner, int], rule: Rule, design: Design | None = None
) -> pd.DataFrame:
    """What `design_weights` adds to the rows of `places`, from how many valid forms came by (group, place)."""
    owners = list(zip(texts(places.group), texts(places.place), strict=True))
    counted = places.assign(forms=[int(came.get(owner, 0)) for owner in owners])
    table = link_design(counted, complete_design(design, places, rule.id))
    merged = _response_classes(table, rule.nonresponse)
    table["response_class"] = [merged.get(owner, "") for owner in owners]
    table["response_rate"] = _response_rate(table)
    return table.assign(weight=table.design / table.response_rate)


def nonresponse_classes(places: pd.DataFrame) -> pd.DataFrame:
    """One row per nonresponse class: group, response_class, places merged into it, invited, forms, rate.

    >>> nonresponse_classes(pd.DataFrame({"group": "parent", "response_class": "unit/A", "place": ["class/A/1",
    ...     "class/A/2"], "invited": 30, "forms": [3, 21]})).to_numpy().tolist()
    [['parent', 'unit/A', 2, 60, 24, 0.4]]
    """
    selected = places[places.invited > 0]
    by_place = selected.groupby(["group", "response_class", "place"]).agg(
        invited=("invited", "sum"), forms=("forms", "first")
    )
    by_class = by_place.groupby(["group", "response_class"]).agg(
        places=("forms", "size"), invited=("invited", "sum"), forms=("forms", "sum")
    )
    return by_class.assign(rate=by_class.forms / by_class.invited).reset_index()


def silent_places(places: pd.DataFrame) -> pd.DataFrame:
    """The (group, place) with codes from which no form came.

    >>> places = {"group": "parent", "place": ["unit/A", "unit/B"], "invited": 9, "forms": [0, 4]}
    >>> silent_places(pd.DataFrame(places)).to_numpy().tolist()
    [['parent', 'unit/A']]
    """
    silent = places[(places.invited > 0) & (places.forms == 0)]
    return silent[["group", "place"]].drop_duplicates().sort_values(["group", "place"], ignore_index=True)


def _response_classes(table: pd.DataFrame, limits: Nonresponse) -> dict[Owner, str]:
    """(group, place) -> the nonresponse class that answers for it.

    A class with too few forms or too large a factor is merged with everything in the next coarser node of
    class -> unit -> township -> stage x locale -> group, so that those who answered there speak for it too.
    """
    chains = place_chains(table)
    selected = table[table.invited > 0].groupby(["group", "place"])
    sums = selected.agg(invited=("invited", "sum"), forms=("forms", "first"))
    counts: dict[Owner, tuple[int, int]] = dict(
        zip(sums.index.tolist(), zip(sums.invited, sums.forms, strict=True), strict=True)
    )
    merged = {owner: owner[1] for owner in counts}
    for level in range(1, len(LEVELS)):
        nodes: dict[Owner, list[Owner]] = defaultdict(list)
        for owner, chain in chains.items():
            if chain[level]:
                nodes[owner[0], chain[level]].append(owner)
        weak = _weak(merged, counts, limits)
        for (group, key), owners in nodes.items():
            if any((group, merged[owner]) in weak for owner in owners):
                merged.update(dict.fromkeys(owners, key))
    return merged


def _weak(merged: dict[Owner, str], counts: dict[Owner, tuple[int, int]], limits: Nonresponse) -> set[Owner]:
    invited: dict[Owner, int] = defaultdict(int)
    forms: dict[Owner, int] = defaultdict(int)
    for (group, place), name in merged.items():
        invited[group, name] += counts[group, place][0]
        forms[group, name] += counts[group, place][1]
    return {
        name
        for name in invited
        if forms[name] < limits.least_forms.value or invited[name] > limits.largest_factor.value * forms[name]
    }


def _response_rate(table: pd.DataFrame) -> pd.Series:
    rates = nonresponse_classes(table).set_index(["group", "response_class"]).rate.to_dict()
    owners = zip(texts(table.group), texts(table.response_class), strict=True)
    return pd.Series([rates.get(owner) or np.nan for owner in owners], index=table.index, dtype=float)
