"""Limits: a number that decides, how a value is held against it, and what several verdicts make."""

from collections.abc import Iterable
from typing import Literal

from questionnaires.pack import Pack, Text

TOLERANCE = 1e-12
Operator = Literal[">=", ">", "<=", "<"]
Verdict = Literal["met", "not_met", "undetermined"]
Scope = Literal["nation", "city", "county"]
WORDS = {">=": "不低于", ">": "高于", "<=": "不超过", "<": "低于"}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several tests make together: one that fails decides, then one that cannot be told.

    >>> worst(["met", "undetermined"]), worst(["undetermined", "not_met"]), worst([])
    ('undetermined', 'not_met', 'undetermined')
    """
    found = set(verdicts) or {"undetermined"}
    if "not_met" in found:
        return "not_met"
    return "undetermined" if "undetermined" in found else "met"


def holds(value: float, operator: str, threshold: float) -> bool:
    """Whether `value operator threshold`, unrounded.

    Equal means within TOLERANCE (times the threshold where that is above 1): floats may disagree in the
    last digit, as in 0.765 / 0.9, which is 0.85.

    >>> holds(0.765 / 0.9, ">=", 0.85), holds(0.5, "<=", 0.5), holds(0.5, "<", 0.5)
    (True, True, False)
    """
    slack = TOLERANCE * max(1.0, abs(threshold))
    if operator == ">=":
        return value >= threshold - slack
    if operator == "<=":
        return value <= threshold + slack
    return value > threshold + slack if operator == ">" else value < threshold - slack


class Limit(Pack):
    """A number that decides, how it is compared, and the document, its scope and year, that says so."""

    operator: Operator
    value: float
    unit: str = ""
    scope: Scope = "nation"
    year: int | None = None
    clause: Text

    def holds(self, value: float) -> bool:
        """Whether the value is on the right side."""
        return holds(value, self.operator, self.value)

    def verdict(self, value: float | None) -> Verdict:
        """met or not_met; undetermined without a value."""
        if value is None:
            return "undetermined"
        return "met" if self.holds(value) else "not_met"

    def show(self, value: float, decimals: int) -> str:
        """The value with so many decimals, and more where rounding would carry it across the limit."""
        for places in range(decimals, 16):
            text = f"{value:.{places}f}"
            if self.holds(float(text)) == self.holds(value):
                break
        return text

    def explain(self, value: float, decimals: int | None = None) -> str:
        """How the value compares, in Chinese; the value as reported, or with so many decimals."""
        shown = f"{value:.10g}" if decimals is None else self.show(value, decimals)
        side = "符合" if self.holds(value) else "不符合"
        return f"为{shown}{self.unit}，{side}“{WORDS[self.operator]}{self.value:.10g}{self.unit}”的要求"
