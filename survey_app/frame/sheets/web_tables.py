"""A table of a web page, which many systems hand out under the name .xls."""

import re
from html.parser import HTMLParser

from survey_app.frame.sheets.grids import Cell, MergedRange
from survey_app.frame.sheets.text_files import decode

BEGINS = (b"<html", b"<table", b"<!doctype html", b"<meta", b"<head", b"<body", b"<style")
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9-]+)", re.IGNORECASE)
CELLS = ("td", "th")
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
        self._text: list[str] | None = None
        self._down: dict[tuple[int, int], bool] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_cell()
            self.rows.append([])
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


def read_web_page(content: bytes) -> tuple[list[list[Cell]], list[MergedRange]]:
    """The rows of the page's tables, and the ranges that its cells span.

    >>> read_web_page(b"<table><tr><td rowspan=2>a<td>b<tr><td>c</table>")
    ([['a', 'b'], ['', 'c']], [((0, 0), (1, 0))])
    """
    named = CHARSET.search(content[:2_000])
    try:
        text = content.decode(named[1].decode() if named else "utf-8")
    except (LookupError, UnicodeDecodeError):
        text = decode(content)
    table = _Table()
    table.feed(text)
    table.close()
    return table.rows, table.merged
