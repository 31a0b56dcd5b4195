"""The workbook for inspectors: its formulas come to the printed results and follow the figures they rest on."""

import re
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

import numpy as np
import openpyxl
import pytest
from msgspec.structs import replace

from analysis.results import Figure
from analysis.standard import load_standard
from reports.annex.recompute_book import say_sums, write_recompute_book
from reports.annex.recompute_headline import add_up, band_of, read_county, read_groups, say_bounds
from reports.annex.recompute_variation import variation_tables
from reports.annex.recompute_words import load_recompute_words
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import write_sheets
from reports.evidence.minute_record import ClosingSums, MinuteRecord, minute_sum, sums_of, write_record
from reports.screen.views import results_of
from tests.damages import has_calc, save_by_libreoffice
from tests.drawn_results import KINDS
from tests.golden_counties import COUNTIES, golden
from tests.judged_json import typed
from tests.test_true_counties import round_of
from tests.test_verdict import JUNIOR as JUNIOR_SCHOOL
from tests.test_verdict import PRIMARY as PRIMARY_SCHOOL
from tests.test_verdict import verdict_on

WORDS = load_recompute_words()
SHEET = "社会认可度"
PRIMARY = "小学差异系数"
STANDARD = load_standard("qianjiang-2020")
LINE = 85.0


def write(name, folder, found=None):
    county = golden(name)
    about = AnnexFacts(county.facts.county, "学校填报的数据", county.facts.generated, county.facts.invented)
    return write_recompute_book(folder, county.facts, found or results_of(county.published), about)


def cells_of(path, *, values):
    """What stands in each cell of each sheet: formulas, or what they come to."""
    book = openpyxl.load_workbook(path, data_only=values)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def row_of(cells, label, sheet=SHEET):
    return next(int(place[1:]) for (title, place), value in cells.items() if title == sheet and value == label)


FUNCTIONS = {
    "SUM": lambda cells: sum(float(value) for value in cells.ravel() if isinstance(value, float | int)),
    "SUMPRODUCT": lambda left, right: float((left * right).sum()),
    "IF": lambda test, then, other: then if test else other,
    "AND": lambda *tests: all(tests),
    "MAX": max,
    "MIN": min,
    "SQRT": sqrt,
    "ROUND": lambda value, places: float(Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)),
}
RANGE = re.compile(r"\$?([A-Z]+)\$?(\d+):\$?[A-Z]+\$?(\d+)")
ONE = re.compile(r"(?<![\w\"'])\$?([A-Z]+)\$?(\d+)(?![\w(\"'])")


def evaluate(cells, sheet):
    """What the formulas of a sheet come to, by a reading of them that shares nothing with the writer."""

    def value_of(place):
        value = cells.get((sheet, place))
        return compute(value) if str(value).startswith("=") else value

    def compute(formula):
        text = RANGE.sub(lambda found: f"cells('{found[1]}',{found[2]},{found[3]})", formula[1:])
        text = ONE.sub(lambda found: f"cell('{found[1]}{found[2]}')", text)
        text = re.sub(r"(?<![<>])=", "==", text).replace("^", "**")
        names = {
            "cell": value_of,
            "cells": lambda column, first, last: np.array(
                [value_of(f"{column}{row}") for row in range(first, last + 1)], object
            ),
        }
        return eval(text, {"__builtins__": {}}, FUNCTIONS | names)

    return {
        (sheet, place): compute(value)
        for (title, place), value in cells.items()
        if title == sheet and str(value).startswith("=")
    }


def evaluate_book(cells):
    return {place: value for sheet in {title for title, _ in cells} for place, value in evaluate(cells, sheet).items()}


def with_changes(cells):
    """B with 95 % of the parents, and another value of one school."""
    return cells | {(SHEET, f"C{row_of(cells, '家长')}"): 95.0, (PRIMARY, "E5"): 12.0}


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return {name: write(name, tmp_path_factory.mktemp("books")) for name in COUNTIES}


@pytest.mark.parametrize("name", COUNTIES)
def test_every_formula_comes_to_what_is_kept_beside_it(name, books):
    kept = cells_of(books[name], values=True)
    anew = evaluate_book(cells_of(books[name], values=False))
    assert len(anew) > 60
    for place, value in anew.items():
        assert value == (kept[place] if isinstance(value, str) else pytest.approx(kept[place], rel=1e-9, abs=1e-9)), (
            place
        )


def test_a_changed_rate_and_a_changed_school_change_the_result(books):
    cells = cells_of(books["B"], values=False)
    before = evaluate_book(cells)
    changed = evaluate_book(with_changes(cells))
    total = row_of(cells, WORDS.rows.total)
    assert before[SHEET, f"H{total}"] == pytest.approx(85.0)
    assert changed[SHEET, f"H{total}"] == pytest.approx(90.0)
    assert [found[SHEET, f"C{total + 2}"] for found in (before, changed)] == [WORDS.same, WORDS.other]
    agrees = row_of(cells, WORDS.variation_rows.agrees, PRIMARY)
    assert [found[PRIMARY, f"E{agrees}"] for found in (before, changed)] == [WORDS.same, WORDS.other]


def test_schools_that_differ_give_their_printed_coefficients_and_a_missing_value_none(tmp_path):
    poor = PRIMARY_SCHOOL | {"school": "P02", "pupils": 350, "teaching_area": 2000.5, "sports_area": 9000}
    lacking = JUNIOR_SCHOOL | {"school": "J02", "equipment_value": None}
    found = typed(verdict_on(STANDARD, schools=[PRIMARY_SCHOOL, poor, JUNIOR_SCHOOL, lacking]))
    about = AnnexFacts("明江县", "学校填报的数据", golden("B").facts.generated)
    path = write_sheets(tmp_path / "book.xlsx", variation_tables(found, STANDARD, "来源"), about)
    kept = cells_of(path, values=True)
    anew = evaluate_book(cells_of(path, values=False))
    for place, value in anew.items():
        assert value == (WORDS.same if isinstance(value, str) else pytest.approx(kept[place], rel=1e-9, abs=1e-9)), (
            place
        )
    row = row_of(kept, WORDS.variation_rows.cv, PRIMARY)
    spread = [anew[PRIMARY, f"{column}{row}"] for column in "HI"]
    printed = [stages["primary"].cv for stages in map(found.dimensions.resources.indicators.get, ("R4", "R5"))]
    assert min(spread) > 0.1
    assert spread == pytest.approx(printed)
    junior = "初中差异系数"
    assert "—" in [kept[junior, f"{column}{row_of(kept, WORDS.variation_rows.cv, junior)}"] for column in "EFGHIJK"]


@pytest.mark.soak
@pytest.mark.skipif(not has_calc(), reason="LibreOffice's spreadsheet program is not installed")
def test_a_spreadsheet_program_computes_the_same(books, tmp_path):
    for name in ("B", "E"):
        openpyxl.load_workbook(books[name]).save(tmp_path / f"{name}.xlsx")  # formulas alone
    changed = openpyxl.load_workbook(books["B"])
    changed[SHEET][f"C{row_of(cells_of(books['B'], values=False), '家长')}"] = 95.0
    changed[PRIMARY]["E5"] = 12.0
    changed.save(tmp_path / "changed.xlsx")
    given = {path.stem: path.read_bytes() for path in sorted(tmp_path.glob("*.xlsx"))}
    for name, saved in save_by_libreoffice(given, "xlsx").items():
        path = tmp_path / f"saved-{name}.xlsx"
        path.write_bytes(saved.content)
        anew = cells_of(path, values=True)
        formulas = cells_of(tmp_path / f"{name}.xlsx", values=False)
        for place, value in evaluate_book(formulas).items():
            assert anew[place] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9, abs=1e-9)), (
                name,
                place,
            )


@pytest.mark.parametrize("name", COUNTIES)
def test_the_printed_figure_agrees_with_what_the_printed_rates_come_to(name, books):
    kept = cells_of(books[name], values=True)
    assert WORDS.same in kept.values()
    assert WORDS.other not in kept.values()
    found = results_of(golden(name).published)
    exact, lower, upper = add_up(read_groups(found, LINE))
    county = read_county(found, LINE)
    assert county.upper >= lower
    assert county.lower <= upper
    told = found.estimate.groups
    counted = [group for key, group in told.items() if key not in found.estimate.county.incomplete]
    assert (exact is None) == any(group.rate is None for group in counted)


def test_a_county_of_exact_rates_gives_its_headline_to_its_digits(books):
    kept = cells_of(books["B"], values=True)
    told = row_of(kept, WORDS.rows.told)
    assert kept[SHEET, f"C{row_of(kept, WORDS.rows.rounded)}"] == kept[SHEET, f"C{told}"] == 85.0


def test_a_statement_and_a_withheld_group_are_shown_and_bounds_take_the_place_of_the_sum(books):
    kept = cells_of(books["E"], values=True)
    shown = [kept[SHEET, f"C{row_of(kept, group)}"] for group in ("校长", "人大代表")]
    assert shown == [WORDS.withheld, "80%至90%"]
    total = row_of(kept, WORDS.rows.total)
    assert kept[SHEET, f"H{total}"] == "—"
    note = next(str(value) for value in kept.values() if "不能由公布的数精确合成" in str(value))
    assert "只能确定在73.08%至82.75%之间，公布的是81.25%" in note
    assert WORDS.rows.rounded not in kept.values()


def test_a_group_without_forms_is_left_out_and_says_so(books):
    kept = cells_of(books["A"], values=True)
    assert kept[SHEET, f"B{row_of(kept, '人大代表')}"] == WORDS.not_counted
    assert kept[SHEET, f"B{row_of(kept, WORDS.rows.total)}"] == pytest.approx(11 / 12)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_county_of_each_kind_has_the_workbook(seed, tmp_path):
    round_ = round_of(seed)
    facts = round_.facts
    about = AnnexFacts(facts.county, "", facts.generated, facts.invented)
    path = write_recompute_book(tmp_path, facts, results_of(round_.published), about)
    assert not [value for value in cells_of(path, values=True).values() if str(value).startswith("#")]


def test_only_printed_figures_are_in_it_also_of_a_round_that_kept_every_digit():
    found = results_of(golden("B").published)
    parent = replace(found.estimate.groups["parent"], rate=0.850123456789)
    estimate = replace(found.estimate, groups={**found.estimate.groups, "parent": parent})
    fine = type(found)(status=found.status, estimate=estimate, judgement=found.judgement)
    group = next(group for group in read_groups(fine, LINE) if group.name == "家长")
    assert group.rate == 85.01


def test_the_sums_of_the_minute_stand_before_the_source():
    sums = ClosingSums(minute="A3C5H-R4RBV", published="ab" * 32)
    assert say_sums("来源。", sums).startswith(
        "调查结束及启封记录的校验值：A3C5H-R4RBV；公布的结果的校验值（SHA-256）：abab"
    )
    assert say_sums("来源。", None).startswith("没有调查结束及启封记录")


def test_no_sum_of_a_single_file_of_the_evidence_can_be_printed():
    """Cells of a few forms have few values: by the sum of their file alone a guess at them could be tested."""
    record = MinuteRecord(
        round="2026-1",
        county="明江县",
        closed_at="2026-04-25T08:00:00",
        closed_by="甲",
        boxes=1,
        boxes_sum="b" * 64,
        forms=1,
        forms_sum="f" * 64,
        published="a" * 64,
        texts={"cells.csv": "c" * 64},
        audit_rows=1,
        audit_link="d" * 64,
    )
    printed = say_sums("来源。", sums_of(record))
    assert "a" * 64 in printed
    assert minute_sum(write_record(record)) in printed
    assert not [letter for letter in "bcdf" if letter * 64 in printed]


def test_a_rate_beside_the_line_can_lie_a_whole_step_away():
    assert band_of(84.9, 0.1, LINE) == (84.85, 85.0)
    assert band_of(85.1, 0.1, LINE) == (85.0, 85.15)
    assert Figure(rate=None).span == (0.0, 1.0)


def test_nothing_is_added_up_where_nobody_answered():
    found = results_of(golden("B").published)
    estimate = replace(found.estimate, county=replace(found.estimate.county, rate=None))
    empty = type(found)(status=found.status, judgement=found.judgement, estimate=estimate)
    assert say_bounds([], read_county(empty, LINE)) == WORDS.nothing_to_add


def test_the_same_county_gives_the_same_bytes(tmp_path, books):
    assert write("E", tmp_path).read_bytes() == books["E"].read_bytes()


def test_words_among_figures_stand_at_the_side_of_the_figures(books):
    for sheet in openpyxl.load_workbook(books["B"], data_only=True):
        words = [cell for row in sheet.iter_rows(min_row=5) for cell in row if cell.value in {"一致", "—"}]
        assert {cell.alignment.horizontal for cell in words} == {"right"}, sheet.title
