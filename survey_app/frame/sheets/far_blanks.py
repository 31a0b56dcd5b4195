"""A worksheet whose far cells hold blanks alone is read without them: a parser would allot all that lies between."""

import io
import zipfile
from collections.abc import Collection
from xml.etree import ElementTree

from survey_app.frame.sheets.archive import parse
from survey_app.frame.sheets.plain_books import STRINGS


def drop_blanks(archive: zipfile.ZipFile, parts: Collection[str]) -> bytes:
    """The archive, in the worksheets `parts` of which no cell is left that holds blanks alone.

    A cell with a formula stays, whatever its value is. Raises LookupError for a text that is not there, and
    ElementTree.ParseError for a part that cannot be parsed.
    """
    texts = _list_texts(archive)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as ours:
        for name in archive.namelist():
            content = archive.read(name)
            ours.writestr(name, _without_blanks(content, texts) if name in parts else content)
    return packed.getvalue()


def _list_texts(archive: zipfile.ZipFile) -> list[str]:
    if STRINGS not in archive.namelist():
        return []
    return ["".join(entry.itertext()) for entry in parse(archive.read(STRINGS)).iterfind("{*}si")]


def _without_blanks(content: bytes, texts: list[str]) -> bytes:
    sheet = parse(content)
    for row in sheet.iterfind("{*}sheetData/{*}row"):
        for cell in [cell for cell in row if _is_blank(cell, texts)]:
            row.remove(cell)
    left: bytes = ElementTree.tostring(sheet, encoding="utf-8", xml_declaration=True)
    return left


def _is_blank(cell: ElementTree.Element, texts: list[str]) -> bool:
    if cell.find("{*}f") is not None:
        return False
    text = "".join(cell.itertext())
    return not (texts[int(text)] if cell.get("t") == "s" and text.strip() else text).strip()
