"""Signing: where the lines of a signature stand (GB/T 9704-2012, 7.3.5.2: no seal is printed)."""

from collections.abc import Sequence

from reports.document.document import measure

LINE = 28.0  # characters in a line of the type area
FREE = 2.0  # characters that stay free at the right
LATER = 2.0  # characters by which the day begins after who signs
DIGIT = 0.5  # of a character


def indent_lines(lines: Sequence[str]) -> list[float]:
    """The room left of each line in characters: the day comes last and begins two after who signs.

    The line that ends last ends two characters from the edge; one too long for that begins at the left.

    >>> indent_lines(["明江县人民政府教育督导室", "2026年4月24日"])
    [14.0, 16.0]
    >>> indent_lines(["督导室", "2026年4月24日"])
    [17.5, 19.5]
    """
    later = [*(0.0 for _ in lines[:-1]), LATER if len(lines) > 1 else 0.0]
    ends = [start + measure(line, DIGIT) for start, line in zip(later, lines, strict=True)]
    left = max(0.0, LINE - FREE - max(ends))
    return [left + start for start in later]
