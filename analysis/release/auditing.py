"""The audit: an attacker with integer programs tries every hidden count of a release, or a sample of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct

from analysis.cells.tallying import valid_forms
from analysis.column_values import whole_numbers
from analysis.disclosure.attack import Kind, Pool, count_range
from analysis.disclosure.groups import joined
from analysis.disclosure.row_program import STATEMENT_WIDTH, WITHHELD_WIDTH, Band
from analysis.disclosure.statements import is_hidden
from analysis.recognition.measuring import Survey
from analysis.release.county_figures import implied_band
from analysis.release.group_counts import headline_items
from analysis.release.group_release import GroupPlan
from questionnaires.paper import Paper
from questionnaires.rule import Rule

Marks = npt.NDArray[np.bool_]


class HiddenCount(Struct, frozen=True, kw_only=True):
    """The discontented (or, of an item hardly anyone is content with, the content) of a unit: what can be known."""

    group: str
    unit: str
    item: str
    forms: int
    least: int
    most: int
    statement: bool

    @property
    def width(self) -> float:
        """How far the unit's rate stays open, as a share."""
        return (self.most - self.least) / self.forms

    @property
    def is_certain(self) -> bool:
        """Whether the count is known."""
        return self.most == self.least

    @property
    def is_narrow(self) -> bool:
        """Whether it stays open less than it has to."""
        return self.width < (STATEMENT_WIDTH if self.statement else WITHHELD_WIDTH) - 1e-9


class AuditReport(Struct, frozen=True, kw_only=True):
    """What the attacker came to: counts tried of all there are, what he found, the narrowest, how long he took."""

    counts: int
    tried: int
    certain: int
    narrow: int
    narrowest: float | None
    seconds: float
    found: tuple[HiddenCount, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Target:
    group: str
    unit: str
    item: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Attacked:
    """What is attacked: forms (group, place and items) on the places of the survey, the plans of its groups.

    `county`: what the county's rate can be by what is printed of it.
    """

    survey: Survey
    forms: pd.DataFrame
    plans: Mapping[str, GroupPlan]
    county: Band
    rule: Rule
    paper: Paper


def audit_release(attacked: Attacked, *, sample: int, seed: int = 1) -> AuditReport:
    """Attack a release: the range of `sample` hidden item counts of units (all of them with 0), drawn by `seed`."""
    start = monotonic()
    plans = attacked.plans
    targets = [
        _Target(group=group, unit=unit, item=item)
        for group, plan in plans.items()
        for unit in sorted(set(plan.counts.homes))
        if len(set(plan.counts.homes)) > 1
        for item in attacked.paper.item_ids
    ]
    chosen = _choose(targets, sample, seed)
    attacker = _Attacker(attacked)
    found = [attacker.attack(target) for target in chosen]
    return AuditReport(
        counts=len(targets),
        tried=len(found),
        certain=sum(count.is_certain for count in found),
        narrow=sum(count.is_narrow for count in found),
        narrowest=min((round(count.width, 4) for count in found), default=None),
        seconds=round(monotonic() - start, 2),
        found=tuple(count for count in found if count.is_certain or count.is_narrow),
    )


def _choose(targets: Sequence[_Target], sample: int, seed: int) -> list[_Target]:
    if not sample or sample >= len(targets):
        return list(targets)
    places = np.random.default_rng(seed).choice(len(targets), sample, replace=False)
    return [targets[place] for place in sorted(places.tolist())]


class _Attacker:
    def __init__(self, attacked: Attacked) -> None:
        forms = attacked.forms[valid_forms(attacked.forms, attacked.paper, attacked.rule)]
        kept = joined(forms, attacked.survey.labels)
        self._plans = attacked.plans
        self._rule = attacked.rule
        self._items = list(headline_items(attacked.paper))
        self._forms = {str(group): own for group, own in kept.groupby("group")}
        self._bands = {group: _group_band(group, attacked) for group in attacked.plans}

    def attack(self, target: _Target) -> HiddenCount:
        plan = self._plans[target.group]
        content = not self._is_rarely_content(plan, target.item)
        statement = self._is_statement(plan, target.item)
        inside = np.array([float(home == target.unit) for home in plan.counts.homes])
        pool = Pool(
            n=plan.counts.places.n.astype(np.int64),
            weight=plan.counts.places.weight,
            rows=[
                (np.ones(len(inside)), self._bands[target.group]),
                *((row.inside, row.band) for row in plan.opened.printed.rows),
            ],
            kinds=tuple(self._kinds(target, statement, content)),
            fewer_than=plan.counts.least if statement else None,
        )
        least, most = count_range(pool, inside)
        return HiddenCount(
            group=target.group,
            unit=target.unit,
            item=target.item,
            forms=int(inside @ plan.counts.places.n),
            least=least,
            most=most,
            statement=statement,
        )

    def _is_statement(self, plan: GroupPlan, item: str) -> bool:
        own = plan.counts.answers[item]
        return is_hidden(own.dissatisfied, plan.counts.least) or is_hidden(own.satisfied, plan.counts.least)

    def _is_rarely_content(self, plan: GroupPlan, item: str) -> bool:
        own = plan.counts.answers[item]
        return not is_hidden(own.dissatisfied, plan.counts.least) and is_hidden(own.satisfied, plan.counts.least)

    def _kinds(self, target: _Target, statement: bool, content: bool) -> Iterator[Kind]:
        """The forms by headline and answer; `content`: the discontented are counted, else the content are."""
        forms = self._forms[target.group]
        satisfied = forms[self._items].isin(list(self._rule.counting.satisfied.value))
        answered = forms[self._items].isin(list(self._rule.counting.score.value))
        own = forms[target.item]
        is_satisfied = own.isin(list(self._rule.counting.satisfied.value)).to_numpy(bool)
        is_answered = own.isin(list(self._rule.counting.score.value)).to_numpy(bool)
        table = pd.DataFrame({"s": satisfied.sum(axis=1), "a": answered.sum(axis=1)})
        in_headline = target.item in self._items
        base = table.s.to_numpy(int) - (is_satisfied if in_headline else 0)
        marked = is_answered & (~is_satisfied if content else is_satisfied)
        kinds = pd.DataFrame({"base": base, "s": table.s, "a": table.a, "answered": is_answered, "marked": marked})[
            table.a.to_numpy() > 0
        ]
        keys = ["base", "a", "answered"] if statement else ["s", "a", "answered", "marked"]
        alike = Counter(zip(*(whole_numbers(kinds[key]) for key in keys), strict=True))
        for key, size in sorted(alike.items()):
            yield _kind_of(key, size, statement, in_headline, content)


def _kind_of(key: tuple[int, ...], size: int, statement: bool, in_headline: bool, content: bool) -> Kind:
    if not statement:
        s, a, _, marked = key
        return Kind(forms=size, content=s / a, discontented=s / a, answer=marked)
    base, a, answered = key
    one = 1 if in_headline and answered else 0
    if not answered:
        return Kind(forms=size, content=base / a, discontented=base / a, answer=0)
    unmarked = (base + one) / a if content else base / a
    other = base / a if content else (base + one) / a
    return Kind(forms=size, content=unmarked, discontented=other, answer=None)


def _group_band(group: str, attacked: Attacked) -> Band:
    """What the group's printed rate and the county's say of it."""
    own = attacked.plans[group].band
    bands = {name: plan.band for name, plan in attacked.plans.items()}
    implied = implied_band(group, attacked.county, attacked.survey.weights, bands)
    return max(own[0], implied[0]), min(own[1], implied[1])
