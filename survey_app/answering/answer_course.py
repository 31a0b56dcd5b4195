"""How answering went on a phone, in four coarse bytes that travel inside the form's box and are only ever summed."""

import re
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

MINUTES = (1, 2, 3, 5)
"""The upper ends of four of the five bins of minutes; the last one is open."""
BINS = len(MINUTES) + 1
MOST_OPENED = 3
MOST_EDITS = 2
UNTOLD = bytes(4)
"""Of a form that came without a script, from paper or in a file."""
_TOLD = re.compile(r"\d{1,7}(?:\.\d{1,7}){4}", re.ASCII)


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How often the page was opened (3: or more), bins of minutes to the first answer and in all, the last item
    reached, and how often the review led back to an item (2: or more)."""

    opened: int
    first: int
    minutes: int
    last: int
    edits: int


def read_course(told: Sequence[str], items: int) -> bytes:
    """The bytes of what a phone told (`opened.first.minutes.last.edits`); UNTOLD for anything else.

    >>> open_course(read_course(["1.1.2.18.0"], 17))
    Course(opened=1, first=0, minutes=1, last=17, edits=0)
    >>> read_course(["-1"], 17) == read_course([], 17) == UNTOLD
    True
    """
    if len(told) != 1 or not _TOLD.fullmatch(told[0]):
        return UNTOLD
    opened, first, minutes, last, edits = map(int, told[0].split("."))
    return bytes(
        [
            min(max(opened, 1), MOST_OPENED),
            bisect_left(MINUTES, first),
            min(last, items),
            min(edits, MOST_EDITS) << 4 | bisect_left(MINUTES, minutes),
        ]
    )


def open_course(bins: bytes) -> Course | None:
    """What the bytes of a box tell; None where nothing was told, or nothing that a phone of ours tells."""
    opened, first, last, both = bins
    minutes = both & 15
    if not opened or max(first, minutes) >= BINS:
        return None
    return Course(opened=opened, first=first, minutes=minutes, last=last, edits=both >> 4)
