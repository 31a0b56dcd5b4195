"""The judgement: one schema for what `survey judge --json` prints, read back as it was made."""

from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.results import as_json
from analysis.standard import list_standards, load_standard
from analysis.verdict import CountyTables, Judgement, judge, read_judgement, read_surveyed
from tests.test_verdict import JUNIOR, PRIMARY, RECOGNITION, county_rows, verdict_on

POOR = PRIMARY | {"school": "P02", "sports_area": 7000, "teaching_area": 4000, "music_rooms": 1}
TOP = {
    "standard", "title", "verdict", "dimensions", "goals", "preconditions", "vetoes", "missing", "contradictions",
    "policy_notes", "targets", "roadmap", "provenance", "years", "series",
}  # fmt: skip


def judged(name: str, **changes: Any) -> Judgement:
    tables = CountyTables(pd.DataFrame(), pd.DataFrame([PRIMARY, POOR, JUNIOR]), pd.DataFrame(county_rows(**changes)))
    return judge(load_standard(name), tables, read_surveyed(RECOGNITION), as_of=2022)


@pytest.mark.parametrize("name", list_standards())
def test_what_is_printed_reads_back_as_the_same_judgement(name: str) -> None:
    told = as_json(judged(name, G14a=55, Q9b=None, V1=None))
    assert as_json(read_judgement(told)) == told
    assert set(told) == TOP


def test_the_fields_of_the_specification_are_there_with_its_names() -> None:
    told = as_json(judged("qianjiang-2020", Q9b=None))
    resources = told["dimensions"]["resources"]
    cell = resources["indicators"]["R1"]["primary"]
    assert {"threshold", "mean", "met", "schools", "cv", "cv_limit", "verdict"} <= set(cell)
    school = next(each for each in resources["schools"] if each["school"] == "P02")
    assert {"school", "stage", "met", "verdict", "values", "short"} <= set(school)
    assert {"indicator", "value", "threshold", "ratio", "lacks"} <= set(school["short"][0])
    assert {"verdict", "value", "threshold", "clause"} <= set(told["dimensions"]["guarantee"]["indicators"]["G1"])
    assert {"verdict", "rate", "threshold", "evidence"} <= set(told["dimensions"]["recognition"])
    assert {"id", "verdict"} <= set(told["vetoes"][0])
    assert {"indicator", "why"} <= set(told["missing"][0])
    assert {"indicator", "stage", "status"} <= set(told["targets"][0])
    assert {"program", "county", "school_year", "inputs", "packs"} <= set(told["provenance"])


def test_a_judgement_of_the_first_version_is_read_though_it_lacks_what_came_later() -> None:
    told = as_json(judged("qianjiang-2020"))
    for name in ("program", "county", "school_year", "inputs", "packs"):
        told["provenance"].pop(name)
    told.pop("years")
    for missing in told["missing"]:
        missing.pop("schools")
    assert read_judgement(told).verdict == told["verdict"]


@pytest.mark.parametrize("broken", [{}, {"standard": 1}, {"verdict": "passed"}, {"dimensions": {}}])
def test_anything_else_is_refused(broken: dict[str, Any]) -> None:
    told = as_json(judged("national-2017"))
    with pytest.raises(msgspec.ValidationError):
        read_judgement(told | broken if broken else {})


@given(st.sampled_from(["met", "verdict", "values"]))
def test_a_judgement_cannot_be_changed(name: str) -> None:
    school = judged("national-2017").dimensions.resources.schools[0]
    with pytest.raises(AttributeError):
        setattr(school, name, None)


def test_the_verdict_of_the_json_is_that_of_the_record() -> None:
    assert verdict_on()["verdict"] == "met"
