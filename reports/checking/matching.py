"""Matching: which claims a written sentence makes, and what is left of it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from questionnaires.vocabulary import Verdict
from reports.checking.tightening import tighten
from reports.claims.claim import load_forms
from reports.report.point_words import load_point_words

BLANK = re.compile(r"\{(\w+)\}")


class Said(NamedTuple):
    """A claim that was read back: its form, and what stands in the blanks."""

    form: str
    said: Mapping[str, str]


def find_claims(sentence: str) -> tuple[list[Said], str]:
    """The claims in a sentence, the longest forms first, and the sentence with a mark where each stood.

    >>> claims, rest = find_claims("有3份答卷需核实，结果包括这些答卷（见表5-1）")
    >>> claims[0].form, claims[0].said["forms"], rest
    ('flagged', '3', '□（见表5-1）')
    """
    claims: list[Said] = []
    for name, pattern in _patterns():
        while found := pattern.search(sentence):
            claims.append(Said(name, found.groupdict()))
            sentence = f"{sentence[: found.start()]}□{sentence[found.end() :]}"
    return claims, sentence


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    forms = sorted(load_forms().items(), key=lambda pair: -len(BLANK.sub("", pair[1].text)))
    return [(name, re.compile(_pattern(tighten(form.text)))) for name, form in forms]


def _pattern(text: str) -> str:
    """A form as a pattern; a second blank of one name holds the same as the first."""
    seen: set[str] = set()
    return "".join(_parts(text, seen))


def _parts(text: str, seen: set[str]) -> Iterator[str]:
    at = 0
    for blank in BLANK.finditer(text):
        yield re.escape(text[at : blank.start()])
        name = blank[1]
        yield f"(?P={name})" if name in seen else f"(?P<{name}>{_taken(name)})"
        seen.add(name)
        at = blank.end()
    yield re.escape(text[at:])


WIDE = {
    "moved": r"(?:[^。；（）]+（由[^（）]+到[^（）]+）)+",
    "missed": r"[^。；：]+",
    "whole": "全[县区市旗]",
    "county": r"[^。；□，：]+?",
    "codings": r"[^。]+",
    "dimension": r"[^“”]+",
    "counted": r"[^。；，：？□（）]+?",
    "copies_named": r"[^。；]+?",
    "minute": r"[0-9A-Z-]+",
}
RATIOS = ("ratio", "from_ratio", "to_ratio")
SHARES = ("rate", "bound", "other", "line", "lower", "upper", "validity", "share", "then", "now", "confidence")
COUNTS = (
    "count", "valid", "forms", "places", "issued", "received", "population", "quota", "target", "below", "points",
    "permille", "opinions", "first", "second", "survey", "as_of", "lacks", "papers", "items", "topics", "total", "met",
    "not_met", "undetermined", "cv_total", "cv_met", "open", "late", "closed", "applied", "units", "behind",
    "shown", "copies", "left", "people", "invited", "rows", "statements", "coarsened", "withheld", "bounds", "imported",
)  # fmt: skip


def _taken(name: str) -> str:
    """What a blank may hold: a share, a count, a verdict, names with their figures, or words without a comma."""
    if name in SHARES:
        return r"(?:不低于|不高于)?\d[\d,]*(?:\.\d+)?%(?:至\d+(?:\.\d+)?%)?"
    if name in COUNTS:
        return r"\d[\d,]*(?:\.\d+)?"
    if name in WIDE:
        return WIDE[name]
    if name == "need":
        return r"(?:不低于|高于)\d+(?:\.\d+)?%"
    if name in RATIOS:
        return r"\d+(?:\.\d+)?"
    if name == "verdict":
        return "|".join(sorted(load_point_words().verdicts.values(), key=len, reverse=True))
    if name == "outcome":
        return "|".join(sorted((verdict.zh for verdict in Verdict), key=len, reverse=True))
    if name == "rated":
        return r"(?:[^。；□（）]+（[^（）]*%）)+"
    return "(?:“[^“”]+”)+" if name == "choices" else r"[^。；□（），：.]+?"
