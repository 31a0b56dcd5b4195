"""Exports: the published tables with Chinese labels for other programs, and nothing that was hidden."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis.disclosure import forms_to_show
from analysis.disclosure.units import SHOWN, unit_members
from reports.exports.export_tables import ExportTable, forms_table, published_tables
from reports.exports.formats import escape_cell, write_export
from tests.survey_example import ITEMS, PAPERS, RULE, Example, example
from tests.told_json import released, table_of

DAY = date(2025, 10, 25)
SEEDS = range(5, 9)


def shown_forms(survey: Example, seed: int = 1) -> pd.DataFrame:
    return forms_to_show(survey.forms, released(survey), PAPERS[0], RULE, np.random.default_rng(seed))


def tables_of(survey: Example) -> dict[str, ExportTable]:
    tables = [*published_tables(table_of(survey), PAPERS), forms_table(shown_forms(survey), PAPERS)]
    return {table.name: table for table in tables}


@pytest.fixture(scope="module")
def tables() -> list[ExportTable]:
    return list(tables_of(example()).values())


def test_csv_has_chinese_headers_that_spreadsheets_read(tables: list[ExportTable], tmp_path: Path) -> None:
    paths = write_export(tmp_path, "csv", tables, DAY)
    assert [path.stem for path in paths] == ["调查对象", "题目", "方面", "单位", "答卷", "编码本"]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)
    groups = pd.read_csv(paths[0])
    rate = example().published["recognition"]["groups"]["parent"]["rate"]
    assert groups.set_index("对象").at["家长", "满意率"] == pytest.approx(rate)
    assert groups["对象"].iloc[0] == "全县"


def test_a_workbook_has_every_table_and_the_codebook_and_numbers_are_numbers(
    tables: list[ExportTable], tmp_path: Path
) -> None:
    [path] = write_export(tmp_path, "xlsx", tables, DAY)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["调查对象", "题目", "方面", "单位", "答卷", "编码本"]
    assert {type(cell.value) for cell in book["方面"]["E"][1:]} == {float}
    before = path.read_bytes()
    assert write_export(tmp_path, "xlsx", tables, DAY)[0].read_bytes() == before


def test_spss_knows_labels_of_variables_and_answers(tables: list[ExportTable], tmp_path: Path) -> None:
    paths = {path.name: path for path in write_export(tmp_path, "sav", tables, DAY)}
    forms, meta = pyreadstat.read_sav(paths["答卷.sav"])
    assert meta.variable_value_labels["overall"][5] == "非常满意"
    assert meta.variable_value_labels["overall"][9] == "不了解/不清楚"
    assert meta.column_names_to_labels["group"] == "对象代码"
    assert len(forms) == len(shown_forms(example()))
    units, _ = pyreadstat.read_sav(paths["单位.sav"])
    assert units["rate"].isna().sum() == (units["state"] != SHOWN).sum() > 0
    assert "编码本.csv" in paths


def test_parquet_reads_back_as_it_was(tables: list[ExportTable], tmp_path: Path) -> None:
    paths = write_export(tmp_path, "parquet", tables, DAY)
    for path, table in zip(paths, tables, strict=False):
        pd.testing.assert_frame_equal(pd.read_parquet(path), table.rows, check_dtype=False)


@pytest.mark.parametrize("format_", ["csv", "xlsx", "sav", "parquet"])
def test_a_round_without_forms_is_exported_too(format_: str, tmp_path: Path) -> None:
    assert write_export(tmp_path, format_, list(tables_of(example(share=0.0)).values()), DAY)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@sum", "\t=1", "\r=1", "\n=1", "＝1", "＋1"])
def test_no_text_is_taken_for_a_formula(text: str, tmp_path: Path) -> None:
    assert escape_cell(text) == f"'{text}"
    table = ExportTable("units", pd.DataFrame({"place": [text], "rate": [-0.5]}), {"place": "归属", "rate": "率"}, {})
    csv = write_export(tmp_path, "csv", [table], DAY)[0].read_bytes().decode("utf-8-sig")
    assert f"'{text}" in csv
    assert "-0.5" in csv
    sheet = openpyxl.load_workbook(write_export(tmp_path, "xlsx", [table], DAY)[0]).worksheets[0]
    assert sheet["A2"].data_type == "s"


def test_forms_come_in_random_order_with_group_place_and_answers_alone() -> None:
    one, other = shown_forms(example(), 1), shown_forms(example(), 2)
    assert list(one) == ["group", "place", "scope", *ITEMS]
    assert not one.equals(other)
    assert one.sort_values(list(one)).to_numpy().tolist() == other.sort_values(list(one)).to_numpy().tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_group_or_place_of_exported_forms_stands_for_fewer_than_the_smallest(seed: int) -> None:
    forms = shown_forms(example(seed))
    assert forms.groupby(["group", "place", "scope"]).size().min() >= RULE.smallest


def hidden_items(survey: Example) -> list[tuple[str, str]]:
    rows = survey.published["recognition"]["suppressed"]
    return [(row["group"], row["measure"]) for row in rows if row["why"] == "too_few"]


def test_what_too_few_of_a_group_answered_is_nowhere() -> None:
    hidden = hidden_items(example())
    assert hidden
    exported = tables_of(example())
    for group, measure in hidden:
        for name, key in (("items", "item"), ("topics", "topic")):
            rows = exported[name].rows
            own = rows[(rows[key] == measure.removeprefix("topic:")) & (rows["domain"] == group)]
            assert own.empty if name == "items" or measure.startswith("topic:") else True
        if measure in ITEMS:
            forms = exported["forms"].rows
            assert (forms.loc[forms["group"] == group, measure] == 0).all()


def equations(survey: Example, group: str) -> tuple[np.ndarray[Any, Any], dict[str, np.ndarray[Any, Any]]]:
    """Sums over the places of a group that the exported tables give away, and those that were hidden."""
    members = unit_members(survey.survey.cells, survey.survey.places, RULE)
    own = members[members["group"] == group]
    headline = survey.survey.cells[survey.survey.cells["measure"] == "headline"]
    came = headline[(headline["group"] == group) & (headline["n"] > 0)]
    places = sorted(came["place"].unique())

    def over(inside: set[str]) -> np.ndarray[Any, Any]:
        return np.array([float(place in inside) for place in places])

    rows = {key: set(part["member"]) for key, part in own.groupby(["place", "scope", "state"])}
    exported = tables_of(survey)
    units = exported["units"].rows
    rated = {(one.place, one.scope) for one in units[(units["group"] == group) & units["rate"].notna()].itertuples()}
    known = [over(inside) for (place, scope, _), inside in rows.items() if (place, scope) in rated]
    stands = {
        row["member"]: (row["place"], row["scope"])
        for row in survey.published["units"]["forms"]
        if row["group"] == group
    }
    pools = {spot: {place for place in places if stands.get(place, ()) == spot} for spot in {*stands.values(), ()}}
    known += [over(inside) for inside in pools.values()]
    hidden = {f"{place} {scope}": over(inside) for (place, scope, state), inside in rows.items() if state != SHOWN}
    small = came.groupby("place")["n"].sum()
    hidden |= {f"{place} alone": over({place}) for place, n in small.items() if n < RULE.smallest}
    return np.array([np.ones(len(places)), *known]), hidden


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_figure_follows_by_subtraction_from_everything_exported(seed: int) -> None:
    """Every shown rate of units, the group's own and all sums over exported forms, put together."""
    survey = example(seed)
    tried = 0
    for group in survey.survey.weights:
        known, hidden = equations(survey, group)
        rank = np.linalg.matrix_rank(known)
        for name, figure in hidden.items():
            tried += 1
            assert np.linalg.matrix_rank(np.vstack([known, figure])) > rank, (group, name)
    assert tried > 3


def test_the_places_of_exported_forms_are_places_that_are_published_with_a_rate() -> None:
    exported = tables_of(example())
    units, forms = exported["units"].rows, exported["forms"].rows
    rated = units[units["rate"].notna()]
    spots = set(zip(forms["group"], forms["place"], forms["scope"], strict=True))
    published = set(zip(rated["group"], rated["place"], rated["scope"], strict=True))
    assert {spot for spot in spots - published if spot[1:] != ("county", "rest")} == set()
