"""References: whether text that sends its reader to a table names the one that shows what it says."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES

LABEL = re.compile(r"[表图]\d+(?:-\d+)?")
CAPTION = re.compile(rf"({LABEL.pattern})：?(.*?)(?:（?单位：[^（）]*）?)?$")


def read_captions(paragraphs: list[str]) -> Mapping[str, str]:
    """Captions by their labels.

    >>> dict(read_captions(["表4-1：各类对象的认可度单位：%", "各类对象的认可度见表4-1"]))
    {'表4-1': '各类对象的认可度'}
    """
    found = [caption for line in paragraphs if (caption := CAPTION.match(line))]
    return {caption[1]: caption[2] for caption in found}


def check_references(paragraph: str, captions: Mapping[str, str]) -> Iterator[str]:
    """A line for each table that is not there, or is not the one where the figures of the paragraph stand."""
    if CAPTION.match(paragraph):
        return
    for label in LABEL.finditer(paragraph):
        caption = captions.get(label[0])
        if caption is None:
            yield f"no such table: {label[0]}"
        elif not _is_right(paragraph[: label.start()], caption):
            yield f"wrong table: {label[0]}: {paragraph}"


def _is_right(before: str, caption: str) -> bool:
    """By the first rule that knows the words before the label; a wording that no rule knows is wrong."""
    for words, wanted in _load_rules():
        if words.search(before):
            return wanted.search(caption) is not None
    return False


@cache
def _load_rules() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    rules = read_toml(TEMPLATES / "claims_references.toml")["references"]
    return [(re.compile(words), re.compile(caption)) for words, caption in rules]
