"""Limits: a number that decides, how a value is held against it, and what several verdicts make."""

from collections.abc import Iterable
from typing import Literal

from analysis.sentences import say
from questionnaires.pack import Pack, Text
from questionnaires.vocabulary import Operator as OperatorTerm
from questionnaires.vocabulary import Verdict, words

TOLERANCE = 1e-12
Operator = Literal[">=", ">", "<=", "<"]
Scope = Literal["nation", "city", "county"]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several tests make together: one that fails decides, then one that cannot be told.

    >>> worst([Verdict.MET, Verdict.UNDETERMINED]).value, worst([Verdict.UNDETERMINED, Verdict.NOT_MET]).value
    ('undetermined', 'not_met')
    >>> worst([]).value
    'undetermined'
    """
    found = set(verdicts) or {Verdict.UNDETERMINED}
    if Verdict.NOT_MET in found:
        return Verdict.NOT_MET
    return Verdict.UNDETERMINED if Verdict.UNDETERMINED in found else Verdict.MET


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
            return Verdict.UNDETERMINED
        return Verdict.MET if self.holds(value) else Verdict.NOT_MET

    @property
    def words(self) -> str:
        """What is demanded, in words."""
        return say_demand(self.operator, self.value, self.unit)

    def show(self, value: float, decimals: int) -> str:
        """The value with so many decimals, and more where rounding would carry it across the limit."""
        for places in range(decimals, 16):
            text = f"{value:.{places}f}"
            if self.holds(float(text)) == self.holds(value):
                break
        return text

    def explain(self, value: float, decimals: int | None = None, *, at_most: int | None = None) -> str:
        """How the value compares, in Chinese: as reported, with so many decimals, or with those it has of so many."""
        shown = f"{value:.10g}" if decimals is None else self.show(value, decimals)
        if at_most is not None:
            shown = self.show(value, at_most).rstrip("0").rstrip(".")
        return say(
            "limits.passes" if self.holds(value) else "limits.fails", shown=shown, unit=self.unit, line=self.words
        )


def say_demand(operator: str | None, value: float, unit: str) -> str:
    """A number with how it is compared, in words.

    >>> say_demand(">=", 6000.0, "元/生")
    '不低于6000元/生'
    """
    return f"{words(OperatorTerm).get(operator or '', '')}{value:.10g}{unit}"
