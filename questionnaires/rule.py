"""Rules: how a recognition rate is sampled, weighted, counted and judged (认可度测算规则)."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from questionnaires.integrity_limits import Chance, Integrity, Share
from questionnaires.pack import Cited, Pack, PackError, Text, read_pack
from questionnaires.paper import Paper, list_editions, list_papers, load_paper
from questionnaires.vocabulary import Group

FOLDER = Path(__file__).parent / "rules"
USUAL_RULE = "quality-2024"
"""The rule a round is measured by when nobody chose another."""

Band = tuple[int, int]
Part = Annotated[Fraction, Field(ge=0, le=1)]


class Sample(Pack):
    """How many are asked, and whom."""

    permille: Cited[Annotated[float, Field(gt=0)]]
    floor: Cited[Annotated[int, Field(gt=0)]] | None = None
    floor_below: Cited[Annotated[int, Field(gt=0)]] | None = None
    parents_min_share: Cited[Part]
    grade_bands: Cited[tuple[Band, ...]]
    by_grade: Cited[tuple[Group, ...]]
    """The groups spread over the grade bands."""
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
    own: dict[Group, frozenset[int]] = Field(default_factory=dict)
    """The codes that count for groups whose paper names others; no file of a rule says so (`count_by_papers`)."""

    def codes_of(self, group: str) -> frozenset[int]:
        """The codes that count for a group, or for several of one paper that stand together (`deputy+cppcc`)."""
        return self.own.get(Group(group.split("+")[0]), self.satisfied.value)

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


class Planning(Pack):
    """What a plan counts on before anyone was asked."""

    return_rate: Cited[Annotated[float, Field(gt=0, le=1)]]
    design_effect: Cited[Annotated[float, Field(ge=1)]]
    """For the groups spread over the grade bands, as long as no frame tells how many share a class."""
    power: Cited[Chance]
    rates: Cited[tuple[Chance, ...]]
    """True rates for which the plan tells how likely it is to prove more than the threshold."""


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
    papers: Cited[Annotated[tuple[Text, ...], Field(min_length=1)]]
    sample: Sample
    planning: Planning
    split_ballot: Cited[Literal["reversed", "apart"]] | None = None
    """What half of the codes see otherwise: the scale in the other order, or 不了解 apart from it (or beside it)."""
    weights: Cited[dict[Group, Part]]
    counting: Counting
    valid_form: Cited[Part]
    valid_return: Cited[Share] | None = None
    retention_years: Cited[Annotated[int, Field(ge=1)]]
    """How long forms are kept after the window's end; then `survey purge` deletes them."""
    threshold: Threshold
    confidence: Cited[Share]
    nonresponse: Nonresponse
    disclosure: Disclosure
    integrity: Integrity

    @field_validator("weights")
    @classmethod
    def _weights_sum_to_one(cls, weights: Cited[dict[Group, Part]]) -> Cited[dict[Group, Part]]:
        if sum(weights.value.values()) != 1:
            raise ValueError("the groups' weights must sum to 1")
        return weights

    @model_validator(mode="after")
    def _planned_rates_prove_something(self) -> Self:
        if min(self.planning.rates.value, default=1.0) <= self.threshold.value:
            raise ValueError("planning.rates: must lie above the threshold")
        return self

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups the rule asks, in its order."""
        return tuple(self.weights.value)

    @property
    def smallest(self) -> int:
        """The fewest people any shown or stored cell may stand for."""
        return self.disclosure.smallest.value


def load_papers(rule: Rule, edition: str = "") -> tuple[Paper, ...]:
    """The papers that the rule's groups answer, in the order the rule names them; of another edition where one is said.

    Raises PackError when that edition does not fit the rule.
    """
    return tuple(map(load_paper, choose_papers(rule, edition) if edition else rule.papers.value))


def count_by_papers(rule: Rule, papers: Iterable[Paper]) -> Rule:
    """The rule as it counts these papers: what a paper says of its own scale goes before the rule's list.

    >>> rule = load_rule("quality-2024")
    >>> count_by_papers(rule, [load_paper("student-2027")]) == rule    # its paper counts the same codes
    True
    """
    own = {
        group: paper.counts.value
        for paper in papers
        for group in paper.groups
        if paper.counts and paper.counts.value != rule.counting.satisfied.value
    }
    return rule.model_copy(update={"counting": rule.counting.model_copy(update={"own": own})})


def choose_papers(rule: Rule, edition: str = "", *, on: date | None = None) -> tuple[str, ...]:
    """The ids of a round's papers: the rule's kinds in the edition that was chosen, else in the newest published `on`.

    A published edition that does not fit the rule is passed over, and the papers that the rule names are the oldest.
    Raises PackError when the chosen edition does not fit: each kind is there, and asks by the rule's item ids.

    >>> choose_papers(load_rule("quality-2024"), "2027b")
    ('social-2027b', 'staff-2027b', 'student-2027b')
    >>> [choose_papers(load_rule("quality-2024"), on=date(year, 9, 1))[0] for year in (2026, 2027)]
    ['social-2026', 'social-2027']
    """
    if edition:
        problems = _misfits(rule, edition)
        if problems:
            raise PackError(problems)
        return _of_edition(rule, edition)
    fitting = [found for found in list_editions() if _is_published(rule, found, on) and not _misfits(rule, found)]
    return _of_edition(rule, fitting[-1]) if fitting else rule.papers.value


def list_fitting_editions(rule: Rule) -> list[str]:
    """The editions that a round by this rule may choose, the oldest first."""
    return [edition for edition in list_editions() if not _misfits(rule, edition)]


def _of_edition(rule: Rule, edition: str) -> tuple[str, ...]:
    return tuple(f"{paper.kind}-{edition}" for paper in load_papers(rule))


def _is_published(rule: Rule, edition: str, on: date | None) -> bool:
    there = [load_paper(name) for name in _of_edition(rule, edition) if name in list_papers()]
    return on is not None and all(paper.published and paper.published <= on for paper in there)


def _misfits(rule: Rule, edition: str) -> list[str]:
    """What keeps a round by this rule from an edition, a sentence each."""
    chosen = _of_edition(rule, edition)
    missing = [f"{name}: is not there" for name in chosen if name not in list_papers()]
    if missing:
        return missing
    named = load_papers(rule)[0].item_ids
    return [] if all(load_paper(name).item_ids == named for name in chosen) else [f"{edition}: asks by other item ids"]


@cache
def load_rule(name: str) -> Rule:
    """One rule by its file name, e.g. `quality-2024`."""
    return read_pack(FOLDER / f"{name}.toml", Rule)


def list_rules() -> list[str]:
    """The names of the rules that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
