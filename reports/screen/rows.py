"""Rows of results on a screen: items, topics, units and findings as they were published, in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from msgspec import Struct, convert
from msgspec.structs import replace

from analysis.published import UnitRow
from analysis.results import Choice, Estimate, Figure, Finding, ItemRate
from analysis.weights.variance_units import BETWEEN
from questionnaires.pack import read_toml
from questionnaires.paper import Item, Paper
from questionnaires.vocabulary import Verdict
from reports.exports.export_words import load_export_words
from reports.report.choices import load_choice_words
from reports.setting.figures import NONE
from reports.setting.findings import JOIN, name_groups
from reports.setting.typesetting import TEMPLATES

MARGINS = ("stage", "locale")


class CourseWords(Struct, frozen=True, kw_only=True):
    """The words of how answering went; `heads` in the order of a row."""

    about: str
    none: str
    caption: str
    hidden: str
    within: str
    longer: str
    heads: tuple[str, ...]


class ResultWords(Struct, frozen=True, kw_only=True):
    """What views and rows are called."""

    views: dict[str, str]
    ledgers: dict[str, str]
    stage: dict[str, str]
    locale: dict[str, str]
    county: str
    overall: str
    of_group: str
    above: str
    below: str
    between: str
    course: CourseWords

    def margin(self, kind: str, name: str) -> str:
        """A stage or locale."""
        return (self.stage if kind == "stage" else self.locale).get(name, name)


@cache
def load_result_words() -> ResultWords:
    """The words of results."""
    return convert(read_toml(TEMPLATES / "results.toml"), ResultWords)


class Shown(Figure, frozen=True, kw_only=True):
    """A row on the screen; what a view has no use for is left empty."""

    name: str
    rate: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    unknown: float | None = None
    text: str = ""
    topic: str = ""
    scope: str = ""
    state: str = ""
    group: str = ""
    check: str = ""
    flagged: bool = False


def lowest_first(row: Shown) -> tuple[bool, float]:
    """The order of rows: those with a rate or a bound, the lowest first, then the others."""
    return row.rank is None, row.rank or 0.0


class Bounded(Protocol):
    """Something with an interval."""

    @property
    def lower(self) -> float | None:
        """Its lower end."""

    @property
    def upper(self) -> float | None:
        """Its upper end."""


def interval_position(found: Bounded, line: float) -> str:
    """Where an interval lies beside the line.

    >>> interval_position(Shown(name="家长", rate=0.9, lower=0.86, upper=0.93), 0.85)
    '高于'
    """
    words = load_result_words()
    if found.lower is None or found.upper is None:
        return NONE
    return words.above if found.lower > line else words.below if found.upper < line else words.between


class Nearest(NamedTuple):
    """The other choice to look at first, how far its rate is from the rule's own, and whether the verdict turns."""

    name: str
    rate: float
    verdict: Verdict
    apart: float
    turns: bool


def find_nearest(estimate: Estimate) -> Nearest | None:
    """The other choice that turns the verdict with the least change; if none does, the one nearest to the line."""
    choices = [near for choice in estimate.sensitivity if (near := _apart(choice, estimate))]
    turning = [choice for choice in choices if choice.turns]
    if turning:
        return min(turning, key=lambda choice: choice.apart)
    return min(choices, key=lambda choice: abs(choice.rate - estimate.county.threshold), default=None)


def _apart(choice: Choice, estimate: Estimate) -> Nearest | None:
    county = estimate.county
    if county.rate is None or choice.rate is None or choice.verdict is None:
        return None
    return Nearest(
        name=choice.name,
        rate=choice.rate,
        verdict=choice.verdict,
        apart=abs(choice.rate - county.rate),
        turns=choice.verdict != county.verdict,
    )


def name_place(place: str, schools: Mapping[str, str]) -> str:
    """A place in words.

    >>> name_place("class/P01/三年级1班", {"P01": "第一小学"}), name_place("stratum/primary/town", {})
    ('第一小学 三年级1班', '小学·镇区')
    >>> name_place("class/P01/1班~P02/3班", {"P01": "第一小学", "P02": "第二小学"})
    '第一小学 1班~第二小学 3班'
    """
    words = load_result_words()
    level, *parts = place.split("/")
    if level in ("class", "unit"):
        return BETWEEN.join(_name_end(end, schools) for end in "/".join(parts).split(BETWEEN))
    if level == "stratum":
        return "·".join(words.margin(kind, part) for kind, part in zip(MARGINS, parts, strict=True) if part)
    if level in MARGINS:
        return words.margin(level, parts[0])
    return parts[0] if parts else words.county


def _name_end(end: str, schools: Mapping[str, str]) -> str:
    """A class or school by its words; a unit's last class without a school is in that of the first."""
    school, *inside = end.split("/")
    return " ".join([schools.get(school, school), *inside])


def tell_unit_rows(view: str, rows: Iterable[UnitRow], domain: str, schools: Mapping[str, str]) -> list[Shown]:
    """The published rows of units, stages or locales that belong to a view."""
    if view in MARGINS:
        return [_tell_margin(row, schools) for row in rows if row.level == view]
    if view == "unit":
        told = [_tell_unit(row, schools) for row in rows if row.level not in MARGINS and row.group == domain]
        return _tell_scopes_apart(told)
    return []


def _tell_scopes_apart(rows: Sequence[Shown]) -> list[Shown]:
    """Of rows of one name, as of a township and the point of that name, each says which it is."""
    times = Counter(row.name for row in rows)
    return [replace(row, name=f"{row.name}（{row.scope}）") if times[row.name] > 1 else row for row in rows]


def _tell_margin(row: UnitRow, schools: Mapping[str, str]) -> Shown:
    of_group = load_result_words().of_group
    name = of_group.format(group=name_groups(row.group), name=name_place(row.place, schools))
    return _tell_row(row, name, load_export_words().value("scope", row.scope))


def _tell_unit(row: UnitRow, schools: Mapping[str, str]) -> Shown:
    kind, value = ("level", row.level) if row.scope == "whole" else ("scope", row.scope)
    return _tell_row(row, name_place(row.place, schools), load_export_words().value(kind, value))


def _tell_row(row: UnitRow, name: str, scope: str) -> Shown:
    """A published row with its words; one that is not shown says why."""
    return Shown(
        name=name,
        rate=row.rate,
        at_least=row.at_least,
        at_most=row.at_most,
        lower=row.lower,
        upper=row.upper,
        n=row.n,
        scope=scope,
        state=load_export_words().value("state", row.state),
    )


def tell_findings(estimate: Estimate, schools: Mapping[str, str]) -> list[Shown]:
    """Where a check spoke, in words."""
    return [_tell_finding(finding, schools) for finding in estimate.integrity.findings]


def _tell_finding(finding: Finding, schools: Mapping[str, str]) -> Shown:
    return Shown(
        name=name_place(finding.place, schools),
        group=name_groups(finding.group),
        check=load_choice_words().checks[finding.check],
        flagged=finding.flagged,
    )


def tell_shares(view: str, papers: Sequence[Paper], estimate: Estimate, domain: str) -> list[Shown]:
    """Topics or items of one domain, as they were published."""
    topics = {topic.id: topic.name for topic in papers[0].topics}
    if view == "topic":
        found = estimate.topics
        return [_share(name, found[key][domain]) for key, name in topics.items() if domain in found.get(key, {})]
    paper = next((paper for paper in papers if domain.split(JOIN)[0] in paper.groups), papers[0])
    items = [item for item in paper.items if domain in estimate.items.get(item.id, {})]
    return [_item_share(item, topics, estimate.items[item.id][domain]) for item in items]


def _share(name: str, rate: ItemRate) -> Shown:
    return Shown(
        name=name,
        rate=rate.rate,
        at_least=rate.at_least,
        at_most=rate.at_most,
        lower=rate.lower,
        upper=rate.upper,
        n=rate.n,
        unknown=rate.unknown,
    )


def _item_share(item: Item, topics: Mapping[str, str], rate: ItemRate) -> Shown:
    topic = topics.get(item.topic, load_result_words().overall)
    return replace(_share(item.text, rate), text=item.text, topic=topic)
