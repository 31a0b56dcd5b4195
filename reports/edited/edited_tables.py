"""Tables of an edited file beside those that were written: cells that were changed, rows that went or came."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from reports.checking.references import CAPTION
from reports.edited.edited_reading import EditedFile, Grid
from reports.edited.edited_words import load_edited_words

DIGIT = re.compile(r"\d")
MOST_SHOWN = 24


class NamedTable(NamedTuple):
    """A table with its caption, or its head where it has none."""

    name: str
    grid: Grid


class Pairing(NamedTuple):
    """Tables that were written beside what became of them, and those that nobody wrote."""

    pairs: list[tuple[NamedTable, NamedTable]]
    strange: list[NamedTable]


def name_tables(file: EditedFile) -> list[NamedTable]:
    """Tables by the caption in one of the two paragraphs above them."""
    return [NamedTable(_name(file, table.after, table.grid), table.grid) for table in file.tables if table.grid]


def _name(file: EditedFile, after: int, grid: Grid) -> str:
    for line in reversed(file.paragraphs[max(0, after - 2) : after]):
        if caption := CAPTION.match(line):
            return f"{caption[1]} {caption[2]}"
    return shorten(load_edited_words().found.pause.join(grid[0]))


def shorten(text: str) -> str:
    """A text as it is quoted: its beginning.

    >>> shorten("一" * 30) == "一" * 24 + "……", shorten("短")
    (True, '短')
    """
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + load_edited_words().found.dots


def drop_quotes(text: str) -> str:
    """A text without quotation marks, which programs turn into others by themselves.

    >>> drop_quotes("“不了解”占比") == drop_quotes('"不了解"占比')
    True
    """
    return re.sub(load_edited_words().quotes, "", text)


def pair_tables(written: Sequence[NamedTable], edited: Sequence[NamedTable]) -> Pairing:
    """Each table of an edited file with the one that it was: the most cells in common, at least half of the head."""
    left = list(written)
    pairs: list[tuple[NamedTable, NamedTable]] = []
    strange: list[NamedTable] = []
    for table in edited:
        own = max(left, key=lambda known: _likeness(known.grid, table.grid), default=None)
        if own is None or _likeness(own.grid, table.grid) < 1 / 2:
            strange.append(table)
        else:
            left.remove(own)
            pairs.append((own, table))
    return Pairing(pairs, strange)


def _likeness(one: Grid, other: Grid) -> float:
    """How much of two tables is the same: their heads, then a little for each row in common."""
    heads = set(one[0]) & set(other[0])
    rows = {tuple(row) for row in one} & {tuple(row) for row in other}
    keys = {row[0] for row in one if row} & {row[0] for row in other if row}
    widest = max(len(set(one[0])), len(set(other[0])), 1)
    return len(heads) / widest + (len(rows) + len(keys)) / (2 * max(len(one), 1))


def compare_tables(own: NamedTable, edited: NamedTable) -> Iterator[str]:
    """A sentence for each cell that was changed, each row that went or came, each column of figures that came.

    Cells that were empty are for the office to fill, and so are further rows of a table that has such cells.
    """
    words = load_edited_words().found
    columns = {drop_quotes(name): place for place, name in enumerate(edited.grid[0])}
    head = [drop_quotes(name) for name in own.grid[0]]
    asks = any(not cell for row in own.grid[1:] for cell in row[1:])
    for old, new in _pair_rows(own.grid[1:], edited.grid[1:]):
        if new is None:
            yield words.row_gone.format(table=own.name, row=shorten(old[0]))
        elif not old:
            if not asks and any(DIGIT.search(cell) for cell in new):
                yield words.row_new.format(table=own.name, row=shorten(new[0]))
        else:
            yield from _compare_row(own.name, dict(zip(head, old, strict=False)), new, columns)
    for name in columns.keys() - set(head):
        if any(DIGIT.search(row[columns[name]]) for row in edited.grid[1:] if len(row) > columns[name]):
            yield words.column_new.format(table=own.name, column=shorten(name))


def _compare_row(table: str, old: Mapping[str, str], new: Sequence[str], columns: Mapping[str, int]) -> Iterator[str]:
    words = load_edited_words().found
    row = shorten(next(iter(old.values()), ""))
    for place, (name, cell) in enumerate(old.items()):
        at = columns.get(name, place)
        now = new[at] if at < len(new) else ""
        if cell and drop_quotes(now) != drop_quotes(cell):
            yield words.cell.format(
                table=table, row=row, column=name, old=shorten(cell), new=shorten(now) or words.blank
            )


def _pair_rows(old: Grid, new: Grid) -> Iterator[tuple[list[str], list[str] | None]]:
    """Rows beside what became of them: None where one went, an empty one where one came."""
    matcher = SequenceMatcher(None, _loosen(old), _loosen(new), autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield from _pair_changed(old[start:end], new[new_start:new_end])


def _loosen(grid: Grid) -> list[tuple[str, ...]]:
    return [tuple(map(drop_quotes, row)) for row in grid]


def _pair_changed(old: Grid, new: Grid) -> Iterator[tuple[list[str], list[str] | None]]:
    left = list(new)
    for row in old:
        same = [other for other in left if other[:1] == row[:1]]
        near = same or ([left[0]] if len(left) == len(old) else [])
        if near:
            best = max(near, key=lambda other: sum(a == b for a, b in zip(row, other, strict=False)))
            left.remove(best)
            yield row, best
        else:
            yield row, None
    for row in left:
        yield [], row
