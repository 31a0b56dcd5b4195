"""A table of a web page, which many systems hand out under the name .xls."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from survey_app.frame.sheets.grids import Cell, MergedRange
from survey_app.frame.sheets.text_files import decode

BEGINS = (b"<html", b"<table", b"<!doctype html", b"<meta", b"<head", b"<body", b"<style")
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9-]+)", re.IGNORECASE)
CELLS = ("td", "th")
UNSEEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
WIDEST_SPAN = 1_000


def is_web_page(content: bytes) -> bool:
    """Whether the file begins as a web page does."""
    return content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(BEGINS)


class _Table(HTMLParser):
    """The cells of all tables of a page, one under another, each where its row says it is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[Cell]] = []
        self.merged: list[MergedRange] = []
        self.hidden: set[int] = set()
        self._text: list[str] | None = None
        self._down: dict[tuple[int, int], bool] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_cell()
            self.rows.append([])
            if UNSEEN.search(dict(attrs).get("style") or ""):
                self.hidden.add(len(self.rows))
        elif tag in CELLS and self.rows:
            self._end_cell()
            self._begin_cell({name: value or "" for name, value in attrs})
        elif tag == "br" and self._text is not None:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in (*CELLS, "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        row = len(self.rows) - 1
        cells = self.rows[row]
        while (row, len(cells)) in self._down:
            cells.append("")
        left = len(cells)
        wide, high = (_span(attributes.get(name, "")) for name in ("colspan", "rowspan"))
        cells.extend("" for _ in range(wide))
        self._at = left
        self._text = []
        if wide > 1 or high > 1:
            self.merged.append(((row, left), (row + high - 1, left + wide - 1)))
            places = ((row + down, left + right) for down in range(1, high) for right in range(wide))
            self._down.update(dict.fromkeys(places, True))

    def _end_cell(self) -> None:
        if self._text is not None:
            self.rows[-1][self._at] = " ".join("".join(self._text).split())
            self._text = None


def _span(written: str) -> int:
    return min(WIDEST_SPAN, max(1, int(written))) if written.isdecimal() else 1


@dataclass(frozen=True, kw_only=True)
class WebTable:
    """The rows of all tables, the ranges that cells span, and the numbers, from 1, of rows that nobody sees."""

    rows: list[list[Cell]]
    merged: list[MergedRange]
    hidden_rows: frozenset[int]


def read_web_page(content: bytes) -> WebTable:
    """All tables of the page, one under another.

    >>> page = read_web_page(b"<table><tr><td rowspan=2>a<td>b<tr style='display: none'><td>c</table>")
    >>> page.rows, page.merged, page.hidden_rows
    ([['a', 'b'], ['', 'c']], [((0, 0), (1, 0))], frozenset({2}))
    """
    named = CHARSET.search(content[:2_000])
    try:
        text = content.decode(named[1].decode() if named else "utf-8")
    except (LookupError, UnicodeDecodeError):
        text = decode(content)
    table = _Table()
    table.feed(text)
    table.close()
    return WebTable(rows=table.rows, merged=table.merged, hidden_rows=frozenset(table.hidden))
