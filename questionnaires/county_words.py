"""What a county is called in a sentence: by what its own name ends in, never 本区（县）."""

import re
from functools import cache
from pathlib import Path

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from questionnaires.paper import Item, Paper


class SlotWords(Struct, frozen=True, kw_only=True):
    """What papers, which are the same for every county, say in the place of the county's own word."""

    own: str
    kind: str


class CountyWords(Struct, frozen=True, kw_only=True):
    """The words of county_words.toml; `kind` is the pattern of what a county's name may end in."""

    kind: str
    unknown: str
    own: str
    whole: str
    some: str
    slots: SlotWords


@cache
def load_county_words() -> CountyWords:
    """The words, typed; raises msgspec.ValidationError naming one that is missing."""
    return convert(read_toml(Path(__file__).with_suffix(".toml")), CountyWords)


def name_own(county: str) -> str:
    """What a county calls itself.

    >>> name_own("重庆市黔江区"), name_own("酉阳土家族苗族自治县"), name_own("某地")
    ('本区', '本自治县', '本地')
    """
    words = load_county_words()
    return words.own.format(kind=_find_kind(county) or words.unknown)


def name_whole(county: str) -> str:
    """The whole county as its people say it.

    >>> name_whole("黔江区"), name_whole("秀山土家族苗族自治县"), name_whole("义乌市")
    ('全区', '全县', '全市')
    """
    words = load_county_words()
    return words.whole.format(last=(_find_kind(county) or words.some)[-1])


def say_in(county: str, text: str) -> str:
    """A sentence that papers hold for every county, in the county's own word.

    >>> say_in("义乌市", "本区（县）义务教育的总体情况"), say_in("义乌市", "由区（县）教育督导室发出")
    ('本市义务教育的总体情况', '由市教育督导室发出')
    >>> say_in("某地", "由区（县）教育督导室发出")
    '由区（县）教育督导室发出'
    """
    slots = load_county_words().slots
    text = text.replace(slots.own, name_own(county))
    return text.replace(slots.kind, _find_kind(county) or slots.kind)


def speak_of(paper: Paper, county: str) -> Paper:
    """The paper as it is printed and shown in a county; its id and its items stay what they are."""
    opening = tuple(say_in(county, line) for line in paper.opening)
    items = tuple(_speak_of(item, county) for item in paper.items)
    return paper.model_copy(update={"opening": opening, "items": items})


def _speak_of(item: Item, county: str) -> Item:
    return item.model_copy(update={"text": say_in(county, item.text)})


def _find_kind(county: str) -> str:
    kind = re.search(load_county_words().kind, county)
    return kind.group() if kind else ""
