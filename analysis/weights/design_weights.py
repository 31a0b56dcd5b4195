"""Design weights, and what is done about those who did not answer."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.column_values import texts
from analysis.places import LEVELS, partition, place_chains, place_forms, row_chains
from analysis.sample.strata import Cell, covering_cells
from analysis.weights.raking import Raked, rake
from questionnaires.rule import Nonresponse, Rule

__all__ = ["Raked", "design_weights", "nonresponse_classes", "rake", "silent_places", "weigh_places"]

Owner = tuple[str, str]
"""(group, place)."""


def design_weights(frame: pd.DataFrame, forms: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The frame's rows with everything a form needs to weigh: w = design x nonresponse.

    `frame` without `place` is partitioned first; `forms` (the valid ones) come with (group, place) or
    (group, unit, class). Columns added:

    - `stratum`: group x cell, the finest part of the frame all of whose parts were reached
      (`strata.covering_cells`); for persons group x place where that is coarser;
    - `psu`: the class, if everyone in every selected class of the cell was invited, else "" (persons);
    - `M_h`, `m_h`: classes (persons, if psu is "") in the stratum's frame, and of those selected;
    - `N_c`: persons in the class, NaN if psu is "";
    - `reached`: whether anyone selected speaks for the row's people;
    - `forms`: how many came from the row's place;
    - `design`: people that the place's selected rows speak for over its codes; (M_h/m_h) (N_c/invited_c)
      for a drawn class, N/invited for persons;
    - `response_class`, `response_rate`: where the rate forms/invited was taken; its inverse multiplies
      `design` into `weight`. A class that is not its own place is a merge (`nonresponse_classes`);
    - `weight`: NaN where the place has no codes, or the group no forms.

    Where more codes or forms came than the frame has people, the frame counts as that large. Source:
    statistics.md 3.5; Lohr, Sampling: Design and Analysis, chapters 5 and 8.

    >>> from questionnaires.rule import load_rule
    >>> frame = pd.DataFrame({"group": "teacher", "unit": ["P1", "P2"], "class": "", "township": "T",
    ...     "stage": "primary", "locale": "town", "population": [50, 30], "invited": [20, 20]})
    >>> forms = pd.DataFrame({"group": "teacher", "place": ["unit/P1"] * 10 + ["unit/P2"] * 15})
    >>> design_weights(frame, forms, load_rule("quality-2024"))["weight"].tolist()
    [5.0, 2.0]
    """
    places = frame if "place" in frame else partition(frame, rule)
    placed = forms if "place" in forms else place_forms(forms, places)
    return weigh_places(places, Counter(zip(placed.group, placed.place, strict=True)), rule)


def weigh_places(places: pd.DataFrame, came: Mapping[Owner, int], rule: Rule) -> pd.DataFrame:
    """What `design_weights` adds to the rows of `places`, from how many valid forms came by (group, place)."""
    owners = list(zip(texts(places.group), texts(places.place), strict=True))
    table = _design(places.assign(forms=[int(came.get(owner, 0)) for owner in owners]))
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


def _design(places: pd.DataFrame) -> pd.DataFrame:
    """Strata, PSUs, their numbers and the design weight."""
    cells = _cells(places)
    table = places.assign(cell=[" ".join(cell) for cell in cells])
    selected = table.invited > 0
    whole = _whole_classes(table)
    came = table.forms.where((table["level"] == "class") & selected, 0)
    people = table[["population", "invited"]].assign(came=came).max(axis=1)
    reach = _reach(table, people.where(~whole, 1.0))
    spoken_for = (people * reach).where(selected, 0.0)
    by_place = [table.group, table.place]
    persons, invited = (values.groupby(by_place).transform("sum") for values in (spoken_for, table.invited))
    by_class: pd.Series[bool] = whole & (table["level"] == "class")
    stratum = _strata(table, cells, by_class)
    classes, chosen, reached = (
        values.where(selected, 0.0).groupby(stratum).transform("sum")
        for values in (reach, reach.notna().astype(float), spoken_for)
    )
    in_stratum = table.invited.groupby(stratum).transform("sum")
    return table.drop(columns="cell").assign(
        stratum=stratum,
        psu=table.place.where(by_class, ""),
        M_h=classes.where(by_class, np.maximum(reached, table.forms)),
        m_h=chosen.where(by_class, in_stratum),
        N_c=people.where(by_class),
        reached=reach.notna(),
        design=(persons / invited).where(selected),
    )


def _cells(places: pd.DataFrame) -> list[Cell]:
    """The cell that each row's stratum lies in: classes and single persons are drawn apart."""
    chains = row_chains(places)
    selected = (places.invited > 0).tolist()
    cells: list[Cell] = [()] * len(places)
    for positions in places.groupby(["group", places["class"] != ""]).indices.values():
        rows: list[int] = np.asarray(positions, np.int64).tolist()
        found = covering_cells([chains[row] for row in rows], [selected[row] for row in rows])
        for row, cell in zip(rows, found, strict=True):
            cells[row] = cell
    return cells


def _whole_classes(table: pd.DataFrame) -> pd.Series:
    """Whether everyone in every selected class of the row's cell was invited, so that classes were drawn."""
    partly = (table.invited > 0) & (table.invited < table.population)
    left_out = partly.groupby([table.group, table.cell, table["class"] != ""]).transform("any")
    return (table["class"] != "") & ~left_out


def _reach(table: pd.DataFrame, size: pd.Series) -> pd.Series:
    """All classes (or persons) of the row's cell over the selected ones."""
    by_cell = [table.group, table.cell, table["class"] != ""]
    chosen = size.where(table.invited > 0, 0.0).groupby(by_cell).transform("sum")
    return size.groupby(by_cell).transform("sum") / chosen.where(chosen > 0)


def _strata(table: pd.DataFrame, cells: list[Cell], by_class: pd.Series) -> pd.Series:
    """Group x cell for drawn classes; for persons group x place, or a cell that is coarser than the place."""
    widest: dict[Owner, tuple[int, str]] = {}
    owners = list(zip(texts(table.group), texts(table.place), strict=True))
    for owner, level, cell, name in zip(owners, texts(table["level"]), cells, texts(table.cell), strict=True):
        own = (LEVELS.index(level), owner[1])
        reached = (LEVELS.index(cell[-1].split("/")[0]), name)
        widest[owner] = max(widest.get(owner, own), reached if reached[0] > own[0] else own)
    names = [
        f"class/{name}" if classes else widest[owner][1]
        for owner, name, classes in zip(owners, texts(table.cell), by_class, strict=True)
    ]
    return table.group + "/" + pd.Series(names, index=table.index)


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
