"""What is said beside judgements of the store, from `templates/judged.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class JudgedWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; `conclusions`: what a verdict of a whole county is called."""

    rate_of: str
    no_rate: str
    no_judgement: str
    two_needed: str
    conclusions: dict[str, str]


JUDGED_WORDS = msgspec.toml.decode((TEMPLATES / "judged.toml").read_bytes(), type=JudgedWords)
