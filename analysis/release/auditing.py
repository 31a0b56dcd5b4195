"""The audit: an attacker with integer programs tries every hidden count of a release, or a sample of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from time import monotonic

import numpy as np
import pandas as pd
from msgspec import Struct
from msgspec.structs import replace

from analysis.arrays import Floats, Whole
from analysis.cells.tallying import valid_forms
from analysis.disclosure.attack import Pool
from analysis.disclosure.hidden_refusals import HiddenRefusals
from analysis.disclosure.row_program import STATEMENT_WIDTH, WITHHELD_WIDTH, Band
from analysis.disclosure.statements import is_hidden
from analysis.disclosure.witnesses import exchange_range, find_range
from analysis.many_rows import take_rows
from analysis.recognition.measuring import Survey
from analysis.release.county_figures import implied_band
from analysis.release.group_release import GroupPlan
from analysis.release.known_forms import KnownForms, find_groups, know_forms, know_table, sort_forms
from questionnaires.paper import Paper
from questionnaires.rule import Rule

Tell = Callable[[int, int], None]
NOTHING = 1e-9
BEYOND = 1e-6
"""A rate told as beyond a bound is not the bound itself."""


class HiddenCount(Struct, frozen=True, kw_only=True):
    """The discontented (or, of an item hardly anyone is content with, the content) of a unit: what can be known.

    Whatever lies between `least` and `most` may be more, and is not less: each of both fits everything published.
    """

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
        return self.width < self._least_width

    @property
    def enough(self) -> float:
        """How many forms apart its ends have to be."""
        return self.forms * self._least_width

    @property
    def _least_width(self) -> float:
        return (STATEMENT_WIDTH if self.statement else WITHHELD_WIDTH) - NOTHING


class AuditReport(Struct, frozen=True, kw_only=True):
    """What the attacker came to: counts tried of all there are, what he found, how long he took.

    `programs`: how many needed integer programs; `narrowest`: every count tried stays open at least so far.
    `refusals`: the groups and units of which it is known how many took no part (`disclosure.hidden_refusals`).
    """

    counts: int
    tried: int
    certain: int
    narrow: int
    programs: int
    narrowest: float | None
    seconds: float
    found: tuple[HiddenCount, ...]
    refusals: tuple[HiddenRefusals, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing that is hidden was found out."""
        return not (self.certain or self.narrow or self.refusals)


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A count that is hidden."""

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


def audit_release(attacked: Attacked, *, sample: int, seed: int = 1, tell: Tell | None = None) -> AuditReport:
    """Attack a release: the range of `sample` hidden item counts of units (all of them with 0), drawn by `seed`.

    `tell` hears after each count how many of how many are done.
    """
    start = monotonic()
    targets = list_targets(attacked)
    chosen = _choose(targets, sample, seed)
    attacker = Attacker(attacked)
    found = []
    for number, target in enumerate(chosen, 1):
        found.append(attacker.attack(target))
        if tell is not None:
            tell(number, len(chosen))
    return AuditReport(
        counts=len(targets),
        tried=len(found),
        certain=sum(count.is_certain for count in found),
        narrow=sum(count.is_narrow for count in found),
        programs=attacker.programs,
        narrowest=min((round(count.width, 4) for count in found), default=None),
        seconds=round(monotonic() - start, 2),
        found=tuple(count for count in found if count.is_certain or count.is_narrow),
    )


def list_targets(attacked: Attacked) -> list[Target]:
    """Every hidden count: each item of each unit of a group that has more than one."""
    return [
        Target(group=group, unit=unit, item=item)
        for group, plan in attacked.plans.items()
        for unit in sorted(set(plan.counts.homes))
        if len(set(plan.counts.homes)) > 1
        for item in attacked.paper.item_ids
    ]


def _choose(targets: Sequence[Target], sample: int, seed: int) -> list[Target]:
    if not sample or sample >= len(targets):
        return list(targets)
    places = np.random.default_rng(seed).choice(len(targets), sample, replace=False)
    return [targets[place] for place in sorted(places.tolist())]


class Attacker:
    """Knows everything published, and finds how far each count stays open by it (`witnesses`)."""

    def __init__(self, attacked: Attacked, groups: Set[str] = frozenset()) -> None:
        """`groups`: those under attack; all of them with none."""
        forms = take_rows(attacked.forms, valid_forms(attacked.forms, attacked.paper, attacked.rule))
        table = know_table(forms, attacked.paper, attacked.rule)
        self.programs = 0
        self._groups = {
            group: _Group(plan, know_forms(table, rows, plan.counts))
            for group, rows in find_groups(forms, attacked.survey.labels)
            if (plan := attacked.plans.get(group)) is not None and (not groups or group in groups)
        }
        self._bands = {group: _group_band(group, attacked) for group in attacked.plans}

    def attack(self, target: Target) -> HiddenCount:
        """A count's range: by swaps where that is enough, else by integer programs."""
        own = self._groups[target.group]
        found = own.exchange(target)
        if not found.is_narrow:
            return found
        self.programs += 1
        pool, known = self.pool(target)
        least, most = find_range(pool, self.inside(target), known, (found.least, found.most), found.enough)
        return replace(found, least=least, most=most)

    def inside(self, target: Target) -> Floats:
        """Which places of its group are the count's, as 0 and 1."""
        return self._groups[target.group].inside(target.unit)

    def pool(self, target: Target) -> tuple[Pool, Floats]:
        """What the attacker's integer program knows of a count, and where the forms really are."""
        return self._groups[target.group].pool(target, self._bands[target.group])


class _Group:
    """A group under attack."""

    def __init__(self, plan: GroupPlan, forms: KnownForms) -> None:
        self._plan = plan
        self._forms = forms
        self._homes = sorted(set(plan.counts.homes))
        home_of = np.array([self._homes.index(home) for home in plan.counts.homes])
        values, self._headline = forms.headlines()
        cells = home_of[forms.place] * len(values) + self._headline
        counts = np.bincount(cells, minlength=len(self._homes) * len(values))
        self._by_headline = counts.reshape(len(self._homes), len(values))
        self._ranges: dict[str, tuple[Whole, Whole]] = {}

    def inside(self, unit: str) -> Floats:
        """Which places are of a unit, as 0 and 1."""
        return np.array([float(home == unit) for home in self._plan.counts.homes])

    def exchange(self, target: Target) -> HiddenCount:
        """A count's range by swaps of forms with the same headline."""
        if target.item not in self._ranges:
            marked = self._forms.marked(target.item, discontented=not self._is_rarely_content(target.item))
            by_headline = np.bincount(self._headline[marked], minlength=self._by_headline.shape[1])
            self._ranges[target.item] = exchange_range(self._by_headline, by_headline)
        at = self._homes.index(target.unit)
        least, most = self._ranges[target.item]
        return HiddenCount(
            group=target.group,
            unit=target.unit,
            item=target.item,
            forms=int(self._by_headline[at].sum()),
            least=int(least[at]),
            most=int(most[at]),
            statement=self._is_statement(target.item),
        )

    def pool(self, target: Target, band: Band) -> tuple[Pool, Floats]:
        """The count's integer program."""
        counts = self._plan.counts
        is_statement = self._is_statement(target.item)
        forms = sort_forms(
            self._forms,
            target.item,
            len(counts.homes),
            discontented=not self._is_rarely_content(target.item),
            is_statement=is_statement,
        )
        pool = Pool(
            n=counts.places.n.astype(np.int64),
            weight=counts.places.weight,
            rows=[(np.ones(len(counts.homes)), band), *self._rows()],
            kinds=forms.kinds,
            fewer_than=counts.least if is_statement else None,
        )
        return pool, forms.known

    def _rows(self) -> Iterator[tuple[Floats, Band]]:
        for row in self._plan.opened.printed.rows:
            low, high = row.band
            yield row.inside, (low + BEYOND if row.hidden and low else low, high)

    def _is_statement(self, item: str) -> bool:
        own = self._plan.counts.answers[item]
        least = self._plan.counts.least
        return is_hidden(own.dissatisfied, least) or is_hidden(own.satisfied, least)

    def _is_rarely_content(self, item: str) -> bool:
        own = self._plan.counts.answers[item]
        least = self._plan.counts.least
        return not is_hidden(own.dissatisfied, least) and is_hidden(own.satisfied, least)


def _group_band(group: str, attacked: Attacked) -> Band:
    """What the group's printed rate and the county's say of it."""
    own = attacked.plans[group].band
    bands = {name: plan.band for name, plan in attacked.plans.items()}
    implied = implied_band(group, attacked.county, attacked.survey.weights, bands)
    return max(own[0], implied[0]), min(own[1], implied[1])
