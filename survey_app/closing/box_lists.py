"""Lists of the boxes that came so far, kept outside the server: who takes a box away later is found by any list before.

A list holds the numbers on receipts, which lead to no code and no answer. Its sum, in groups, can be printed or sent on
by the hour; the list itself shows which of its boxes are not there any more, before the close and after it.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from reports.evidence.minute_record import compare_sums, minute_sum
from survey_app.answering.box import write_receipt
from survey_app.core.errors import SurveyError
from survey_app.core.models import Box, BoxNumber, Round
from survey_app.rounds.round_rows import was_opened
from survey_app.rounds.round_words import ROUND_WORDS

NAMED = 5
PART = 500
NUMBER_LINE = re.compile("[0-9a-f]{30}")
STATED = re.compile("([0-9]+)份$")


class BoxList(Struct, frozen=True, kw_only=True):
    """The numbers of boxes, sorted, and what the list says of itself in its first line."""

    title: str
    numbers: tuple[bytes, ...]

    @property
    def round(self) -> str:
        """The name of the round it is of, as its title says."""
        return self.title.rsplit("\u3000", 2)[0].rpartition(" ")[2]

    @property
    def sum(self) -> str:
        """The sum of the list: its title and every number; eight groups of five characters."""
        return minute_sum(self.text)

    @property
    def text(self) -> str:
        """The list as a file holds it, a number a line."""
        return "".join(f"{line}\n" for line in (self.title, *(number.hex() for number in self.numbers)))


def list_boxes(session: Session, round_: Round, now: datetime) -> BoxList:
    """The boxes of a round as they are in the store at this moment."""
    found = session.scalars(_select_numbers(session, round_).order_by("id")).all()
    title = ROUND_WORDS.box_list.format(round=round_.name, at=f"{now:%Y-%m-%d %H:%M}", boxes=len(found))
    return BoxList(title=title, numbers=tuple(found))


def read_box_list(path: Path) -> BoxList:
    """A list as it was written; raises SurveyError for a file that is none, or holds more or fewer than it says."""
    try:
        title, *lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, ValueError):
        raise SurveyError(ROUND_WORDS.no_box_list.format(path=path)) from None
    if not title.startswith("# ") or not all(map(NUMBER_LINE.fullmatch, lines)):
        raise SurveyError(ROUND_WORDS.no_box_list.format(path=path))
    stated = STATED.search(title)
    if stated is None or int(stated[1]) != len(lines):
        raise SurveyError(ROUND_WORDS.cut_box_list.format(path=path, stated=title, boxes=len(lines)))
    return BoxList(title=title, numbers=tuple(map(bytes.fromhex, lines)))


def check_box_list(session: Session, round_: Round, found: BoxList, printed_sum: str | None) -> Iterator[str]:
    """What is wrong, a sentence each: boxes of the list that the round lacks, and another sum than on paper."""
    lost = list(_find_lost(session, round_, found.numbers))
    if lost:
        named = "、".join(map(write_receipt, lost[:NAMED]))
        yield ROUND_WORDS.boxes_gone.format(boxes=len(found.numbers), gone=len(lost), named=named)
    if printed_sum is not None and any(compare_sums(printed_sum, found.sum)):
        yield ROUND_WORDS.other_list


def _select_numbers(session: Session, round_: Round) -> Select[bytes]:
    """The numbers of the boxes that wait, and once the round was opened those that its opening wrote."""
    if was_opened(session, round_):
        return select(BoxNumber.id.label("id")).where(BoxNumber.round_id == round_.id)
    return select(Box.id.label("id"))


def _find_lost(session: Session, round_: Round, numbers: Sequence[bytes]) -> Iterator[bytes]:
    kept = _select_numbers(session, round_)
    for start in range(0, len(numbers), PART):
        part = numbers[start : start + PART]
        there = {*session.scalars(kept.where(kept.selected_columns.id.in_(part)))}
        yield from (number for number in part if number not in there)
