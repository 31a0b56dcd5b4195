"""The keys of a round that is over: that of its boxes, that of imported rows' sums, that of typed entries."""

from pathlib import Path

from survey_app.imported_forms.row_sums import destroy_sums_key
from survey_app.printed_forms.entry_lock import destroy_lock
from survey_app.rounds.key_files import destroy_key


def destroy_round_keys(keys: Path, public: bytes) -> None:
    """Overwrite and remove all three; may be called again."""
    destroy_key(keys, public)
    destroy_sums_key(keys, public)
    destroy_lock(keys, public)
