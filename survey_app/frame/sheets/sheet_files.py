"""From a file to the worksheets a person sees in it, whatever kind of file it is; its name is not believed."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from survey_app.frame.sheets.archive import MEGABYTE, RefusedError
from survey_app.frame.sheets.grids import Grid, spread_merged
from survey_app.frame.sheets.other_workbooks import read_other_workbook
from survey_app.frame.sheets.sheet_problems import Problem, SheetError, say
from survey_app.frame.sheets.text_files import read_text
from survey_app.frame.sheets.web_tables import is_web_page, read_web_page
from survey_app.frame.sheets.workbook_reading import read_workbook

MAX_FILE = 60 * MEGABYTE  # 200,000 forms take 15 MB as XLSX and 40 MB as CSV; more is no sheet of a county
ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0"
OTHER_ARCHIVES = {"word/document.xml": "word", "ppt/presentation.xml": "slides"}
BINARY_BOOK = "xl/workbook.bin"
OPEN_DOCUMENT = "mimetype"
OPEN_SPREADSHEET = b"opendocument.spreadsheet"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
WORD_97 = "WordDocument".encode("utf-16-le")


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that was sent and is nowhere but in memory."""

    name: str
    content: bytes = field(repr=False)


Source = Path | Upload
"""Where a sheet comes from: a file on disk, or one in memory."""


def read_grids(path: Source) -> list[Grid]:
    """The worksheets of a file that a person can see; raises SheetError when it cannot be read."""
    try:
        content = read_content(path)
        if content.startswith(ZIP):
            return _read_archive(content)
        if content.startswith(COMPOUND):
            return _read_compound(content)
        return [_read_page(path.name, content) if is_web_page(content) else Grid(path.name, read_text(content))]
    except RefusedError as error:
        raise SheetError([Problem(path.name, 0, "", str(error))]) from error


def read_content(path: Source) -> bytes:
    """The bytes of a file; raises RefusedError for one that is absent, empty, too large, or XML."""
    content = path.content if isinstance(path, Upload) else _read_file(path)
    _check_size(len(content))
    if not content:
        raise RefusedError(say("file", "empty"))
    if content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml"):
        raise RefusedError(say("file", "xml"))
    return content


def _read_file(path: Path) -> bytes:
    try:
        _check_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(say("file", "absent")) from error


def _check_size(size: int) -> None:
    if size > MAX_FILE:
        raise RefusedError(say("file", "large", size=-(-size // MEGABYTE), limit=MAX_FILE // MEGABYTE))


def _read_archive(content: bytes) -> list[Grid]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            mime = archive.read(OPEN_DOCUMENT)[:100] if OPEN_DOCUMENT in names else b""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError, EOFError) as error:
        raise RefusedError(say("file", "damaged")) from error
    for part, what in OTHER_ARCHIVES.items():
        if part in names:
            raise RefusedError(say("file", what))
    if BINARY_BOOK in names or OPEN_SPREADSHEET in mime:
        return read_other_workbook(content)
    return list(read_workbook(content))


def _read_compound(content: bytes) -> list[Grid]:
    if ENCRYPTED in content:
        raise RefusedError(say("file", "locked"))
    if WORD_97 in content:
        raise RefusedError(say("file", "word"))
    return read_other_workbook(content)


def _read_page(name: str, content: bytes) -> Grid:
    page = read_web_page(content)
    spread = spread_merged(page.rows, page.merged)
    return Grid(
        name=name,
        rows=page.rows,
        copied=spread.copied,
        meeting=spread.meeting,
        hidden_rows=page.hidden_rows,
        notes=(say("note", "web_page"),),
    )
