"""Places (统计合并单元): the part of the frame a form is counted in, coarse enough to hide anyone."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.column_values import texts, whole_numbers
from questionnaires.rule import Rule

LEVELS = ("class", "unit", "township", "stratum", "county")
Chain = tuple[str, ...]


def partition(frame: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The frame with every row's `place` and `level`: class -> unit -> township -> stage x locale -> county.

    A place is the finest one with at least `rule.smallest` codes (`invited`) issued with exactly that
    (group, place). Where fewer people than that would be left over in a coarser place, its smallest finer
    place (then the first by name) is taken back to join them; without one they move up. A group with fewer
    codes altogether has the place `county`. The order of rows changes nothing.

    A row without codes gets the place whose codes speak for its people: its own class where other classes
    of its unit are places (it counts in their M_h), else the finest coarser place on its way up that has
    codes, else `county`. docs/method.md, section 2.

    >>> from questionnaires.rule import load_rule
    >>> frame = pd.DataFrame({"group": "teacher", "unit": ["P1", "P2", "P3"], "class": "", "township": "T",
    ...                       "stage": "primary", "locale": "town", "invited": [3, 12, 30]})
    >>> list(partition(frame, load_rule("quality-2024"))["place"])
    ['township/T', 'township/T', 'unit/P3']
    """
    chains = row_chains(frame)
    codes = whole_numbers(frame.invited)
    places = [""] * len(frame)
    for positions in frame.groupby("group").indices.values():
        rows: list[int] = np.asarray(positions, np.int64).tolist()
        own = [chains[row] for row in rows]
        homes = settle(own, [codes[row] for row in rows], rule.smallest)
        for row, place in zip(rows, _follow(own, homes), strict=True):
            places[row] = place
    return frame.assign(place=places, level=[place.split("/")[0] for place in places])


def settle(chains: Sequence[Chain], people: Sequence[int], smallest: int) -> list[str]:
    """The place of each atom of one group: the finest key of its chain that hides it.

    `chains` holds one key a level, "" where an atom has none; `people` counts who may be seen in the atom.
    Atoms without people get "". Every key given out has at least `smallest` people, unless all have fewer.

    >>> chains = [("", f"unit/{unit}", "", "", "county") for unit in "ABC"]
    >>> settle(chains, [12, 30, 3], 10)    # C is too few for itself, and takes A back to hide among
    ['county', 'unit/B', 'county']
    """
    homes = [""] * len(chains)
    for level in range(len(LEVELS)):
        nodes: dict[str, list[int]] = defaultdict(list)
        for atom, chain in enumerate(chains):
            if people[atom] and chain[level]:
                nodes[chain[level]].append(atom)
        for key in sorted(nodes):
            left = [atom for atom in nodes[key] if not homes[atom]]
            if 0 < sum(people[atom] for atom in left) < smallest:
                taken_back = _smallest_inside(nodes[key], homes, people)
                left = left + taken_back if taken_back or level == len(LEVELS) - 1 else []
            for atom in left:
                homes[atom] = key
    return homes


def _smallest_inside(node: list[int], homes: list[str], people: Sequence[int]) -> list[int]:
    inside: dict[str, list[int]] = defaultdict(list)
    for atom in node:
        if homes[atom]:
            inside[homes[atom]].append(atom)
    atoms = Counter(homes)
    whole = [home for home in inside if len(inside[home]) == atoms[home]]
    return inside[min(whole, key=lambda home: (sum(people[a] for a in inside[home]), home))] if whole else []


def place_chains(places: pd.DataFrame) -> dict[tuple[str, str], Chain]:
    """The keys of each (group, place) with codes: its own, and of every coarser level.

    A key is "" where the place's rows do not all agree: such a place lies in no single one of that level.

    >>> place_chains(pd.DataFrame({"group": "teacher", "place": "township/T", "unit": ["A", "B"], "class": "",
    ...     "township": "T", "stage": ["primary", "junior"], "locale": "town", "invited": 6}))
    {('teacher', 'township/T'): ('', '', 'township/T', '', 'county')}
    """
    selected = places[places.invited > 0]
    inside: dict[tuple[str, str], list[Chain]] = defaultdict(list)
    owners = zip(texts(selected.group), texts(selected.place), strict=True)
    for owner, chain in zip(owners, row_chains(selected), strict=True):
        inside[owner].append(chain)
    return {owner: agree(owner[1], chains) for owner, chains in inside.items()}


def agree(place: str, chains: Sequence[Chain]) -> Chain:
    """The chain of a place made of these: its own key, then what all of them share of each coarser level.

    >>> agree("township/T", [("", "unit/A", "township/T", "stratum/primary/town", "county"),
    ...                      ("", "unit/B", "township/T", "stratum/junior/town", "county")])
    ('', '', 'township/T', '', 'county')
    """
    depth = LEVELS.index(place.split("/")[0])
    shared = (keys[0] if len(set(keys)) == 1 else "" for keys in list(zip(*chains, strict=True))[depth + 1 :])
    return ("",) * depth + (place, *shared)


def place_forms(forms: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Forms that came with (group, unit, class), now with (group, place) alone.

    Raises ValueError naming every (group, unit, class) that the frame does not hold or never invited.

    >>> places = pd.DataFrame({"group": ["parent"], "unit": "A", "class": "1", "invited": 30, "place": "unit/A"})
    >>> forms = pd.DataFrame({"group": ["parent"], "unit": "A", "class": "1", "overall": 5})
    >>> place_forms(forms, places).to_numpy().tolist()
    [['parent', 5, 'unit/A']]
    """
    keys = ["group", "unit", "class"]
    known = places.loc[places.invited > 0, [*keys, "place"]].drop_duplicates(keys)
    found = forms[keys].merge(known, on=keys, how="left").place
    strange = forms.loc[found.isna().to_numpy(), keys].drop_duplicates()
    if len(strange):
        named = "；".join("/".join(row) for row in sorted(strange.itertuples(index=False, name=None)))
        raise ValueError(f"答卷中有名册以外或未发码的调查对象、单位、班级：{named}")
    return forms.drop(columns=["unit", "class"]).assign(place=found.to_numpy())


def row_chains(frame: pd.DataFrame) -> list[Chain]:
    """The keys of each row, one a level, "" where it has none; a slash or ~ in a name becomes a full-width one.

    >>> row_chains(pd.DataFrame({"unit": ["A"], "class": "1/2", "township": "", "stage": "primary", "locale": "town"}))
    [('class/A/1／2', 'unit/A', '', 'stratum/primary/town', 'county')]
    """
    return [
        (
            f"class/{unit}/{form}" if form else "",
            f"unit/{unit}" if unit else "",
            f"township/{township}" if township else "",
            f"stratum/{stage}/{locale}" if stage or locale else "",
            "county",
        )
        for unit, form, township, stage, locale in zip(
            _key_parts(frame.unit),
            _key_parts(frame["class"]),
            _key_parts(frame.township),
            _key_parts(frame.stage),
            _key_parts(frame.locale),
            strict=True,
        )
    ]


def _key_parts(column: pd.Series) -> list[str]:
    return [name.replace("/", "／").replace("~", "～") for name in texts(column.fillna(""))]


def _follow(chains: list[Chain], homes: list[str]) -> list[str]:
    """The homes, with those filled in that had no codes of their own."""
    taken = set(homes)
    in_classes = {chain[1] for chain, home in zip(chains, homes, strict=True) if home and home == chain[0]}

    def speaks_for(chain: Chain) -> str:
        if chain[0] and chain[1] in in_classes:
            return chain[0]
        return next((key for key in chain[1:] if key in taken and key), "county")

    return [home or speaks_for(chain) for chain, home in zip(chains, homes, strict=True)]
