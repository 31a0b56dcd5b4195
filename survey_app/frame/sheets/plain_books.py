"""What all plain worksheets of a workbook share: its texts, and the styles under which a number is shown as it is."""

import re
import zipfile
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from survey_app.frame.sheets.archive import parse
from survey_app.frame.sheets.grid_making import LITERAL, as_seen, shows_otherwise

MOST_DIFFERENT = 200_000
CELL = re.compile(
    rb'((?: [a-z]="[A-Za-z0-9]*")*)'
    rb'(?:/>|>(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)\s*'
)
ATTRIBUTE = re.compile(rb' ([a-z])="([A-Za-z0-9]*)"')
REFERENCE = re.compile("&(?:([a-z]+);|#([0-9]{1,7});|#x([0-9A-Fa-f]{1,6});|)")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
NUMBER = re.compile(rb"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
TRUTH = {b"1": "yes", b"true": "yes", b"0": "no", b"false": "no"}
PLAIN_FORMATS = {"0", "1", "2", "3", "4", "49"}
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"


class OtherwiseError(Exception):
    """Something that only a parser can tell."""


@dataclass(frozen=True, kw_only=True)
class PlainBook:
    """What all worksheets share: texts by number, and the styles under which a number is shown as that number.

    `seen`: by what follows the address of a cell up to the next one, what a person sees. Equal cells are one object.
    """

    texts: list[str]
    plain_styles: set[bytes]
    seen: dict[bytes, str] = field(default_factory=dict)

    def read(self, written: bytes) -> str:
        """What a person sees of a cell, blanks being nothing; raises OtherwiseError where a parser must tell."""
        found = CELL.fullmatch(written)
        if not found or b"_x" in written or b"\r\n" in written:
            raise OtherwiseError
        named = dict(ATTRIBUTE.findall(found[1]))
        value = found[2] or found[3]
        shown = self._read(named.get(b"t", b"n"), named.get(b"s", b"0"), value) if value else ""
        shown = shown if shown.strip() else ""
        if len(self.seen) < MOST_DIFFERENT:
            self.seen[written] = shown
        return shown

    def _read(self, kind: bytes, style: bytes, value: bytes) -> str:
        match kind:
            case b"s" if value.isdigit():
                return self.texts[int(value)]
            case b"n" if style in self.plain_styles and NUMBER.fullmatch(value):
                return str(as_seen(float(value)))
            case b"b" if value in TRUTH:
                return TRUTH[value]
            case b"inlineStr" | b"str":
                return REFERENCE.sub(_resolve, value.decode())
        raise OtherwiseError


def read_book(archive: zipfile.ZipFile) -> PlainBook:
    """The texts and styles of an archive; raises OtherwiseError where a parser must tell."""
    return PlainBook(texts=_read_texts(archive), plain_styles=_find_plain_styles(archive))


def _find_plain_styles(archive: zipfile.ZipFile) -> set[bytes]:
    """The numbers of the cell styles that show a number as it is."""
    if STYLES not in archive.namelist():
        return {b"0"}
    styles = parse(archive.read(STYLES))
    own = {
        entry.get("numFmtId", "")
        for entry in styles.iterfind("{*}numFmts/{*}numFmt")
        if _is_plain_format(entry.get("formatCode", ""))
    }
    formats = [style.get("numFmtId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {str(number).encode() for number, used in enumerate(formats) if used in PLAIN_FORMATS | own}


def _is_plain_format(number_format: str) -> bool:
    """Whether it shows the number itself, not a percentage, a date, or another number."""
    return not shows_otherwise(number_format) and not re.search(
        "[%ymdhs]", LITERAL.sub("", number_format), re.IGNORECASE
    )


def _resolve(found: re.Match[str]) -> str:
    """The character that a reference in a text stands for; raises OtherwiseError for one that is unknown."""
    name, decimal, digits = found.groups()
    if decimal or digits:
        return chr(int(decimal) if decimal else int(digits, 16))
    if name not in NAMED:
        raise OtherwiseError
    return NAMED[name]


def _read_texts(archive: zipfile.ZipFile) -> list[str]:
    """The texts that cells name by number; those above a word that tell how it is read aloud are no part of it."""
    if STRINGS not in archive.namelist():
        return []
    with archive.open(STRINGS) as stream:
        return _Texts().read(stream)


class _Texts:
    """One pass over the shared texts."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._parts: list[str] = []
        self._aloud = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._enter
        self._parser.EndElementHandler = self._leave
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self, stream: IO[bytes]) -> list[str]:
        """All texts in order; raises OtherwiseError where one holds a character that is written by its number."""
        self._parser.ParseFile(stream)
        if any("_x" in text for text in self._texts):
            raise OtherwiseError
        return self._texts

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")

    def _enter(self, tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._aloud += 1
        elif tag == "t" and not self._aloud:
            self._parser.CharacterDataHandler = self._parts.append
        elif ":" in tag:
            raise OtherwiseError

    def _leave(self, tag: str) -> None:
        self._parser.CharacterDataHandler = None
        if tag == "si":
            self._texts.append("".join(self._parts))
        elif tag == "rPh":
            self._aloud -= 1
