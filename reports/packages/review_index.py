"""The index of the package for the review on documents: what each indicator has and needs, every file with its hash."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from questionnaires.vocabulary import Verdict
from reports.document.document import read_document
from reports.document.word import render_docx
from reports.setting.texts import fill, unmark
from reports.setting.typesetting import TEMPLATES


class ReviewWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of what an indicator lacks, and how folders and files are called."""

    index: str
    no_verdict: str
    no_document: str
    folders: dict[str, str]
    abouts: dict[str, str]


@cache
def load_review_words() -> ReviewWords:
    """The words of review.toml."""
    return convert(read_toml(TEMPLATES / "review.toml"), ReviewWords)


class IndexFacts(Struct, frozen=True, kw_only=True):
    """Whose package it is, of which year, and on which day it was made."""

    county: str
    organiser: str
    day: date
    mark: str
    school_year: str
    standard: str


class ProofNeed(Struct, frozen=True, kw_only=True):
    """An indicator with its files and what it still needs; `from_rows`: computed of the county's rows.

    `said`: the verdict in words; of a veto whether it was found, not that it is met.
    """

    indicator: str
    title: str
    verdict: Verdict
    said: str
    from_rows: bool
    files: int
    need: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing is lacking."""
        return not self.need


class IndexedFile(Struct, frozen=True, kw_only=True):
    """A file of the package: what it is about, where it lies, who brought it when."""

    about: str
    path: str
    size: int
    sum: str
    made_by: str
    day: date


def render_index(facts: IndexFacts, needs: Sequence[ProofNeed], files: Sequence[IndexedFile]) -> bytes:
    """The index as Word; the same facts give the same bytes."""
    text = fill("review_index.jinja", facts=unmark(facts), needs=needs, files=list(map(unmark, files)))
    return render_docx(read_document(text, {}, author=facts.organiser, day=facts.day, mark=facts.mark))
