"""The workbook's sheet of groups is read back: a true one gives no finding, a wrong cell is found."""

from dataclasses import replace
from datetime import date

import pytest

from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts, Cell
from reports.annex.workbook import write_workbook
from reports.checking.checker import check_folder
from reports.checking.workbook_checks import check_workbook
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.drawn_results import KINDS
from tests.test_true_counties import round_of


def tables_of(round_):
    return list(rate_tables(describe_round(round_.facts, results_of(round_.published))))


def written(folder, round_, tables):
    facts = AnnexFacts(round_.facts.county, "", date(2026, 5, 1), round_.facts.invented)
    return write_workbook(folder, round_.published.judgement, round_.facts.standard, facts, tables)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_the_sheet_of_groups_is_true(seed, tmp_path):
    round_ = round_of(seed)
    assert check_workbook(written(tmp_path, round_, tables_of(round_)), round_) == []


def spoil(table, turn):
    """The sheet with a wrong number in every row, each in another column; the next turn takes the next columns."""
    rows = []
    for line, row in enumerate(table.rows):
        numbers = [place for place, cell in enumerate(row) if isinstance(cell.value, float | int)]
        place = numbers[(line + turn * len(table.rows)) % len(numbers)]
        wrong = row[place]._replace(value=row[place].value + 0.01)
        rows.append((*row[:place], wrong, *row[place + 1 :]))
    return replace(table, rows=tuple(rows))


@pytest.fixture
def round_():
    return round_of(0)


@pytest.fixture
def tables(round_):
    return tables_of(round_)


@pytest.fixture
def groups(tables):
    return next(table for table in tables if "设计效应" in dict(table.columns))


@pytest.mark.parametrize("turn", range(3))
def test_a_wrong_number_in_any_column_of_any_row_is_found(round_, groups, turn, tmp_path):
    found = check_workbook(written(tmp_path, round_, [spoil(groups, turn)]), round_)
    assert len(found) == len(groups.rows) > 5


def test_a_row_too_few_or_too_many_and_a_head_that_is_not_known_are_found(round_, groups, tmp_path):
    name = str(groups.rows[0][0].value)
    few = replace(groups, rows=groups.rows[1:])
    assert check_workbook(written(tmp_path, round_, [few]), round_) == [f"workbook: no row: {name}"]
    many = replace(groups, rows=((Cell("巡视员"), *groups.rows[0][1:]), *groups.rows))
    assert check_workbook(written(tmp_path, round_, [many]), round_) == ["workbook: unknown row: 巡视员"]
    other = replace(groups, columns=(("对象", 20), *groups.columns[1:]))
    assert len(check_workbook(written(tmp_path, round_, [other]), round_)) == len(groups.rows)


def test_a_folder_is_checked_with_its_workbook(round_, tables, groups, tmp_path):
    written(tmp_path, round_, tables)
    assert check_folder(tmp_path, round_) == []
    written(tmp_path, round_, [spoil(table, 0) if table is groups else table for table in tables])
    assert len(check_folder(tmp_path, round_)) == len(groups.rows)
