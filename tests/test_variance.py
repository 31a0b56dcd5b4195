"""The estimates against R's survey package; see data/r/designs.R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from analysis.estimate import weighted_share
from analysis.intervals import Shares, share_bounds

DATA = Path(__file__).parent / "data"
SUMS = ["n_forms", "n", "total", "total_sq"]
DESIGN = ["group", "stratum", "psu", "weight", "stratum_psus", "psu_size"]


def cells_of(forms, measures, keep=()):
    """Cells of forms whose measures are columns of y, NaN where not answered."""
    by_measure = [
        forms.assign(measure=m, n_forms=1, n=forms[m].notna().astype(int), total=forms[m].fillna(0)) for m in measures
    ]
    rows = pd.concat(by_measure, ignore_index=True)
    rows["total_sq"] = rows["total"] ** 2
    return rows.groupby(["measure", *DESIGN, *keep], as_index=False, dropna=False)[SUMS].sum()


def county_small():
    forms = pd.read_csv(DATA / "county_small.csv").assign(psu_size=np.nan)
    items = [name for name in forms if name.startswith("q")]
    persons = ~forms["group"].isin(["student", "parent"])
    satisfied = (forms[items] >= 4).astype(float).where(forms[items] > 0)
    return cells_of(
        forms.assign(**satisfied, headline=satisfied.mean(axis=1), psu=forms["psu"].astype(str).mask(persons, "")),
        [*items, "headline"],
    )


COUNTY = county_small()
COUNTY_REF = json.loads((DATA / "county_small_ref.json").read_text())["results"]


def test_every_item_and_the_headline_equal_r_overall_and_by_group():
    found = weighted_share(COUNTY, lonely="remove").set_index(["domain", "measure"])
    expected = pd.DataFrame([r for r in COUNTY_REF if "estimate" in r]).set_index(["domain", "measure"])
    found = found.loc[expected.index]
    assert len(found) == 8 * 13
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-10)
    np.testing.assert_allclose(found["se"], expected["se"], rtol=1e-10)
    assert (found["n"] == expected["n"]).all()
    pooled = expected["deff"].notna()
    np.testing.assert_allclose(found["deff"][pooled], expected["deff"][pooled], rtol=1e-10)


def all_freedom():
    """R's degrees of freedom of each domain: it was asked of the whole design, blank forms included."""
    return {r["domain"]: r["degf"] for r in COUNTY_REF if r["measure"] == "headline"}


def test_degrees_of_freedom_are_those_of_r_where_every_form_answered_and_fewer_where_some_are_blank():
    found = weighted_share(COUNTY, lonely="remove").set_index(["domain", "measure"])["df"]
    for domain, df in all_freedom().items():
        assert found[domain, "headline"] == pytest.approx(df, rel=1e-12)
        assert (found[domain] <= df + 1e-9).all()
    assert found["all", "q3"] < all_freedom()["all"]


def bounds_with_blanks(row, forms, df, *, method, tail=0.025):
    """The limits as R gives them for a design that was not reduced to those who answered."""
    p, V, df, n = (np.array([value], float) for value in (row["estimate"], row["se"] ** 2, df, forms))
    lower, upper = share_bounds(Shares(p, V, df, n, n, n), tail, method)
    return float(lower[0]), float(upper[0])


@pytest.mark.parametrize("method", ["beta", "xlogit"])
def test_the_limits_of_every_item_equal_r(method):
    found = weighted_share(COUNTY, lonely="remove", method=method).set_index(["domain", "measure"])
    limits = {
        (r["domain"], r["measure"]): r["ci95"] if r.get("method") == method else r.get(f"{method}_ci95")
        for r in COUNTY_REF
        if r.get("method") == method or f"{method}_ci95" in r
    }
    known = {at: pair for at, pair in limits.items() if not isinstance(pair[0], str)}  # "NA" where p = 1
    assert len(known) > 90
    forms = COUNTY[COUNTY["measure"] == "headline"].groupby("group")["n_forms"].sum()
    forms["all"] = forms.sum()
    bounds = [bounds_with_blanks(found.loc[at], forms[at[0]], all_freedom()[at[0]], method=method) for at in known]
    np.testing.assert_allclose(bounds, list(known.values()), rtol=1e-9)


LONELY_REF = [
    r
    for r in json.loads((DATA / "lonely_ref.json").read_text())
    if r["lonely"] in ("remove", "adjust", "average") and not r["adjust_domain"]
]


@pytest.mark.parametrize("r", LONELY_REF, ids=lambda r: f"{r['lonely']}-fpc={r['fpc']}")
def test_lonely_strata_and_domains_across_strata_equal_r(r):
    forms = pd.read_csv(DATA / "lonely.csv").rename(columns={"str": "stratum", "w": "weight", "y": "overall"})
    forms["stratum_psus"] = forms["N"] if r["fpc"] else np.nan
    forms["group"] = forms["dom"].map({"x": "parent", "z": "student"})
    found = weighted_share(cells_of(forms.assign(psu_size=np.nan), ["overall"]), lonely=r["lonely"])
    expected = [(r["mean"], r["se"]), *((domain["mean"], domain["se"]) for domain in r["domain"])]
    assert found["domain"].tolist() == ["all", "parent", "student"]
    np.testing.assert_allclose(found[["estimate", "se"]], expected, rtol=1e-10)
    assert found["df"][0] == r["degf"]


DESIGNS_REF = json.loads((DATA / "r" / "designs.json").read_text())
MARGINS = DESIGNS_REF["margins"]


def designs():
    """The two-stage sample of data/r/designs.R: classes and persons, unequal weights, blanks."""
    forms = pd.read_csv(DATA / "r" / "designs.csv").fillna({"psu": ""})
    forms = forms.rename(columns={"M": "stratum_psus", "N": "psu_size"})
    table = cells_of(forms, ["satisfied", "rare", "score"], keep=["locale", "stage"])
    return table.assign(township=table["stratum"].map(forms.groupby("stratum")["township"].first()))


def with_silent_class(table):
    row = table[table["stratum"] == "parent/b"].head(1).assign(psu="c3", **dict.fromkeys(SUMS, 0))
    return pd.concat([table, *(row.assign(measure=m) for m in table["measure"].unique())], ignore_index=True)


TWO_STAGE = designs()
ONE_STAGE = TWO_STAGE.assign(psu_size=np.nan)


@pytest.mark.parametrize(
    ("design", "table", "options"),
    [
        ("one_stage", ONE_STAGE, {}),
        ("endless", ONE_STAGE.assign(stratum_psus=np.nan), {}),
        ("two_stage", TWO_STAGE, {}),
        ("raked", ONE_STAGE, {"margins": MARGINS}),
        ("raked_two_stage", TWO_STAGE, {"margins": MARGINS}),
        ("post_stratified", TWO_STAGE, {"margins": {"locale": MARGINS["locale"]}}),
        ("silent_class", with_silent_class(ONE_STAGE), {}),
        ("merged", TWO_STAGE, {"lonely": "merge"}),
    ],
)
def test_every_design_equals_r(design, table, options):
    found = weighted_share(table, **{"lonely": "remove"} | options).set_index(["domain", "measure"])
    rows = [r for r in DESIGNS_REF["results"] if r["design"] == design]
    expected = pd.DataFrame(rows).set_index(["domain", "measure"])
    found = found.loc[expected.index]
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-10)
    np.testing.assert_allclose(found["se"], expected["se"], rtol=1e-10, atol=1e-15)
    if "deff" in expected:
        varied = expected["se"] > 0
        np.testing.assert_allclose(found["deff"][varied], expected["deff"][varied], rtol=1e-10)


@pytest.mark.parametrize(
    ("design", "table"), [("one_stage", ONE_STAGE), ("silent_class", with_silent_class(ONE_STAGE))]
)
def test_classes_without_answers_do_not_add_to_the_degrees_of_freedom(design, table):
    """In R's, which keeps them; here a class that answered nothing has no part in them."""
    found = weighted_share(table, lonely="remove").set_index(["domain", "measure"])["df"]
    rows = [r for r in DESIGNS_REF["results"] if r["design"] == design]
    assert all(found[r["domain"], r["measure"]] <= r["df"] + 1e-9 for r in rows)


@pytest.mark.parametrize("r", DESIGNS_REF["limits"], ids=lambda r: f"{r['method']}-{r['level']}")
def test_limits_at_every_level_equal_r(r):
    table = weighted_share(TWO_STAGE, lonely="remove", method=r["method"], confidence=r["level"])
    row = table.set_index(["domain", "measure"]).loc[r["domain"], r["measure"]]
    df = next(
        one_stage["df"]
        for one_stage in DESIGNS_REF["results"]
        if (one_stage["design"], one_stage["domain"], one_stage["measure"]) == ("one_stage", r["domain"], r["measure"])
    )
    own = TWO_STAGE[(TWO_STAGE["group"] == r["domain"]) & (TWO_STAGE["measure"] == r["measure"])]
    bounds = bounds_with_blanks(row, own["n_forms"].sum(), df, method=r["method"], tail=(1 - r["level"]) / 2)
    assert bounds == pytest.approx((r["lower"], r["upper"]), rel=1e-9)
    if r["level"] == 0.9:
        assert (row["lower95"], row["upper95"]) == pytest.approx((row["lower"], row["upper"]), rel=1e-9)


def test_the_order_of_rows_inside_a_psu_changes_no_bit():
    for options in ({}, {"margins": MARGINS}):
        forwards, backwards = (weighted_share(rows, **options) for rows in (TWO_STAGE, TWO_STAGE[::-1]))
        assert_frame_equal(backwards, forwards, check_exact=True)
