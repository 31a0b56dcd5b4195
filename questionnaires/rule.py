"""Rules: how a recognition rate is sampled, weighted, counted and judged (认可度测算规则)."""

from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from questionnaires.pack import Cited, Pack, Text, read_pack
from questionnaires.paper import Group

FOLDER = Path(__file__).parent / "rules"
Share = Annotated[float, Field(ge=0, le=1)]
Band = tuple[int, int]
Part = Annotated[Fraction, Field(ge=0, le=1)]


class Sample(Pack):
    """How many are asked, and whom."""

    permille: Cited[Annotated[float, Field(gt=0)]]
    floor: Cited[Annotated[int, Field(gt=0)]] | None = None
    floor_below: Cited[Annotated[int, Field(gt=0)]] | None = None
    parents_min_share: Cited[Part]
    grade_bands: Cited[tuple[Band, ...]]
    locales: Cited[Literal["population"]]
    first_student_grade: Cited[Annotated[int, Field(ge=1, le=9)]]

    @field_validator("grade_bands")
    @classmethod
    def _bands_follow_each_other(cls, bands: Cited[tuple[Band, ...]]) -> Cited[tuple[Band, ...]]:
        grades = [grade for first, last in bands.value for grade in range(first, last + 1)]
        if grades != list(range(1, 10)):
            raise ValueError("the bands must hold each of the grades 1 to 9 once, in order")
        return bands

    @model_validator(mode="after")
    def _floor_has_its_limit(self) -> Self:
        if (self.floor is None) != (self.floor_below is None):
            raise ValueError("floor and floor_below must stand together")
        return self


class Counting(Pack):
    """Which options count as recognition."""

    satisfied: Cited[frozenset[int]]
    strict: Cited[frozenset[int]]
    score: Cited[dict[int, Share]]
    unknown: Cited[Literal["leaves_denominator"]]
    headline: Cited[Literal["form_mean"]]

    @model_validator(mode="after")
    def _options_are_scored(self) -> Self:
        problems = []
        if not self.strict.value <= self.satisfied.value:
            problems.append("strict: must be among the satisfied options")
        if not self.satisfied.value <= set(self.score.value):
            problems.append("score: every satisfied option needs a score")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Threshold(Pack):
    """The line and how it is read: unrounded."""

    value: Share
    operator: Literal[">=", ">"]
    clause: Text


class Nonresponse(Pack):
    """When a response rate is trusted on its own, and when classes are merged."""

    least_forms: Cited[Annotated[int, Field(ge=1)]]
    largest_factor: Cited[Annotated[float, Field(ge=1)]]


class Disclosure(Pack):
    """What is never shown."""

    smallest: Cited[Annotated[int, Field(ge=2)]]
    unit_bounds: Cited[tuple[Share, Share]]

    @field_validator("unit_bounds")
    @classmethod
    def _bounds_are_ordered(cls, bounds: Cited[tuple[Share, Share]]) -> Cited[tuple[Share, Share]]:
        low, high = bounds.value
        if low >= high:
            raise ValueError("the lower bound must be below the upper one")
        return bounds


class Rule(Pack):
    """One version of one rule; a change is a new file."""

    id: Text
    title: Text
    published: date
    sample: Sample
    weights: Cited[dict[Group, Part]]
    counting: Counting
    valid_form: Cited[Part]
    valid_return: Cited[Share] | None = None
    threshold: Threshold
    confidence: Cited[Share]
    nonresponse: Nonresponse
    disclosure: Disclosure

    @field_validator("weights")
    @classmethod
    def _weights_sum_to_one(cls, weights: Cited[dict[Group, Part]]) -> Cited[dict[Group, Part]]:
        if sum(weights.value.values()) != 1:
            raise ValueError("the groups' weights must sum to 1")
        return weights

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups the rule asks, in its order."""
        return tuple(self.weights.value)

    @property
    def smallest(self) -> int:
        """The fewest people any shown or stored cell may stand for."""
        return self.disclosure.smallest.value


@cache
def load_rule(name: str) -> Rule:
    """One rule by its file name, e.g. `quality-2024`."""
    return read_pack(FOLDER / f"{name}.toml", Rule)


def list_rules() -> list[str]:
    """The names of the rules that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
