"""The calendar before a round as a document: what has to be done by which day, and what of it was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from questionnaires.calendar import CalendarLine
from reports.document.document import Document, read_document
from reports.handouts.handout_words import load_handout_words
from reports.setting.texts import fill, unmark

FILE = "倒排日程"


@dataclass(frozen=True, kw_only=True)
class CalendarFacts:
    """Whose calendar it is, from which day it is counted back (None while none is set), and when it was written."""

    county: str
    organiser: str
    opens: date | None
    written: date
    invented: bool


def calendar_sheet(facts: CalendarFacts, lines: Sequence[CalendarLine]) -> Document:
    """The document; days that are not known and what was not done stay open, to be filled in by hand."""
    typed = [replace(line, mark=unmark(line.mark)) for line in lines]
    text = fill(f"paperwork/{FILE}.jinja", facts=facts, lines=typed)
    mark = load_handout_words().invented if facts.invented else ""
    return read_document(text, {}, author=facts.organiser, day=facts.opens or facts.written, mark=mark)
