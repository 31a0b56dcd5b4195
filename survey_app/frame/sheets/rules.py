"""What must hold between the cells of a row and between rows."""

import re
from collections.abc import Collection, Iterator, Sequence
from unicodedata import normalize

import pandas as pd

from survey_app.frame.sheets.columns import Kind
from survey_app.frame.sheets.filled import Filled
from survey_app.frame.sheets.grids import Grid
from survey_app.frame.sheets.headers import Header, place_column
from survey_app.frame.sheets.meaning import check_meaning, fold, nearest
from survey_app.frame.sheets.sheet_problems import Problem, say


def check_rows(kind: Kind, filled: Filled, known_schools: Collection[str] | None) -> list[Problem]:
    """Every row that breaks a rule of its kind."""
    problems = [*_duplicates(kind, filled), *_too_large(kind, filled), *_large_classes(kind, filled)]
    problems += [*_low_grades(kind, filled), *_wrong_stages(kind, filled), *_parts(filled)]
    problems += [*check_meaning(kind, filled), *_shared_codes(filled)]
    if known_schools is not None:
        problems += _unknown_schools(filled, set(known_schools))
    return problems


def check_year(grid: Grid, header: Header, numbers: Sequence[int], kind: Kind, year: str) -> list[Problem]:
    """Rows of another year, where the file has a column for it."""
    return [
        Problem(
            grid.name,
            number,
            place_column(index, written),
            say("row", "year", written=cell, year=year),
        )
        for index, written in enumerate(header.heads)
        if written in kind.year_columns
        for number in numbers
        if (cell := str(grid.cell(number, index)).strip()) and not _is_year(cell, year)
    ]


def _is_year(written: str, year: str) -> bool:
    """Whether a text names that school year: by both of its years, or by the one in which it begins.

    >>> [_is_year(written, "2025-2026") for written in ("2025学年", "2025—26", "25-26", "2026", "20")]
    [True, True, True, False, False]
    """
    first, last = re.findall("[0-9]+", year)
    found = re.findall("[0-9]+", normalize("NFKC", written))
    if found == [first]:
        return True
    return len(found) == len((first, last)) and found[0] in (first, first[2:]) and found[1] in (last, last[2:])


def _duplicates(kind: Kind, filled: Filled) -> Iterator[Problem]:
    keys = list(kind.unique)
    if not keys:
        return
    needed = [key for key in keys if filled.columns[key].needed == "cell"]
    complete = filled.table[(filled.table[needed] != "").all(axis=1)]
    first: dict[tuple[str, ...], object] = {}
    for row, *values in complete[keys].itertuples():
        key = tuple(
            "" if pd.isna(value) else filled.show(name, value) for name, value in zip(keys, values, strict=True)
        )
        if key in first:
            written = "、".join(
                f"{filled.columns[name].label}“{value}”" for name, value in zip(keys, key, strict=True) if value
            )
            yield filled.problem(row, keys[0], "duplicate", key=written, first=first[key])
        first.setdefault(key, row)


def _shared_codes(filled: Filled) -> Iterator[Problem]:
    """Two schools cannot have one 标识码: they are one school under two codes, or one was copied."""
    if "moe_code" not in filled.columns:
        return
    first: dict[str, int] = {}
    codes = filled.texts("code")
    for row, written in filled.texts("moe_code").items():
        before = first.setdefault(fold(written), row) if written else row
        if codes[before] != codes[row]:
            yield filled.problem(row, "moe_code", "moe_code", written=written, first=before, code=codes[before])


def _too_large(kind: Kind, filled: Filled) -> Iterator[Problem]:
    """In each chain of columns every number is at most the next one that is given."""
    for chain in kind.at_most:
        limits = {row: (chain[-1], value) for row, value in filled.numbers(chain[-1]).items()}
        for name in reversed(chain[:-1]):
            for row, value in filled.numbers(name).items():
                large_name, large = limits.get(row, (name, value))
                if value > large:
                    yield filled.problem(
                        row,
                        name,
                        "at_most",
                        small_header=filled.columns[name].label,
                        small=f"{value:g}",
                        large_header=filled.columns[large_name].label,
                        large=f"{large:g}",
                    )
                else:
                    limits[row] = (name, value)


def _large_classes(kind: Kind, filled: Filled) -> Iterator[Problem]:
    """Where there are classes of a size, the largest class has that size."""
    for name, size in kind.class_sizes.items():
        table = filled.table
        too_small = (table[name] > 0) & (table.largest_class < size)
        largest = filled.numbers("largest_class", too_small)
        for row, classes in filled.numbers(name, too_small).items():
            yield filled.problem(
                row,
                "largest_class",
                "largest_class",
                classes_header=filled.columns[name].label,
                classes=f"{classes:g}",
                largest=f"{largest[row]:g}",
            )


def _low_grades(kind: Kind, filled: Filled) -> Iterator[Problem]:
    table = filled.table
    for group, lowest in kind.lowest_grade.items():
        for row, grade in filled.numbers("grade", (table.group == group) & (table.grade < lowest)).items():
            yield filled.problem(
                row,
                "grade",
                "lowest_grade",
                group=filled.show("group", group),
                lowest=lowest,
                grade=int(grade),
            )


def _wrong_stages(kind: Kind, filled: Filled) -> Iterator[Problem]:
    table = filled.table
    for stage, (first, last) in kind.stage_grades.items():
        outside = (table.stage == stage) & ~table.grade.between(first, last) & table.grade.notna()
        for row, grade in filled.numbers("grade", outside).items():
            yield filled.problem(row, "stage", "stage_grade", grade=int(grade), stage=filled.show("stage", stage))


def _parts(filled: Filled) -> Iterator[Problem]:
    """The pupils of two stages are together at most all pupils."""
    if "pupils" not in filled.columns:
        return
    table = filled.table
    parts = table.pupils_primary + table.pupils_junior
    single = table[["pupils_primary", "pupils_junior"]].max(axis=1)
    for row, pupils in filled.numbers("pupils", (parts > table.pupils) & (single <= table.pupils)).items():
        yield filled.problem(row, "pupils", "pupils", parts=f"{float(parts[row]):g}", pupils=f"{pupils:g}")


def _unknown_schools(filled: Filled, known: set[str]) -> Iterator[Problem]:
    """Schools that are named here but on no list; a list of schools also knows its own."""
    name = next((name for name in ("parent_school", "school") if name in filled.columns), None)
    if name is None:
        return
    if "code" in filled.columns:
        known |= set(filled.texts("code").values())
    strange = {row: school for row, school in filled.texts(name).items() if school and school not in known}
    if strange and not known:
        yield filled.problem(min(strange), name, "no_schools", schools=len(set(strange.values())))
        return
    for row, school in strange.items():
        yield filled.problem(row, name, "unknown_school", school=school, nearest=nearest(school, known))
