"""Exports: the published tables with Chinese labels for other programs, and nothing that was hidden."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis.disclosure.forms_file import FEWEST, MERGED, forms_to_show
from analysis.disclosure.units import SHOWN
from reports.exports.export_tables import ExportTable, forms_table, published_tables
from reports.exports.formats import write_export
from reports.setting.cell_texts import escape_cell
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
    assert [path.stem for path in paths] == ["调查对象", "题目", "方面", "单位", "答卷", "编码本", "说明"]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)
    groups = pd.read_csv(paths[0])
    rate = example().published["recognition"]["groups"]["parent"]["rate"]
    assert groups.set_index("对象").at["家长", "满意率"] == pytest.approx(rate)
    assert groups["对象"].iloc[0] == "合计"


def test_a_workbook_has_every_table_and_the_codebook_and_numbers_are_numbers(
    tables: list[ExportTable], tmp_path: Path
) -> None:
    path, _ = write_export(tmp_path, "xlsx", tables, DAY)
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


def test_forms_come_in_random_order_with_their_group_and_answers_alone() -> None:
    one, other = shown_forms(example(), 1), shown_forms(example(), 2)
    assert list(one) == ["group", *ITEMS]
    assert not one.equals(other)
    assert one.sort_values(list(one)).to_numpy().tolist() == other.sort_values(list(one)).to_numpy().tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_of_fewer_than_fifty_forms_is_not_in_the_file(seed: int) -> None:
    sizes = shown_forms(example(seed)).groupby("group").size()
    valid = {group: row["valid"] for group, row in example(seed).published["recognition"]["groups"].items()}
    assert dict(sizes) == {group: count for group, count in valid.items() if count >= FEWEST}
    assert min(valid.values()) < FEWEST


def counted(forms: pd.DataFrame, group: str, item: str) -> float:
    """An item's rate as anybody counts it: satisfied of those who answered; user-missing codes are missing."""
    codes = forms.loc[(forms["group"] == group).to_numpy(), item]
    answered = codes[codes.isin([1, 2, 3, 4, 5])]
    return float((answered >= 3).mean())


def told_items(survey: Example) -> list[tuple[str, str, float]]:
    items = survey.published["recognition"]["items"]
    groups = set(shown_forms(survey)["group"])
    return [
        (group, item, row["rate"])
        for item, domains in items.items()
        for group, row in domains.items()
        if group in groups and row["rate"] is not None
    ]


@pytest.mark.parametrize("format_", ["sav", "parquet"])
def test_every_item_rate_follows_from_the_forms_of_spss_and_parquet(format_: str, tmp_path: Path) -> None:
    survey = example()
    paths = write_export(tmp_path, format_, list(tables_of(survey).values()), DAY)
    [path] = [path for path in paths if path.stem == "答卷"]
    forms = pyreadstat.read_sav(path)[0] if format_ == "sav" else pd.read_parquet(path)
    rates = told_items(survey)
    assert len(rates) > 40
    for group, item, rate in rates:
        assert counted(forms, group, item) == pytest.approx(rate, abs=0.000501)


RATES_IN_R = """
forms <- haven::read_sav(commandArgs(TRUE)[1])
for (item in setdiff(names(forms), "group")) {
  answers <- as.numeric(forms[[item]])
  answers[!answers %in% 1:5] <- NA
  rates <- tapply(answers >= 3, forms$group, mean, na.rm = TRUE)
  cat(sprintf("%s,%s,%.9f\n", names(rates), item, rates), sep = "")
}
"""


def test_r_counts_every_item_rate_from_the_spss_file(tmp_path: Path) -> None:
    """Nothing is said to R of missing values or codes: the file itself does."""
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed: run `apt-get install r-cran-haven`.")
    if subprocess.run(["Rscript", "-e", "library(haven)"], capture_output=True, check=False).returncode:
        pytest.skip("R has no package haven: run `apt-get install r-cran-haven`.")
    survey = example()
    write_export(tmp_path, "sav", list(tables_of(survey).values()), DAY)
    (tmp_path / "rates.R").write_text(RATES_IN_R, encoding="utf-8")
    done = subprocess.run(["Rscript", "rates.R", "答卷.sav"], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = (line.rsplit(",", 2) for line in done.stdout.splitlines())
    counted_in_r = {(group, item): float(rate) for group, item, rate in lines}
    rates = told_items(survey)
    assert len(rates) > 40
    for group, item, rate in rates:
        assert counted_in_r[group, item] == pytest.approx(rate, abs=0.000501)


def test_spss_takes_not_knowing_and_blanks_for_missing_and_answers_for_ordered(tmp_path: Path) -> None:
    paths = {path.name: path for path in write_export(tmp_path, "sav", list(tables_of(example()).values()), DAY)}
    forms, meta = pyreadstat.read_sav(paths["答卷.sav"])
    assert not forms[ITEMS].isin([0, 9]).any(axis=None)
    assert forms[ITEMS].isna().any(axis=None)
    kept, _ = pyreadstat.read_sav(paths["答卷.sav"], user_missing=True)
    assert kept[ITEMS].isin([0, 9]).any(axis=None)
    assert {meta.variable_measure[item] for item in ITEMS} == {"ordinal"}
    assert meta.variable_measure["group"] == "nominal"


@pytest.mark.parametrize("format_", ["csv", "xlsx", "sav", "parquet"])
def test_every_export_says_what_follows_from_it_and_what_does_not(format_: str, tmp_path: Path) -> None:
    paths = write_export(tmp_path, format_, list(tables_of(example()).values()), DAY)
    text = paths[-1].read_text(encoding="utf-8-sig")
    assert "从答卷可以数出的：各题的比率" in text
    assert "从答卷不能得出的：调查对象的比率和社会认可度" in text


def test_where_an_item_is_a_statement_its_options_are_one() -> None:
    survey = example(11, 0.6, 0, 8)
    forms = shown_forms(survey)
    stated = [
        (group, item)
        for item, domains in survey.published["recognition"]["items"].items()
        for group, row in domains.items()
        if row["rate"] is None and ("at_least" in row or "at_most" in row) and group in set(forms["group"])
    ]
    assert stated
    for group, item in stated:
        assert set(forms.loc[(forms["group"] == group).to_numpy(), item]) <= {MERGED, 0, 9}


def test_what_too_few_of_a_group_answered_is_nowhere() -> None:
    rows = example().published["recognition"]["suppressed"]
    hidden = [(row["group"], row["measure"]) for row in rows if row["why"] == "too_few"]
    assert hidden
    exported = tables_of(example())
    for group, measure in hidden:
        name, key = ("topics", "topic") if measure.startswith("topic:") else ("items", "item")
        rows = exported[name].rows
        assert rows[(rows[key] == measure.removeprefix("topic:")) & (rows["domain"] == group)].empty
