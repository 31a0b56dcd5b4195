"""The county's figure of a survey, with what is known of those who did not answer."""

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.cells.coding import no_text
from analysis.cells.tallying import HEADLINE
from analysis.column_values import texts
from analysis.estimate import Recognition, combine_groups, group_covariance
from analysis.estimate.recontact import JOIN, Answered, measure_ratios, ratios_by_group
from analysis.estimate.silence import Held, half_estimates, smallest_ratio
from analysis.recognition.measuring import Survey
from analysis.results import CountyRate, Revisit
from questionnaires.rule import Rule
from questionnaires.vocabulary import Evidence, Verdict


def county_figure(survey: Survey, measure: str, rule: Rule) -> Recognition:
    """The county's figure of one measure; that of the headline says how far it may be believed."""
    rows = survey.estimates[survey.estimates.measure == measure]
    believed = measure == HEADLINE and not rows.empty
    return combine_groups(
        rows,
        survey.weights,
        threshold=rule.threshold.value,
        operator=rule.threshold.operator,
        confidence=rule.confidence.value,
        covariance=shared_covariance(survey.cells, measure, rows),
        half=_half(survey, measure, rule) if believed else None,
        response=response_rates(survey) if believed else None,
    )


def county_rates(survey: Survey, measures: Iterable[str], rule: Rule) -> dict[str, Recognition]:
    """The county's figure of each measure, without what is known of those who did not answer."""
    tables = dict(iter(survey.estimates.groupby("measure")))
    shared = _share_classes(survey.cells)
    figures = {}
    for measure in measures:
        rows = tables.get(measure, survey.estimates[:0])
        figures[measure] = combine_groups(
            rows,
            survey.weights,
            threshold=rule.threshold.value,
            operator=rule.threshold.operator,
            confidence=rule.confidence.value,
            covariance=shared_covariance(survey.cells, measure, rows) if shared else None,
        )
    return figures


def find_revisits(survey: Survey, rule: Rule) -> tuple[Revisit, ...]:
    """k of the groups that were asked again (`estimate.recontact`), from forms that answered the headline."""
    if survey.revisits.empty or survey.estimates.empty:
        return ()
    rows = survey.estimates[survey.estimates.measure == HEADLINE]
    deffs = {domain: deff for domain, deff in zip(texts(rows.domain), rows.deff, strict=True) if deff == deff}
    cells = survey.cells[survey.cells.measure == HEADLINE]
    there = set(texts(cells.group[cells.n > 0]))
    known = [set(str(name).split(JOIN)) <= there for name in survey.revisits.counted_in]
    first = Answered(cells=cells, counts=survey.counts, deffs=deffs, confidence=rule.confidence.value)
    return measure_ratios(survey.revisits[known], first)


def _half(survey: Survey, measure: str, rule: Rule) -> pd.DataFrame:
    """The rows of `half`, in which a ratio that was measured takes the place of the assumed one."""
    revisits = find_revisits(survey, rule)
    ratios = ratios_by_group(revisits, above=True)
    return half_estimates(survey.cells, measure, ratios, ratios_by_group(revisits, above=False))


def judge_whole(found: Recognition) -> Verdict:
    """The verdict on the county: a rate beyond the line decides nothing while a group is missing."""
    verdict = Verdict(found.verdict)
    return Verdict.UNDETERMINED if verdict == Verdict.MET and found.incomplete else verdict


def county_rate(survey: Survey, found: Recognition, ratio: float | None = None) -> CountyRate:
    """The county's entry of the recognition object; `ratio`: k* (`least_ratio`)."""
    return CountyRate(
        rate=found.rate,
        se=found.se,
        lower=found.lower,
        upper=found.upper,
        lower95=found.lower95,
        upper95=found.upper95,
        threshold=found.threshold,
        verdict=judge_whole(found),
        evidence=Evidence(found.evidence),
        ratio=ratio,
        design="assumed" if survey.design.assumed else "declared",
        probability_above=found.probability_above,
        incomplete=found.incomplete,
    )


def least_ratio(survey: Survey, found: Recognition, rule: Rule) -> float | None:
    """k* of the headline (`estimate.silence.smallest_ratio`); None unless the figure lies beyond the threshold."""
    if found.evidence == Evidence.NOT_DISTINGUISHABLE:
        return None
    rows = survey.estimates[(survey.estimates.measure == HEADLINE) & survey.estimates.domain.isin(list(survey.weights))]
    held = Held(
        cells=survey.cells,
        measure=HEADLINE,
        rows=rows,
        weights=survey.weights,
        response=response_rates(survey),
        threshold=rule.threshold.value,
        covariance=shared_covariance(survey.cells, HEADLINE, rows),
    )
    return smallest_ratio(held)


def response_rates(survey: Survey) -> Mapping[str, float | None]:
    """Each shown group's valid forms of its invited; None where it was open to whoever came."""
    invited = survey.counts.invited
    rates = (survey.counts.valid / invited.where(invited > 0)).fillna(0.0)
    open_groups = set(survey.design.open_groups())
    return {
        str(group): None if open_groups & set(str(group).split("+")) else min(float(rate), 1.0)
        for group, rate in rates.items()
    }


def shared_covariance(cells: pd.DataFrame, measure: str, estimates: pd.DataFrame) -> pd.DataFrame | None:
    """The groups' covariance of a measure; None where no two groups were drawn in the same classes.

    `estimates`: of the survey, of this measure alone.
    """
    if not _share_classes(cells[cells.measure == measure]):
        return None
    return group_covariance(cells, measure, estimates)


def _share_classes(cells: pd.DataFrame) -> bool:
    """Whether two groups were drawn in the same classes."""
    drawn = cells.loc[~no_text(cells.psu), ["stratum", "group"]].drop_duplicates()
    return bool(drawn.stratum.duplicated().any())
