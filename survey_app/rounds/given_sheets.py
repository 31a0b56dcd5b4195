"""Key sheets as people give them: typed, in a text file, or as a picture or PDF with the QR code."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from survey_app.core.errors import SurveyError
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.sheet_text import KeySheet, UnreadableSheetError, read_sheet

if TYPE_CHECKING:
    from PIL import Image

LARGEST_TEXT = 10_000
DOTS_PER_POINT = 3
MOST_DOTS = 50_000_000
MOST_PAGES = 3
PDF = b"%PDF"


class SheetError(SurveyError):
    """What was given cannot be read as a key sheet; the sentence says what to do."""


def read_sheet_or_file(given: Sequence[str]) -> KeySheet:
    """The sheet in a file, or typed in one or several words; raises SheetError."""
    words = " ".join(given)
    path = Path(words)
    if _is_file(path):
        return read_sheet_file(path)
    if len(given) == 1 and ("." in words or "/" in words):
        raise SheetError(KEY_WORDS.not_there.format(file=words))
    return read_typed(words)


def read_typed(text: str) -> KeySheet:
    """The sheet that was typed; raises SheetError naming the groups that are wrong."""
    try:
        return read_sheet(text)
    except UnreadableSheetError as problem:
        raise SheetError(describe_unreadable(problem)) from None


def describe_unreadable(problem: UnreadableSheetError) -> str:
    """The sentence that helps whoever typed the sheet."""
    if problem.characters is not None:
        return KEY_WORDS.wrong_length.format(characters=problem.characters)
    if problem.groups:
        return KEY_WORDS.wrong_groups.format(groups="、".join(map(str, problem.groups)))
    return KEY_WORDS.wrong_whole


def read_sheet_file(path: Path) -> KeySheet:
    """The sheet of a text file, or of the QR code in a picture or PDF; raises SheetError."""
    return read_sheet_content(path.name, read_content(path))


def read_content(path: Path) -> bytes:
    """All that a file holds; raises SheetError."""
    try:
        return path.read_bytes()
    except OSError:
        raise SheetError(KEY_WORDS.no_pages.format(file=path.name)) from None


def read_sheet_content(name: str, content: bytes) -> KeySheet:
    """The same of a file's content; `name` is what sentences call it."""
    typed = _as_text(content)
    if typed is not None:
        return read_typed(typed)
    for text in _codes_in(name, content):
        try:
            return read_sheet(text)
        except UnreadableSheetError:
            continue
    raise SheetError(KEY_WORDS.no_code_in_picture.format(file=name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _as_text(content: bytes) -> str | None:
    if len(content) > LARGEST_TEXT or content.startswith(PDF):
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _codes_in(name: str, content: bytes) -> Iterator[str]:
    """The texts of all QR codes in a picture, or on the first pages of a PDF."""
    try:
        import zxingcpp

        pages = _draw_pages(name, content) if content.startswith(PDF) else _open_picture(name, content)
        for page in pages:
            yield from (code.text for code in zxingcpp.read_barcodes(page))
    except ImportError:
        raise SheetError(KEY_WORDS.no_reader) from None


def _open_picture(name: str, content: bytes) -> Iterator["Image.Image"]:
    from PIL import Image

    try:
        with Image.open(BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_DOTS:
                raise SheetError(KEY_WORDS.too_large.format(file=name))
            yield picture.convert("L")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise SheetError(KEY_WORDS.no_pages.format(file=name)) from None


def _draw_pages(name: str, content: bytes) -> Iterator["Image.Image"]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError:
        raise SheetError(KEY_WORDS.no_pages.format(file=name)) from None
    for page in islice(document, MOST_PAGES):
        if page.get_width() * page.get_height() * DOTS_PER_POINT**2 > MOST_DOTS:
            raise SheetError(KEY_WORDS.too_large.format(file=name))
        yield page.render(scale=DOTS_PER_POINT).to_pil().convert("L")
