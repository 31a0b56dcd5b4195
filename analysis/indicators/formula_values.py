"""What a formula comes to with reported amounts, and how it is said (原始数据怎样算成指标)."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import NamedTuple

from analysis.indicators.raw_figures import Formula, load_raw_figures
from analysis.sentences import say
from questionnaires.vocabulary import Stage

NAMED = 5


class Reported(NamedTuple):
    """One amount as it was reported; `school` is empty for the county's."""

    figure: str
    school: str
    stage: str
    value: float


class IncompleteError(Exception):
    """A figure is missing; the message says which."""


def find_hours(name: str, own: Sequence[Reported]) -> float | None:
    """The fewest hours that anybody demanded; None where the formula knows no hours. Raises IncompleteError."""
    if not name:
        return None
    demanded = [amount.value for amount in own if amount.figure == name]
    if not demanded:
        raise IncompleteError(say("figures.none", title=load_raw_figures().figures[name].zh))
    return min(demanded)


def sum_figure(name: str, own: Sequence[Reported], needed: Sequence[str], stage: str) -> float:
    """A figure of the county, of its stages or of all its schools together; raises IncompleteError.

    What is reported in two of these ways has to come to the same; where no `stage` is meant, one alone is not whole.
    """
    title = load_raw_figures().figures[name].zh
    given = [amount for amount in own if amount.figure == name]
    whole = [amount.value for amount in given if not amount.school and not amount.stage]
    stages = [amount.value for amount in given if not amount.school and amount.stage]
    parts = {amount.school for amount in given if amount.school}
    told = {amount.stage for amount in given if not amount.school and amount.stage}
    if not stage and not whole and told and (silent := [part.zh for part in Stage if part not in told]):
        raise IncompleteError(say("figures.stages", title=title, stages="、".join(silent)))
    schools = [amount.value for amount in given if amount.school]
    if parts and (away := [school for school in needed if school not in parts]):
        raise IncompleteError(say("figures.schools", title=title, count=len(away), schools="、".join(away[:NAMED])))
    sums = [sum(values) for values in (whole, stages, schools) if values]
    if not sums:
        raise IncompleteError(say("figures.none", title=title))
    if not isclose(min(sums), max(sums)):
        raise IncompleteError(say("figures.differ", title=title, sums="、".join(f"{total:.10g}" for total in sums)))
    return sums[0]


def _add(terms: Sequence[str], amounts: Mapping[str, float]) -> float:
    return sum(-amounts[term[1:]] if term.startswith("-") else amounts[term] for term in terms)


def find_ratio(formula: Formula, amounts: Mapping[str, float]) -> float:
    """What a formula comes to with these amounts; raises IncompleteError."""
    value = _divide(formula.top, formula.bottom, amounts)
    if formula.against_top:
        value /= _divide(formula.against_top, formula.against_bottom, amounts, divides=True)
    return formula.per * value


def _divide(top: Sequence[str], bottom: Sequence[str], amounts: Mapping[str, float], *, divides: bool = False) -> float:
    """A sum over another; raises IncompleteError where something is to be divided by nothing."""
    for terms in (*([bottom] if bottom else []), *([top] if divides else [])):
        if _add(terms, amounts) <= 0:
            names = "、".join(load_raw_figures().figures[term.removeprefix("-")].zh for term in terms)
            raise IncompleteError(say("figures.zero", title=names))
    return _add(top, amounts) / (_add(bottom, amounts) if bottom else 1.0)


def say_formula(formula: Formula, amounts: Mapping[str, float]) -> str:
    """The formula with names and amounts: 交流轮岗教师数108÷符合交流条件的教师数1023×100."""
    text = _say_terms(formula.top, amounts)
    if formula.bottom:
        text = f"{text}÷{_say_terms(formula.bottom, amounts)}"
    if formula.against_top:
        against = f"{_say_terms(formula.against_top, amounts)}÷{_say_terms(formula.against_bottom, amounts)}"
        text = f"（{text}）÷（{against}）"
    scope = f"{formula.scope}：" if formula.scope else ""
    return scope + text + (f"×{formula.per:g}" if formula.per != 1 else "")


def _say_terms(terms: Sequence[str], amounts: Mapping[str, float]) -> str:
    named = load_raw_figures().figures
    told = [
        ("－" if term.startswith("-") else "＋") + named[name].zh + f"{amounts[name]:.10g}"
        for term in terms
        if (name := term.removeprefix("-"))
    ]
    text = "".join(told).removeprefix("＋")
    return f"（{text}）" if len(terms) > 1 else text
