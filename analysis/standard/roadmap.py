"""Roadmaps: where a county's plan says it stands, where it wants to be by when, and who answers for it."""

from collections.abc import Sequence, Set
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from analysis.standard.limits import Operator
from questionnaires.pack import Pack, Text

Stage = Literal["primary", "junior", ""]
Counted = Literal["classes_over", "classes_56", "classes_66", "largest_school", "built_primary", "built_junior", ""]
Kind = Literal["primary", "junior", "nine_year", "twelve_year", "complete_secondary", "point", "special", "vocational"]
Locale = Literal["city", "town", "village"]
UNKNOWN_BASE = "口径未注明"
"""What a pack writes as the base of a percentage whose document does not say of what it is."""
Month = Annotated[str, Field(pattern=r"^\d{4}(-\d{2})?$")]


class Baseline(Pack):
    """What a plan prints about the present of one indicator (or sub-id) in one stage ("" = whole county).

    `met` of `total` schools, or `short` schools that are not met; `mean` is the county's, in the
    indicator's unit; `share` is a percentage as printed (92 means 92 %); `text` is what is printed instead
    of, or beside, a number; `base` says whose figure it is, where the document does.
    """

    indicator: Text
    stage: Stage = ""
    met: int | None = None
    short: int | None = None
    total: int | None = None
    mean: float | None = None
    share: float | None = None
    text: str | None = None
    base: str = ""
    subject: str = ""
    grade: int | None = None
    year: int | None = None
    clause: Text

    @model_validator(mode="after")
    def _counts_within_the_total(self) -> Self:
        if self.met is not None and (self.total is None or not 0 <= self.met <= self.total):
            raise ValueError("met must be a part of total")
        if self.met is not None and self.short is not None and self.met + self.short != self.total:
            raise ValueError("met and short must add up to total")
        return self


class Target(Pack):
    """What a plan promises by year, in the same terms as the baseline.

    `base` names the schools meant as the document does, or says that it does not; `locales` and `kinds`
    (both empty: all) are the schools counted for it.
    """

    indicator: Text
    stage: Stage = ""
    met: dict[int, int] = Field(default_factory=dict)
    total: int | None = None
    share: dict[int, float] = Field(default_factory=dict)
    text: dict[int, str] = Field(default_factory=dict)
    base: str = ""
    locales: frozenset[Locale] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    clause: Text

    @model_validator(mode="after")
    def _counts_within_the_total(self) -> Self:
        if self.met and (self.total is None or not all(0 <= met <= self.total for met in self.met.values())):
            raise ValueError("met must be a part of total")
        return self

    def planned(self, year: int) -> float | None:
        """The share of schools, or the percentage, promised for a year; None where there is no number."""
        if (met := self.met.get(year)) is not None and self.total:
            return 100 * met / self.total
        return self.share.get(year)

    @property
    def base_is_known(self) -> bool:
        """Whether the document says of what its percentage is."""
        return self.base != UNKNOWN_BASE

    @property
    def years(self) -> list[int]:
        """The years with a number, the first first."""
        return sorted({*self.met, *self.share})


class Duty(Pack):
    """The units that answer for an indicator or, without one, for a task; the leading unit first.

    `lead` and `cooperating` where the document keeps them apart: `units` are then both. `about`: the indicators that a
    task serves.
    """

    indicator: str = ""
    task: str = ""
    about: tuple[Text, ...] = ()
    lead: tuple[Text, ...] = ()
    cooperating: tuple[Text, ...] = ()
    units: tuple[Text, ...] = ()
    clause: Text

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if not self.indicator and not self.task:
            raise ValueError("needs an indicator or a task")
        if bool(self.units) == bool(self.lead) or (self.cooperating and not self.lead):
            raise ValueError("needs either units, or lead with cooperating")
        return self

    @property
    def everyone(self) -> tuple[str, ...]:
        """All who answer, the leading ones first."""
        return self.units or (*self.lead, *self.cooperating)


def split_units(duties: Sequence[Duty], meant: Set[str], units: Sequence[str]) -> tuple[list[str], list[str]]:
    """Who leads and who cooperates: as the tasks that serve these indicators say, else the first of the units leads."""
    tasks = [duty for duty in duties if duty.lead and meant & {duty.indicator, *duty.about}]
    everyone = [*(unit for duty in tasks for unit in duty.cooperating), *units]
    lead = list(dict.fromkeys(unit for duty in tasks for unit in duty.lead)) or everyone[:1]
    return lead, [unit for unit in dict.fromkeys(everyone) if unit not in lead]


class Phase(Pack):
    """One step of the plan's calendar; an empty end is open."""

    name: Text
    start: Month
    end: Month | Literal[""] = ""
    clause: Text


class Milestone(Pack):
    """A goal of one year that is not a share of schools.

    `reads`: what is counted for it: classes over the line, of 56 pupils and more or of 66 and more (as a percentage of
    all classes where `unit` is %), the largest school's pupils, schools of a stage that were built in the year (in
    `locale`, where one is named), or what `figure` (the id of a formula of raw figures, or of recognition's yearly
    change) comes to; otherwise a person has to tell whether it is reached.
    """

    indicator: str = ""
    year: int
    goal: Text
    reads: Literal[
        "classes_over", "classes_56", "classes_66", "largest_school", "built_primary", "built_junior", "figure", ""
    ] = ""
    figure: str = ""
    locale: Locale | Literal[""] = ""
    operator: Operator | None = None
    value: float | None = None
    unit: str = ""
    base: str = ""
    clause: Text

    @model_validator(mode="after")
    def _what_is_counted_has_a_limit(self) -> Self:
        if self.reads and (self.operator is None or self.value is None):
            raise ValueError("what is counted needs operator and value")
        if (self.reads == "figure") != bool(self.figure):
            raise ValueError("a figure is read where one is named")
        return self


class Event(Pack):
    """Something the document says has happened."""

    when: Month
    what: Text
    clause: Text


class Fact(Pack):
    """Any other figure the document prints: as it is, or (with operator or year) as it shall be."""

    id: Text
    title: Text
    value: float
    operator: Operator | None = None
    unit: Text
    year: int | None = None
    clause: Text


class Reading(Pack):
    """One of several values that documents give for the same thing."""

    value: float
    operator: Operator | None = None
    unit: str = ""
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
        if self.used is not None and self.used not in {value.value for value in self.values}:
            raise ValueError("used must be one of the values")
        return self


class PolicyNote(Pack):
    """Where a later document may have moved a figure, or a rule seen elsewhere is left out.

    `under`: a figure that reaches the line but not this one is told with the note; it changes no verdict.
    """

    indicator: Text
    note: Text
    under: float | None = None
    clause: Text
