"""Every county of the country judged in one run: how many a second, and what they came to.

    .venv/bin/python -m tests.bench.judge_counties [--counties 2895] [--schools 60] [--seed 2024]

Counties are invented: 40 primary schools of 60, the rest junior, each figure spread around its threshold.
Only the judging is timed, from tables in memory to the object of `survey judge`.
"""

import argparse
from collections import Counter
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.standard import Standard, load_standard
from analysis.verdict import CountyTables, SurveyedRate, judge
from tests.bench.table import Line, hand_in

PRIMARY = 2 / 3  # of all schools
LEVEL, SPREAD = 0.35, 0.15  # of the logarithm of value / threshold


class County(NamedTuple):
    """The tables of one county."""

    schools: pd.DataFrame
    resources: pd.DataFrame
    values: pd.DataFrame


def invent_county(standard: Standard, schools: int, rng: np.random.Generator) -> County:
    """A county whose schools lie around the standard's thresholds and whose county values all pass."""
    primary = int(schools * PRIMARY)
    stages = np.repeat(["primary", "junior"], [primary, schools - primary])
    pupils = rng.integers(120, 1900, schools)
    classes = -(-pupils // 40)
    table: dict[str, Any] = {"school": [f"S{number:03d}" for number in range(schools)], "stage": stages}
    table |= {"pupils": pupils, "classes": classes, "largest_class": 44, "classes_over": 0}
    table |= dict.fromkeys(("music_rooms", "art_rooms"), -(-classes // 12))
    for key, indicator in standard.of("resources").items():
        assert indicator.measure
        lines = np.repeat([standard.threshold(key, stage).value for stage in ("primary", "junior")],
                          [primary, schools - primary])  # fmt: skip
        amounts = lines * rng.lognormal(LEVEL, SPREAD, schools) * pupils / indicator.measure.per
        table[indicator.measure.column] = np.ceil(amounts)
    listed = pd.DataFrame({"code": table["school"], "name": table["school"], "kind": stages})
    return County(listed, pd.DataFrame(table), invent_values(standard))


def invent_values(standard: Standard) -> pd.DataFrame:
    """County rows that meet every requirement of guarantee and quality."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for key, indicator in (standard.of("guarantee") | standard.of("quality")).items():
        for requirement in indicator.requires.values():
            name = (requirement.ids or (key,))[0]
            row = rows.setdefault(
                (name, requirement.stage), {"indicator": name, "stage": requirement.stage, "met": "yes"}
            )
            if requirement.limit and requirement.reads == "county":
                row[requirement.column] = requirement.limit.value * (0.5 if requirement.operator == "<" else 1)
    met = [{"indicator": key, "met": "yes"} for key in (*standard.preconditions, *standard.vetoes)]
    return pd.DataFrame([*rows.values(), *met])


def main() -> None:
    """Judge so many counties and print the rate."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--counties", type=int, default=2895)
    options.add_argument("--schools", type=int, default=60)
    options.add_argument("--seed", type=int, default=2024)
    options.add_argument("--standard", default="national-2017")
    given = options.parse_args()
    standard, rng = load_standard(given.standard), np.random.default_rng(given.seed)
    surveyed = SurveyedRate(rate=0.9)
    spent, verdicts = 0.0, Counter[str]()
    for _ in range(given.counties):
        county = invent_county(standard, given.schools, rng)
        start = perf_counter()
        verdicts[judge(standard, CountyTables(*county), surveyed).verdict] += 1
        spent += perf_counter() - start
    rate = given.counties / spent
    what = f"judge {given.counties:,} counties of {given.schools} schools by {given.standard}"
    hand_in([Line(what, "", f"{spent:.1f} s, {rate:.0f} counties/s", None)])
    print("verdicts: " + ", ".join(f"{name} {count}" for name, count in sorted(verdicts.items())))


if __name__ == "__main__":
    main()
