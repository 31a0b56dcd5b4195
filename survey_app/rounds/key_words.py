"""The sentences about keys and key sheets, from `templates/keys.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class KeyWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    not_written: str
    never_over: str
    read_back: str
    wrong_groups: str
    wrong_length: str
    wrong_whole: str
    no_code_in_picture: str
    no_reader: str
    no_pages: str
    too_large: str
    not_there: str
    given_twice: str
    foreign: str
    too_few: str
    wrong_shares: str
    not_shared: str
    not_server: str
    two_to_renew: str
    not_going_on: str
    none_proposed: str
    proposed_by_you: str
    another_missing: str
    hold_nothing_asked: str
    hold_another: str
    hold_of_another: str
    letters: str
    copy_of_sheet: str
    copy_of_renewed: str
    copy_of_export: str
    no_copies: str
    unknown_copy: str
    two_names: str
    not_closed: str
    right: str
    right_last: str
    tried_before: str
    other_round: str
    not_of_this_round: str
    two_sheets: str
    exported_file: str
    no_key_here: str
    key_file_of_another: str
    sheets_for_server: str
    no_custody: str
    three_holders: str
    sheet_files_there: str
    show_the_copy: str
    no_copy: str
    moved_already: str
    not_in_backup: str
    missing: str
    unreadable: str
    damaged: str
    kept_apart: str
    apart: str
    lost: str
    unread: str
    spoilt: str
    nothing_to_try: str
    one_each: str
    has_a_sheet: str
    taken_already: str
    not_here: str
    not_waiting: str
    sure_to_deal: str
    fields: tuple[str, str]
    boxes_of_another: str
    still_waiting: str
    closed_before: str
    not_read_back: str


KEY_WORDS = msgspec.toml.decode((TEMPLATES / "keys.toml").read_bytes(), type=KeyWords)
