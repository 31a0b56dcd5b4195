"""Rounds in tests as the JSON that the commands print, so that what is asserted is what others read."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import convert

from analysis.published import FormerRound, Published
from analysis.recognition import describing
from analysis.results import Estimate, as_json
from analysis.round_counts import Status
from analysis.verdict import Judgement
from reports.document.document import Document
from reports.report import insert as inserts
from reports.report import section as sections
from reports.report import telling
from reports.report.telling import RoundFacts, RoundResults, Telling
from tests.survey_example import Example

Told = dict[str, Any]


def found_of(
    status: Mapping[str, Any], recognition: Mapping[str, Any], judgement: Judgement, former: Sequence[Told] = ()
) -> RoundResults:
    return RoundResults(
        status=convert(status, Status),
        estimate=convert(recognition, Estimate),
        judgement=judgement,
        former=convert(former, tuple[FormerRound, ...]),
    )


def section(facts: RoundFacts, *found: Any) -> Document:
    return sections.section(facts, found_of(*found))


def insert(facts: RoundFacts, *found: Any, **options: Any) -> Document:
    return inserts.insert(facts, found_of(*found), **options)


def describe_round(facts: RoundFacts, *found: Any) -> Telling:
    return telling.describe_round(facts, found_of(*found))


def recognise(*survey: Any, **options: Any) -> Told:
    told: Told = as_json(describing.recognise(*survey, **options))
    return told


STATUS = {"round": "2025-1", "state": "closed", "groups": {}}


def table_of(survey: Example) -> Published:
    """What was published of the survey, with no counts and no round before."""
    return convert({"status": STATUS} | survey.published, Published)


def released(survey: Example) -> Estimate:
    return table_of(survey).estimate
