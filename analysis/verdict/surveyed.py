"""The surveyed rate: what a verdict takes from the recognition that a survey found."""

from collections.abc import Mapping
from typing import Any

from msgspec import ValidationError, convert, field

from analysis.results import Estimate
from analysis.verdict.records import Record


class SurveyedRate(Record, frozen=True, kw_only=True):
    """The county's rate (a share of 1), how sure it is, and the groups without valid forms."""

    rate: float | None
    evidence: str | None = None
    incomplete: tuple[str, ...] = ()
    rule: str | None = None


class _Estimate(Record, frozen=True, kw_only=True):
    """What is read of `survey estimate --json`."""

    rule: str | None = None
    county: SurveyedRate = field(name="recognition")


def take_surveyed(estimate: Estimate) -> SurveyedRate:
    """The rate of a survey that was estimated here."""
    county = estimate.county
    return SurveyedRate(
        rate=county.rate,
        evidence=county.evidence,
        incomplete=county.incomplete,
        rule=estimate.rule,
    )


def read_surveyed(content: Mapping[str, Any]) -> SurveyedRate:
    """The rate of an object of `survey estimate --json`; raises ValidationError on anything else.

    >>> read_surveyed({"rule": "quality-2024", "recognition": {"rate": 0.9}}).rate
    0.9
    """
    estimate = convert(content, _Estimate)
    county = estimate.county
    if county.rate is not None and not 0 <= county.rate <= 1:
        raise ValidationError("rate is no share of 1")
    return SurveyedRate(
        rate=county.rate,
        evidence=county.evidence,
        incomplete=county.incomplete,
        rule=estimate.rule,
    )
