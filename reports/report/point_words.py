"""The words of the points, and how figures stand in them."""

from collections.abc import Iterable
from functools import cache

from msgspec import Struct, convert

from analysis.results import Figure
from analysis.standard import Standard
from analysis.standard.document_titles import load_document_titles
from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES

COMMA = "、"


class PointWords(Struct, frozen=True):
    """What is compared, how a verdict is said, and small turns of phrase."""

    compared: dict[str, str]
    verdicts: dict[str, str]
    words: dict[str, str]
    kept: dict[str, str]


@cache
def load_point_words() -> PointWords:
    """The words in Chinese."""
    return convert(read_toml(TEMPLATES / "points.toml"), PointWords)


def say_word(name: str, /, **said: object) -> str:
    """One turn of phrase, filled in."""
    return load_point_words().words[name].format(**said)


def say_source(standard: Standard) -> str:
    """The document a standard restates, by its own title where it has one, and its number.

    >>> from analysis.standard import load_standard
    >>> say_source(load_standard("national-2017"))
    '《县域义务教育优质均衡发展督导评估办法》（教督〔2017〕6号）'
    """
    name = load_document_titles().get(standard.id)
    number = standard.document.number
    return say_word("standard", name=name, number=number) if name else say_word("standard_bare", number=number)


def list_names(names: Iterable[str]) -> str:
    """Names in a row, as Chinese lists them."""
    return COMMA.join(names)


def is_open(figure: Figure, line: float) -> bool:
    """Whether the figure is told as a range that the line runs through: whether it falls short cannot be said.

    >>> [is_open(Figure(rate=rate, at_least=least), 0.85) for rate, least in ((0.8, None), (None, 0.9), (None, 0.6))]
    [False, False, True]
    """
    low, high = figure.span
    return figure.rank is not None and low < line <= high


def is_short(figure: Figure, line: float) -> bool:
    """Whether what was measured falls short of the line.

    >>> is_short(Figure(rate=0.8), 0.85), is_short(Figure(rate=1.0), 0.85), is_short(Figure(rate=None), 0.85)
    (True, False, False)
    """
    most = figure.at_most if figure.rate is None else figure.rate
    return most is not None and most < line
