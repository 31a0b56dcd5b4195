"""Roadmaps: where a county's plan says it stands, where it wants to be by when, and who answers for it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from analysis.limits import Operator
from questionnaires.pack import Pack, Text

Stage = Literal["primary", "junior", ""]
Month = Annotated[str, Field(pattern=r"^\d{4}(-\d{2})?$")]


class Baseline(Pack):
    """What a plan prints about the present of one indicator (or sub-id) in one stage ("" = whole county).

    `met` of `total` schools; `mean` is the county's, in the indicator's unit; `share` is a percentage as
    printed (92 means 92 %); `text` is what is printed instead of, or beside, a number.
    """

    indicator: Text
    stage: Stage = ""
    met: int | None = None
    total: int | None = None
    mean: float | None = None
    share: float | None = None
    text: str | None = None
    clause: Text

    @model_validator(mode="after")
    def _counts_within_the_total(self) -> Self:
        if self.met is not None and (self.total is None or not 0 <= self.met <= self.total):
            raise ValueError("met must be a part of total")
        return self


class Target(Pack):
    """What a plan promises by year, in the same terms as the baseline."""

    indicator: Text
    stage: Stage = ""
    met: dict[int, int] = Field(default_factory=dict)
    total: int | None = None
    share: dict[int, float] = Field(default_factory=dict)
    text: dict[int, str] = Field(default_factory=dict)
    clause: Text

    @model_validator(mode="after")
    def _counts_within_the_total(self) -> Self:
        if self.met and (self.total is None or not all(0 <= met <= self.total for met in self.met.values())):
            raise ValueError("met must be a part of total")
        return self


class Duty(Pack):
    """The units that answer for an indicator, the leading one first."""

    indicator: Text
    units: tuple[Text, ...]
    clause: Text


class Phase(Pack):
    """One step of the plan's calendar; an empty end is open."""

    name: Text
    start: Month
    end: Month | Literal[""] = ""
    clause: Text


class Milestone(Pack):
    """A goal of one year that is not a count of schools."""

    indicator: str = ""
    year: int
    goal: Text
    operator: Operator | None = None
    value: float | None = None
    unit: str = ""
    clause: Text


class Fact(Pack):
    """Any other figure the document prints."""

    id: Text
    title: Text
    value: float
    unit: Text
    clause: Text


class Reading(Pack):
    """One of several values that documents give for the same thing."""

    value: float
    clause: Text


class Contradiction(Pack):
    """Values that disagree: all are kept; `used` is the one judged by (None: no judgement needs one)."""

    indicator: str = ""
    stage: Stage = ""
    title: Text
    values: tuple[Reading, ...]
    used: float | None = None
    reason: Text

    @model_validator(mode="after")
    def _uses_a_recorded_value(self) -> Self:
        if self.used is not None and self.used not in {each.value for each in self.values}:
            raise ValueError("used must be one of the values")
        return self


class PolicyNote(Pack):
    """Where a later document may have moved a figure."""

    indicator: Text
    note: Text
    clause: Text
