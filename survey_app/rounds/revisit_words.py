"""The sentences about re-contact, from `templates/revisits.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class RevisitWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    closed: str
    too_early: str
    drawn: str
    until_passed: str
    no_until: str
    still_open: str
    open_group: str
    too_many: str
    written: str
    few: str
    there: str
    asked_too_early: str
    no_row: str
    asked_other: str
    asked_undrawn: str
    more_than_asked: str
    no_file: str
    told: str
    sheet: str
    not_drawn: str
    not_taken: str


REVISIT_WORDS = msgspec.toml.decode((TEMPLATES / "revisits.toml").read_bytes(), type=RevisitWords)
