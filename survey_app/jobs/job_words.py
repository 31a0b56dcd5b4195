"""The sentences about long work, from `templates/jobs.toml`."""

import msgspec

from survey_app.rounds.key_words import TEMPLATES


class JobWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    not_done: str
    cancelled: str
    same_going: str
    none: str
    none_waits: str
    ended: str
    close_goes_on: str
    no_codes: str
    made_void: str
    reprint_void: str
    gone: str
    late: str
    in_hands: str
    result_again: str
    codes_again: str
    elsewhere: str
    left: str
    soon: str
    ahead: str


JOB_WORDS = msgspec.toml.decode((TEMPLATES / "jobs.toml").read_bytes(), type=JobWords)
