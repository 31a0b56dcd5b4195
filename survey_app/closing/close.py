"""Closing a round: no more forms, its boxes opened, then the one table that everything shown is read from."""

import json
import platform
import tomllib
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from msgspec import convert
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from analysis.disclosure import describe_units
from analysis.published import Former, FormerGroup, FormerRound, Units
from analysis.published import Published as PublishedTable
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from analysis.results import Estimate, as_json
from analysis.standard import load_standard
from analysis.verdict import take_surveyed
from analysis.verdict.judged import Judged, judge_tables
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.school_year import SchoolYear, SchoolYearError
from questionnaires.vocabulary import CodeKind, RoundState
from reports.evidence.bundle import published_texts
from reports.evidence.evidence_texts import Evidence, Packs, RoundRecord, digest, evidence_texts
from survey_app.answering import forget_holders
from survey_app.closing.box_opening import (
    count_boxes,
    count_sent,
    describe_opening,
    drop_boxes,
    is_left_open,
    open_boxes,
    refusals_to_show,
    write_forms,
    write_remarks,
)
from survey_app.closing.round_tables import EVIDENCE, load_bursts, load_forms, load_published
from survey_app.closing.shuffle import shuffle
from survey_app.core.audit import record
from survey_app.core.db import PYPROJECT
from survey_app.core.errors import ConflictError, StorageError
from survey_app.core.models import Batch, BoxNumber, Form, FrameRow, Place, Published, Round
from survey_app.frame.schools import list_school_years, load_county_values, load_resources, load_schools
from survey_app.printed_forms.transcribing import forget_entries
from survey_app.rounds.key_custody import Given, find_seed
from survey_app.rounds.key_files import destroy_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import private_key
from survey_app.rounds.opening import find_round, load_frame
from survey_app.rounds.sampling import find_design
from survey_app.watching.status import load_status

NOTHING_GIVEN = Given()
RECOGNITION = "recognition"
CALCULATING = ("numpy", "pandas", "scipy", "statsmodels")


class Closed(NamedTuple):
    """What a closed round shows, and what of the order of its forms could not be removed, a sentence each."""

    published: PublishedTable
    remains: tuple[str, ...]


def close_round(
    engine: Engine, name: str | None, *, keys: Path, actor: str, now: datetime, given: Given = NOTHING_GIVEN
) -> Closed:
    """Close a round for good, open its boxes and publish it; a close that was cut short is finished by calling again.

    The key is taken from what was `given`, else from the folder `keys`; once all is committed and read back, it is
    destroyed there, and the boxes go. Raises ConflictError when the round was closed and published before, SurveyError
    when there is no key: then nothing has changed.
    """
    with Session(engine) as session, session.begin():
        round_ = find_round(session, name)
        round_id = round_.id
        is_published = session.get(Published, (round_.id, RECOGNITION)) is not None
        if is_published and not is_left_open(session, round_):
            raise ConflictError(f"调查批次 {round_.name} 已经结束，结果不再改变。")
        if round_.state == RoundState.WAITING_FOR_SHEETS:
            raise ConflictError(KEY_WORDS.still_waiting.format(round=round_.name))
        seed = None if is_published or round_.public_key is None else find_seed(round_, keys, given)
        if not is_published:
            _take_no_more(session, round_, actor, now)
    remains: tuple[str, ...] = ()
    if not is_published:
        remains = _open_and_publish(engine, round_id, seed, actor, now)
    _finish(engine, round_id, keys)
    with Session(engine) as session:
        return Closed(load_published(session, session.get_one(Round, round_id)), remains)


def _take_no_more(session: Session, round_: Round, actor: str, now: datetime) -> None:
    round_.state = RoundState.CLOSED
    session.flush()
    forget_holders(session, round_.id)
    forget_entries(session, round_.id)
    record(session, actor, "close", f"round {round_.name}", at=now)


def _open_and_publish(engine: Engine, round_id: int, seed: bytes | None, actor: str, now: datetime) -> tuple[str, ...]:
    """In one transaction: either the boxes are as they were, or their forms are written and the figures published."""
    remains = shuffle(engine, at=now).remains if _has_readable(engine, round_id) else ()
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, round_id)
        found = _open_boxes(session, round_, seed, actor, now) if seed is not None else ()
        _publish(session, round_, actor, now)
    return (*remains, *found)


def _has_readable(engine: Engine, round_id: int) -> bool:
    """Whether the store had something readable of the round: forms from before sealing, or sheets typed in once."""
    with Session(engine) as session:
        forms = select(Form.key).join(Place, Form.place_id == Place.id).where(Place.round_id == round_id).limit(1)
        typed = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id, Batch.kind == CodeKind.PAPER)
        return session.scalar(forms) is not None or session.scalar(typed.limit(1)) is not None


def _open_boxes(session: Session, round_: Round, seed: bytes, actor: str, now: datetime) -> tuple[str, ...]:
    """Open, write and count; returns a sentence for everything that does not add up."""
    connection = session.connection()
    key = bytes(private_key(seed))
    readable = session.scalar(
        select(func.count()).select_from(Form).join(Place, Form.place_id == Place.id).where(Place.round_id == round_.id)
    )
    opened = open_boxes(connection, key, round_.id)
    write_forms(connection, opened, round_.id)
    lost_remarks = write_remarks(connection, key, round_.id)
    groups = dict(session.execute(select(Place.id, Place.group).where(Place.round_id == round_.id)).all())
    record(
        session,
        actor,
        "open_boxes",
        f"round {round_.name}",
        at=now,
        boxes=opened.boxes,
        refused=refusals_to_show(opened, groups, load_rule(round_.rule).smallest),
        unreadable=opened.unreadable,
        twice=opened.twice,
        unreadable_remarks=lost_remarks,
    )
    return tuple(describe_opening(opened, count_sent(session, round_.id), readable or 0))


def _publish(session: Session, round_: Round, actor: str, now: datetime) -> None:
    results = evaluate(session, round_)
    parts = as_json(results.published)
    session.execute(
        insert(Published),
        [
            {"round_id": round_.id, "name": name, "content": part}
            for name, part in (*parts.items(), (EVIDENCE, results.evidence))
        ],
    )
    sealed = results.evidence | published_texts(parts, results.published.units or Units())
    sums = {name: digest(text) for name, text in sorted(sealed.items())}
    record(session, actor, "publish", f"round {round_.name}", at=now, sha256=sums)
    record(session, actor, "seal", f"round {round_.name}", at=now, sha256=digest(json.dumps(parts, sort_keys=True)))


def _finish(engine: Engine, round_id: int, keys: Path) -> None:
    """After the commit was read back: the key goes, then the boxes and the marks of spent tickets."""
    with Session(engine) as session:
        round_ = session.get_one(Round, round_id)
        public = round_.public_key
        if public is None:
            return
        numbers = session.scalar(select(func.count()).where(BoxNumber.round_id == round_id))
        if (numbers or 0) < count_boxes(session):
            raise StorageError(KEY_WORDS.not_read_back.format(round=round_.name))
    destroy_key(keys, public)
    drop_boxes(engine, round_id)


class Results(NamedTuple):
    """What may be shown of a closed round, and the texts from which all of it can be computed again."""

    published: PublishedTable
    evidence: dict[str, str]


def evaluate(session: Session, round_: Round) -> Results:
    """Everything that may be shown of a closed round, and its evidence, which goes into the sealed bundle alone.

    Published: counts, recognition, the four-dimension verdict, the units and the rounds before.
    """
    packs = load_packs(round_)
    forms = load_forms(session, round_)
    bursts = load_bursts(session, round_)
    frame = load_frame(session, round_)
    design = find_design(round_)
    survey = measure_survey(forms, frame, packs.rule, *packs.papers, bursts=bursts, design=design)
    estimate = describe_survey(survey, packs.rule, *packs.papers, population=round_.population)
    judged = load_judged(session, round_)
    about = describe_round(round_)
    published = PublishedTable(
        status=load_status(session, round_),
        estimate=estimate,
        judgement=judge_tables(packs.standard, judged, take_surveyed(estimate), as_of=about.as_of),
        units=describe_units(survey.cells, survey.places, survey.estimates, packs.rule),
        former=Former(rounds=load_former(session, round_)),
    )
    evidence = Evidence(
        survey=survey,
        estimate=estimate,
        judged=judged,
        packs=packs,
        about=about,
        versions=read_versions(),
    )
    return Results(published=published, evidence=evidence_texts(evidence))


def load_packs(round_: Round) -> Packs:
    """What the round is surveyed and judged by."""
    return Packs(
        rule=load_rule(round_.rule),
        standard=load_standard(round_.standard),
        papers=[load_paper(name) for name in round_.papers],
    )


def describe_round(round_: Round) -> RoundRecord:
    """What the evidence says about the round itself."""
    return RoundRecord(
        round=round_.name,
        county=round_.county,
        population=round_.population,
        school_year=round_.school_year,
        as_of=plan_year(round_),
        invented=round_.invented,
    )


def read_versions() -> dict[str, str]:
    """What computed the figures: this program, Python and the packages that calculate."""
    program = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    packages = {name: version(name) for name in CALCULATING}
    return {"program": f"{program['name']} {program['version']}", "python": platform.python_version(), **packages}


def plan_year(round_: Round) -> int:
    """The plan's year that a round's data are held against: that in which their school year begins."""
    year = _school_year(round_)
    return year.first if year else round_.opens.year


def find_year_before(session: Session, own: SchoolYear | None) -> SchoolYear | None:
    """The last school year with resources before this one; None without one."""
    if own is None:
        return None
    return max((year for year in list_school_years(session) if year < own), default=None)


def _school_year(round_: Round) -> SchoolYear | None:
    """The round's school year; None where an earlier version let something else in."""
    with suppress(SchoolYearError):
        return SchoolYear.parse(round_.school_year)
    return None


def load_judged(session: Session, round_: Round) -> Judged:
    """The tables the round's county is judged by; the earlier year is the last one before the round's."""
    year = _school_year(round_)
    earlier = find_year_before(session, year)
    return Judged(
        load_schools(session),
        load_resources(session, year),
        load_county_values(session, year),
        load_resources(session, earlier),
        load_county_values(session, earlier),
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
    return FormerRound(
        name=round_.name,
        opens=round_.opens.date(),
        closes=round_.closes.date(),
        rule=round_.rule,
        papers=tuple(round_.papers),
        valid=estimate.valid,
        county=estimate.county,
        groups={group: FormerGroup(rate=rate.rate, se=rate.se) for group, rate in estimate.groups.items()},
    )
