"""What an OpenDocument spreadsheet says of its cells beside their values, for calamine tells none of it."""

import zipfile
from collections.abc import Mapping
from xml.parsers import expat

from survey_app.frame.sheets.grid_making import FORMULA_ERROR, MAX_COLUMNS, Hints

CONTENT = "content.xml"
MOST_ROWS = 1 << 20
MOST_HINTS = 2 * MOST_ROWS  # one worksheet hidden to its last row, and as much again
HIDDEN = ("collapse", "filter")
ERRORS = ("#", "Err:")
Attributes = dict[str, str]


def find_hints(archive: zipfile.ZipFile) -> dict[str, Hints]:
    """By worksheet: formulas that failed, percentages, merged ranges, rows and columns that nobody sees."""
    walk = _Walk()
    with archive.open(CONTENT) as stream:
        walk.parser.ParseFile(stream)
    return walk.found


class _Walk:
    """One pass over the document; a row or cell that repeats counts as often as it says."""

    def __init__(self) -> None:
        self.found: dict[str, Hints] = {}
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._enter
        self.parser.EndElementHandler = self._leave
        self.parser.StartDoctypeDeclHandler = self._refuse
        self._hints = Hints()
        self._row = self._column = self._head = 0
        self._times = 0
        self._noted = 0
        self._cell: Attributes = {}
        self._text = ""

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")

    def _enter(self, tag: str, attributes: Attributes) -> None:
        match tag:
            case "table:table":
                self._hints = self.found.setdefault(attributes.get("table:name", ""), Hints())
                self._row = self._head = 0
            case "table:table-column":
                self._pass_columns(attributes)
            case "table:table-row":
                self._times = _count(attributes, "table:number-rows-repeated", MOST_ROWS)
                self._column = 0
                if attributes.get("table:visibility") in HIDDEN:
                    self._allow(self._times)
                    self._hints.hidden_rows.update(range(self._row + 1, self._row + self._times + 1))
            case "table:table-cell" | "table:covered-table-cell":
                self._cell = attributes
                self._text = ""
                if "table:formula" in attributes:
                    self.parser.CharacterDataHandler = self._read

    def _read(self, text: str) -> None:
        self._text += text

    def _leave(self, tag: str) -> None:
        match tag:
            case "table:table-row":
                self._row += self._times
            case "table:table-cell" | "table:covered-table-cell":
                self.parser.CharacterDataHandler = None
                self._end_cell()

    def _pass_columns(self, attributes: Attributes) -> None:
        columns = _count(attributes, "table:number-columns-repeated", MAX_COLUMNS)
        if attributes.get("table:visibility") in HIDDEN:
            self._hints.hidden_columns.update(range(self._head, min(self._head + columns, MAX_COLUMNS)))
        self._head += columns

    def _end_cell(self) -> None:
        columns = _count(self._cell, "table:number-columns-repeated", MAX_COLUMNS)
        failed = self._cell.get("calcext:value-type") == "error" or (
            "table:formula" in self._cell and self._text.startswith(ERRORS)
        )
        self._note_merged()
        if failed or self._cell.get("office:value-type") == "percentage":
            self._allow(columns * self._times)
            for column in range(self._column, self._column + columns):
                for row in range(self._row, self._row + self._times):
                    self._note((row, column), failed=failed)
        self._column += columns

    def _note_merged(self) -> None:
        rows = _count(self._cell, "table:number-rows-spanned", MOST_ROWS)
        columns = _count(self._cell, "table:number-columns-spanned", MAX_COLUMNS)
        if rows * columns > 1:
            self._allow(1)
            last = self._row + rows - 1, self._column + columns - 1
            self._hints.merged.append(((self._row, self._column), last))

    def _allow(self, more: int) -> None:
        """Raise ValueError for a document that repeats itself beyond all measure."""
        self._noted += more
        if self._noted > MOST_HINTS:
            raise ValueError(f"{self._noted} cells and rows to tell of")

    def _note(self, place: tuple[int, int], *, failed: bool) -> None:
        if failed:
            self._hints.said[place] = FORMULA_ERROR
        else:
            self._hints.percents.add(place)


def _count(attributes: Mapping[str, str], name: str, most: int) -> int:
    return max(1, min(int(attributes.get(name, 1)), most))
