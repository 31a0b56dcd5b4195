"""Rounding once: shares as they are published, never carried across their line."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

EXACT = Decimal("1e-12")


def round_share(share: float, places: int, line: float | None = None) -> float:
    """A share to so many decimals of a percent, half up; its neighbour where that would reach or pass the line.

    >>> round_share(0.91236, 1), round_share(0.91236, 0), round_share(0.84996, 1, 0.85), round_share(0.85, 0, 0.85)
    (0.912, 0.91, 0.849, 0.85)
    """
    return _cut(share, places, ROUND_HALF_UP, line)


def round_down(share: float, places: int, line: float | None = None) -> float:
    """The next share downward that is printed with so many decimals of a percent, on its side of the line.

    >>> round_down(0.91259, 1), round_down(0.9, 1), round_down(0.85004, 1, 0.85)
    (0.912, 0.9, 0.851)
    """
    return _cut(share, places, ROUND_FLOOR, line)


def round_up(share: float, places: int, line: float | None = None) -> float:
    """The next share upward, on its side of the line.

    >>> round_up(0.91211, 1), round_up(0.9, 1), round_up(0.8495, 0, 0.85)
    (0.913, 0.9, 0.84)
    """
    return _cut(share, places, ROUND_CEILING, line)


def printed_band(share: float, places: int) -> tuple[float, float]:
    """What a share can have been that is printed so; a step further where a line may have pushed it.

    >>> [round(edge, 6) for edge in printed_band(0.9, 0)]
    [0.895, 0.905]
    """
    half = 0.5 * 10.0 ** -(places + 2)
    return max(share - half, 0.0), min(share + half, 1.0)


def _cut(share: float, places: int, way: str, line: float | None) -> float:
    """Rounded in a way; a last digit of noise moves nothing."""
    step = Decimal(1).scaleb(-(places + 2))
    exact = Decimal(str(float(f"{share:.12g}")))
    shown = exact.quantize(step, way)
    if line is not None:
        shown = _keep_side(exact, shown, Decimal(str(line)), step)
    return float(shown)


def _keep_side(exact: Decimal, shown: Decimal, line: Decimal, step: Decimal) -> Decimal:
    if exact < line - EXACT and shown >= line:
        return line.quantize(step, ROUND_CEILING) - step
    if exact > line + EXACT and shown <= line:
        return line.quantize(step, ROUND_FLOOR) + step
    return shown
