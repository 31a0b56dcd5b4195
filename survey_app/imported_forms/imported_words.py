"""The sentences about answers that come in from files, from `templates/imported.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class ImportedWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    same_file: str
    imported_before: str
    twice: str
    fault: str
    more: str
    other_columns: str
    more_faults: str
    too_many: str
    not_open: str
    key_gone: str
    no_form: str
    no_file: str
    gone: str
    nothing_new: str
    read: str
    taken: str
    left_known: str
    left_blank: str
    left_twin: str
    unnumbered: str
    alike: str
    stored: str
    group: str
    unit: str


IMPORTED_WORDS = msgspec.toml.decode((TEMPLATES / "imported.toml").read_bytes(), type=ImportedWords)
