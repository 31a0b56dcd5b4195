"""Raw figures: what is counted and reported as it is, and the formulas of indicators, from `raw_figures.toml`."""

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from questionnaires.pack import Pack, Text, read_pack

FILE = Path(__file__).with_name("raw_figures.toml")


class Figure(Pack):
    """Something that is counted, in its unit."""

    zh: Text
    unit: Text


class Formula(Pack):
    """How an indicator is computed: the sum of `top` over that of `bottom`, times `per`.

    `against_*`: the ratio that it is divided by. `each`: of every school by itself, the lowest or highest of them, or
    the share of those with 1; `schools` are those that have to be there then: all, those in a city or town, or the
    primary schools under 100 pupils.
    `scope` names one of several ways. `hours`: the figure that says which hours were demanded.
    """

    indicator: Text
    stage: Literal["primary", "junior", "special", ""] = ""
    by_stage: bool = False
    scope: str = ""
    top: tuple[Text, ...]
    bottom: tuple[Text, ...] = ()
    against_top: tuple[Text, ...] = ()
    against_bottom: tuple[Text, ...] = ()
    per: float = 1.0
    hours: str = ""
    each: Literal["lowest", "highest", "share", ""] = ""
    schools: Literal["all", "town", "small", ""] = ""

    @property
    def figures(self) -> tuple[str, ...]:
        """Every figure it needs."""
        terms = (*self.top, *self.bottom, *self.against_top, *self.against_bottom)
        return (*(term.removeprefix("-") for term in terms), *([self.hours] if self.hours else []))


class RawFigures(Pack):
    """Every figure and formula; `prices`: which figure tells what a unit costs of what an indicator lacks."""

    figures: dict[str, Figure]
    prices: dict[str, str]
    formulas: tuple[Formula, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_its_figures(self) -> Self:
        unknown = {name for formula in self.formulas for name in formula.figures}
        unknown = (unknown | set(self.prices.values())) - self.figures.keys()
        if unknown:
            raise ValueError(f"unknown figures {sorted(unknown)}")
        return self


@cache
def load_raw_figures() -> RawFigures:
    """The figures and formulas of the file beside this module."""
    return read_pack(FILE, RawFigures)


@cache
def computable() -> frozenset[str]:
    """The ids that formulas give, and the indicators that they belong to.

    >>> sorted(computable())[:3]
    ['F1', 'F2', 'F3']
    """
    ids = {formula.indicator for formula in load_raw_figures().formulas}
    return frozenset(ids | {name.rstrip("ab") for name in ids})
