"""Tightening: a text without any space, as lines are broken anywhere in Chinese."""

import re

SPACE = re.compile(r"\s+")


def tighten(text: str) -> str:
    """A text without its spaces and breaks.

    >>> tighten("认可度 为\\n85%")
    '认可度为85%'
    """
    return SPACE.sub("", text)
