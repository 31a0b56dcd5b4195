"""Recovering what is hidden: everything that is shown of a closed round, table by table, added and subtracted.

The attacker knows more than anyone does: who is counted in every row, and with what weight. Every figure shown is
then a linear equation in the satisfied of each place; a hidden figure is recovered if it follows from them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from analysis.cells.tallying import HEADLINE
from analysis.disclosure import forms_to_show, row_members
from analysis.disclosure.unit_rows import COLUMNS
from reports.charts.charts import Chart
from reports.document.document import Table
from reports.exports.export_tables import published_tables
from reports.exports.formats import write_export
from reports.screen.views import MOST_BARS, list_domains, write_results
from reports.setting.figures import percent
from tests.survey_example import PAPERS, RULE, STANDARD, example
from tests.test_section import FACTS
from tests.told_json import released, table_of

SEEDS = (5, 6, 7, 8)
KEY = ["group", "place", "scope"]
LINE = RULE.threshold.value
every_seed = pytest.mark.parametrize("seed", SEEDS)
Row = dict[str, Any]


class Sums(NamedTuple):
    """The weighted sums of each place that forms with a headline came from."""

    answered: dict[tuple[str, str], float]
    satisfied: dict[tuple[str, str], float]


class Known(NamedTuple):
    """One figure the attacker sees: the rate among the people of these places."""

    group: str
    places: frozenset[str]
    rate: float


@cache
def sums_of(seed: int) -> Sums:
    cells = example(seed).survey.cells
    own = cells[(cells["measure"] == HEADLINE) & (cells["n"] > 0)]
    weighted = own.assign(answered=own["weight"] * own["n"], satisfied=own["weight"] * own["total"])
    sums = weighted.groupby(["group", "place"])[["answered", "satisfied"]].sum()
    return Sums(sums["answered"].to_dict(), sums["satisfied"].to_dict())


@cache
def places_of(seed: int) -> dict[tuple[str, str, str], frozenset[str]]:
    """(group, place, scope) of a published row -> the places it stands for."""
    survey = example(seed).survey
    members = row_members(survey.cells, survey.places, RULE)
    return {key: frozenset(rows) for key, rows in members.groupby(KEY)["member"]}


def true_rate(seed: int, group: str, places: Iterable[str]) -> float:
    sums, keys = sums_of(seed), [(group, place) for place in places]
    return sum(sums.satisfied[key] for key in keys) / sum(sums.answered[key] for key in keys)


def whole_groups(seed: int) -> list[Known]:
    """Each group's own rate: in the report, the insert, every page."""
    groups = example(seed).published["recognition"]["groups"]
    inside = {group: {place for one, place in sums_of(seed).answered if one == group} for group in groups}
    return [
        Known(group, frozenset(inside[group]), row["rate"]) for group, row in groups.items() if row["rate"] is not None
    ]


def from_rows(seed: int, rows: Iterable[Mapping[str, Any]]) -> list[Known]:
    return [
        Known(row["group"], places_of(seed)[row["group"], row["place"], row["scope"]], row["rate"])
        for row in rows
        if row["rate"] is not None and row["rate"] == row["rate"]
    ]


def from_forms(seed: int) -> list[Known]:
    """Single forms as they are exported: the rate of all that stand in one place."""
    found = example(seed)
    units = found.published["units"]
    shown = forms_to_show(found.forms, released(found), PAPERS[0], RULE, np.random.default_rng(1))
    stands = {(one["group"], one["member"]): (one["place"], one["scope"]) for one in units["forms"]}
    known = []
    for (group, place, scope), _ in shown.groupby(KEY):
        own = (one for owner, one in sums_of(seed).answered if owner == group)
        places = frozenset(one for one in own if stands.get((group, one), ("county", "rest")) == (place, scope))
        known.append(Known(group, places, true_rate(seed, group, places)))
    return known


def recover(seed: int, known: Iterable[Known], wanted: Known) -> float | None:
    """The rate of these places as it follows from what is known, or None."""
    sums = sums_of(seed)
    spots = {place: spot for spot, (_, place) in enumerate(key for key in sums.answered if key[0] == wanted.group)}

    def vector(places: frozenset[str]) -> Any:
        return np.isin(list(spots), list(places)).astype(float)

    def total(places: frozenset[str]) -> float:
        return sum(sums.answered[wanted.group, place] for place in places)

    own = [one for one in known if one.group == wanted.group]
    seen, aim = np.array([vector(one.places) for one in own]), vector(wanted.places)
    mix = np.linalg.lstsq(seen.T, aim, rcond=None)[0]
    if np.abs(seen.T @ mix - aim).max() > 1e-9:
        return None
    return float(mix @ [one.rate * total(one.places) for one in own]) / total(wanted.places)


def hidden_rows(seed: int, *states: str) -> list[Known]:
    rows = [row for row in example(seed).published["units"]["rows"] if row["state"] in states]
    owners = [(row["group"], places_of(seed)[row["group"], row["place"], row["scope"]]) for row in rows]
    return [Known(group, places, true_rate(seed, group, places)) for group, places in owners]


def page(seed: int, view: str, domain: str = "") -> tuple[list[tuple[str, ...]], list[str]]:
    """The rates (with the number of answers) of a results page's table, and those of its chart."""
    facts = replace(FACTS, standard=STANDARD, rule=RULE, papers=PAPERS)
    published = table_of(example(seed))
    blocks = write_results(view, facts, published, domain).blocks
    tables = [block for block in blocks if isinstance(block, Table) and "认可率" in block.head]
    rows = [(row[2], row[3], row[4], row[5]) for table in tables for row in table.rows]
    return rows, [bar.shown for block in blocks if isinstance(block, Chart) for bar in block.bars]


def printed(row: Row) -> tuple[str, ...]:
    return (f"{row['n']:,}", *(percent(row[name], LINE, sign="") for name in ("rate", "lower", "upper")))


def test_the_county_has_what_an_attacker_looks_for() -> None:
    states = pd.Series([row["state"] for seed in SEEDS for row in example(seed).published["units"]["rows"]])
    assert {"shown", "above", "withheld"} <= set(states)
    levels = {row["level"] for seed in SEEDS for row in example(seed).published["units"]["rows"] if row["rate"]}
    assert {"unit", "township", "stage", "locale"} <= levels
    assert any(one["shown_in"] for one in example(SEEDS[0]).published["recognition"]["suppressed"])


@every_seed
def test_no_hidden_figure_follows_from_all_that_is_shown(seed: int) -> None:
    rows = example(seed).published["units"]["rows"]
    known = [*whole_groups(seed), *from_rows(seed, rows), *from_forms(seed)]
    hidden = hidden_rows(seed, "above", "below", "withheld")
    assert hidden
    assert [one for one in hidden if recover(seed, known, one) is not None] == []


@every_seed
def test_what_is_shown_is_recovered_so_that_the_attack_is_seen_to_work(seed: int) -> None:
    known = from_rows(seed, example(seed).published["units"]["rows"])
    for one in known:
        assert recover(seed, known, one) == pytest.approx(one.rate)
        assert one.rate == pytest.approx(true_rate(seed, one.group, one.places))


def test_without_the_second_suppression_hidden_figures_are_recovered_to_the_digit() -> None:
    """The same table with the rows in it that are withheld against subtraction: the attack finds what is hidden."""
    found = []
    for seed in SEEDS:
        known = [*whole_groups(seed), *from_rows(seed, example(seed).published["units"]["rows"])]
        known += hidden_rows(seed, "withheld")
        for one in hidden_rows(seed, "above", "below"):
            rate = recover(seed, known, one)
            if rate is not None:
                assert rate == pytest.approx(one.rate, abs=1e-9)
                found.append(one)
    assert found


def test_every_stage_or_locale_that_is_withheld_would_give_something_away() -> None:
    found = 0
    for seed in SEEDS:
        rows = example(seed).published["units"]["rows"]
        known = [*whole_groups(seed), *from_rows(seed, rows)]
        hidden = hidden_rows(seed, "above", "below", "withheld")
        for row in (row for row in rows if row["level"] in ("stage", "locale") and row["state"] == "withheld"):
            places = places_of(seed)[row["group"], row["place"], row["scope"]]
            own = Known(row["group"], places, true_rate(seed, row["group"], places))
            others = [one for one in hidden if one.places != places]
            assert any(recover(seed, [*known, own], one) is not None for one in others)
            found += 1
    assert found


@every_seed
def test_exports_show_the_rows_that_are_published_and_no_other_rate(seed: int, tmp_path: Any) -> None:
    published = example(seed).published
    rows = pd.DataFrame(published["units"]["rows"], columns=COLUMNS)
    write_export(tmp_path, "csv", published_tables(table_of(example(seed)), PAPERS), FACTS.generated)
    exported = pd.read_csv(tmp_path / "单位.csv")
    assert exported["满意率"].to_numpy() == pytest.approx(rows["rate"].to_numpy(float), nan_ok=True)
    groups = pd.read_csv(tmp_path / "调查对象.csv")
    assert set(groups["对象代码"]) - {"county"} == set(published["recognition"]["groups"])


@every_seed
def test_results_pages_and_their_charts_show_the_rows_that_are_published_and_no_other_rate(seed: int) -> None:
    published = example(seed).published
    rows = published["units"]["rows"]
    views = [("unit", group) for group in list_domains("unit", table_of(example(seed)))] + [
        ("stage", ""),
        ("locale", ""),
    ]
    for view, domain in views:
        across = [row for row in rows if row["level"] == view]
        inside = [row for row in rows if row["group"] == domain and row["level"] not in ("stage", "locale")]
        own = inside if domain else across
        table, chart = page(seed, view, domain)
        assert sorted(table) == sorted(map(printed, own))
        shown = sorted(row["rate"] for row in own if row["rate"] is not None)
        assert chart == [percent(rate, LINE) for rate in shown[:MOST_BARS]]


@every_seed
def test_a_countys_item_or_topic_says_nothing_of_a_group_in_which_it_is_hidden(seed: int) -> None:
    """It is the mean of the groups that show it, so taking those off leaves nothing."""
    recognition = example(seed).published["recognition"]
    weights = recognition["provenance"]["weights"]
    for rows in (*recognition["items"].values(), *recognition["topics"].values()):
        groups = {group: row["rate"] for group, row in rows.items() if group != "county"}
        total = sum(weights[group] for group in groups)
        assert rows["county"]["rate"] == pytest.approx(
            sum(weights[group] * rate for group, rate in groups.items()) / total
        )
