"""Sentences about rounds, box lists, the closing minute and `survey doctor`, from `templates/rounds.toml`."""

from collections.abc import Mapping

import msgspec

from survey_app.core.audit import SERVER_OWNER
from survey_app.rounds.key_words import TEMPLATES


class RoundWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    no_time: str
    later_only: str
    over: str
    not_going_on: str
    no_key: str
    extended: str
    no_reason: str
    answered: str
    tick_cancel: str
    cancelled: str
    no_results: str
    no_release: str
    not_as_closed: str
    no_minute: str
    at_once: str
    box_list: str
    no_box_list: str
    cut_box_list: str
    boxes_gone: str
    stray_numbers: str
    other_list: str
    changed: str
    published: str
    evidence: str
    boxes: str
    forms: str
    acts: str
    fixed: Mapping[str, str]
    by_owner: str
    server_key: str
    one_browser: str
    soon_after: str
    foreign_part: str
    changed_part: str
    missing_part: str
    broken_audit: str
    cut_audit: str
    unknown_account: str
    changed_account: str
    bad_setting: str
    clock_behind: str
    little_space: str
    lost_job: str
    lost_ahead: str
    lost_database: str
    foreign_extension: str
    other_version: str
    newer_store: str
    damaged: str
    cut_short: str
    not_restored: str
    loaded_dump: str
    store_sound: str


ROUND_WORDS = msgspec.toml.decode((TEMPLATES / "rounds.toml").read_bytes(), type=RoundWords)


def name_actor(actor: str) -> str:
    """Who did something, in the words of documents: the command line is the server's owner, alone."""
    return ROUND_WORDS.by_owner if actor == SERVER_OWNER else actor
