"""Forms in, the recognition object out: what `survey estimate --json` prints and a closed round publishes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import pandas as pd
from msgspec import UNSET, Struct, convert
from msgspec.structs import replace

from analysis.cells.tallying import HEADLINE
from analysis.estimate import Recognition
from analysis.estimate.holm import holm_p
from analysis.plan import sample_plan
from analysis.recognition.county_figure import county_figure, county_rate, county_rates, find_revisits, least_ratio
from analysis.recognition.coverage import case_of
from analysis.recognition.measuring import Survey, measure_survey
from analysis.recognition.not_shown import list_suppressed
from analysis.recognition.sensitivity import sensitivity, tipping_point
from analysis.results import (
    COUNTY,
    CountyRate,
    Coverage,
    Domains,
    Estimate,
    Finding,
    GroupRate,
    IntegrityOutcome,
    ItemRate,
    Nonresponse,
    Provenance,
    ResponseClass,
    Shortfall,
    SilentPlace,
    ValidReturn,
    as_json,
)
from analysis.sample import Design
from analysis.weights import nonresponse_classes, silent_places
from questionnaires.paper import Paper
from questionnaires.rule import Rule

FEW_SILENT = 0.05
"""Up to this share of silent people, asked one by one, a group's interval is what logic leaves possible."""


def recognise(
    forms: pd.DataFrame,
    frame: pd.DataFrame,
    rule: Rule,
    *papers: Paper,
    population: int | None = None,
    bursts: pd.DataFrame | None = None,
    design: Design | None = None,
) -> Estimate:
    """The recognition rate of one survey with everything beside it.

    `population` as in `describe_survey`, the rest as in `measure_survey`.
    """
    survey = measure_survey(forms, frame, rule, *papers, bursts=bursts, design=design)
    return describe_survey(survey, rule, *papers, population=population)


def describe_survey(survey: Survey, rule: Rule, *papers: Paper, population: int | None = None) -> Estimate:
    """The recognition object of a survey that was measured, every number with 12 significant digits.

    `population` is the county's, for the plan's targets and shortfalls. `valid_return` tells of valid forms
    among all invited and whether they are as many as the rule asks for; nothing else depends on it, nor on a
    group's `p_holm`. `suppressed` names what is not shown by itself: `why` is joined (with `shown_in`),
    left_out or too_few (with `measure`).
    """
    listed = survey.drawn.assign(group=survey.drawn.listed_as)
    plan = None if population is None else sample_plan(rule, listed, population)
    groups = _groups(survey, rule, plan)
    items = {item: (item, f"{item}|unknown") for item in papers[0].item_ids}
    topics = {topic.id: f"topic:{topic.id}" for topic in papers[0].topics}
    shares = _shares(survey, [*chain.from_iterable(items.values()), *topics.values()], rule)
    counts = survey.counts
    people = {str(group): int(count) for group, count in counts.population.items()}
    estimate = Estimate(
        rule=rule.id,
        received=int(counts.received.sum()),
        valid=int(counts.valid.sum()),
        valid_return=_valid_return(survey, rule),
        county=_judge_county(survey, rule),
        groups=groups,
        items={item: _with_unknown(shares[own], shares[unknown]) for item, (own, unknown) in items.items()},
        topics={topic: shares[measure] for topic, measure in topics.items()},
        sensitivity=tuple(
            sensitivity(survey.cells, survey.estimates, survey.weights, people, rule, frame_cells=survey.raked)
        ),
        tipping_point=_tipping_point(groups, survey.weights, rule),
        integrity=_integrity(survey),
        shortfalls=() if plan is None else _shortfalls(plan),
        suppressed=list_suppressed(survey, papers[0]),
        provenance=_provenance(survey, rule, papers, population),
        asked_again=find_revisits(survey, rule) or UNSET,
    )
    return _round_digits(estimate)


def _round_digits(estimate: Estimate) -> Estimate:
    """The estimate as its JSON tells it: numbers with 12 significant digits."""
    return convert(as_json(estimate), Estimate)


def _judge_county(survey: Survey, rule: Rule) -> CountyRate:
    found = county_figure(survey, HEADLINE, rule)
    return county_rate(survey, found, least_ratio(survey, found, rule))


def _valid_return(survey: Survey, rule: Rule) -> ValidReturn:
    invited = int(survey.counts.invited.sum())
    rate = int(survey.counts.valid.sum()) / invited if invited else None
    least = rule.valid_return.value if rule.valid_return else None
    met = None if least is None or rate is None else rate >= least
    return ValidReturn(rate=rate, least=least, met=met)


def _groups(survey: Survey, rule: Rule, plan: pd.DataFrame | None) -> dict[str, GroupRate]:
    """Every group's entry, with its target where there is a plan and Holm's p where it has a rate."""
    headline = survey.estimates[survey.estimates.measure == HEADLINE]
    p = holm_p(headline[headline.domain.isin(list(survey.weights))], rule.threshold.value)
    targets = _targets(plan)
    return {
        label: _group(label, survey, sum(targets[group] for group in label.split("+")) if targets else None, p)
        for label in survey.weights
    }


def _targets(plan: pd.DataFrame | None) -> dict[str, int]:
    if plan is None:
        return {}
    whole = plan[plan.unit == ""]
    return {str(group): int(target) for group, target in zip(whole.group, whole.target, strict=True)}


def _group(label: str, survey: Survey, target: int | None, p: Mapping[str, float]) -> GroupRate:
    """One group's entry; without enough answers its figures are None."""
    rows = {row.measure: row for row in _rows(survey.estimates[survey.estimates.domain == label])}
    (counts,) = convert(survey.counts.reindex([label], fill_value=0).to_dict("records"), list[_Counts])
    headline = rows.get(HEADLINE, _Row())
    lower, upper = headline.bounds()
    return GroupRate(
        rate=headline.estimate,
        se=headline.se,
        lower=lower,
        upper=upper,
        n_eff=headline.n_eff,
        df=headline.df,
        deff=headline.deff,
        received=counts.received,
        valid=counts.valid,
        response_rate=counts.valid / counts.invited if counts.invited else None,
        unknown=rows.get(f"{HEADLINE}|unknown", _Row()).estimate if HEADLINE in rows else None,
        target=target,
        p_holm=p.get(label),
    )


class _Row(Struct, frozen=True, kw_only=True):
    """A row of weighted_share."""

    domain: str = ""
    measure: str = ""
    estimate: float | None = None
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    n_eff: float | None = None
    df: float | None = None
    deff: float | None = None
    n: int = 0
    possible_lower: float = 0.0
    possible_upper: float = 1.0

    def bounds(self) -> tuple[float | None, float | None]:
        """The interval; where at most `FEW_SILENT` of a group are, what is possible whatever they would say."""
        if self.possible_upper - self.possible_lower > FEW_SILENT + 1e-12:
            return self.lower, self.upper
        return self.possible_lower, self.possible_upper


class _Counts(Struct, frozen=True, kw_only=True):
    """A row of a survey's counts."""

    invited: int
    received: int
    valid: int


def _rows(estimates: pd.DataFrame) -> list[_Row]:
    return convert(estimates.to_dict("records"), list[_Row])


def _shares(survey: Survey, measures: Sequence[str], rule: Rule) -> dict[str, Domains]:
    """Rate, se, interval and n of each measure, for the county and each group that may be shown."""
    estimates = survey.estimates
    rows = _rows(estimates[estimates.measure.isin(measures) & estimates.domain.isin(list(survey.weights))])
    by_measure: dict[str, list[_Row]] = {measure: [] for measure in measures}
    for row in rows:
        by_measure[row.measure].append(row)
    counties = county_rates(survey, measures, rule)
    return {measure: _domains(counties[measure], rows) for measure, rows in by_measure.items()}


def _domains(county: Recognition, rows: list[_Row]) -> Domains:
    whole = ItemRate(
        rate=county.rate,
        se=county.se,
        lower=county.lower,
        upper=county.upper,
        n=sum(row.n for row in rows),
    )
    return {COUNTY: whole, **{row.domain: _item_rate(row) for row in rows}}


def _item_rate(row: _Row) -> ItemRate:
    lower, upper = row.bounds()
    return ItemRate(rate=row.estimate, se=row.se, lower=lower, upper=upper, n=row.n)


def _with_unknown(shares: Domains, unknown: Domains) -> Domains:
    """An item's shares, each with the share of 不了解 among those who marked something."""
    return {domain: replace(share, unknown=unknown[domain].rate) for domain, share in shares.items()}


def _tipping_point(groups: Mapping[str, GroupRate], weights: Mapping[str, float], rule: Rule) -> float | None:
    rates = {group: found.rate for group, found in groups.items() if found.rate is not None}
    if not rates:
        return None
    response = {group: groups[group].response_rate or 0.0 for group in rates}
    return tipping_point(rates, weights, response, rule.threshold.value)


def _integrity(survey: Survey) -> IntegrityOutcome:
    found = survey.integrity
    return IntegrityOutcome(
        flagged=int(found.flagged.sum()),
        checks=found.checks,
        findings=tuple(
            Finding(group=finding.group, place=finding.place, check=finding.check, flagged=finding.flagged > 0)
            for finding in found.findings
        ),
    )


def _shortfalls(plan: pd.DataFrame) -> tuple[Shortfall, ...]:
    """The groups with fewer people than the rule asks for: all are taken, nobody else fills the gap."""
    short = plan[(plan.unit == "") & (plan.shortfall > 0)]
    return convert(short.to_dict("records"), tuple[Shortfall, ...])


def _provenance(survey: Survey, rule: Rule, papers: Iterable[Paper], population: int | None) -> Provenance:
    """What the figures rest on: packs, weights, nonresponse classes, lonely strata, who was out of reach, how
    sure the intervals are (docs/method.md)."""
    headline = survey.estimates[survey.estimates.measure == HEADLINE]
    out_of_reach = survey.places[~survey.places.reached].groupby("group").population.sum()
    case = case_of(survey.cells, weights=survey.weights)
    return Provenance(
        rule=rule.id,
        papers=tuple(paper.id for paper in papers),
        population=population,
        weights=survey.weights,
        lonely_strata={
            str(domain): int(strata) for domain, strata in zip(headline.domain, headline.lonely_strata, strict=True)
        },
        nonresponse=_nonresponse(survey.drawn),
        people_out_of_reach={str(group): int(people) for group, people in out_of_reach.items()},
        coverage=Coverage(
            rho=case.rho,
            rho_bound=case.rho_bound,
            rarer_forms=case.rarer_forms,
            forms_per_class=case.forms_per_class,
            cv_weights=case.cv_weights,
            promised=case.promised,
        ),
        open_groups=survey.design.open_groups(),
        everyone=survey.design.everyone(),
    )


def _nonresponse(drawn: pd.DataFrame) -> Nonresponse:
    classes = nonresponse_classes(drawn)
    return Nonresponse(
        classes=convert(classes.to_dict("records"), tuple[ResponseClass, ...]),
        merged=convert(classes[classes.places > 1].to_dict("records"), tuple[ResponseClass, ...]),
        without_forms=convert(silent_places(drawn).to_dict("records"), tuple[SilentPlace, ...]),
    )
