"""What a list of schools calls its own schools, so that a point names the school it belongs to as people do."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from questionnaires.text import clean_text
from survey_app.frame.sheets.grids import Grid
from survey_app.frame.sheets.headers import find_header, match_header
from survey_app.frame.sheets.part_reading import Expected, filled_rows, with_heads
from survey_app.frame.sheets.school_names import SchoolNames

PARENT = "parent_school"


def with_own_schools(grids: Sequence[Grid], expected: Expected) -> Expected:
    """For a list of schools: its names and 标识码 are known while it is read; any other kind as it was."""
    if PARENT not in {column.name for column in expected.columns} or expected.schools:
        return expected
    names: dict[str, str] = {}
    moe_codes: dict[str, str] = {}
    for grid in grids:
        for code, name, moe_code in _list_schools(grid, expected):
            names[code] = name
            moe_codes |= {code: moe_code} if moe_code else {}
    return replace(expected, schools=SchoolNames(names=names, moe_codes=moe_codes))


def _list_schools(grid: Grid, expected: Expected) -> Iterator[tuple[str, str, str]]:
    """Code, name and 标识码 of each row that has a code."""
    columns = [with_heads(column, expected.mapping) for column in expected.columns]
    rows = find_header(grid, columns)
    if rows is None:
        return
    header = match_header(grid, rows, columns)
    numbers, _ = filled_rows(grid, header, expected.kind)
    at = {match.column.name: match.at for match in header.matches}
    for number in numbers:
        code, name, moe_code = (
            clean_text(str(grid.cell(number, at[column]))) if column in at else ""
            for column in ("code", "name", "moe_code")
        )
        if code:
            yield code, name, moe_code
