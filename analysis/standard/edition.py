"""Standards: indicators, thresholds, the school rule, vetoes and plans, each with its clause (评估标准)."""

from collections import Counter
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from analysis.standard.inheritance import inherited_content
from analysis.standard.limits import Limit, Operator, Scope
from analysis.standard.roadmap import (
    Baseline,
    Contradiction,
    Duty,
    Event,
    Fact,
    Kind,
    Milestone,
    Phase,
    PolicyNote,
    Target,
    split_units,
)
from questionnaires.frozen import frozen_problems, sum_of
from questionnaires.pack import Cited, Pack, PackError, Text, build_file

FOLDER = Path(__file__).parents[1] / "standards"


class Requirement(Pack):
    """One test of an indicator; without operator and value the county answers it with yes or no.

    `ids`: the ids a county row may carry (default: the indicator's own). `reads`: where the figure comes
    from (`composite`: the mean of a stage's coefficients of variation); for rooms, `value` is how many
    classes one room may serve. `kinds`: the kinds of school meant. `scope` and `year` are those of the
    document that says so.
    """

    title: str = ""
    ids: tuple[Text, ...] = ()
    reads: Literal["county", "music_rooms", "art_rooms", "size", "largest_class", "recognition", "composite"] = "county"
    column: Literal["value", "hours"] = "value"
    stage: Literal["primary", "junior", "special", ""] = ""
    kinds: frozenset[Kind] = frozenset()
    operator: Operator | None = None
    value: float | None = None
    unit: str = ""
    room_area: float | None = None
    scope: Scope = "nation"
    year: int | None = None
    clause: Text

    @property
    def limit(self) -> Limit | None:
        """The threshold; None where the county answers yes or no."""
        if self.operator is None or self.value is None:
            return None
        given = {name: getattr(self, name) for name in Limit.model_fields}
        return Limit.model_validate(given)

    @model_validator(mode="after")
    def _is_measured_or_answered(self) -> Self:
        if (self.operator is None) != (self.value is None):
            raise ValueError("operator and value come together")
        return self


class Measure(Pack):
    """How a school's value is computed: column / pupils * per; `lacks` names the natural unit."""

    column: Text
    per: float
    lacks: Text
    decimals: int


class Indicator(Pack):
    """One indicator; it is met when all its requirements are."""

    dimension: Literal["resources", "guarantee", "quality", "recognition"]
    title: Text
    measure: Measure | None = None
    requires: dict[str, Requirement]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.requires:
            raise ValueError("needs at least one requirement")
        stages = {requirement.stage for requirement in self.requires.values() if requirement.value}
        if self.dimension == "resources" and (self.measure is None or stages != {"primary", "junior"}):
            raise ValueError("a resource indicator needs a measure and a threshold above 0 for both stages")
        return self


class Goal(Pack):
    """A goal that one county's plan adds to the indicators; its ids begin with L, the year is that of the plan."""

    title: Text
    year: int | None = None
    requires: Annotated[dict[str, Requirement], Field(min_length=1)]


class SchoolRule(Pack):
    """How many indicators a school must meet, and what the rest must reach of their thresholds."""

    required: Limit
    remainder: Limit


class VariationLimits(Pack):
    """The largest coefficient of variation between schools."""

    primary: Limit
    junior: Limit

    def of(self, stage: str) -> Limit:
        """The limit of one stage."""
        return self.primary if stage == "primary" else self.junior


class Excluded(Pack):
    """Schools that the resource indicators leave out."""

    kinds: Cited[frozenset[Kind]]
    points_under: Cited[int]


class Condition(Pack):
    """A precondition, or a veto: met means checked, and nothing found."""

    title: Text
    clause: Text


class Document(Pack):
    """The document a standard restates; `scope` and `year` are stamped on every limit its file sets."""

    number: Text
    issuer: Text
    scope: Scope = "nation"
    year: int | None = None
    issued: date | None = None
    published: date | None = None
    basis: tuple[Text, ...] = ()
    repeals: tuple[Text, ...] = ()
    note: str = ""


class Standard(Pack):
    """One version of one standard with everything it inherits; a change is a new file.

    `kind`: targets is a work plan, whose goals decide no verdict. `restated`: where the document repeats an
    indicator without changing it. `back_loaded`: the part of the remaining schools that, due in the plan's
    last year, makes it back-loaded.
    """

    id: Text
    title: Text
    kind: Literal["standard", "targets"] = "standard"
    extends: str = ""
    published: date
    county: str = ""
    target_year: int | None = None
    document: Document
    school_rule: SchoolRule
    variation: VariationLimits
    excluded: Excluded
    through_school_primary: Cited[Literal["counted", "not_counted"]]
    split_indicators: Cited[frozenset[Text]]
    split_ratio: Cited[Annotated[dict[Literal["primary", "junior", "senior"], float], Field(min_length=3)]]
    plausible: Cited[dict[str, tuple[float, float]]]
    back_loaded: Limit
    indicators: dict[str, Indicator]
    goals: dict[Annotated[str, Field(pattern="^L")], Goal] = Field(default_factory=dict)
    restated: dict[str, Text] = Field(default_factory=dict)
    preconditions: dict[str, Condition]
    vetoes: dict[str, Condition]
    contradictions: tuple[Contradiction, ...] = ()
    policy_notes: tuple[PolicyNote, ...] = ()
    baseline: tuple[Baseline, ...] = ()
    targets: tuple[Target, ...] = ()
    duties: tuple[Duty, ...] = ()
    phases: tuple[Phase, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    events: tuple[Event, ...] = ()
    facts: tuple[Fact, ...] = ()

    def of(self, dimension: str) -> dict[str, Indicator]:
        """The indicators of one dimension, in order."""
        return {key: indicator for key, indicator in self.indicators.items() if indicator.dimension == dimension}

    @property
    def entries(self) -> dict[str, Indicator | Goal]:
        """The indicators, then the goals the plan adds."""
        return {**self.indicators, **self.goals}

    def threshold(self, indicator: str, stage: str) -> Limit:
        """What a resource indicator demands of a school of one stage."""
        limits = (
            requirement.limit
            for requirement in self.indicators[indicator].requires.values()
            if requirement.stage == stage
        )
        return next(limit for limit in limits if limit)

    @property
    def recognition_line(self) -> Limit:
        """The percentage that the recognition rate must reach."""
        return next(limit for requirement in self.indicators["S1"].requires.values() if (limit := requirement.limit))

    @property
    def milestones_by_id(self) -> dict[str, Milestone]:
        """The milestones by the id under which a county row answers them: `M`, the year, and the place in it.

        >>> list(load_standard("qianjiang-2020").milestones_by_id)[:7]
        ['M2020-1', 'M2020-2', 'M2020-3', 'M2020-4', 'M2021-1', 'M2022-1', 'M2024-1']
        """
        places: Counter[int] = Counter()
        found = {}
        for milestone in self.milestones:
            places[milestone.year] += 1
            found[f"M{milestone.year}-{places[milestone.year]}"] = milestone
        return found

    @property
    def first_target_year(self) -> int | None:
        """The first year with a target; data of before are the plan's present (现状). None without targets."""
        return min((year for target in self.targets for year in (*target.years, *target.text)), default=None)

    def whole(self, name: str) -> str:
        """The indicator that a sub-id belongs to; any other id is its own.

        >>> load_standard("national-2017").whole("G3a"), load_standard("national-2017").whole("R1")
        ('G3', 'R1')
        """
        return self._whole_by_id.get(name, name)

    @cached_property
    def _whole_by_id(self) -> dict[str, str]:
        """The indicator that asks for each id; the first where several do."""
        entries = reversed(self.indicators.items())
        return {part: key for key, entry in entries for asked in entry.requires.values() for part in asked.ids}

    def units(self, name: str) -> list[str]:
        """The units that answer for an indicator or sub-id, the leading one first."""
        meant = {name, self.whole(name)}
        return list(dict.fromkeys(unit for duty in self.duties if duty.indicator in meant for unit in duty.everyone))

    def answering(self, name: str) -> tuple[list[str], list[str]]:
        """The leading units of an indicator or sub-id, and the cooperating ones (`split_units`).

        >>> load_standard("qianjiang-2020").answering("G8a")
        (['区财政局', '区人力社保局'], ['区教委'])
        """
        return split_units(self.duties, {name, self.whole(name)}, self.units(name))


def list_standards() -> list[str]:
    """The names of the standards that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def check_standards() -> list[str]:
    """One sentence for every problem of every standard that ships; empty when all is well."""
    problems: list[str] = []
    problems += frozen_problems(FOLDER)
    for name in list_standards():
        try:
            load_standard(name)
        except PackError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


def standard_digests(standard: Standard) -> dict[str, str]:
    """The SHA-256 of a shipped standard's file and of those it extends, by name.

    >>> list(standard_digests(load_standard("qianjiang-2020")))
    ['qianjiang-2020', 'national-2017']
    """
    digests = {standard.id: sum_of(FOLDER / f"{standard.id}.toml")}
    return digests | (standard_digests(load_standard(standard.extends)) if standard.extends else {})


@cache
def load_standard(name: str) -> Standard:
    """One standard by its file name, e.g. `qianjiang-2020`."""
    return read_standard(FOLDER / f"{name}.toml")


def read_standard(path: Path) -> Standard:
    """Read a standard and those it extends (beside it, or shipped); raises PackError with every problem."""
    return build_file(path, Standard, *inherited_content(path, FOLDER))
