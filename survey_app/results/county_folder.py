"""A county in a folder: what files alone tell of it, published as a round is at its close."""

from pathlib import Path
from typing import NamedTuple

from analysis.places import partition, place_forms
from analysis.published import Former, FormerRound, Published, former_group, former_topics
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from analysis.release import Told, secure_release
from analysis.standard import hold_to_standard, load_standard
from analysis.verdict import take_surveyed
from analysis.verdict.judged import judge_tables
from analysis.weights.joining import move_forms
from questionnaires.county_words import speak_of
from questionnaires.rule import load_papers, load_rule
from questionnaires.school_year import SchoolYear
from reports.report.telling import RoundFacts
from survey_app.results.county_files import BEFORE, CountyFacts, CountyFiles, read_facts, read_files
from survey_app.results.frame_counts import count_files


class CountyReport(NamedTuple):
    """What documents say of a county in a folder, and what is published of it."""

    facts: RoundFacts
    published: Published


def read_county(folder: Path) -> CountyReport:
    """The county of a folder with facts.toml, frame.csv, responses.csv and other tables (`county_files`).

    Figures are those of a round at its close: counted on joined places, units withheld as published there. A folder
    `before` is the round before, its resources those of the year before. Raises SurveyError with every problem.
    """
    said = read_facts(folder)
    before = folder / BEFORE
    former = read_county(before) if (before / "facts.toml").exists() else None
    facts = describe_facts(said, former.facts if former else None)
    files = read_files(folder, said, facts.rule, facts.standard)
    return CountyReport(facts, _publish(files, facts, _list_former(former)))


def _publish(files: CountyFiles, facts: RoundFacts, former: tuple[FormerRound, ...]) -> Published:
    rule = facts.rule
    survey = measure_survey(files.forms, files.frame, rule, *facts.papers, design=files.design, join=True)
    estimate = describe_survey(survey, rule, *facts.papers, population=facts.population)
    placed = move_forms(place_forms(files.forms, partition(files.frame, rule)), survey.homes)
    released = secure_release(Told(survey, placed, estimate, rule, facts.papers))
    as_of = SchoolYear.parse(facts.school_year).first
    return Published(
        status=count_files(files.frame, files.forms, rule, facts.population, facts.name),
        estimate=released.estimate,
        judgement=judge_tables(facts.standard, files.judged, take_surveyed(released.estimate), as_of=as_of),
        units=released.units,
        release=released.record,
        former=Former(rounds=former),
    )


def _list_former(former: CountyReport | None) -> tuple[FormerRound, ...]:
    """The round before, then those before it."""
    if former is None:
        return ()
    facts = former.facts
    estimate = former.published.estimate
    latest = FormerRound(
        name=facts.name,
        opens=facts.opens,
        closes=facts.closes,
        rule=facts.rule.id,
        papers=tuple(paper.id for paper in facts.papers),
        valid=estimate.valid,
        county=estimate.county,
        groups={group: former_group(rate) for group, rate in estimate.groups.items()},
        topics=former_topics(estimate),
    )
    return (latest, *former.published.former.rounds)


def describe_facts(said: CountyFacts, former: RoundFacts | None = None) -> RoundFacts:
    """What documents say of the round, with its packs."""
    standard = load_standard(said.standard)
    rule = hold_to_standard(load_rule(said.rule), standard)
    return RoundFacts(
        county=said.county,
        organiser=said.organiser,
        telephone=said.telephone,
        name=said.name or _number_round(said, former),
        school_year=said.school_year,
        opens=said.opens,
        closes=said.closes,
        population=said.population,
        population_source=said.population_source,
        rule=rule,
        standard=standard,
        papers=tuple(speak_of(paper, said.county) for paper in load_papers(rule, said.edition)),
        invented=said.invented,
        generated=said.closes,
        document=said.document,
        approver=said.approver,
        own=said.words,
    )


def _number_round(said: CountyFacts, former: RoundFacts | None) -> str:
    """The year and the number of the round in it, as the store numbers its rounds."""
    year = f"{said.opens.year}-"
    number = former.name.removeprefix(year) if former and former.name.startswith(year) else "0"
    return f"{year}{int(number) + 1 if number.isdigit() else 1}"
