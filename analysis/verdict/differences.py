"""Differences: what a standard demands otherwise than the one it extends, both with their clauses."""

from collections.abc import Iterator
from datetime import date

from msgspec import convert

from analysis.indicators.sections import STAGE_NAMES
from analysis.sentences import say
from analysis.standard.edition import Requirement, Standard
from analysis.standard.limits import Limit
from analysis.verdict.citations import disagreement, policy_remark
from analysis.verdict.pace import judge_pace
from analysis.verdict.plan_findings import PaceFinding
from analysis.verdict.records import Disagreement, PolicyRemark, Record
from questionnaires.vocabulary import Stage


class Side(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What one of two standards says, in words and cited; a limit with its figures."""

    words: str
    operator: str | None = None
    value: float | None = None
    unit: str | None = None
    scope: str | None = None
    year: int | None = None
    clause: str


class Difference(Record, frozen=True, kw_only=True):
    """A demand that is not the parent's; `parent` is None for what the plan adds."""

    place: str
    title: str
    own: Side
    parent: Side | None


class StandardDocument(Record, frozen=True, kw_only=True):
    """The document a standard restates."""

    number: str
    issuer: str
    scope: str
    year: int | None
    issued: date | None
    published: date | None
    basis: tuple[str, ...]
    repeals: tuple[str, ...]
    note: str


class StandardDescription(Record, frozen=True, kw_only=True):
    """One standard as `survey standards` lists it."""

    standard: str
    title: str
    kind: str
    extends: str
    county: str
    target_year: int | None
    document: StandardDocument
    differences: tuple[Difference, ...]
    restated: dict[str, str]
    contradictions: tuple[Disagreement, ...]
    back_loaded: tuple[PaceFinding, ...]
    policy_notes: tuple[PolicyRemark, ...]


def describe_standard(standard: Standard, parent: Standard | None) -> StandardDescription:
    """A standard's document, what it changes, and what disagrees; what its parent says is listed there alone."""
    told = parent.contradictions if parent else ()
    noted = parent.policy_notes if parent else ()
    return StandardDescription(
        standard=standard.id,
        title=standard.title,
        kind=standard.kind,
        extends=standard.extends,
        county=standard.county,
        target_year=standard.target_year,
        document=convert(standard.document, StandardDocument, from_attributes=True),
        differences=tuple(find_differences(standard, parent)) if parent else (),
        restated=standard.restated,
        contradictions=tuple(
            disagreement(contradiction) for contradiction in standard.contradictions if contradiction not in told
        ),
        back_loaded=tuple(pace for pace in judge_pace(standard) if pace.back_loaded),
        policy_notes=tuple(policy_remark(note) for note in standard.policy_notes if note not in noted),
    )


def find_differences(standard: Standard, parent: Standard) -> Iterator[Difference]:
    """Every demand that is not the parent's: `own` and `parent`, each in words, as a limit, and cited.

    >>> from analysis.standard import load_standard
    >>> found = find_differences(load_standard("qianjiang-2020"), load_standard("national-2017"))
    >>> quota = next(difference for difference in found if difference.place == "G14.quota")
    >>> quota.own.words, quota.parent.words
    ('不低于60%', '不低于50%')
    """
    yield from _limit_differences(standard, parent)
    yield from _title_differences(standard, parent)
    own = standard.through_school_primary
    other = parent.through_school_primary
    if own.value != other.value:
        yield Difference(
            place="through_school_primary",
            title=say("differences.through_school_primary"),
            own=Side(words=say(f"differences.{own.value}"), clause=own.clause),
            parent=Side(words=say(f"differences.{other.value}"), clause=other.clause),
        )


def _limit_differences(standard: Standard, parent: Standard) -> Iterator[Difference]:
    theirs = {place: limit for place, _, limit in _limits(parent)}
    for place, title, limit in _limits(standard):
        other = theirs.get(place)
        if other is None or (limit.operator, limit.value) != (other.operator, other.value):
            yield Difference(place=place, title=title, own=_side(limit), parent=_side(other) if other else None)


def _title_differences(standard: Standard, parent: Standard) -> Iterator[Difference]:
    for key, indicator in standard.indicators.items():
        before = parent.indicators.get(key)
        if before is None:
            own = Side(words=indicator.title, clause=_first(indicator.requires).clause)
            yield Difference(place=key, title=say("differences.added"), own=own, parent=None)
        elif indicator.title != before.title:
            yield Difference(
                place=key,
                title=say("differences.title"),
                own=Side(words=indicator.title, clause=_first(indicator.requires).clause),
                parent=Side(words=before.title, clause=_first(before.requires).clause),
            )


def _first(requires: dict[str, Requirement]) -> Requirement:
    return next(iter(requires.values()))


def _side(limit: Limit) -> Side:
    return Side(
        words=limit.words,
        operator=limit.operator,
        value=limit.value,
        unit=limit.unit,
        scope=limit.scope,
        year=limit.year,
        clause=limit.clause,
    )


def _limits(standard: Standard) -> Iterator[tuple[str, str, Limit]]:
    """Every limit with its place and title; a goal's after the indicators'."""
    rule = standard.school_rule
    yield "school_rule.required", say("differences.required"), rule.required
    yield "school_rule.remainder", say("differences.remainder"), rule.remainder
    for stage in Stage:
        yield f"variation.{stage}", say("differences.variation", stage=stage.zh), standard.variation.of(stage)
    for key, entry in standard.entries.items():
        for name, requirement in entry.requires.items():
            parts = (entry.title, requirement.title, STAGE_NAMES.get(requirement.stage, ""))
            if limit := requirement.limit:
                yield f"{key}.{name}", "·".join(part for part in parts if part), limit
