"""Invented resources that reproduce printed counts: which schools meet an indicator, and by how much."""

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Whole
from analysis.standard import Standard
from survey_app.demo.plan_figures import (
    Printed,
    classes_per_room,
    find_printed,
    largest_class,
    schools_meeting,
)
from survey_app.frame.sheets.columns import load_kind

LEAN = {
    "R1": -0.3,
    "R2": 0.8,
    "R3": 0.0,
    "R4": -0.9,
    "R5": -0.9,
    "R6": -0.3,
    "R7": -0.6,
    "G3": 0.6,
    "G5": -0.95,
}
SPREAD = 0.7
ROOMS = {"G3a": "music_rooms", "G3b": "art_rooms"}


def draw_standing(pupils: Floats, indicator: str, rng: np.random.Generator) -> Floats:
    """How well each school stands on an indicator; LEAN is the correlation with the logarithm of its size.

    Small village schools have room and equipment for each of their few pupils, large town schools have the
    backbone teachers.
    """
    size = np.log(pupils)
    lean = LEAN[indicator]
    chance = rng.normal(size=len(pupils))
    standing: Floats = lean * (size - size.mean()) / size.std() + np.sqrt(1 - lean**2) * chance
    return standing


def choose_best(standing: Floats, met: int) -> Flags:
    """The `met` schools that stand best."""
    return _ranks(standing) < met


def _ranks(standing: Floats) -> Whole:
    """0 for the school that stands best, 1 for the next, ..."""
    return np.argsort(np.argsort(-standing))


def draw_amounts(standing: Floats, base: Floats, pupils: Floats, printed: Printed) -> Floats:
    """Whole amounts (teachers, square metres, yuan, rooms), one a school, that reproduce printed figures.

    A school's value is amount / base (base: pupils, or hundreds of pupils). The `met` schools that stand best
    lie on or above the threshold, all others below it: at e^(gap a) and e^(-gap / a) times the threshold, gap
    between 0 and SPREAD by rank, furthest for the best and for the worst. The one number a moves every school
    up or down and none across the threshold; it is found by bisection such that the pupil-weighted mean of
    the values is the printed one. Raises ValueError when none comes within 2 % of it.
    """
    met = choose_best(standing, printed.met)
    rank = _ranks(standing) + 0.5 - printed.met
    gap = SPREAD * np.where(met, -rank / max(printed.met, 1), rank / max(len(met) - printed.met, 1))
    needed = np.ceil(printed.threshold * base - 1e-9)

    def amounts(a: float) -> Floats:
        amount = np.rint(np.exp(np.where(met, gap * a, -gap / a)) * printed.threshold * base)
        return np.where(met, np.maximum(amount, needed), np.clip(amount, 0, needed - 1))

    low = 0.01
    high = 10.0
    for _ in range(50):
        middle = (low + high) / 2
        if np.average(amounts(middle) / base, weights=pupils) < printed.mean:
            low = middle
        else:
            high = middle
    found = amounts(high)
    if abs(np.average(found / base, weights=pupils) / printed.mean - 1) > 0.02:
        raise ValueError(f"schools of these sizes cannot have the printed figures {printed}")
    return found


def draw_resources(
    sections: pd.DataFrame, classes: pd.DataFrame, standard: Standard, rng: np.random.Generator
) -> pd.DataFrame:
    """The resources table: a row a school and stage, and a `whole` row for what a school shares.

    `sections`: school, stage, pupils, counted (among the printed figures), shared_by (as many pupils of
    the stage as would use what the whole school has), pupils_primary, pupils_junior and pupils_senior.
    """
    table = sections.merge(_class_figures(classes, standard), on=["school", "stage"])
    by_stage = [
        _draw_rooms(_draw_measures(rows, str(stage), standard, rng), str(stage), standard, rng)
        for stage, rows in table.groupby("stage", sort=False)
    ]
    return _share(pd.concat(by_stage), standard)


def _class_figures(classes: pd.DataFrame, standard: Standard) -> pd.DataFrame:
    """How many classes each section has, the largest, and how many are over each size."""
    pupils = classes["pupils"]
    sizes = load_kind("resources").class_sizes
    over = pupils > classes["stage"].map(lambda stage: largest_class(standard, stage))
    flags = {"classes_over": over} | {column: pupils >= size for column, size in sizes.items()}
    sections = classes.assign(**flags).groupby(["school", "stage"])
    figures = sections[list(flags)].sum()
    return figures.assign(classes=sections.size(), largest_class=sections["pupils"].max()).reset_index()


def _draw_measures(rows: pd.DataFrame, stage: str, standard: Standard, rng: np.random.Generator) -> pd.DataFrame:
    """What the resource indicators read; sections outside the printed figures lie around the threshold."""
    counted = rows["counted"].to_numpy()
    pupils = rows["pupils"].to_numpy(dtype=float)
    for indicator, entry in standard.of("resources").items():
        assert entry.measure
        shared = indicator in standard.split_indicators.value
        base = (rows["shared_by"].to_numpy() if shared else pupils) / entry.measure.per
        printed = find_printed(standard, indicator, stage)
        amounts = np.rint(printed.threshold * base * rng.lognormal(0.1, 0.2, len(rows)))
        standing = draw_standing(pupils[counted], indicator, rng)
        amounts[counted] = draw_amounts(standing, base[counted], pupils[counted], printed)
        rows = rows.assign(**{entry.measure.column: amounts})
    return rows


def _draw_rooms(rows: pd.DataFrame, stage: str, standard: Standard, rng: np.random.Generator) -> pd.DataFrame:
    """Music and art rooms: large enough ones, and all of them."""
    counted = rows["counted"].to_numpy()
    standing = draw_standing(rows["pupils"].to_numpy(dtype=float)[counted], "G3", rng)
    for indicator, column in ROOMS.items():
        needed = np.ceil(rows["classes"] / classes_per_room(standard, column)).to_numpy(dtype=int)
        enough = np.ones(len(rows), dtype=bool)
        wavering = standing + rng.normal(0, 0.2, len(standing))
        enough[counted] = choose_best(wavering, schools_meeting(standard, indicator, stage))
        large = np.where(enough, needed, rng.integers(0, needed))
        rows = rows.assign(**{column: large, f"{column}_all": large + rng.integers(0, 2, len(rows))})
    return rows


def _share(table: pd.DataFrame, standard: Standard) -> pd.DataFrame:
    """Move what a through-school shares from its sections to a row of the whole school."""
    measures = {key: entry.measure for key, entry in standard.of("resources").items() if entry.measure}
    shared = [measures[key].column for key in measures if key in standard.split_indicators.value]
    parts = ["pupils_primary", "pupils_junior", "pupils_senior"]
    through = table.duplicated("school", keep=False)
    whole = table.loc[through & (table["stage"] == "junior"), ["school", *parts, *shared]]
    sections = table.drop(columns=parts)
    sections.loc[through, shared] = np.nan
    return (
        pd.concat([sections, whole.assign(stage="whole", pupils=whole[parts].sum(axis=1))])
        .sort_values(["school", "stage"], ignore_index=True)
        .reindex(columns=list(load_kind("resources").columns))
    )
