"""Telling: what a round found, put together for its documents; every figure is taken as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.published import FormerProblem, FormerRound, ReleaseRecord, ReleaseSummary, UnitRow
from analysis.results import Estimate
from analysis.round_counts import Status
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.ledgers import unmet_ledger
from questionnaires.county_words import name_whole
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from questionnaires.vocabulary import ProblemState
from reports.charts.drawings import PlannedTarget, list_plans
from reports.claims.claim import make_claim
from reports.evidence.key_fate import KeyFate
from reports.evidence.minute_record import ClosingSums
from reports.handouts.handout_words import load_handout_words
from reports.handouts.notices import say_days
from reports.report.choices import load_choice_words, name_choice, name_untested
from reports.report.comparison import FormerLine, describe_former
from reports.report.movements import MOST_PROBLEMS, MarginLine, MovedLine, list_margins, list_moved
from reports.report.own_words import NO_WORDS, OwnWords
from reports.report.point_words import load_point_words, say_source, say_word
from reports.report.returns import StrataReturns, UnitReturns, describe_strata, describe_unit_returns
from reports.setting.dimension_findings import FourDimensions, ShortCount, count_short, describe_dimensions
from reports.setting.findings import (
    GroupLine,
    Method,
    Rates,
    Returns,
    describe_method,
    describe_rates,
    describe_returns,
    order_groups,
    say_groups,
)


@dataclass(frozen=True)
class RoundFacts:
    """What the report says about the round itself; `papers` in the order of their columns.

    `document` is the number of the document that announced it, and `approver` who approved it, if any; `sums` are of
    its closing minute and `keys` tells what became of its key, None where files alone tell the round; `closed_alone`
    is of one that the server's owner closed on the command line.
    """

    county: str
    organiser: str
    name: str
    school_year: str
    opens: date
    closes: date
    population: int
    population_source: str
    rule: Rule
    standard: Standard
    papers: tuple[Paper, ...]
    invented: bool
    generated: date
    document: str = ""
    approver: str = ""
    telephone: str = ""
    sums: ClosingSums | None = None
    own: OwnWords = NO_WORDS
    keys: KeyFate | None = None
    closed_alone: bool = False

    @property
    def whole(self) -> str:
        """The whole county by what its name ends in."""
        return name_whole(self.county)

    @property
    def mark(self) -> str:
        """What stands on every page of a document with invented answers."""
        return load_handout_words().invented if self.invented else ""


@dataclass(frozen=True, kw_only=True)
class RoundResults:
    """What was found of a round: counts, recognition, judgement and the county's rounds before."""

    status: Status
    estimate: Estimate
    judgement: Judgement
    former: Sequence[FormerRound] = ()
    units: Sequence[UnitRow] = ()
    problems: Sequence[FormerProblem] = ()
    release: ReleaseRecord | None = None


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Everything that the report tells, in its order; no figure is made here."""

    facts: RoundFacts
    estimate: Estimate
    judgement: Judgement
    groups: list[GroupLine]
    untested: list[str]
    short_counts: list[ShortCount]
    plans: list[PlannedTarget]
    former: list[FormerLine]
    moved: list[MovedLine]
    margins: list[MarginLine]
    problems: list[FormerProblem]
    method: Method
    returns: Returns
    strata: StrataReturns
    unit_returns: UnitReturns
    rates: Rates
    dimensions: FourDimensions
    release: ReleaseSummary | None

    @property
    def held(self) -> set[str]:
        """Names that no line breaks: the county, who organises, the rule, schools, groups and places."""
        facts = self.facts
        schools = {school.name for school in self.judgement.dimensions.resources.schools}
        groups = {name for group in self.groups for name in group.name.split("、")}
        return {facts.county, facts.organiser, facts.rule.id, *schools, *groups}

    def choice(self, name: str) -> str:
        """What another way of counting is called."""
        return name_choice(name, self.facts.rule, self.facts.papers)

    def names(self) -> dict[str, Any]:
        """What the templates name."""
        parts = (self.method, self.returns, self.strata, self.unit_returns, self.rates, self.dimensions)
        return {
            "facts": self.facts,
            "own": self.facts.own,
            "rule": self.facts.rule,
            "standard": self.facts.standard,
            "estimate": self.estimate,
            "judgement": self.judgement,
            "groups": self.groups,
            "choice": self.choice,
            "checks": load_choice_words().checks,
            "untested": self.untested,
            "short_counts": self.short_counts,
            "plans": self.plans,
            "former": self.former,
            "moved": self.moved,
            "margins": self.margins,
            "window": say_days(self.facts.opens, self.facts.closes),
            "say_days": say_days,
            "problems": [problem for problem in self.problems if problem.state != ProblemState.CLOSED][:MOST_PROBLEMS],
            "release": self.release,
            "claim": make_claim,
            "say_groups": say_groups,
            "source": say_source(self.facts.standard),
            "own_rule": say_word("own_rule", id=self.facts.rule.id),
            "verdict_clause": load_point_words().verdicts,
            **{name: value for part in parts for name, value in part._asdict().items()},
        }


def describe_round(facts: RoundFacts, found: RoundResults) -> Telling:
    """What the report tells of a round."""
    estimate = found.estimate
    judgement = found.judgement
    groups = order_groups(estimate.groups)
    former = describe_former(found.former, estimate, [paper.id for paper in facts.papers])
    compared = found.former if former and former[0].comparable else ()
    schools = {school.school: school.name for school in judgement.dimensions.resources.schools}
    return Telling(
        facts=facts,
        estimate=estimate,
        judgement=judgement,
        groups=groups,
        untested=name_untested(estimate.integrity.checks),
        short_counts=count_short(unmet_ledger(judgement, facts.standard)),
        plans=list_plans(judgement, facts.standard),
        former=former,
        moved=list_moved(compared, estimate, facts.papers[0], facts.rule.confidence.value),
        margins=list_margins(found.units),
        problems=list(found.problems),
        method=describe_method(facts.rule, facts.papers),
        returns=describe_returns(found.status, groups),
        strata=describe_strata(found.status),
        unit_returns=describe_unit_returns(found.status, schools),
        rates=describe_rates(estimate, groups, facts.papers),
        dimensions=describe_dimensions(judgement, facts.standard),
        release=found.release.summary if found.release else None,
    )
