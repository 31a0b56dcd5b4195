"""The sentences about putting right what a round says, from `templates/corrections.toml`."""

import msgspec

from survey_app.rounds.key_words import TEMPLATES


class CorrectionWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    nothing: str
    no_reason: str
    one_waits: str
    none_waits: str
    not_yourself: str
    not_going_on: str
    emptied: str
    begun: str
    told: str
    empty: str


CORRECTION_WORDS = msgspec.toml.decode((TEMPLATES / "corrections.toml").read_bytes(), type=CorrectionWords)
