"""What is said of who has codes, from `templates/custody.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class CustodyWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field."""

    no_office: str
    nothing_made: str
    nothing_given: str
    no_reason: str


CUSTODY_WORDS = msgspec.toml.decode((TEMPLATES / "custody.toml").read_bytes(), type=CustodyWords)
