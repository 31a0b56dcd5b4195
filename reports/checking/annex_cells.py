"""Cells of the annex: what each should hold, and whether a cell of a workbook or of a page holds it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.results import Figure
from analysis.standard.limits import Limit
from questionnaires.vocabulary import Verdict
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.cells_agree import NONE, same_figure
from reports.checking.published_round import NUMBER, read_number
from reports.checking.tightening import tighten
from reports.setting.told_figures import load_figure_words

NEAR = 1e-9
ROUNDED = 0.5 + 1e-6
Cell = str | float


class Wanted(NamedTuple):
    """A text, a number, nothing (None) or a figure that is told by its bound.

    `places`: the fewest decimals that a page may round it to, None where it is written as it is; `limit` is the side
    it may not be rounded across, `short` whether it is marked as below its line, `sign` what stands before it.
    """

    value: str | float | Figure | None
    places: int | None = None
    limit: Limit | None = None
    short: bool = False
    sign: str = ""


Row = Sequence[Wanted]
BLANK = Wanted("")
NOTHING = Wanted(None)


def measured(value: float | None, places: int, limit: Limit | None = None) -> Wanted:
    """A number that pages round; it is marked where it misses its limit."""
    short = value is not None and limit is not None and not limit.holds(value)
    return Wanted(value, places, limit, short)


def demanded(operator: str | None, value: float | None) -> Wanted:
    """What is demanded, behind its sign."""
    return Wanted(value, sign=load_annex_table_words().words.signs.get(operator or "", ""))


def limit_of(operator: str, value: float) -> Limit:
    """A line to hold a value against; raises ValueError for what is no operator."""
    return Limit.model_validate({"operator": operator, "value": value, "clause": NONE})


def verdict_word(verdict: Verdict | None) -> Wanted:
    """A verdict in words, nothing without one."""
    return Wanted(None if verdict is None else Verdict(verdict).zh)


def hundredths(share: float | None, limit: Limit | None = None) -> Wanted:
    """A share in hundredths, which pages round to two places."""
    return measured(None if share is None else 100 * share, 0, limit)


def told_figure(figure: Figure, limit: Limit) -> Wanted:
    """A published rate in hundredths, or its statement."""
    if figure.rate is None:
        return Wanted(figure if figure.is_statement else None)
    return hundredths(figure.rate, limit)


def listed(names: Iterable[str]) -> Wanted:
    """Names one after the other."""
    return Wanted("、".join(names))


def same_as_written(cell: Cell, wanted: Wanted) -> bool:
    """Whether a cell of a workbook holds what is wanted, to the last digit.

    >>> same_as_written(4.2, Wanted(4.2)), same_as_written("—", NOTHING), same_as_written(4.19, Wanted(4.2))
    (True, True, False)
    """
    value = wanted.value
    if isinstance(value, Figure):
        return _is_statement(tighten(str(cell)), value)
    if value is None or isinstance(value, str):
        return tighten(str(cell)) == tighten(NONE if value is None else value)
    return isinstance(cell, int | float) and abs(cell - value) <= NEAR * max(1.0, abs(value))


def _is_statement(text: str, figure: Figure) -> bool:
    """Whether a text is the figure's bounds and the words for them, nothing besides."""
    words = load_figure_words()
    said = (words.at_least.format(bound=""), words.at_most.format(bound=""), words.between.format(lower="", upper=""))
    return NUMBER.sub("", text) in said and same_figure(text, figure, 0)


def same_as_shown(cell: Cell, wanted: Wanted) -> bool:
    """Whether a cell of a page holds what is wanted: rounded, on its side of the line, marked where it is short.

    >>> low = measured(84.996, 2, limit_of(">=", 85))
    >>> same_as_shown("84.996※", low), same_as_shown("85.00※", low), same_as_shown("84.996", low)
    (True, False, False)
    """
    text = tighten(str(cell))
    value = wanted.value
    if isinstance(value, str | Figure | None):
        return same_as_written(text, wanted)
    mark = load_annex_table_words().words.short
    rest = text.removesuffix(mark)
    number = rest.removeprefix(wanted.sign)
    if (rest != text) != wanted.short or not rest.startswith(wanted.sign) or NUMBER.fullmatch(number) is None:
        return False
    return _is_rounded(number, value, wanted)


def _is_rounded(number: str, value: float, wanted: Wanted) -> bool:
    printed = read_number(number)
    places = -int(printed.as_tuple().exponent)
    if wanted.places is None:
        return abs(float(printed) - value) <= NEAR * max(1.0, abs(value))
    beside = wanted.limit is None or wanted.limit.holds(float(printed)) == wanted.limit.holds(value)
    return places >= wanted.places and abs(float(printed) - value) <= ROUNDED * 10**-places and beside
