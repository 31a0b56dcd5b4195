"""What a round comes to at its close: everything that may be shown of it, and its evidence."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple

import pandas as pd
from msgspec import convert
from msgspec.structs import replace
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from analysis.disclosure.headline_steps import FINEST
from analysis.published import Former, FormerRound, former_group, former_topics
from analysis.published import Published as PublishedTable
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from analysis.recognition.split_ballot import MeasuredFrom, compare_arms
from analysis.release import Told, secure_release
from analysis.release.county_figures import tell_county
from analysis.release.told_sizes import find_sent_in, tell_sizes
from analysis.results import Estimate
from analysis.round_counts import Status
from analysis.sample import Design
from analysis.standard import hold_to_standard, load_standard
from analysis.verdict import take_surveyed
from analysis.verdict.judged import Judged, judge_tables
from analysis.weights.joining import Homes, move_forms
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import BatchState, CodeKind, Group, Mode
from reports.evidence.evidence_texts import Evidence, Packs, evidence_texts
from reports.handouts.notices import find_last_day
from survey_app.closing.earlier_problems import load_earlier_problems
from survey_app.closing.opening_progress import tell_audited
from survey_app.closing.round_record import describe_round, find_school_year
from survey_app.closing.round_tables import RECOGNITION, load_bursts, load_networks
from survey_app.core.models import Batch, FrameRow, Ledger, Published, Round
from survey_app.core.program import name_program
from survey_app.frame.schools import (
    list_school_years,
    load_county_values,
    load_figures,
    load_resources,
    load_schools,
    load_scores,
)
from survey_app.imported_forms.follow_ups import load_follow_ups
from survey_app.rounds.frame_rows import load_frame
from survey_app.rounds.sampling import find_design
from survey_app.watching.status import load_status

CALCULATING = ("numpy", "pandas", "scipy", "statsmodels")


class Results(NamedTuple):
    """What may be shown of a closed round, the texts from which all of it can be computed again, and joined places.

    `homes`: (group, place) of a fine place -> that of the place its forms are kept in.
    """

    published: PublishedTable
    evidence: dict[str, str]
    homes: Homes


def evaluate(
    session: Session, round_: Round, forms: pd.DataFrame, revisits: pd.DataFrame, arms: Sequence[int] = ()
) -> Results:
    """Everything that may be shown of a closed round, and its evidence, which goes into the sealed bundle alone.

    `forms` stand on the places of the open round (`round_tables.tabulate_forms`), those of re-contact slips apart;
    `arms`: the half of a split ballot of each form.

    Published: counts, recognition, the four-dimension verdict, the units and the rounds before.
    """
    packs = load_packs(round_)
    bursts = load_bursts(session, round_)
    frame = load_frame(session, round_)
    status = load_status(session, round_)
    design = with_modes(round_, status, with_public_codes(session, round_, find_design(round_)))
    survey = measure_survey(
        forms,
        frame,
        packs.rule,
        *packs.papers,
        bursts=bursts,
        networks=load_networks(session, round_),
        follow_ups=load_follow_ups(session, round_),
        design=design,
        join=True,
        revisits=revisits,
    )
    estimate = describe_survey(survey, packs.rule, *packs.papers, population=round_.population)
    placed = move_forms(forms, survey.homes)
    survey = survey._replace(sent_in=find_sent_in(status, estimate.groups))
    released = secure_release(Told(survey, placed, estimate, packs.rule, packs.papers), tell_audited)
    released = tell_sizes(released, survey, packs.rule)
    judged = load_judged(session, round_)
    about = describe_round(round_)
    split = compare_arms(MeasuredFrom(forms, frame, packs.rule, packs.papers, design), arms)
    published = PublishedTable(
        status=replace(status, split=split) if split else status,
        estimate=released.estimate,
        judgement=judge_tables(packs.standard, judged, take_surveyed(released.estimate), as_of=about.as_of),
        units=released.units,
        release=released.record,
        former=Former(rounds=load_former(session, round_), problems=load_earlier_problems(session, round_)),
    )
    evidence = Evidence(
        survey=survey,
        estimate=estimate,
        judged=judged,
        packs=packs,
        about=about,
        versions=read_versions(),
    )
    return Results(published=published, evidence=evidence_texts(evidence), homes=survey.homes)


def with_public_codes(session: Session, round_: Round, design: Design | None) -> Design | None:
    """The design with the groups that a public code reached: whoever came could use it, drawn or not.

    A code that was voided before anybody used it reached nobody.
    """
    used = exists().where(Ledger.batch_id == Batch.id, Ledger.n > 0)
    query = select(FrameRow.group).join(Batch).where(FrameRow.round_id == round_.id)
    query = query.where(Batch.kind == CodeKind.PUBLIC.value, (Batch.state != BatchState.VOID.value) | used)
    reached = set(session.scalars(query.distinct()))
    if not reached:
        return design
    groups = tuple(group for group in Group if group in reached)
    return (design or Design(rule=round_.rule, groups={})).model_copy(update={"public_codes": groups})


def with_modes(round_: Round, status: Status, design: Design | None) -> Design | None:
    """The design with the modes of which its report tells beside phones: forms that came in files."""
    if not status.imported:
        return design
    return (design or Design(rule=round_.rule, groups={})).model_copy(update={"modes": (Mode.IMPORTED,)})


def load_packs(round_: Round) -> Packs:
    """What the round is surveyed and judged by."""
    standard = load_standard(round_.standard)
    return Packs(
        rule=hold_to_standard(load_rule(round_.rule), standard),
        standard=standard,
        papers=[load_paper(name) for name in round_.papers],
    )


def read_versions() -> dict[str, str]:
    """What computed the figures: this program, Python and the packages that calculate."""
    packages = {name: version(name) for name in CALCULATING}
    return {"program": name_program(), "python": platform.python_version(), **packages}


def find_year_before(session: Session, own: SchoolYear | None) -> SchoolYear | None:
    """The last school year with resources before this one; None without one."""
    if own is None:
        return None
    return max((year for year in list_school_years(session) if year < own), default=None)


def load_judged(session: Session, round_: Round) -> Judged:
    """The tables the round's county is judged by; the earlier year is the last one before the round's."""
    year = find_school_year(round_)
    earlier = find_year_before(session, year)
    return Judged(
        load_schools(session),
        load_resources(session, year),
        load_county_values(session, year),
        load_resources(session, earlier),
        load_county_values(session, earlier),
        load_figures(session, year),
        load_figures(session, earlier),
        load_scores(session, year),
        load_scores(session, earlier),
    )


def load_former(session: Session, round_: Round) -> tuple[FormerRound, ...]:
    """What was published of the county's earlier rounds, the latest first: when, by which rule and papers, rates."""
    rows = session.execute(
        select(Round, Published.content)
        .join(Published, (Published.round_id == Round.id) & (Published.name == RECOGNITION))
        .where(Round.county == round_.county, Round.invented == round_.invented, Round.opens < round_.opens)
        .order_by(Round.opens.desc())
    )
    return tuple(_former_round(former, convert(content, Estimate)) for former, content in rows)


def _former_round(round_: Round, estimate: Estimate) -> FormerRound:
    """As it was told; a round of 0.1, which told every digit, no finer than any round is told today."""
    return FormerRound(
        name=round_.name,
        opens=round_.opens.date(),
        closes=find_last_day(round_.closes),
        rule=round_.rule,
        papers=tuple(round_.papers),
        valid=estimate.valid,
        county=tell_county(estimate.county, FINEST),
        groups={group: former_group(rate) for group, rate in estimate.groups.items()},
        topics=former_topics(estimate),
    )
