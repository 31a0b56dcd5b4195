"""The list of a re-contact (回访名单): positions to ask, and what whoever asks says."""

from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from questionnaires.vocabulary import Group
from reports.document.document import read_document
from reports.document.word import render_docx
from reports.handouts.handout_words import load_handout_words
from reports.setting.texts import fill

FILE = "000-list 回访名单.docx"


class RevisitRow(Struct, frozen=True, kw_only=True):
    """A class or unit with the places on its list that are asked again, from 1."""

    unit: str
    class_: str
    positions: tuple[int, ...]


class RevisitList(Struct, frozen=True, kw_only=True):
    """What the list says: for whom it was drawn, by which seed, on which day, and until when the slips hold."""

    county: str
    organiser: str
    group: Group
    seed: str
    until: datetime
    day: date
    rows: tuple[RevisitRow, ...]
    invented: bool = False

    @property
    def people(self) -> int:
        """How many positions there are."""
        return sum(len(row.positions) for row in self.rows)

    @property
    def in_classes(self) -> bool:
        """Whether any row is a class."""
        return any(row.class_ for row in self.rows)


def write_revisit_list(folder: Path, found: RevisitList) -> Path:
    """Write the list as a Word file."""
    mark = load_handout_words().invented if found.invented else ""
    document = read_document(
        fill("revisit_list.jinja", found=found), {}, author=found.organiser, day=found.day, mark=mark
    )
    path = folder / FILE
    path.write_bytes(render_docx(document))
    return path
