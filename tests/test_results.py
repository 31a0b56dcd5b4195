"""Results have one shape: what the commands print is what the records hold, field by field."""

import json

import msgspec
import pytest

from analysis.results import Estimate, as_json
from analysis.round_counts import Status

ESTIMATE = """
{"rule": "quality-2024", "received": 8720, "valid": 8689,
 "recognition": {"rate": 0.9, "se": 0.004, "lower": 0.89, "upper": 0.91, "lower95": 0.892, "upper95": 0.907,
   "threshold": 0.85, "verdict": "met", "evidence": "established_above", "ratio": 0.4, "design": "declared",
   "probability_above": 1.0, "incomplete": []}, "coding": "text",
 "groups": {"parent": {"rate": 0.89, "se": 0.002, "lower": 0.88, "upper": 0.9, "received": 3905, "valid": 3900,
   "n_eff": 2100, "response_rate": 0.6, "unknown": 0.02}},
 "items": {"quality_1": {"county": {"rate": 0.9, "se": 0.003, "n": 8600},
   "parent": {"rate": null, "at_least": 0.945, "n": 3900}}}, "topics": {},
 "sensitivity": [{"name": "pooled", "rate": 0.9, "verdict": "met"}], "tipping_point": 0.71,
 "integrity": {"flagged": 12, "checks": {}}, "shortfalls": [], "suppressed": [], "provenance": {}}
"""
STATUS = """
{"round": "2025-1", "state": "open", "forms": 412,
 "groups": {"parent": {"population": 9000, "target": 334, "issued": 500, "forms": 210}},
 "units": [{"unit": "P01", "group": "parent", "population": 380, "target": 14, "issued": 20, "spent": 9}]}
"""


def inside(part, whole):
    """Whether every field of one JSON stands in another with its value."""
    if isinstance(part, dict):
        return all(key in whole and inside(value, whole[key]) for key, value in part.items())
    return part == whole


@pytest.mark.parametrize(("record", "text"), [(Estimate, ESTIMATE), (Status, STATUS)])
def test_what_the_commands_print_is_read_and_written_again_field_by_field(record, text):
    printed = json.loads(text)
    assert inside(printed, as_json(msgspec.convert(printed, record)))


def test_a_statement_prints_no_rate_and_what_it_says():
    parent = msgspec.json.decode(ESTIMATE, type=Estimate).items["quality_1"]["parent"]
    assert as_json(parent) == {"rate": None, "at_least": 0.945, "n": 3900}


def test_a_verdict_that_is_none_is_refused():
    with pytest.raises(msgspec.ValidationError, match=r"recognition\.verdict"):
        msgspec.json.decode(ESTIMATE.replace('"met", "evidence"', '"passed", "evidence"'), type=Estimate)
