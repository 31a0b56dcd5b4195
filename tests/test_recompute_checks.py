"""The workbook to recompute with is read back: a true one gives no finding, a false cell of any kind is found."""

from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest

from reports.annex.recompute_book import write_recompute_book
from reports.annex.tables import AnnexFacts
from reports.checking.checker import check_folder
from reports.checking.recompute_checks import check_recompute_book
from reports.screen.views import results_of
from tests.drawn_results import KINDS
from tests.golden_counties import COUNTIES
from tests.test_checking import round_of
from tests.test_true_counties import round_of as draw_round

FILE = "复算表.xlsx"
RATES, SCHOOLS = "社会认可度", "小学差异系数"


def write(folder, round_):
    facts = round_.facts
    about = AnnexFacts(facts.county, "", facts.generated, facts.invented)
    return write_recompute_book(folder, facts, results_of(round_.published), about)


@cache
def values_of(name):
    """What the cells of a county's workbook come to, as a file without formulas."""
    with TemporaryDirectory() as folder:
        book = openpyxl.load_workbook(write(Path(folder), round_of(name)), data_only=True)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("name", COUNTIES)
def test_the_workbook_of_every_county_is_true(name, tmp_path):
    write(tmp_path, round_of(name))
    assert check_folder(tmp_path, round_of(name)) == []


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_drawn_county_of_each_kind_has_a_true_workbook(seed, tmp_path):
    assert check_recompute_book(write(tmp_path, draw_round(seed)), draw_round(seed)) == []


PLANTED = [
    *((RATES, "家长", column) for column in range(10)),
    *((RATES, "校长", column) for column in (1, 2, 4, 5, 8)),
    *((RATES, "合成", column) for column in (1, 6, 8, 9)),
    (RATES, "公布的社会认可度", 2),
    (RATES, "公布的数与合成的范围", 2),
    (RATES, "注：校长", 0),
    *((SCHOOLS, "P02", column) for column in (1, 2, 3, 4, 9)),
    *((SCHOOLS, name, 5) for name in ("均值", "标准差", "差异系数", "公布的差异系数", "限值", "与公布的数")),
]


@pytest.mark.parametrize(("sheet", "row", "column"), PLANTED)
def test_a_planted_cell_is_found(sheet, row, column, tmp_path):
    book = openpyxl.load_workbook(BytesIO(values_of("E")))
    cells = next(
        cells for cells in book[sheet].iter_rows(min_row=5) if any(str(cell.value).startswith(row) for cell in cells)
    )
    cells[column].value = falsify(cells[column].value)
    book.save(tmp_path / FILE)
    assert check_folder(tmp_path, round_of("E"))


def falsify(value):
    """Another number, another word, or another first percentage in a sentence."""
    if isinstance(value, int | float):
        return value + 0.1
    return value.replace("80", "77", 1) if "80" in value else f"{value}不"


def test_a_sheet_or_a_group_too_few_is_found(tmp_path):
    for edit in (lambda book: book.remove(book[SCHOOLS]), lambda book: book[RATES].delete_rows(6)):
        book = openpyxl.load_workbook(BytesIO(values_of("E")))
        edit(book)
        book.save(tmp_path / FILE)
        assert check_recompute_book(tmp_path / FILE, round_of("E"))
