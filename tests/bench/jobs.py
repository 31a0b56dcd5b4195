"""What is timed, one job a process: `python -m tests.bench.jobs JOB ...` prints its figures as JSON."""

import json
import resource
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.cells.tallying import tally, valid_forms
from analysis.estimate import weighted_share
from tests.bench.forms import PAPER, PRINTED, RULE, draw_county, plain_measures

THRESHOLD = RULE.threshold.value


class Timed(NamedTuple):
    """Median seconds by the clock and by the CPU, and the result."""

    seconds: float
    cpu: float
    result: Any


def timed(work: Callable[[], Any], times: int = 3) -> Timed:
    """Do it a few times."""
    taken = []
    result = None
    for _ in range(times):
        result = None  # or two of them would lie in memory
        start = perf_counter(), process_time()
        result = work()
        taken.append((perf_counter() - start[0], process_time() - start[1]))
    return Timed(median(wall for wall, _ in taken), median(cpu for _, cpu in taken), result)


def ours(size: str) -> dict[str, Any]:
    """Forms to cells, cells to estimates of every measure x domain."""
    county = draw_county(int(size))
    tallied = timed(lambda: tally(county.forms, PAPER, RULE, county.places))
    cells = tallied.result
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    estimated = timed(lambda: weighted_share(cells, threshold=THRESHOLD))
    found = estimated.result
    return {
        "forms": len(county.forms), "places": cells["place"].nunique(), "cells": len(cells),
        "measures": found["measure"].nunique(), "domains": found["domain"].nunique(),
        "tally": tallied[:2], "megabytes": megabytes, "estimate": estimated[:2],
    }  # fmt: skip


def naive(size: str) -> dict[str, Any]:
    """The plain way of pandas: a row per form and measure, grouped by place and summed."""
    forms = draw_county(int(size)).forms
    return {"seconds": timed(lambda: _long_sums(forms), 1).seconds, "forms": len(forms)}


def _long_sums(forms: pd.DataFrame) -> pd.DataFrame:
    wide = pd.concat([forms[["group", "place"]], plain_measures(forms)], axis=1)
    rows = wide.melt(["group", "place"], var_name="measure", value_name="y").assign(y2=lambda long: long["y"] ** 2)
    sums = {"n_forms": ("y", "size"), "n": ("y", "count"), "total": ("y", "sum"), "total_sq": ("y2", "sum")}
    return rows.groupby(["measure", "group", "place"], observed=True).agg(**sums)


def write_forms(size: str, path: str) -> dict[str, Any]:
    """Valid forms with stratum, PSU, weight and measures, for packages that read forms; and our estimates."""
    county = draw_county(int(size))
    forms = county.forms[valid_forms(county.forms, PAPER, RULE)]
    chosen = county.places[county.places["invited"] > 0].groupby(["group", "place"])
    design = chosen[["stratum", "psu", "weight", "M_h", "N_c"]].first().reset_index()
    placed = forms[["group", "place"]].astype(str).merge(design, on=["group", "place"], how="left")
    number = np.arange(len(placed)).astype(str)
    alone = placed["psu"] == ""
    unit = placed["psu"].mask(alone, "form " + pd.Series(number))
    table = placed.assign(unit=unit, form=number, inside=placed["N_c"].fillna(1))
    measures = plain_measures(forms)[PRINTED].set_axis(table.index)
    pd.concat([table.drop(columns=["place", "psu", "N_c"]), measures], axis=1).to_csv(path, index=False)
    cells = tally(county.forms, PAPER, RULE, county.places)
    cells = cells[cells["measure"].isin(PRINTED)]
    stages = {"one_stage": cells.assign(psu_size=np.nan), "two_stage": cells}
    return {stage: _figures(weighted_share(rows, lonely="remove")) for stage, rows in stages.items()}


def _figures(found: pd.DataFrame) -> dict[str, list[float]]:
    rows = zip(found["domain"], found["measure"], found["estimate"], found["se"], strict=True)
    return {f"{domain} {measure}": [estimate, se] for domain, measure, estimate, se in rows}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {"ours": ours, "naive": naive, "write_forms": write_forms}

if __name__ == "__main__":
    job, *arguments = sys.argv[1:]
    json.dump(JOBS[job](*arguments), sys.stdout)
