"""Who owns cells: the places that forms came from, and those that were selected and sent none."""

import pandas as pd

OWNER = ["group", "place"]
SIBLINGS = ["township", "locale", "stage"]
LATER_STAGES = ["ssu", "psu_ssus", "ssu_size"]


def read_owners(seen: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """One row per cell in the order of its number, then the selected places that no form came from.

    `seen`: the (group, place) and the marks of each cell; `places` as for `tally`.
    Raises ValueError naming cells whose (group, place) has no codes.

    >>> places = pd.DataFrame({"group": "parent", "place": ["a", "b"], "invited": 2, "weight": 3.0, "psu": ["a", "b"],
    ...     "stratum": "s", "M_h": 6.0, "N_c": 9.0, "township": "", "locale": "", "stage": ""})
    >>> read_owners(pd.DataFrame({"group": ["parent"], "place": ["b"]}), places).place.tolist()
    ['b', 'a']
    """
    known = _known_places(places)
    owners = seen.merge(known, on=OWNER, how="left")
    strange = owners[owners["weight"].isna()]
    if len(strange):
        named = "；".join(f"{row.group}/{row.place}" for row in strange.itertuples())
        raise ValueError(f"答卷中有未发码的统计合并单元：{named}")
    came = set(zip(seen["group"], seen["place"], strict=True))
    owned = pd.Series([owner in came for owner in zip(known["group"], known["place"], strict=True)], dtype=bool)
    silent = known[~owned.to_numpy()]
    marks = [str(name) for name in seen if name not in OWNER]
    silent = silent.assign(**dict.fromkeys(marks, False))
    return pd.concat([owners, silent], ignore_index=True)


def _known_places(places: pd.DataFrame) -> pd.DataFrame:
    """One row per (group, place) that can weigh a form; siblings' columns are "" where its rows differ."""
    selected = places[(places["invited"] > 0) & places["weight"].notna()]
    by_place = selected.groupby(OWNER, sort=True)
    later = _told(selected)
    same = by_place[["stratum", "psu", "weight", "M_h", "N_c", *later]].first()
    siblings = by_place[SIBLINGS].first().where(by_place[SIBLINGS].nunique() == 1, "")
    table = same.join(siblings).rename(columns={"M_h": "stratum_psus", "N_c": "psu_size"})
    return table.reset_index()


def _told(places: pd.DataFrame) -> list[str]:
    """Columns of second stages and of draws by size, where any place has them."""
    second = LATER_STAGES if "ssu" in places and (places.ssu != "").any() else []
    by_size = ["probability"] if "probability" in places and places.probability.notna().any() else []
    return [*second, *by_size]
