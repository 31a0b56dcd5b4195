"""From the bytes of a text file to rows of cells: its encoding and its separator are told by evidence."""

import codecs
import csv
import io
from collections.abc import Iterable

from survey_app.frame.sheets.archive import RefusedError
from survey_app.frame.sheets.grids import Cell
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.workbook_reading import MAX_CELLS

MAX_ROWS = 1_048_576  # of a worksheet; each costs memory, even an empty one
SEPARATORS = (",", "\t", ";", "，", "|")
LOOKED_INTO = 100_000
LOOKED_AT = 20  # lines that tell the separator
USUAL = 0.9  # of the characters of a text in the encoding it was written in are common ones
TOLD = "sep="


def read_text(content: bytes) -> list[list[Cell]]:
    """The rows of a CSV file; raises RefusedError with the sentence for the person."""
    text = decode(content)
    if "\0" in text:
        raise RefusedError(say("file", "text"))
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith(TOLD):
        separator = first.strip().strip('"')[len(TOLD) :] or "\t"
        return [[], *_take_rows(rest, separator[0], 1)]
    return _take_rows(text, find_separator(text), 0)


def decode(content: bytes) -> str:
    """The text of the bytes: by their mark, else as UTF-8, else GB18030 or Big5, whichever gives common characters.

    >>> decode("学校".encode("gb18030")), decode("學校代碼".encode("big5")), decode("学校".encode("utf-16"))
    ('学校', '學校代碼', '学校')
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(content, "utf-16")
    if b"\0" in content[1::2] and b"\0" not in content[::2]:
        return _decoded(content, "utf-16-le")
    try:
        text = content.decode("utf-8-sig")
        return text if _is_utf8(text, content) else content.decode("gb18030")
    except UnicodeDecodeError:
        simplified = _common(content, "gb18030", "gb2312")
        traditional = _common(content, "big5", "big5")
    if traditional > simplified and simplified < USUAL:
        return _decoded(content, "big5")
    return _decoded(content, "gb18030")


def _is_utf8(text: str, content: bytes) -> bool:
    """Whether a text that is valid UTF-8 was meant so: the few bytes of 学校 in GB18030 are Cyrillic in UTF-8."""
    if text.isascii() or any("\x7f" < character < "\u0100" or character >= "\u0800" for character in text):
        return True
    return _common(content, "gb18030", "gb2312") < USUAL


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefusedError(say("file", "encoding")) from error


def _common(content: bytes, encoding: str, common: str) -> float:
    """The share of characters beyond ASCII that are common ones; -1 where the bytes are no such text."""
    try:
        beyond = [character for character in content.decode(encoding) if character > "\x7f"]
    except UnicodeDecodeError:
        return -1.0
    return sum(_is_common(character, common) for character in beyond) / max(1, len(beyond))


def _is_common(character: str, encoding: str) -> bool:
    try:
        lead = character.encode(encoding)[0]
    except UnicodeEncodeError:
        return False
    return lead <= (0xD7 if encoding == "gb2312" else 0xC6)


def find_separator(text: str) -> str:
    r"""What stands between cells: the sign that most of the first lines have, then the one that they have most of.

    >>> find_separator("a;b;c\n1,5;2;3"), find_separator("a\tb\n1,234\t5"), find_separator("甲，乙\n1，2")
    (';', '\t', '，')
    >>> find_separator('"甲\n"\t"乙\n"\n1,2\t3')  # heads of two lines each
    '\t'
    """
    begin = text[:LOOKED_INTO]
    bare = _list_lines("".join(begin.split('"')[::2]))
    if not any(separator in line for line in bare for separator in SEPARATORS):
        bare = ["".join(line.split('"')[::2]) for line in _list_lines(begin)]

    def evidence(separator: str) -> tuple[int, int]:
        return sum(separator in line for line in bare), sum(line.count(separator) for line in bare)

    return max(SEPARATORS, key=evidence)


def _list_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip(" ")][:LOOKED_AT]


def _take_rows(text: str, separator: str, before: int) -> list[list[Cell]]:
    """The rows, as long as they are no more than a spreadsheet could show."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = list[list[Cell]]()
    seen: dict[str, Cell] = {}
    cells = 0
    begins = before + 1
    try:
        for line in reader:
            if reader.line_num + before > begins:
                _check_quotes(line, separator, begins)
            cells += len(line)
            rows.append(list(map(seen.setdefault, line, line)))
            if len(rows) > MAX_ROWS or cells > MAX_CELLS:
                raise RefusedError(say("file", "long", rows=MAX_ROWS, cells=MAX_CELLS))
            begins = reader.line_num + before + 1
    except csv.Error as error:
        raise RefusedError(_why_not(error, begins)) from error
    return rows


def _check_quotes(line: Iterable[str], separator: str, number: int) -> None:
    """A cell over several lines with separators in it has swallowed rows: a quote before them was never closed."""
    if any("\n" in cell and separator in cell for cell in line):
        raise RefusedError(say("file", "quote", line=number))


def _why_not(error: csv.Error, number: int) -> str:
    if "field larger" in str(error):
        return say("file", "text")
    return say("file", "quote", line=number)
