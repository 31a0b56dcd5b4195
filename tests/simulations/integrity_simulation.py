"""Ballot-stuffing planted in honest counties: how often each check finds it, how often it accuses the honest.

    .venv/bin/python -m tests.simulations.integrity_simulation [--counties 100] [--seed 5000]

The thresholds of the rule were chosen on the counties of seeds 1 to 60; the printed table is on others.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.arrays import Codes
from analysis.integrity.checking import check_integrity
from analysis.integrity.integrity_findings import PlaceFinding
from questionnaires.paper import UNKNOWN, Paper, load_paper
from questionnaires.rule import Rule, load_rule

Spreads = dict[str, float]

PLACES = {  # group: places, forms in each
    "student": (50, 40), "parent": (60, 38), "teacher": (24, 20), "principal": (3, 15),
    "deputy": (6, 18), "cppcc": (5, 16), "public": (12, 25),
}  # fmt: skip
LEVEL = {
    "student": 0.6, "parent": 0.35, "teacher": 0.3, "principal": 0.8, "deputy": 0.6, "cppcc": 0.5, "public": 0.2,
}  # fmt: skip
CUTS = (-1.6, -1.1, -0.1, 0.9)  # between the five options; a person's opinions spread about 1 around the level
USUAL = {"place": 0.2, "place_item": 0.2, "item": 0.3, "person": 0.75, "topic": 0.4, "answer": 0.55}
WORLDS = {  # what else people may be like: the thresholds were not chosen there
    "no topic ties two questions": USUAL | {"topic": 0.0},
    "each place has complaints of its own": USUAL | {"place_item": 0.45},
    "places differ a lot": USUAL | {"place": 0.5},
    "people hardly differ from one another": USUAL | {"person": 0.45, "answer": 0.75},
}
HAPPY = (0.8, 2.4)  # a happy school stands so much higher: 97 % and more are satisfied
CARELESS = {"student": 0.08}  # honest people who tick one answer throughout
CARELESS_ELSEWHERE = 0.03
SCHOOLS = ("student", "parent", "teacher")
MEETING, ROOM, SIBLINGS = 0.3, 0.5, 0.3
STUFFED = 30
KINDS = {
    "teacher": "a teacher fills 30 slips from 4 patterns",
    "varied": "a teacher fills 30 slips, 1-3 answers changed in each",
    "blocks": "slips ticked downwards in three blocks",
    "script": "a script draws every form around a target",
    "part_script": "a script adds 30 forms to honest ones",
    "told_middle": "a school told to tick 4 throughout",
    "told": "a school told to tick 5 throughout",
    "mimic": "a script that copies whole people",
}
WHOLE = ("script", "told", "told_middle")
UNDETECTABLE = ("told", "told_middle", "mimic")


class County(NamedTuple):
    """Forms, the table of places, the ledger, and what each (group, place) really is."""

    forms: pd.DataFrame
    places: pd.DataFrame
    ledger: pd.DataFrame
    truth: pd.DataFrame


def draw_county(paper: Paper, rng: np.random.Generator, spreads: Spreads = USUAL, part: float | None = None) -> County:
    """An honest county with one place of each kind of KINDS planted among its classes.

    `part`: such a share of each planted place's forms is invented, its other people answer honestly.
    """
    truth = _draw_places(rng)
    row = np.repeat(np.arange(len(truth)), truth["forms"])
    happy = (truth["honest"] == "happy").to_numpy()
    codes = draw_honest(truth["group"].to_numpy(), happy, row, paper, spreads, rng)
    for place in np.flatnonzero(truth["kind"] != "honest"):
        inside = np.flatnonzero(row == place)
        if part is not None:
            inside = inside[: round(part * len(inside))]
        elif truth["kind"][place] not in WHOLE:
            inside = inside[:STUFFED]
        codes[inside] = _stuff(truth["kind"][place], codes[inside], codes, rng)
    seconds = np.exp(rng.normal(4.6, 0.5, len(row))).round(-1)
    forms = truth.loc[row, ["group", "place"]].reset_index(drop=True).assign(seconds=seconds)
    forms[list(paper.item_ids)] = codes
    return County(
        forms,
        truth.assign(level="unit", unit=truth["place"], invited=truth["population"]),
        _draw_ledger(truth, rng),
        truth,
    )


def _draw_places(rng: np.random.Generator) -> pd.DataFrame:
    group = np.repeat(list(PLACES), [places for places, _ in PLACES.values()])
    forms = rng.poisson([PLACES[name][1] * 0.9 for name in group]).clip(12)
    school = np.isin(group, SCHOOLS)
    honest = np.where(school & (rng.random(len(group)) < 0.1), "happy", "ordinary")
    kind = np.full(len(group), "honest", dtype="<U12")
    large = rng.permutation(np.flatnonzero(np.isin(group, SCHOOLS[:2]) & (honest == "ordinary") & (forms >= STUFFED)))
    kind[large[: len(KINDS)]] = list(KINDS)
    return pd.DataFrame(
        {
            "group": group, "place": [f"unit/{number:03}" for number in range(len(group))], "forms": forms,
            "population": forms + rng.integers(0, 10, len(group)), "honest": honest, "kind": kind,
            "burst": ((group == "student") & (rng.random(len(group)) < ROOM))
            | ((group == "parent") & (rng.random(len(group)) < MEETING)) | np.isin(kind, ["teacher", "varied"]),
        }
    )  # fmt: skip


def draw_honest(
    group: npt.NDArray[np.str_],
    happy: npt.NDArray[np.bool_],
    row: Codes,
    paper: Paper,
    spreads: Spreads,
    rng: np.random.Generator,
) -> Codes:
    """Answers of honest people: place, place's item, person, topic and chance add up to a latent opinion."""
    items, forms = len(paper.item_ids), len(row)
    topic = np.unique([item.topic for item in paper.items], return_inverse=True)[1]

    def noise(name: str, *shape: int) -> npt.NDArray[np.float64]:
        return rng.normal(0, spreads[name], shape)

    level = np.array([LEVEL[name] for name in group]) + happy * rng.uniform(*HAPPY, len(group))
    opinion = (level + noise("place", len(group)))[row][:, None] + noise("person", forms, 1)
    opinion = opinion + noise("item", items) + noise("place_item", len(group), items)[row]
    opinion = opinion + noise("topic", forms, topic.max() + 1)[:, topic] + noise("answer", forms, items)
    codes = 1 + np.searchsorted(CUTS, opinion)
    careless = rng.random(forms) < np.array([CARELESS.get(name, CARELESS_ELSEWHERE) for name in group])[row]
    codes[careless] = np.round(codes[careless].mean(axis=1, keepdims=True))
    lost = rng.random(codes.shape)
    codes[(lost < 0.02) & ~careless[:, None]] = UNKNOWN
    codes[lost > 0.995] = 0
    for place in np.flatnonzero((rng.random(len(group)) < SIBLINGS) & np.isin(group, SCHOOLS[:2])):
        first, second = np.flatnonzero(row == place)[-2:]
        codes[second] = codes[first]
    return codes


def _stuff(kind: str, own: Codes, county: Codes, rng: np.random.Generator) -> Codes:
    n, items = own.shape
    if kind.startswith("told"):
        return np.where(rng.random((n, 1)) < 0.9, 5 if kind == "told" else 4, own)
    if kind == "mimic":
        people = county[np.all(county > 0, axis=1)]
        return np.where(rng.random((n, items)) < 0.1, 4, people[rng.integers(0, len(people), n)])
    if kind.endswith("script"):
        return np.asarray(rng.choice([5, 4, 3], p=[0.6, 0.3, 0.1], size=(n, items)))
    if kind == "blocks":
        cuts = rng.random((n, items)).argsort(axis=1)[:, :2, None] <= np.arange(items)
        return np.asarray((cuts.sum(axis=1) + rng.integers(1, 4, (n, 1))) % 3 + 3)
    slips = rng.choice([5, 4, 3], p=[0.65, 0.28, 0.07], size=(4, items))[rng.integers(0, 4, n)]
    if kind == "varied":
        changed = rng.random((n, items)).argsort(axis=1) < rng.integers(1, 4, (n, 1))
        slips = np.where(changed, rng.choice([5, 4, 3], size=(n, items)), slips)
    return np.asarray(slips)


def _draw_ledger(truth: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    row = np.repeat(np.arange(len(truth)), truth["forms"])
    spread = rng.integers(0, 5 * 150, len(row))
    start = rng.integers(0, 5 * 150, len(truth))[row]
    together = truth["burst"].to_numpy()[row]
    minutes = np.where(together, start + (rng.random(len(row)) < 0.3), spread)
    rows = truth.loc[row, ["group", "place"]].assign(five_minutes=minutes)
    return rows.groupby(["group", "place", "five_minutes"]).size().reset_index(name="n")


def flagged_places(county: County, paper: Paper, rule: Rule) -> pd.DataFrame:
    """The county's truth with what was `flagged` and what was only `reported` as all-5."""
    result = check_integrity(county.forms, county.places, paper, rule, bursts=county.ledger)
    owners = list(zip(county.truth["group"], county.truth["place"], strict=True))

    def among(rows: Iterator[PlaceFinding]) -> list[bool]:
        named = {(row.group, row.place) for row in rows}
        return [owner in named for owner in owners]

    by_place = pd.Series(result.flagged).groupby([county.forms["group"], county.forms["place"]]).sum()
    return county.truth.assign(
        flagged=among(row for row in result.findings if row.flagged),
        reported=among(row for row in result.findings if row.check == "all_highest"),
        flagged_forms=by_place.reindex(pd.MultiIndex.from_tuples(owners)).to_numpy(),
    )


def simulate(counties: int, seed: int, spreads: Spreads = USUAL, part: float | None = None) -> pd.DataFrame:
    """The places of so many counties, drawn from seeds seed, seed + 1, ...; `part` as in `draw_county`."""
    paper, rule = load_paper("student-2026"), load_rule("quality-2024")
    drawn = (draw_county(paper, np.random.default_rng(seed + number), spreads, part) for number in range(counties))
    return pd.concat([flagged_places(county, paper, rule) for county in drawn], ignore_index=True)


def summarise(places: pd.DataFrame) -> pd.DataFrame:
    """One row per kind of place: how many, the shares flagged and reported as all-5, forms flagged."""
    honest: pd.Series[str] = "honest, " + places["honest"] + np.where(places["burst"], ", with a burst", ", no burst")
    kind: pd.Series[str] = honest.where(places["kind"] == "honest", places["kind"].map(KINDS))
    table = places.groupby(kind.rename("kind")).agg(
        places=("flagged", "size"), flagged=("flagged", "mean"), all_5=("reported", "mean"),
        forms=("forms", "sum"), flagged_forms=("flagged_forms", "sum"),
    )  # fmt: skip
    return table.assign(forms_flagged=table.pop("flagged_forms") / table.pop("forms"))


def rates(places: pd.DataFrame) -> dict[str, float]:
    """Share of planted places found (detectable kinds, and the least found of them), of honest ones flagged."""
    by_kind = places.groupby("kind")["flagged"].mean()
    found = by_kind.drop(["honest", *UNDETECTABLE])
    return {"found": found.mean(), "least": found.min(), "honest flagged": by_kind["honest"]}


def main() -> None:
    """Print what is found by kind, the same in other worlds, and what cannot be told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--counties", type=int, default=100)
    parser.add_argument("--seed", type=int, default=5000)
    options = parser.parse_args()
    places = simulate(options.counties, options.seed)
    worlds = {name: simulate(options.counties // 4, options.seed, spreads) for name, spreads in WORLDS.items()}
    last = options.seed + options.counties - 1
    print(f"quality-2024, {options.counties} counties, seeds {options.seed} to {last}: shares of places")
    print(summarise(places).to_string(float_format="{:.3f}".format), "\n")
    table = pd.DataFrame({"as above": rates(places)} | {name: rates(round_) for name, round_ in worlds.items()}).T
    print(f"detectable kinds (aim .90) and honest places (aim < .02); other worlds: {options.counties // 4} counties")
    print(table.to_string(float_format="{:.4f}".format), "\n")
    print("Not to be told from a happy school: one told to tick 5 throughout (all_5 lists both, flags neither).")
    print("Not to be told from honest people: a script that copies whole people, or draws as they differ.")


if __name__ == "__main__":
    main()
