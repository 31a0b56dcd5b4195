"""Texts: the templates of the report's documents, filled with results; every figure goes through a filter."""

import re
from functools import cache, partial
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct
from msgspec.structs import asdict, replace

from questionnaires.vocabulary import VOCABULARIES, words
from reports.setting.figures import coefficient, count, number, numeral, whole_percent
from reports.setting.findings import name_groups
from reports.setting.told_figures import percent_of, short_of
from reports.setting.typesetting import TEMPLATES

S = TypeVar("S", bound=Struct)
MARK = re.compile("^[#<>]|[@|]")
WIDE = str.maketrans("@#<>|", "＠＃＜＞｜")
HEADINGS = ("{numeral}、", "（{numeral}）", "{number}.", "（{number}）")


def fill(template: str, **values: object) -> str:
    """Fill `templates/<template>`; raises UndefinedError where it names a value that is not there."""
    return _templates().get_template(template).render(values)


def unmark(told: S) -> S:
    """The same with every text of it as somebody typed it: no sign in it is a reference, or a mark at a line's head."""
    texts = {name: value for name, value in asdict(told).items() if type(value) is str}
    return replace(told, **{name: MARK.sub(_widen, value) for name, value in texts.items()})


def _widen(sign: re.Match[str]) -> str:
    return sign[0].translate(WIDE)


def number_heading(level: int, number: int, text: str) -> str:
    """A heading as the marked text has it, numbered as GB/T 9704-2012 does at its level.

    >>> number_heading(2, 4, "社会认可度"), number_heading(3, 1, "组织实施")
    ('### （四）社会认可度', '#### 1.组织实施')
    """
    sign = HEADINGS[level - 1].format(numeral=numeral(number), number=number)
    return f"{'#' * (level + 1)} {sign}{text}"


@cache
def _templates() -> Environment:
    texts = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, finalize=_keep_marks, autoescape=False
    )
    texts.globals |= {
        "heading": number_heading,
        "words": {vocabulary.__name__: words(vocabulary) for vocabulary in VOCABULARIES},
    }
    texts.filters |= {
        "coefficient": coefficient,
        "count": count,
        "number": number,
        "numeral": numeral,
        "percent": percent_of,
        "points": partial(percent_of, sign=""),
        "short": short_of,
        "whole": whole_percent,
        "people": name_groups,
    }
    return texts


def _keep_marks(value: object) -> str:
    """A value never breaks a cell or a line, whatever is in it."""
    return " ".join(str(value).replace("|", "｜").split())
