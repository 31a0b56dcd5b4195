"""The archive that an XLSX is: what it holds and unpacks to is checked before any of it is parsed."""

import io
import shutil
import zipfile
from xml.etree import ElementTree

from survey_app.frame.sheets.sheet_problems import say

MEGABYTE = 1 << 20
MAX_UNPACKED = 300 * MEGABYTE  # 100,000 forms unpack to 65 MB; a zip bomb to gigabytes
MAX_RATIO = 200  # 100,000 equal forms pack to a fourteenth, nothing but zeros to a thousandth
MAX_PARTS = 1_000  # a workbook has a dozen parts, and two or three more a worksheet
PARSED = (".xml", ".rels")


class RefusedError(Exception):
    """The file cannot be read; the message is the sentence for the person."""


class _NoDoctype(ElementTree.TreeBuilder):
    """A tree without a document type: a workbook has none, and entities could grow beyond all measure."""

    def doctype(self, *_: object) -> None:
        """Refuse."""
        raise ValueError("a document type")


def parse(text: bytes) -> ElementTree.Element:
    """A part of a workbook as a tree."""
    return ElementTree.XML(text, ElementTree.XMLParser(target=_NoDoctype(), encoding="utf-8"))


def pack_anew(content: bytes) -> bytes:
    """The parts that are parsed, in an archive of our own making: no two readers can take it for different things.

    Raises RefusedError for what is too large; macros are no part of it. Sizes are read from the directory first,
    and no part is unpacked further than its own; one that does not end there fails its checksum.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, _new_archive(packed) as ours:
        parts = archive.infolist()
        check_sizes(parts, len(content))
        for part in parts:
            if part.filename.endswith(PARSED):
                with archive.open(part) as content_of, ours.open(part.filename, "w") as copy:
                    shutil.copyfileobj(content_of, copy, MEGABYTE)
    return packed.getvalue()


def _new_archive(packed: io.BytesIO) -> zipfile.ZipFile:
    """Packed quickly: a worksheet of 200,000 forms is 200 MB as it stands."""
    return zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1)


def check_sizes(parts: list[zipfile.ZipInfo], packed: int) -> None:
    """Refuse an archive that unpacks to too much, or holds a part twice; `packed` is its size in bytes."""
    names = [part.filename for part in parts]
    unpacked = sum(part.file_size for part in parts)
    if len(set(names)) < len(names):
        raise RefusedError(say("file", "damaged"))
    if unpacked > min(MAX_UNPACKED, max(MEGABYTE, packed * MAX_RATIO)) or len(parts) > MAX_PARTS:
        raise RefusedError(say("file", "unpacked", limit=MAX_UNPACKED // MEGABYTE))
