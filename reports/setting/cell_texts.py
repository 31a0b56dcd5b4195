"""Texts in cells of tables for other programs: a text stays a text, whatever it begins with."""

from typing import Any

RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
TEXT_IS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False}


def escape_cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, made a text again; anything else as it is.

    >>> escape_cell("=1+1"), escape_cell("第一小学"), escape_cell(-0.5)
    ("'=1+1", '第一小学', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value
