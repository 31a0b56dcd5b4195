"""What repairs cost by prices that the county reported among its raw figures; without one, nothing is told."""

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

import pandas as pd

from analysis.indicators.raw_figures import load_raw_figures
from analysis.indicators.reported import table_rows, text_of
from analysis.verdict.ledgers import SHOWN, UnmetRow

MONEY = "元"
Prices = Mapping[tuple[str, str, str], float | None]
"""Yuan for one unit, by figure, school ("" for all) and stage ("" for all); None where it was told twice otherwise."""


class RepairCost(NamedTuple):
    """Whole units, what one costs, and what all do, in yuan."""

    units: int
    price: float
    yuan: int


def read_prices(figures: pd.DataFrame) -> Prices:
    """The prices among the raw figures; a price that is none is left out."""
    names = set(load_raw_figures().prices.values())
    found: dict[tuple[str, str, str], set[float]] = {}
    for row in table_rows(figures):
        value = row.get("value")
        if text_of(row["figure"]) in names and value is not None and not isinstance(value, str):
            place = (text_of(row["figure"]), text_of(row.get("school")), text_of(row.get("stage")))
            found.setdefault(place, set()).add(float(value))
    told = {place: min(values) if len(values) == 1 else None for place, values in found.items()}
    return {place: price for place, price in told.items() if price is None or price > 0}


def find_cost(row: UnmetRow, prices: Prices) -> RepairCost | None:
    """What the repair of a row costs: the school's own price before the county's; equipment is money already.

    None where nothing has to be repaired, no price was reported, the nearest one was told twice otherwise (the county's
    does not stand in for it), or what lacks is no thing that one buys: teachers, too many pupils or classes.
    """
    if not row.repair or not row.repair_amount:
        return None
    units = ceil(round(row.repair_amount, SHOWN))
    if row.unit.startswith(MONEY):
        return RepairCost(units, 1, units)
    place = _find_place(row, prices)
    price = prices[place] if place else None
    return None if price is None else RepairCost(units, price, ceil(round(units * price, 2)))


def is_disputed(row: UnmetRow, prices: Prices) -> bool:
    """Whether the price that a repair would have was told twice otherwise."""
    place = _find_place(row, prices) if is_bought(row) and not row.unit.startswith(MONEY) else None
    return place is not None and prices[place] is None


def is_bought(row: UnmetRow) -> bool:
    """Whether a repair is of a thing that has a price."""
    priced = row.unit.startswith(MONEY) or (row.part or row.indicator) in load_raw_figures().prices
    return bool(row.repair and row.repair_amount and priced)


def _find_place(row: UnmetRow, prices: Prices) -> tuple[str, str, str] | None:
    figure = load_raw_figures().prices.get(row.part or row.indicator, "")
    places = [(figure, school, stage) for school in (row.school, "") for stage in (row.stage, "")]
    return next((place for place in places if place in prices), None)
