"""Published figures in words: a rate with the decimals that it has, or the bound that stands in for it."""

from functools import cache
from typing import Protocol, runtime_checkable

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.figures import NONE, percent, short_percent
from reports.setting.typesetting import TEMPLATES


@runtime_checkable
class Told(Protocol):
    """A rate or a statement (`analysis.results.Figure`)."""

    @property
    def rate(self) -> float | None:
        """The share; None for a statement."""

    @property
    def at_least(self) -> float | None:
        """What it is at least."""

    @property
    def at_most(self) -> float | None:
        """What it is at most."""


class FigureWords(Struct, frozen=True, kw_only=True):
    """How a bound is said."""

    at_least: str
    at_most: str
    between: str


@cache
def load_figure_words() -> FigureWords:
    """The words of figures."""
    return convert(read_toml(TEMPLATES / "figures.toml"), FigureWords)


def tell_figure(figure: Told, sign: str = "%") -> str:
    """A published figure.

    >>> from analysis.results import Figure
    >>> tell_figure(Figure(rate=0.714)), tell_figure(Figure(rate=None, at_least=0.975)), tell_figure(Figure(rate=None))
    ('71.4%', '不低于97.5%', '—')
    >>> tell_figure(Figure(rate=None, at_least=0.85, at_most=0.9), "")
    '85至90'
    >>> tell_figure(Figure(rate=None, at_least=1.0)), tell_figure(Figure(rate=None, at_most=0.0))
    ('100%', '0%')
    """
    words = load_figure_words()
    if figure.rate is not None:
        return short_percent(figure.rate, sign)
    if figure.at_least == 1 or figure.at_most == 0:
        return short_percent(figure.at_least or 0.0, sign)
    if figure.at_least is not None and figure.at_most is not None:
        lower = short_percent(figure.at_least, sign)
        return words.between.format(lower=lower, upper=short_percent(figure.at_most, sign))
    if figure.at_least is not None:
        return words.at_least.format(bound=short_percent(figure.at_least, sign))
    if figure.at_most is not None:
        return words.at_most.format(bound=short_percent(figure.at_most, sign))
    return NONE


def short_of(share: float | None, sign: str = "") -> str:
    """A share that was rounded before, without a sign; a dash where there is none.

    >>> short_of(0.9), short_of(None)
    ('90', '—')
    """
    return NONE if share is None else short_percent(share, sign)


def percent_of(value: float | Told | None, *lines: float | None, sign: str = "%") -> str:
    """A share, or a published figure with what stands in for it.

    >>> percent_of(0.84996, 0.85), percent_of(None)
    ('84.996%', '—')
    """
    return tell_figure(value, sign) if isinstance(value, Told) else percent(value, *lines, sign=sign)
