"""The closing minute (调查结束及启封记录): what was closed by whom, its sum, how keys went, two signatures."""

from datetime import date
from pathlib import Path

from msgspec import Struct

from reports.document.document import Document, read_document
from reports.document.pdf import render_pdf
from reports.document.word import render_docx
from reports.handouts.handout_words import load_handout_words
from reports.setting.texts import fill

FILE = "调查结束及启封记录"
MINUTE_FILES = (f"{FILE}.docx", f"{FILE}.pdf")


class ClosingMinute(Struct, frozen=True, kw_only=True):
    """Everything the minute says; `groups` of its sum, `fixed`: what else it covers.

    `keys`: a line for each sheet, file or copy to be destroyed; `confirmed`: what is to be told of the two
    confirmations, a sentence each, if anything;
    `new_administrators`: whom the server's owner made one alone; `at_once`: who acted at once by a
    signed letter, and who agreed to them; `trial`: how the codes' address was tried, a sentence each;
    `server_key`: the first of `keys` was the program's.
    """

    county: str
    organiser: str
    round: str
    closed_at: str
    closed_by: str
    confirmed: tuple[str, ...]
    custody: str
    boxes: int
    forms: int
    groups: tuple[str, ...]
    fixed: tuple[str, ...]
    keys: tuple[str, ...]
    server_key: bool
    new_administrators: tuple[str, ...]
    at_once: tuple[str, ...]
    trial: tuple[str, ...]
    day: date
    invented: bool


def closing_minute(minute: ClosingMinute) -> Document:
    """The minute as a document, to be signed by two."""
    mark = load_handout_words().invented if minute.invented else ""
    text = fill("closing_minute.jinja", minute=minute)
    return read_document(text, {}, author=minute.organiser, day=minute.day, mark=mark)


def write_minute(folder: Path, document: Document) -> list[Path]:
    """Write the minute as Word and PDF; raises FontMissingError, with the Word file written, without a typeface."""
    folder.mkdir(parents=True, exist_ok=True)
    word, pdf = (folder / name for name in MINUTE_FILES)
    word.write_bytes(render_docx(document))
    pdf.write_bytes(render_pdf(document))
    return [word, pdf]
