"""Figures: every number as a document prints it, formatted once and never carried across its line."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

NONE = "—"
NUMERALS = tuple("零一二三四五六七八九十")
EQUAL = Decimal("1e-12")
MOST_PLACES = 12
UNSIGNED = Decimal(0)


def percent(share: float | None, *lines: float | None, sign: str = "%") -> str:
    """A share between 0 and 1 in hundredths with the decimals it has: at most two, more where they would reach a line.

    A share that was published coarser than that looks no finer than it is.

    >>> percent(0.91236), percent(0.89), percent(0.84996, 0.85), percent(0.9, sign=""), percent(None)
    ('91.24%', '89%', '84.996%', '90', '—')
    """
    if share is None:
        return NONE
    return trim(_show(share, 2, lines, scale=100)) + sign


def difference(points: float, *rates: Iterable[float | None]) -> str:
    """A difference of two rates in hundredths, no finer than either is told by what stands beside it.

    `rates` are each rate with the ends of its interval. More decimals are printed where it would read 0.

    >>> difference(0.0911, (0.89, 0.88, 0.9), (0.7989, 0.7877, 0.8099)), difference(-0.111, (0.818,), (0.93, 0.928))
    ('9', '-11.1')
    >>> difference(0.002, (0.89,), (0.888,))
    '0.2'
    """
    places = min(max(map(_count_places, told)) for told in rates)
    return trim(_show(points, places, (0.0,), scale=100))


def _count_places(share: float | None) -> int:
    return len(percent(share, sign="").partition(".")[2])


def trim(shown: str) -> str:
    """A number as it is printed without the zeros that end its decimals.

    >>> trim("89.00"), trim("84.990"), trim("100")
    ('89', '84.99', '100')
    """
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def short_percent(share: float, sign: str = "%") -> str:
    """A share that was rounded before, with the decimals that it has.

    >>> short_percent(0.714), short_percent(0.9), short_percent(0.9012, "")
    ('71.4%', '90%', '90.12')
    """
    return f"{(UNSIGNED + 100 * Decimal(str(share))).normalize():f}{sign}"


def whole_percent(share: float) -> str:
    """A line, limit or level as it is spoken of.

    >>> whole_percent(0.85), whole_percent(0.975)
    ('85%', '97.5%')
    """
    return f"{(100 * Decimal(str(share))).normalize():f}%"


def coefficient(cv: float | None, limit: float | None = None) -> str:
    """A coefficient of variation with three decimals, and more where they would reach its limit.

    >>> coefficient(0.3127), coefficient(0.50003, 0.5)
    ('0.313', '0.50003')
    """
    return number(cv, 3, limit)


def number(value: float | None, places: int, limit: float | None = None) -> str:
    """A value per pupil (two places) or in yuan (none), and more places where they would reach its limit.

    >>> number(5.946, 2), number(1999.7, 0, 2000), number(12345.0, 0)
    ('5.95', '1,999.7', '12,345')
    """
    return NONE if value is None else _show(value, places, (limit,))


def count(value: int | None) -> str:
    """A number of things or people, grouped by thousands.

    >>> count(445012)
    '445,012'
    """
    return NONE if value is None else f"{value:,}"


def numeral(value: int) -> str:
    """A small whole number as a sentence spells it, above ten in digits.

    >>> numeral(7), numeral(15)
    ('七', '15')
    """
    return NUMERALS[value] if value < len(NUMERALS) else str(value)


def _show(value: float, places: int, lines: Iterable[float | None], *, scale: int = 1) -> str:
    """Round half up, as people do by hand, to the first number of places on the side of every line; zero unsigned."""
    exact = Decimal(str(value))
    known = [Decimal(str(line)) for line in lines if line is not None]
    for more in range(places, MOST_PLACES):
        shown = UNSIGNED + (exact * scale).quantize(Decimal(1).scaleb(-more), ROUND_HALF_UP)
        if all(_side(shown / scale, line) == _side(exact, line) for line in known):
            break
    return f"{shown:,}"


def _side(value: Decimal, line: Decimal) -> int:
    return 0 if abs(value - line) <= EQUAL else (1 if value > line else -1)
