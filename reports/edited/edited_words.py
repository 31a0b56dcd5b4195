"""The sentences of the check of edited files (核对修改稿), from templates/edited.toml."""

import re
from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES


class Refusals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a file is not checked, one sentence each."""

    none: str
    other: str
    broken: str
    large: str
    foreign: str


class Found(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found, one sentence each; names in braces are filled in."""

    comma: str
    pause: str
    dots: str
    blank: str
    changed: str
    allowed: str
    claim: str
    claim_changed: str
    number: str
    judged: str
    title: str
    fixed: str
    cell: str
    row_gone: str
    row_new: str
    column_new: str
    table: str
    reference: str
    pair: str
    gone: str
    added: str
    place: str


class EditedWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them; `fixed`, `about`, `judging` and `harmless` are patterns."""

    refusals: Refusals
    found: Found
    nothing: str
    heading: str
    ends: str
    quotes: str
    fixed: list[str]
    about: str
    judging: str
    harmless: list[str]

    def is_fixed(self, sentence: str) -> bool:
        """Whether a sentence may not be taken out."""
        return any(re.search(pattern, sentence) for pattern in self.fixed)


@cache
def load_edited_words() -> EditedWords:
    """The words in Chinese."""
    return convert(read_toml(TEMPLATES / "edited.toml"), EditedWords)
