"""The surveyed rate: what a verdict takes from the recognition that a survey found."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import ValidationError, convert, field

from analysis.results import Estimate
from analysis.verdict.records import Record

PLACES = 4


class YearRate(Record, frozen=True, kw_only=True):
    """What the round of a year published: the rate with its interval, by which rule and papers, and who is missing."""

    year: int
    rate: float | None
    lower: float | None
    upper: float | None
    rule: str
    papers: tuple[str, ...]
    incomplete: tuple[str, ...] = ()


class SurveyedRate(Record, frozen=True, kw_only=True):
    """The county's rate (a share of 1), how sure it is, the groups without valid forms, and the rounds year by year."""

    rate: float | None
    evidence: str | None = None
    incomplete: tuple[str, ...] = ()
    rule: str | None = None
    rounds: tuple[YearRate, ...] = ()


class _Told(Record, frozen=True, kw_only=True):
    """What is read of a round of any year."""

    rate: float | None
    lower: float | None = None
    upper: float | None = None
    incomplete: tuple[str, ...] = ()


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


def read_year(content: Mapping[str, Any], year: int, papers: Sequence[str]) -> YearRate:
    """What the round of a year published, in hundredths of a percent as rounds of before did not.

    >>> found = read_year({"rule": "quality-2024", "recognition": {"rate": 0.90123456}}, 2024, ["social-2024"])
    >>> found.rate, found.lower
    (0.9012, None)
    """
    county = convert(content["recognition"], _Told)
    rate, lower, upper = (
        None if share is None else round(share, PLACES) for share in (county.rate, county.lower, county.upper)
    )
    return YearRate(
        year=year,
        rate=rate,
        lower=lower,
        upper=upper,
        rule=content["rule"],
        papers=tuple(papers),
        incomplete=county.incomplete,
    )
