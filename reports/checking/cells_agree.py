"""Cells of tables: whether a printed cell is what was published; a dash stands for nothing."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from analysis.change import Rated
from analysis.results import Figure
from questionnaires.vocabulary import Group, Verdict
from reports.checking.published_round import NUMBER, PublishedRound, agrees, figure_agrees, name_of, read_number

Grid = Sequence[Sequence[str]]
NONE = "—"
HIDDEN = Figure(rate=None)
FINEST = 12


def same_count(cell: str, count: int | None) -> bool:
    """Whether a cell is a whole number.

    >>> same_count("1,056", 1056), same_count("—", None), same_count("12", 13)
    (True, True, False)
    """
    return cell == (NONE if count is None else f"{count:,}")


def same_share(cell: str, share: float | None, line: float | None = None) -> bool:
    """Whether a cell is a share in hundredths, on its own side of the line.

    >>> same_share("84.996", 0.84996, 0.85), same_share("85", 0.84996, 0.85), same_share("—", None)
    (True, False, True)
    """
    if share is None or cell == NONE:
        return share is None and cell == NONE
    return agrees(cell, share, line)


def same_figure(cell: str, figure: Figure, line: float) -> bool:
    """Whether a cell is a published figure, or the dash of one that is not told."""
    if figure.rank is None or cell == NONE:
        return figure.rank is None and cell == NONE
    return figure_agrees(cell, figure, line)


def same_number(cell: str, value: float | None) -> bool:
    """Whether a cell is a value, rounded half up to the places it has.

    >>> same_number("5.95", 5.946), same_number("1,999.7", 1999.68), same_number("—", 2.0)
    (True, True, False)
    """
    if value is None or cell == NONE:
        return value is None and cell == NONE
    printed = read_number(cell)
    exact = Decimal(str(value))
    return printed == exact.quantize(Decimal(1).scaleb(int(printed.as_tuple().exponent)), ROUND_HALF_UP)


def same_bound(cell: str, value: float) -> bool:
    """Whether a cell is a sign and a bound behind it."""
    found = NUMBER.search(cell)
    return found is not None and Decimal(found[0].replace(",", "")) == Decimal(str(value))


def same_difference(cell: str, difference: float, *rates: Rated) -> bool:
    """Whether a cell is a difference of two rates, no finer than either is told, and never a change told as 0.

    >>> from analysis.results import ItemRate
    >>> rates = [ItemRate(rate=rate, lower=None, upper=None, n=9) for rate in (0.89, 0.7989)]
    >>> [same_difference(cell, 0.0911, *rates) for cell in ("9", "9.11")]
    [True, False]
    """
    places = min(max(map(_count_places, (rate.rate, rate.lower, rate.upper))) for rate in rates)
    exact = Decimal(str(difference)) * 100
    rounded = (exact.quantize(Decimal(1).scaleb(-more), ROUND_HALF_UP) for more in range(places, FINEST))
    return read_number(cell) == next((told for told in rounded if told or not exact), exact)


def _count_places(share: float | None) -> int:
    """How many decimals a share has in hundredths, two at most."""
    return 0 if share is None else max(0, -int(Decimal(str(round(100 * share, 2))).normalize().as_tuple().exponent))


def word_of(verdict: Verdict | None) -> str:
    """A verdict as tables have it."""
    return NONE if verdict is None else verdict.zh


def list_shown(round_: PublishedRound) -> Mapping[str, str]:
    """The groups that tables list, by name: as they are shown, then those of the plan that are not."""
    estimate = round_.published.estimate
    shown = {group for key in estimate.groups for group in key.split("+")}
    alone = [key for key in round_.published.status.groups if key not in shown]
    return {name_of(key): key for key in (*estimate.groups, *alone)}


def find_order(keys: Sequence[str]) -> list[str]:
    """Groups in the order of the vocabulary."""
    order = [group.value for group in Group]
    return sorted(keys, key=lambda key: order.index(key.split("+")[0]))


def tell_row(table: str, row: Sequence[str]) -> str:
    """A line for a row that does not hold."""
    return f"table {table}: {' | '.join(row)}"


def check_rows(table: str, rows: Grid, wanted: Sequence[bool]) -> Iterator[str]:
    """A line for each row that does not hold."""
    yield from (tell_row(table, row) for row, holds in zip(rows, wanted, strict=True) if not holds)
