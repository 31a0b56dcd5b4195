"""An attacker with all that is published: what the first version's way of publishing gave away, and what is told now.

The attacks are their own: least squares for exact figures, linear programs for rounded ones, counting for
whole numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis.cells.tallying import HEADLINE
from analysis.disclosure.forms_file import forms_to_show
from analysis.disclosure.statements import Answers, state_item
from analysis.disclosure.unit_rows import row_members
from tests.survey_example import PAPERS, RULE, example
from tests.told_json import released

SEEDS = (5, 6)
EXACT = 1e-9
every_seed = pytest.mark.parametrize("seed", SEEDS)
Vector = Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a group: which of its places, its true rate, what is printed of it."""

    inside: Vector
    rate: float
    state: str
    printed: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A group as an attacker sees it: the weights and forms of its places are known, its sums are not."""

    n: Vector
    weight: Vector
    total: Vector
    rows: list[Row]
    printed: tuple[float, float]

    def rate(self, inside: Vector) -> float:
        return float((inside * self.weight) @ self.total / ((inside * self.weight) @ self.n))


def band(row: dict[str, Any], half: float) -> tuple[float, float]:
    if row["rate"] is not None:
        return row["rate"] - half, row["rate"] + half
    return row.get("at_least") or 0.0, row.get("at_most") or 1.0


def pools(seed: int) -> Iterable[Pool]:
    """Every group with units, as the example published it."""
    found = example(seed)
    cells = found.survey.cells
    own = cells[(cells["measure"] == HEADLINE) & (cells["n"] > 0)]
    own = own.assign(w=own["weight"] * own["n"])
    members = row_members(found.survey.cells, found.survey.places, RULE)
    rows = found.published["units"]["rows"]
    for group, part in own.groupby("group"):
        sums = part.groupby("place")[["n", "total", "w"]].sum()
        told = found.published["recognition"]["groups"][group]
        step = found.published["release"]["groups"][group]["step"] or 1.0
        pool = Pool(
            n=sums["n"].to_numpy(float),
            weight=(sums["w"] / sums["n"]).to_numpy(float),
            total=sums["total"].to_numpy(float),
            rows=[],
            printed=band(told, step / 2),
        )
        for row in (row for row in rows if row["group"] == group):
            key = (members["group"] == group) & (members["place"] == row["place"]) & (members["scope"] == row["scope"])
            inside = np.isin(sums.index, members.loc[key, "member"]).astype(float)
            pool.rows.append(Row(inside=inside, rate=pool.rate(inside), state=row["state"], printed=band(row, 0.005)))
        if pool.rows:
            yield pool


def solve(pool: Pool, known: Sequence[tuple[Vector, float]], wanted: Vector) -> float | None:
    """The rate of some places, where it follows exactly from sums over places that are known exactly."""
    seen = np.array([vector for vector, _ in known])
    aim = wanted * pool.weight
    mix = np.linalg.lstsq(seen.T, aim, rcond=None)[0]
    if np.abs(seen.T @ mix - aim).max() > EXACT:
        return None
    return float(mix @ [value for _, value in known]) / float(aim @ pool.n)


def exactly(pool: Pool, rows: Iterable[Row]) -> list[tuple[Vector, float]]:
    """What rates with every digit say: weighted sums over places."""
    every = [np.ones(len(pool.n)), *(row.inside for row in rows)]
    return [(inside * pool.weight, float((inside * pool.weight) @ pool.total)) for inside in every]


def openness(pool: Pool, wanted: Vector) -> float:
    """How far a rate stays open by what is printed, and by the unweighted sum that the forms' file tells."""
    told = [(np.ones(len(pool.n)), pool.printed), *((row.inside, row.printed) for row in pool.rows)]
    sides = [side * inside * pool.weight for inside, _ in told for side in (1.0, -1.0)]
    sizes = [float((inside * pool.weight) @ pool.n) for inside, _ in told]
    limits = [edge for size, (_, (low, high)) in zip(sizes, told, strict=True) for edge in (high * size, -low * size)]
    goal = wanted * pool.weight / float((wanted * pool.weight) @ pool.n)
    ends = [
        linprog(
            side * goal,
            A_ub=np.array(sides),
            b_ub=np.array(limits) + 1e-9,
            A_eq=np.ones((1, len(goal))),
            b_eq=[pool.total.sum()],
            bounds=list(zip(np.zeros(len(goal)), pool.n, strict=True)),
        ).fun
        for side in (1.0, -1.0)
    ]
    return -ends[1] - ends[0]


def hidden(pool: Pool) -> list[Row]:
    return [row for row in pool.rows if row.state in ("above", "below")]


def test_with_every_digit_a_hidden_class_follows_by_subtraction() -> None:
    found = 0
    for pool in (pool for seed in SEEDS for pool in pools(seed)):
        for row in hidden(pool):
            others = [other for other in pool.rows if other is not row]
            rate = solve(pool, exactly(pool, others), row.inside)
            if rate is not None:
                assert rate == pytest.approx(row.rate, abs=1e-9)
                found += 1
    assert found


@every_seed
def test_as_it_is_printed_now_no_hidden_row_is_closer_than_two_and_a_half_points(seed: int) -> None:
    tried = 0
    for pool in pools(seed):
        for row in hidden(pool):
            tried += 1
            assert openness(pool, row.inside) >= 0.025 - 1e-6
    assert tried


@every_seed
def test_what_is_printed_is_true_of_every_row_and_group(seed: int) -> None:
    for pool in pools(seed):
        for row in pool.rows:
            assert row.printed[0] - EXACT <= row.rate <= row.printed[1] + EXACT
        assert pool.printed[0] - EXACT <= pool.rate(np.ones(len(pool.n))) <= pool.printed[1] + EXACT


@dataclass(frozen=True, kw_only=True)
class TwoClasses:
    """Two hidden classes of a group, of different weights, beside none that is shown."""

    n = np.array([20.0, 30.0])
    weight = np.array([2.0, 3.1])
    total = np.array([19.25, 29.5])


def test_forms_with_their_place_and_the_weighted_rate_gave_two_hidden_classes_exactly() -> None:
    """Two weightings of one pool: the exported forms' unweighted sum and the group's rate with twelve digits."""
    hidden_ = TwoClasses()
    rate = float(f"{hidden_.weight @ hidden_.total / (hidden_.weight @ hidden_.n):.12g}")
    sums = np.array([[1.0, 1.0], hidden_.weight])
    found = np.linalg.solve(sums, [hidden_.total.sum(), rate * (hidden_.weight @ hidden_.n)])
    assert found == pytest.approx(hidden_.total, abs=1e-6)


def test_the_same_classes_stay_open_when_the_rate_is_rounded_as_it_is_told_now() -> None:
    from analysis.disclosure.row_program import PlaceSums, PrintedRow, open_rows
    from analysis.disclosure.row_program import Printed as PrintedGroup

    two = TwoClasses()
    rows = tuple(PrintedRow(inside=np.eye(2)[at], band=(0.95, 1.0), hidden=0.025) for at in (0, 1))
    places = PlaceSums(n=two.n, weight=two.weight, total=two.total)
    rate = places.rate
    told = {half: open_rows(PrintedGroup(places=places, band=(rate - half, rate + half), rows=rows)).holds
            for half in (1e-12, 0.0005, 0.005)}  # fmt: skip
    assert told == {1e-12: False, 0.0005: False, 0.005: True}


UNITS = (12, 10, 1, 7)
WEIGHTS = (2.0, 3.137, 4.719, 1.291)
DISCONTENT = (2, 1, 1, 0)


def fitting(printed: float, digits: int, weights: Sequence[float]) -> list[tuple[int, ...]]:
    """Every way to share out discontented forms over the units that prints the same rate."""
    whole = float(np.dot(weights, UNITS))
    ways = product(*(range(forms + 1) for forms in UNITS))
    return [way for way in ways if abs(1 - np.dot(weights, way) / whole - printed) <= 0.5 * 10.0**-digits]


def test_a_weighted_item_rate_with_twelve_digits_has_one_solution_in_whole_numbers() -> None:
    rate = round(1 - float(np.dot(WEIGHTS, DISCONTENT)) / float(np.dot(WEIGHTS, UNITS)), 12)
    assert fitting(rate, 12, WEIGHTS) == [DISCONTENT]


def test_an_item_that_counts_every_form_once_leaves_every_unit_open() -> None:
    forms = sum(UNITS)
    told = state_item(Answers(answered=forms, satisfied=forms - sum(DISCONTENT)), 3)
    assert told.rate is not None
    ways = fitting(told.rate, 3, (1.0,) * len(UNITS))
    for unit, size in enumerate(UNITS):
        counts = {way[unit] for way in ways}
        assert len(counts) - 1 >= min(size / 10, 3)


@every_seed
def test_the_forms_file_has_no_column_by_which_a_group_could_be_divided(seed: int) -> None:
    found = example(seed)
    shown = forms_to_show(found.forms, released(found), PAPERS[0], RULE, np.random.default_rng(1))
    assert list(shown) == ["group", *PAPERS[0].item_ids]


@every_seed
def test_no_published_figure_of_a_group_item_or_unit_has_a_digit_more_than_it_is_told_with(seed: int) -> None:
    published = example(seed).published
    recognition = published["recognition"]
    domains = [
        row for measure in ("items", "topics") for part in recognition[measure].values() for row in part.values()
    ]
    assert not [row for row in domains if {"se", "deff", "n_eff", "df"} & set(row)]
    for row in (*domains, *recognition["groups"].values()):
        told = [row.get(name) for name in ("rate", "at_least", "at_most", "lower", "upper", "unknown")]
        assert all(share is None or round(share, 3) == share for share in told)
    for group in recognition["groups"].values():
        assert group["se"] is group["n_eff"] is group["df"] is None
    for row in published["units"]["rows"]:
        told = [row[name] for name in ("rate", "at_least", "at_most", "lower", "upper")]
        assert all(share is None or round(share, 2) == share for share in told)


def test_a_countys_item_is_the_mean_of_what_is_printed_of_its_groups() -> None:
    recognition = example().published["recognition"]
    weights = recognition["provenance"]["weights"]
    numbers = 0
    for rows in (*recognition["items"].values(), *recognition["topics"].values()):
        groups = {group: row["rate"] for group, row in rows.items() if group != "county"}
        if any(rate is None for rate in groups.values()):
            assert rows["county"]["rate"] is None
            continue
        numbers += 1
        total = sum(weights[group] for group in groups)
        mean = sum(weights[group] * rate for group, rate in groups.items()) / total
        assert rows["county"]["rate"] == pytest.approx(mean, abs=0.000501)
    assert numbers


def test_the_table_of_units_says_statements_and_numbers_alike() -> None:
    states = pd.Series([row["state"] for seed in SEEDS for row in example(seed).published["units"]["rows"]])
    assert {"shown", "above", "withheld"} <= set(states)
