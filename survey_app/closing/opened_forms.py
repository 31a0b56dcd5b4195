"""The forms of a round in memory, between their boxes and the store."""

from array import array
from collections.abc import Iterator
from secrets import token_bytes
from typing import NamedTuple

import numpy as np

from analysis.many_rows import cut_rows
from survey_app.answering.box import SealedForm
from survey_app.closing.round_tables import Codes, PlacedCodes

KEY = 16
AS_CODES = bytes.maketrans(b"0123456789", bytes(range(10)))
AS_DIGITS = bytes.maketrans(bytes(range(10)), b"0123456789")


class KeyedForm(NamedTuple):
    """A form as it is written: under a random key of its own, where it was filled in, and one digit an item."""

    key: bytes
    place: int
    paper: str
    answers: str


class OpenedForms:
    """A column each of place, paper, half of the split ballot and answers: ten million have room."""

    def __init__(self, items: int):
        self._items = items
        self._places = array("I")
        self._papers: dict[str, int] = {}
        self._paper_of = array("B")
        self._answers = bytearray()
        self.arms = array("B")

    def __len__(self) -> int:
        return len(self._places)

    def add(self, form: SealedForm) -> None:
        """Take a form in; it has a digit for each of the round's items."""
        self._places.append(form.place)
        self._paper_of.append(self._papers.setdefault(form.paper, len(self._papers)))
        self._answers += form.answers.encode("ascii").translate(AS_CODES)
        self.arms.append(form.arm)

    def as_codes(self) -> PlacedCodes:
        """The place of each form and its option values, a row a form: no copies, and no form can be added any more."""
        return np.asarray(self._places), self._codes()

    def put_first(self, fewest: int) -> None:
        """Move the forms with at least so many answers before the others, so that a table of them needs no copy."""
        codes = self._codes()
        wanted = np.concatenate([(codes[part] != 0).sum(axis=1) >= fewest for part in cut_rows(len(self))])
        first = int(wanted.sum())
        out = np.flatnonzero(~wanted[:first])
        into = first + np.flatnonzero(wanted[first:])
        for column in (np.asarray(self._places), np.asarray(self._paper_of), np.asarray(self.arms), codes):
            column[out], column[into] = column[into], column[out]

    def count_by_place(self) -> dict[int, int]:
        """How many forms were filled in at each place that has any."""
        counts = np.bincount(np.asarray(self._places))
        return {place: int(counts[place]) for place in np.flatnonzero(counts).tolist()}

    def keyed(self) -> Iterator[KeyedForm]:
        """All forms in the order of new random keys: as a whole, for parts that were written one by one would tell."""
        drawn = token_bytes(KEY * len(self))
        halves = np.frombuffer(drawn, ">u8").reshape(len(self), 2)
        first_byte = np.frombuffer(drawn, np.uint8)[::KEY]
        papers = list(self._papers)
        for byte in range(256):
            own = np.flatnonzero(first_byte == byte)
            for at in own[np.lexsort((halves[own, 1], halves[own, 0]))].tolist():
                answers = self._answers[self._items * at : self._items * (at + 1)].translate(AS_DIGITS).decode("ascii")
                key = drawn[KEY * at : KEY * (at + 1)]
                yield KeyedForm(key, self._places[at], papers[self._paper_of[at]], answers)

    def _codes(self) -> Codes:
        return np.frombuffer(self._answers, np.uint8).reshape(len(self), self._items)
