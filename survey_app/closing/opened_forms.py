"""The forms of a round in memory, between their boxes and the store."""

from array import array
from collections.abc import Iterator
from secrets import token_bytes
from typing import NamedTuple

import numpy as np

from survey_app.answering.box import SealedForm
from survey_app.closing.round_tables import PlacedCodes

KEY = 16
PART = 10_000


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
        self._paper_of = array("I")
        self._answers = bytearray()
        self.arms = array("B")

    def __len__(self) -> int:
        return len(self._places)

    def add(self, form: SealedForm) -> None:
        """Take a form in; it has a digit for each of the round's items."""
        self._places.append(form.place)
        self._paper_of.append(self._papers.setdefault(form.paper, len(self._papers)))
        self._answers += form.answers.encode("ascii")
        self.arms.append(form.arm)

    def as_codes(self) -> PlacedCodes:
        """The place of each form and its option values, a row a form."""
        codes = np.frombuffer(self._answers, np.uint8).reshape(len(self), self._items) - np.uint8(ord("0"))
        return np.asarray(self._places, np.int64), codes

    def count_by_place(self) -> dict[int, int]:
        """How many forms were filled in at each place that has any."""
        places, counts = np.unique(np.asarray(self._places, np.int64), return_counts=True)
        return dict(zip(places.tolist(), counts.tolist(), strict=True))

    def keyed(self) -> Iterator[KeyedForm]:
        """All forms in the order of new random keys: as a whole, for parts that were written one by one would tell."""
        drawn = token_bytes(KEY * len(self))
        halves = np.frombuffer(drawn, ">u8").reshape(len(self), 2)
        papers = list(self._papers)
        order = np.lexsort((halves[:, 1], halves[:, 0]))
        for start in range(0, len(order), PART):
            for at in order[start : start + PART].tolist():
                answers = self._answers[self._items * at : self._items * (at + 1)].decode("ascii")
                key = drawn[KEY * at : KEY * (at + 1)]
                yield KeyedForm(key, self._places[at], papers[self._paper_of[at]], answers)
