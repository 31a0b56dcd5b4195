"""The words that slips, posters, printed forms and chat texts share, typed: one that is missing is named."""

from functools import cache

from msgspec import Struct, convert

from questionnaires.county_words import name_own
from questionnaires.pack import read_toml
from questionnaires.text import name_organiser
from reports.setting.typesetting import TEMPLATES


class FileWords(Struct, frozen=True, kw_only=True):
    """Names of files; `{name}` is the unit's or class's."""

    slips: str
    poster: str
    picture: str
    text: str


class ChatWords(Struct, frozen=True, kw_only=True):
    """Lines of the message for a group chat."""

    title: str
    invite: str
    window: str


class PrintedFormWords(Struct, frozen=True, kw_only=True):
    """What stands on a printed form and its cover, and the names of their files."""

    how: str
    hand_in: str
    clerk: str
    pdf: str
    docx: str
    archive: str


class HandoutWords(Struct, frozen=True, kw_only=True):
    """Everything in templates/words.toml; `fields` names the texts of a notice that `forbidden` is looked for in."""

    whose: str
    call: str
    how: str
    guardian: str
    away: str
    until: str
    voluntary: str
    shared_phone: str
    computer: str
    computer_link: str
    invented: str
    forbidden: tuple[str, ...]
    refused: str
    within_year: str
    across_years: str
    revisit: str
    invite: str
    invite_public: str
    invite_opinion: str
    fields: dict[str, str]
    files: FileWords
    chat: ChatWords
    paper: PrintedFormWords


@cache
def load_handout_words() -> HandoutWords:
    """The words of templates/words.toml; raises msgspec.ValidationError naming one that is missing."""
    return convert(read_toml(TEMPLATES / "words.toml"), HandoutWords)


def say_whose(county: str, organiser: str, telephone: str) -> str:
    """Whose survey it is, on every slip, poster and letter; rounds of before 0.2 have no telephone."""
    words = load_handout_words()
    call = words.call.format(telephone=telephone) if telephone else ""
    return words.whose.format(organiser=name_organiser(county, organiser), own=name_own(county), call=call)
