"""The workbook to recompute with is read back: what it prints is what was published, and its sums are sums of that."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from math import sqrt
from pathlib import Path

from python_calamine import CalamineWorkbook

from analysis.indicators.sections import STAGE_NAMES
from analysis.results import Figure
from analysis.verdict.school_findings import JudgedSchool
from reports.annex.recompute_words import load_recompute_words
from reports.checking.cells_agree import NONE, list_shown, same_figure
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten

Cell = str | float
Grid = Sequence[Sequence[Cell]]
FIRST = 4
NEAR = 1e-6
HALF = 0.005001
BEFORE_VALUES = 4
NUMBER = re.compile(r"\d+(?:\.\d+)?(?=%)")


def check_recompute_book(path: Path, round_: PublishedRound) -> list[str]:
    """What is untrue in the workbook, a line each."""
    words = load_recompute_words()
    with CalamineWorkbook.from_path(path) as book:
        grids = {name: _read_grid(book, name) for name in book.sheet_names}
    due = [
        words.recognition.name,
        *(words.variations.name.format(stage=STAGE_NAMES[stage]) for stage in _stages(round_)),
    ]
    found = [] if [*grids] == due else [f"sheets: {' | '.join(grids)}"]
    found += _check_headline(grids.get(due[0], []), round_)
    for stage, name in zip(_stages(round_), due[1:], strict=True):
        found += _check_variation(grids.get(name, []), stage, round_)
    return [f"recompute: {line}" for line in found]


def _read_grid(book: CalamineWorkbook, name: str) -> Grid:
    rows = book.get_sheet_by_name(name).to_python()
    return [[_read_cell(cell) for cell in row] for row in rows]


def _read_cell(cell: object) -> Cell:
    """A number, a text, or nothing for a dash."""
    if isinstance(cell, int | float):
        return float(cell)
    text = tighten(str(cell))
    return "" if text == NONE else text


def _stages(round_: PublishedRound) -> list[str]:
    schools = round_.published.judgement.dimensions.resources.schools
    return [stage for stage in ("primary", "junior") if any(school.stage == stage for school in schools)]


def _same(cell: Cell, wanted: float | None) -> bool:
    if wanted is None:
        return cell == ""
    return isinstance(cell, float) and abs(cell - wanted) <= NEAR


def _line(row: Sequence[Cell]) -> str:
    return " | ".join(map(str, row))


def _below(grid: Grid) -> Grid:
    return [*takewhile(any_cell, grid[FIRST:])]


def any_cell(row: Sequence[Cell]) -> bool:
    """Whether anything stands in a row."""
    return any(cell != "" for cell in row)


def _check_headline(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """The printed figure and the weight of every group, their products, the sums, the county's figure."""
    words = load_recompute_words()
    rows = _below(grid)
    groups = [*takewhile(lambda row: row[0] != words.rows.total, rows)]
    names = {tighten(name): key for name, key in list_shown(round_).items()}
    if sorted(str(row[0]) for row in groups) != sorted(names):
        yield f"groups: {_line([row[0] for row in groups])}"
        return
    weights = round_.published.estimate.provenance.weights
    missing = round_.published.estimate.county.incomplete
    whole = sum(weights[key] for key in names.values() if key not in missing and key in weights)
    for row in groups:
        key = names[str(row[0])]
        counted = key not in missing and key in weights
        if not (_is_group(row, key, weights[key], whole, round_) if counted else row[1] == words.not_counted):
            yield _line(row)
    yield from _check_sums(rows[len(groups) :], [row for row in groups if isinstance(row[1], float)], round_)
    yield from _check_note(grid, rows, round_)


def _is_group(row: Sequence[Cell], key: str, weight: float, whole: float, round_: PublishedRound) -> bool:
    figure = round_.published.estimate.groups[key]
    share = weight / whole
    if not _same(row[1], weight) or not _same(row[6], share) or not _holds_figure(row, figure, round_):
        return False
    rates = [row[2] if isinstance(row[2], float) else None, float(row[4]), float(row[5])]
    products = [None if rate is None else share * rate for rate in rates]
    return all(map(_same, row[7:10], products))


def _holds_figure(row: Sequence[Cell], figure: Figure, round_: PublishedRound) -> bool:
    """A printed figure, and where it can lie: around the number, or the span that a statement leaves open."""
    lower, upper = (float(cell) if isinstance(cell, float) else -1.0 for cell in row[4:6])
    if figure.rate is None:
        least, most = (100 * end for end in figure.span)
        told = row[2] == load_recompute_words().withheld or same_figure(str(row[2]), figure, round_.share)
        return told and _same(lower, least) and _same(upper, most)
    line = 100 * round_.share
    rate = 100 * figure.rate
    sides = (lower >= line - NEAR) if rate > line else (upper <= line + NEAR) if rate < line else True
    step = row[3] if isinstance(row[3], float) else 0.0
    half = _same(rate - lower, step / 2) or _same(upper - rate, step / 2)
    return _same(row[2], rate) and sides and half and rate - step - NEAR <= lower <= rate <= upper <= rate + step + NEAR


def _check_sums(rows: Grid, groups: Grid, round_: PublishedRound) -> Iterator[str]:
    county = round_.published.estimate.county
    words = load_recompute_words()
    told = {str(row[0]): row for row in rows}
    if county.rate is None or not groups:
        yield from (_line(row) for row in rows)
        return
    names = (words.rows.total, words.rows.told, words.rows.agrees)
    total, printed, fitting = (told.get(name, [""] * 10) for name in names)
    for column in (1, 6, 7, 8, 9):
        cells = [row[column] for row in groups]
        whole = None if "" in cells else sum(float(cell) for cell in cells)
        if not _same(total[column], whole):
            yield _line(total)
    step = float(printed[3] or 0)
    at_line = abs(county.rate - round_.share) * 100 < step  # rounded away from the line, by more than half a step
    most = step if at_line else step / 2
    if not isinstance(printed[2], float) or abs(printed[2] - 100 * county.rate) > most + NEAR:
        yield _line(printed)
    lower, upper = (float(cell or 0) for cell in total[8:10])
    fits = float(printed[5] or 0) >= lower - NEAR and float(printed[4] or 0) <= upper + NEAR
    if fitting[2] != (words.same if fits else words.other):
        yield _line(fitting)
    rounded = told.get(words.rows.rounded)
    if rounded and (not isinstance(total[7], float) or abs(float(rounded[2] or 0) - total[7]) > float(printed[3] or 0)):
        yield _line(rounded)


def _check_note(grid: Grid, rows: Grid, round_: PublishedRound) -> Iterator[str]:
    """The percentages of the first note: the sum, its bounds, the county's figure, what the statements say."""
    notes = [str(row[0]) for row in grid[FIRST + len(rows) :] if any_cell(row)]
    county = round_.published.estimate.county
    total = next((row for row in rows if row[0] == load_recompute_words().rows.total), None)
    if not notes or county.rate is None or total is None:
        return
    sums = [cell for cell in (*total[7:10], 100 * county.rate) if isinstance(cell, float)]
    sums += [cell for row in rows for cell in row[4:6] if isinstance(cell, float)]
    numbers = map(float, NUMBER.findall(notes[0]))
    if not all(any(abs(number - own) <= 2 * HALF for own in sums) for number in numbers):
        yield notes[0]


def _check_variation(grid: Grid, stage: str, round_: PublishedRound) -> Iterator[str]:
    """Each school's pupils and values, then mean, deviation and coefficient by these cells, and the printed one."""
    resources = round_.published.judgement.dimensions.resources
    schools = [school for school in resources.schools if school.stage == stage]
    found = {key: stages[stage] for key, stages in resources.indicators.items() if stage in stages}
    rows = _below(grid)
    for row, school in zip(rows, schools, strict=False):
        if not _is_school(row, school, [*found]):
            yield _line(row)
    below = rows[len(schools) :]
    if len(below) != len(_rows_below()):
        yield f"{stage}: {len(rows)} rows"
        return
    limit = round_.facts.standard.variation.of(stage).value
    for place, own in enumerate(found.values(), BEFORE_VALUES):
        column = [row[place] for row in below]
        wanted = _describe([row[3] for row in rows[: len(schools)]], [row[place] for row in rows[: len(schools)]])
        if own.cv is None or wanted is None:
            continue
        near = all(_same(cell, value) for cell, value in zip(column[:3], wanted, strict=True))
        told = isinstance(column[3], float) and abs(column[3] - own.cv) <= HALF / 10 and _same(column[2], own.cv)
        if not near or not told or str(limit) not in str(column[4]) or column[5] != load_recompute_words().same:
            yield _line(column)


def _rows_below() -> tuple[str, ...]:
    """The names of the rows below the schools."""
    words = load_recompute_words().variation_rows
    return (words.mean, words.sd, words.cv, words.told, words.limit, words.agrees)


def _is_school(row: Sequence[Cell], school: JudgedSchool, keys: Sequence[str]) -> bool:
    named = row[1:3] == [tighten(school.school), tighten(school.name)] and _same(row[3], school.pupils)
    return named and all(_same(cell, school.values.get(key)) for cell, key in zip(row[4:], keys, strict=True))


def _describe(pupils: Sequence[Cell], values: Sequence[Cell]) -> tuple[float, float, float] | None:
    """Weighted mean, standard deviation and coefficient; None where a value is missing."""
    if "" in values or "" in pupils:
        return None
    pairs = [(float(weight), float(value)) for weight, value in zip(pupils, values, strict=True)]
    whole = sum(weight for weight, _ in pairs)
    mean = sum(weight * value for weight, value in pairs) / whole
    deviation = sqrt(sum(weight * (value - mean) ** 2 for weight, value in pairs) / whole)
    return mean, deviation, deviation / mean
