"""Design and means by the Python package svy, as JSON: run by the Python it is installed for."""

import json
import sys
from importlib.metadata import version
from time import perf_counter

import polars
import svy

data = polars.read_csv(sys.argv[1], schema_overrides={"unit": polars.String}, infer_schema_length=None)
measures = [name for name in data.columns if name.startswith(("headline", "topic"))]
start = perf_counter()
design = svy.Design(stratum="stratum", psu="unit", wgt="weight", pop_size="M_h", singleton="skip")
sample = svy.Sample(data, design)
figures = {}
for by in (None, "group"):
    for measure, found in zip(measures, sample.estimation.mean(measures, by=by, drop_nulls=True), strict=True):
        for row in found.to_dicts():
            domain = row["by_level"][0] if by else "all"
            figures[f"{domain} {measure}"] = [row["est"], row["se"]]
json.dump({"seconds": perf_counter() - start, "version": version("svy"), "figures": figures}, sys.stdout)
