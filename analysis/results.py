"""What a survey finds about recognition: made once, read by attribute everywhere, turned to JSON at the edge alone.

Shares are between 0 and 1; a key of groups is a group or several that were joined, `deputy+cppcc`. A figure that
nobody's answers give, or that may not be told, is None. JSON of an earlier version may lack what came later.
"""

from typing import Literal

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType, field

from analysis.plain import JsonObject, plain
from questionnaires.vocabulary import Evidence, Verdict

COUNTY = "county"
"""The domain of items and topics that is no group."""


def as_json(result: Struct) -> JsonObject:
    """A record as JSON prints it: plain dicts and lists, numbers with 12 significant digits.

    >>> as_json(ValidReturn(rate=1 / 3, least=float("nan"), met=None))
    {'rate': 0.333333333333, 'least': None, 'met': None}
    """
    content = plain(msgspec.to_builtins(result, enc_hook=_unpack))
    assert isinstance(content, dict)
    return content


def _unpack(value: np.generic) -> object:
    """A number of numpy as one of Python."""
    return value.item()


class Figure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A published share (docs/method.md, section 10): its rate, a statement (at least, at most), or nothing."""

    rate: float | None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_statement(self) -> bool:
        """Whether a bound stands in for the rate."""
        return self.rate is None and (self.at_least is not None or self.at_most is not None)

    @property
    def rank(self) -> float | None:
        """What the figure is sorted by, and where a chart puts it: its rate, else its bound; None without both.

        >>> Figure(rate=0.9).rank, Figure(rate=None, at_least=0.975).rank, Figure(rate=None).rank
        (0.9, 0.975, None)
        """
        told = (self.rate, self.at_least, self.at_most)
        return next((share for share in told if share is not None), None)

    @property
    def span(self) -> tuple[float, float]:
        """The least and the most that the share can be by what is printed, rounding aside.

        >>> Figure(rate=0.9).span, Figure(rate=None, at_least=0.975).span, Figure(rate=None).span
        ((0.9, 0.9), (0.975, 1.0), (0.0, 1.0))
        """
        if self.rate is not None:
            return self.rate, self.rate
        return self.at_least or 0.0, 1.0 if self.at_most is None else self.at_most


class CountyRate(Struct, frozen=True, kw_only=True):
    """The county's figure against the threshold (docs/method.md, sections 5 and 6).

    `lower`, `upper` at the rule's confidence, `lower95`, `upper95` one-sided 95 %; `incomplete` names the groups
    without answers. `ratio` is k*: the least share of the contented's response with which the discontented may have
    answered while the evidence holds; None unless the evidence is above or below. `design`: whether the sample's
    design was declared or read from its counts.
    """

    rate: float | None
    se: float | None
    lower: float | None
    upper: float | None
    lower95: float | None
    upper95: float | None
    threshold: float
    verdict: Verdict
    evidence: Evidence
    ratio: float | None = None
    design: Literal["declared", "assumed"] = "assumed"
    probability_above: float | None
    incomplete: tuple[str, ...]


class GroupRate(Figure, frozen=True, kw_only=True, omit_defaults=False):
    """One group's rate of the headline and what it rests on; `response_rate` is valid forms of the invited.

    `unknown` is the share of 不了解; `target` what the plan asks for; `p_holm` Holm's p that the rate is the line.
    """

    se: float | None = None
    lower: float | None
    upper: float | None
    n_eff: float | None = None
    df: float | None = None
    deff: float | None = None
    received: int
    valid: int
    response_rate: float | None
    unknown: float | None
    unknown_at_most: float | None = None
    target: int | None = None
    p_holm: float | None = None


class ItemRate(Figure, frozen=True, kw_only=True, omit_defaults=True):
    """The rate of an item or topic in one domain, or a statement, which has no interval."""

    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int
    unknown: float | None = None
    unknown_at_most: float | None = None


Domains = dict[str, ItemRate]
"""By COUNTY and groups."""


class ValidReturn(Struct, frozen=True, kw_only=True):
    """Valid forms of all invited, and whether they are as many as the rule asks for (None: it asks for nothing)."""

    rate: float | None
    least: float | None
    met: bool | None


class Choice(Struct, frozen=True, kw_only=True):
    """The county's figure under another way of counting; one that is withheld has its verdict alone."""

    name: str
    rate: float | None
    verdict: Verdict | None


class CheckOutcome(Struct, frozen=True, kw_only=True):
    """What an integrity check came to: means over the places tested, the threshold, what it flagged or only listed."""

    statistic: float | None = None
    expected: float | None = None
    threshold: float | None = None
    tests: int
    flagged_places: int
    flagged_forms: int
    listed_places: int = 0
    listed_forms: int = 0
    clause: str


class Finding(Struct, frozen=True, kw_only=True):
    """Where a check spoke, and whether it took forms; its figures could tell a rate that is hidden."""

    group: str
    place: str
    check: str
    flagged: bool


class IntegrityOutcome(Struct, frozen=True, kw_only=True):
    """The forms that need a second look (需核实), by check and by place."""

    flagged: int
    checks: dict[str, CheckOutcome]
    findings: tuple[Finding, ...] = ()


class Shortfall(Struct, frozen=True, kw_only=True):
    """A group with fewer people than the rule asks for."""

    group: str
    population: int
    quota: int
    target: int
    shortfall: int


class Suppressed(Struct, frozen=True, kw_only=True):
    """A group, or a measure of one, that is not shown by itself; of a group its own counts before it was joined."""

    group: str
    measure: str | None
    why: Literal["joined", "left_out", "too_few"]
    shown_in: str | None
    invited: int | None = None
    valid: int | None = None


class ResponseClass(Struct, frozen=True, kw_only=True):
    """Places whose forms are weighed by one rate of response."""

    group: str
    response_class: str
    places: int
    invited: int
    forms: int
    rate: float


class SilentPlace(Struct, frozen=True, kw_only=True):
    """A place with codes from which no form came."""

    group: str
    place: str


class Nonresponse(Struct, frozen=True, kw_only=True):
    """How response was weighed: every class, those of several places, and the places without forms."""

    classes: tuple[ResponseClass, ...]
    merged: tuple[ResponseClass, ...]
    without_forms: tuple[SilentPlace, ...]


class Coverage(Struct, frozen=True, kw_only=True):
    """What decides how often an interval is right (`recognition.coverage`), and whether .93 is promised."""

    rho: float | None = None
    rho_bound: float | None = None
    rarer_forms: float | None = None
    forms_per_class: float | None = None
    cv_weights: float | None = None
    promised: bool


class Provenance(Struct, frozen=True, kw_only=True):
    """What the figures rest on; `open_groups` came by an open call or public code, of `everyone` all were invited."""

    rule: str = ""
    papers: tuple[str, ...] = ()
    population: int | None = None
    weights: dict[str, float] = {}
    lonely_strata: dict[str, int] = {}
    nonresponse: Nonresponse | None = None
    people_out_of_reach: dict[str, int] = {}
    coverage: Coverage | None = None
    open_groups: tuple[str, ...] = ()
    everyone: tuple[str, ...] = ()


class Revisit(Struct, frozen=True, kw_only=True):
    """k of some groups together: how often their dissatisfied had answered for one of their satisfied.

    `groups` as they are shown; `forms` of the re-contact; `lower` and `upper` at the rule's confidence.
    """

    groups: tuple[str, ...]
    forms: int
    ratio: float
    lower: float
    upper: float


class Estimate(Struct, frozen=True, kw_only=True):
    """What `survey estimate --json` prints and a closed round publishes as its recognition.

    `items` and `topics` by id, then by domain; `tipping_point` is the rate of those who did not answer at which
    the verdict would turn. `county` stands as `recognition` in JSON.
    """

    rule: str
    received: int
    valid: int
    valid_return: ValidReturn | None = None
    county: CountyRate = field(name="recognition")
    coding: Literal["text", "best-is-5", "best-is-1"] = "text"
    groups: dict[str, GroupRate]
    items: dict[str, Domains]
    topics: dict[str, Domains]
    sensitivity: tuple[Choice, ...]
    tipping_point: float | None
    integrity: IntegrityOutcome
    shortfalls: tuple[Shortfall, ...]
    suppressed: tuple[Suppressed, ...]
    provenance: Provenance
    asked_again: tuple[Revisit, ...] | UnsetType = field(default=UNSET, name="revisits")

    @property
    def revisits(self) -> tuple[Revisit, ...]:
        """k by re-contact; JSON has `revisits` only where people were asked again."""
        return () if isinstance(self.asked_again, UnsetType) else self.asked_again

    @property
    def some_unknown(self) -> bool:
        """Whether something is taken of groups that nobody answered for, or that anybody could join."""
        return bool(self.county.incomplete or self.provenance.open_groups)

    @property
    def some_silent(self) -> bool:
        """Whether the answer of anybody who was invited, or who might have joined, is not known."""
        return self.some_unknown or any((group.response_rate or 0) < 1 for group in self.groups.values())
