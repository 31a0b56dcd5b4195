"""A part of a file, as a browser asks for it that plays sound piece by piece (RFC 9110, section 14)."""

import re

ASKED = re.compile(r"bytes=(?:([0-9]{1,12})-([0-9]{0,12})|-([0-9]{1,12}))")


def find_range(asked: str, size: int) -> range | None:
    """The bytes that one range asks for, empty where there are none of them; None where the whole file is to be sent.

    >>> find_range("bytes=0-1", 9), find_range("bytes=4-", 9), find_range("bytes=-3", 9), find_range("bytes=8-99", 9)
    (range(0, 2), range(4, 9), range(6, 9), range(8, 9))
    >>> len(find_range("bytes=10-", 10)), find_range("bytes=5-4", 10), find_range("bytes=0-1,4-5", 10)
    (0, None, None)
    """
    found = ASKED.fullmatch(asked)
    if not found:
        return None
    first, last, tail = found.groups()
    if tail:
        return range(max(0, size - int(tail)), size if int(tail) else 0)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1 if last else size))
