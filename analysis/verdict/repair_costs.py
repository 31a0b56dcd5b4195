"""What repairs cost by prices that the county reported among its raw figures; without one, nothing is told."""

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

import pandas as pd

from analysis.indicators.raw_figures import load_raw_figures
from analysis.indicators.reported import table_rows, text_of
from analysis.verdict.ledgers import SHOWN, UnmetRow

MONEY = "元"
Prices = Mapping[tuple[str, str, str], float]
"""Yuan for one unit, by figure, school ("" for all) and stage ("" for all)."""


class RepairCost(NamedTuple):
    """Whole units, what one costs, and what all do, in yuan."""

    units: int
    price: float
    yuan: int


def read_prices(figures: pd.DataFrame) -> Prices:
    """The prices among the raw figures; a price that is none, or told twice otherwise, is left out."""
    names = set(load_raw_figures().prices.values())
    found: dict[tuple[str, str, str], set[float]] = {}
    for row in table_rows(figures):
        value = row.get("value")
        if text_of(row["figure"]) in names and value is not None and not isinstance(value, str):
            place = (text_of(row["figure"]), text_of(row.get("school")), text_of(row.get("stage")))
            found.setdefault(place, set()).add(float(value))
    return {place: min(values) for place, values in found.items() if len(values) == 1 and min(values) > 0}


def find_cost(row: UnmetRow, prices: Prices) -> RepairCost | None:
    """What the repair of a row costs: the school's own price before the county's; equipment is money already.

    None where nothing has to be repaired, no price was reported, or what lacks is no thing that one buys: teachers,
    too many pupils or classes.
    """
    if not row.repair or not row.repair_amount:
        return None
    units = ceil(round(row.repair_amount, SHOWN))
    if row.unit.startswith(MONEY):
        return RepairCost(units, 1, units)
    figure = load_raw_figures().prices.get(row.part or row.indicator, "")
    places = [(figure, school, stage) for school in (row.school, "") for stage in (row.stage, "")]
    price = next((prices[place] for place in places if place in prices), None)
    return None if price is None else RepairCost(units, price, ceil(round(units * price, 2)))


def is_bought(row: UnmetRow) -> bool:
    """Whether a repair is of a thing that has a price."""
    priced = row.unit.startswith(MONEY) or (row.part or row.indicator) in load_raw_figures().prices
    return bool(row.repair and row.repair_amount and priced)
