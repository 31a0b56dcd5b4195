"""Declared designs: estimate, standard error, degrees of freedom and intervals equal R's `survey`."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate import combine_groups, group_covariance, weighted_share
from analysis.estimate.finite import CountedShare, finite_bounds

DATA = Path(__file__).parent / "data" / "designs"
REFERENCE = json.loads((DATA / "designs_ref.json").read_text(encoding="utf-8"))
ITEMS = ["q1", "q2", "q3", "q4", "q5", "q6"]
MEASURES = [*ITEMS, "headline"]


def forms_of(name):
    forms = pd.read_csv(DATA / f"designs_{name}.csv")
    return forms.assign(headline=forms[ITEMS].mean(axis=1))


def cells_of(forms, **columns):
    """One row a form; `columns` name the file's column (or give the value) of each of the cells' columns."""
    design = {
        "stratum": "stratum", "psu": "class", "weight": "weight", "stratum_psus": "M1", "psu_size": "M2", **columns,
    }  # fmt: skip
    base = forms[["group"]].assign(
        **{name: forms[column] if isinstance(column, str) and column else column for name, column in design.items()}
    )
    came = 1 - forms["silent"] if "silent" in forms else pd.Series(1, forms.index)
    return pd.concat(
        [
            base.assign(
                measure=measure,
                n_forms=came,
                n=forms[measure].notna().astype(int),
                total=forms[measure].fillna(0.0),
                total_sq=forms[measure].fillna(0.0) ** 2,
            )
            for measure in MEASURES
        ],
        ignore_index=True,
    )


def joined(name, **columns):
    forms = forms_of("a")
    return cells_of(forms, psu="unit", stratum_psus="unit_M1", psu_size="unit_M2", **columns)


THREE = {"psu": "school", "psu_size": np.nan, "ssu": "class", "psu_ssus": "M2", "ssu_size": "M3"}
DESIGNS = {
    "a": lambda: cells_of(forms_of("a")),
    "a_ultimate": lambda: cells_of(forms_of("a"), psu_size=np.nan),
    "a_ultimate_wr": lambda: cells_of(forms_of("a"), psu_size=np.nan, stratum_psus=np.nan),
    "h": lambda: joined("h"),
    "h_ultimate": lambda: joined("h").assign(psu_size=np.nan),
    "h_unit_weight": lambda: joined("h", weight=unit_weight(forms_of("a"))),
    "b": lambda: cells_of(forms_of("b"), **THREE),
    "b_ultimate": lambda: cells_of(forms_of("b"), psu="school", psu_size=np.nan),
    "b_ultimate_wr": lambda: cells_of(forms_of("b"), psu="school", psu_size=np.nan, stratum_psus=np.nan),
    "c": lambda: cells_of(forms_of("c"), psu_size=np.nan),
    "c_nonresponse_stage": lambda: cells_of(forms_of("c")),
    "d_brewer": lambda: cells_of(forms_of("d"), psu="school", probability="p1"),
    "d_brewer_onestage": lambda: cells_of(forms_of("d"), psu="school", probability="p1", psu_size=np.nan),
    "e": lambda: cells_of(forms_of("e")),
    "f_srs": lambda: cells_of(forms_of("f"), psu="", psu_size=np.nan),
    "g": lambda: cells_of(forms_of("g"), psu_size=np.nan),
    "g_wr": lambda: cells_of(forms_of("g"), psu_size=np.nan, stratum_psus=np.nan),
    "g_two_stage": lambda: cells_of(forms_of("g")),
}


def unit_weight(forms):
    return forms["M1"] / forms["m1"] * forms["unit_M2"] / forms["unit_m2"]


def close(found, expected, tolerance=1e-10):
    return found == pytest.approx(expected, rel=tolerance, abs=1e-14)


@pytest.mark.parametrize("name", DESIGNS)
def test_estimates_equal_those_of_r(name):
    found = weighted_share(DESIGNS[name]()).set_index(["domain", "measure"])
    for expected in REFERENCE["designs"][name]["results"]:
        row = found.loc[expected["domain"], expected["measure"]]
        assert close(row.estimate, expected["estimate"]), expected
        assert close(row.se, expected["se"]), expected
        assert row.n == expected["n"]
        if expected.get("deff"):
            assert close(row.deff, expected["deff"]), expected


@pytest.mark.parametrize("name", ["a", "b", "c", "e", "f_srs", "g", "h"])
@pytest.mark.parametrize("method", ["beta", "xlogit"])
def test_degrees_of_freedom_are_of_those_who_answered_and_the_intervals_those_of_r(name, method):
    found = weighted_share(DESIGNS[name](), method=method).set_index(["domain", "measure"])
    for expected in REFERENCE["designs"][name]["results"]:
        row = found.loc[expected["domain"], expected["measure"]]
        assert row.df == pytest.approx(expected["degf"], rel=1e-12)
        if expected.get(f"{method}_ci95") and (method == "xlogit" or expected.get("beta_nrow", row.n) == row.n):
            assert close([row.lower, row.upper], expected[f"{method}_ci95"], 1e-9), expected


def test_certainty_schools_add_to_the_degrees_of_freedom_only_what_they_add_to_the_variance():
    found = weighted_share(DESIGNS["d_brewer"]()).set_index(["domain", "measure"])
    for expected in REFERENCE["designs"]["d_brewer"]["results"]:
        assert 1 <= found.loc[expected["domain"], expected["measure"]].df < 60


def test_near_a_census_the_interval_is_that_of_the_finite_population():
    found = weighted_share(DESIGNS["f_srs"]()).set_index(["domain", "measure"])
    for expected in REFERENCE["near_census"]["results"]:
        row = found.loc[expected["group"], expected["measure"]]
        for bound in ("lower", "upper", "lower95", "upper95"):
            assert row[bound] == pytest.approx(expected[bound], abs=1e-12), (bound, expected)
        assert [row.possible_lower, row.possible_upper] == pytest.approx(expected["possible"], abs=1e-12)


def test_the_bounds_are_the_hypergeometric_ones_for_every_number_of_satisfied_people():
    for row in REFERENCE["near_census"]["table"]:
        counted = CountedShare(people=row["N"], seen=row["n"], size=float(row["n"]), satisfied=float(row["x"]))
        two_sided = finite_bounds(counted, 0.025)
        one_sided = finite_bounds(counted, 0.05)
        assert two_sided == pytest.approx((row["lower"], row["upper"]), abs=1e-12)
        assert one_sided == pytest.approx((row["lower95"], row["upper95"]), abs=1e-12)


@pytest.mark.parametrize("name", ["g", "g_wr", "g_two_stage"])
def test_families_and_pupils_of_the_same_classes_vary_together(name):
    design = REFERENCE["designs"][name]
    cells = DESIGNS[name]()
    for expected in design["county"]:
        measure = expected["measure"]
        covariance = group_covariance(cells, measure)
        rows = weighted_share(cells[cells["measure"] == measure])
        weights = design["county_weights"]
        county = combine_groups(rows, weights, threshold=0.85, covariance=covariance)
        assert close(covariance.loc["student", "parent"], expected["covariance"])
        assert close(county.rate, expected["estimate"])
        assert close(county.se, expected["se"])
        assert close(combine_groups(rows, weights, threshold=0.85).se, expected["se_without_covariance"])
        assert county.df <= expected["degf"]
