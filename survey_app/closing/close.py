"""Closing a round: no more forms, a last shuffle, then the one table that everything shown is read from."""

import platform
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Engine, Row, insert, select
from sqlalchemy.orm import Session

from analysis.disclosure import describe_units
from analysis.plain import plain
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from analysis.standard import load_standard
from analysis.verdict import as_json, read_surveyed
from analysis.verdict.judged import Judged, judge_tables
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.school_year import SchoolYear, SchoolYearError
from reports.evidence.bundle import published_texts
from reports.evidence.evidence_texts import digest, evidence_texts
from survey_app.answering import forget_holders
from survey_app.closing.shuffle import shuffle
from survey_app.core.audit import record
from survey_app.core.db import PYPROJECT
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Batch, Form, FrameRow, Ledger, Place, Published, Round
from survey_app.frame.schools import list_school_years, load_county_values, load_resources, load_schools
from survey_app.printed_forms.transcribing import forget_entries
from survey_app.rounds.opening import find_round, load_frame
from survey_app.watching.status import load_status

EVIDENCE = "evidence"
Codes = npt.NDArray[np.uint8]
Keys = tuple[bytes, bytes]
ALL_KEYS = (b"", b"\xff" * 17)
PART = 100_000
CALCULATING = ("numpy", "pandas", "scipy", "statsmodels")


class Closed(NamedTuple):
    """What a closed round shows, and what of the order of its forms could not be removed, a sentence each."""

    published: dict[str, dict[str, Any]]
    remains: tuple[str, ...]


def close_round(engine: Engine, name: str | None, *, actor: str, now: datetime) -> Closed:
    """Close a round for good and publish it; a close that was cut short is finished by calling again.

    Raises ConflictError when the round was closed and published before.
    """
    with Session(engine) as session, session.begin():
        round_ = find_round(session, name)
        if session.get(Published, (round_.id, "recognition")):
            raise ConflictError(f"调查批次 {round_.name} 已经结束，结果不再改变。")
        round_.state = "closed"
        session.flush()
        forget_holders(session, round_.id)
        forget_entries(session, round_.id)
        record(session, actor, "close", f"round {round_.name}", at=now)
        round_id = round_.id
    remains = shuffle(engine, at=now).remains
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, round_id)
        results = evaluate(session, round_)
        session.execute(
            insert(Published),
            [
                {"round_id": round_id, "name": name, "content": part}
                for name, part in (*results.published.items(), (EVIDENCE, results.evidence))
            ],
        )
        sealed = results.evidence | published_texts(results.published)
        sums = {name: digest(text) for name, text in sorted(sealed.items())}
        record(session, actor, "publish", f"round {round_.name}", at=now, sha256=sums)
    return Closed(results.published, remains)


class Results(NamedTuple):
    """What may be shown of a closed round, and the texts from which all of it can be computed again."""

    published: dict[str, dict[str, Any]]
    evidence: dict[str, str]


def evaluate(session: Session, round_: Round) -> Results:
    """Everything that may be shown of a closed round, and its evidence, which goes into the sealed bundle alone.

    Published: counts, recognition, the four-dimension verdict, the units and the rounds before.
    """
    rule, standard, papers = load_rule(round_.rule), load_standard(round_.standard), [*map(load_paper, round_.papers)]
    forms, bursts = load_forms(session, round_), load_bursts(session, round_)
    survey = measure_survey(forms, load_frame(session, round_), rule, *papers, bursts=bursts)
    recognition = describe_survey(survey, rule, *papers, population=round_.population)
    judged = load_judged(session, round_)
    about = describe_round(round_)
    published = {
        "status": load_status(session, round_),
        "recognition": recognition,
        "judgement": as_json(judge_tables(standard, judged, read_surveyed(plain(recognition)), as_of=about["as_of"])),
        "units": describe_units(survey.cells, survey.places, survey.estimates, rule),
        "former": {"rounds": load_former(session, round_)},
    }
    evidence = evidence_texts(survey, recognition, judged, rule, standard, papers, about, read_versions())
    return Results({name: plain(part) for name, part in published.items()}, evidence)


def describe_round(round_: Round) -> dict[str, Any]:
    """What the evidence says about the round itself."""
    return {
        "round": round_.name,
        "county": round_.county,
        "population": round_.population,
        "school_year": round_.school_year,
        "as_of": plan_year(round_),
        "invented": round_.invented,
    }


def read_versions() -> dict[str, Any]:
    """What computed the figures: this program, Python and the packages that calculate."""
    program = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    packages = {name: version(name) for name in CALCULATING}
    return {"program": f"{program['name']} {program['version']}", "python": platform.python_version(), **packages}


def plan_year(round_: Round) -> int:
    """The plan's year that a round's data are held against: that in which their school year begins."""
    with suppress(SchoolYearError):
        return SchoolYear.parse(round_.school_year).first
    return round_.opens.year


def find_year_before(session: Session, text: str) -> SchoolYear | None:
    """The last school year with resources before this one; None without one, or where the text names none."""
    with suppress(SchoolYearError):
        own = SchoolYear.parse(text)
        return max((year for year in list_school_years(session) if year < own), default=None)
    return None


def load_judged(session: Session, round_: Round) -> Judged:
    """The tables the round's county is judged by; the earlier year is the last one before the round's."""
    earlier = str(find_year_before(session, round_.school_year) or "")
    return Judged(
        load_schools(session),
        load_resources(session, round_.school_year),
        load_county_values(session, round_.school_year),
        load_resources(session, earlier),
        load_county_values(session, earlier),
    )


def load_former(session: Session, round_: Round) -> list[dict[str, Any]]:
    """What was published of the county's earlier rounds, the latest first: when, by which rule and papers, rates."""
    rows = session.execute(
        select(Round, Published.content)
        .join(Published, (Published.round_id == Round.id) & (Published.name == "recognition"))
        .where(Round.county == round_.county, Round.invented == round_.invented, Round.opens < round_.opens)
        .order_by(Round.opens.desc())
    )
    return [
        {
            "name": one.name,
            "opens": one.opens.date().isoformat(),
            "closes": one.closes.date().isoformat(),
            "rule": one.rule,
            "papers": one.papers,
            "valid": found["valid"],
            "recognition": found["recognition"],
            "groups": {group: {name: row[name] for name in ("rate", "se")} for group, row in found["groups"].items()},
        }
        for one, found in rows
    ]


def load_forms(session: Session, round_: Round, within: Keys = ALL_KEYS) -> pd.DataFrame:
    """The round's forms as analysis takes them: group, place and one column of option values an item.

    They are read in parts, so that a form takes a byte an answer and not a row of objects. `within`: only those
    whose random keys lie from the first to before the second.
    """
    places = session.execute(select(Place.id, Place.group, Place.place).where(Place.round_id == round_.id)).all()
    items = load_paper(round_.papers[0]).item_ids
    query = select(Form.place_id, Form.answers).join(Place, Form.place_id == Place.id)
    query = query.where(Place.round_id == round_.id, Form.key >= within[0], Form.key < within[1])
    rows = session.execute(query)
    parts = [read_answers([], len(items)), *(read_answers(part, len(items)) for part in rows.partitions(PART))]
    names = pd.DataFrame(places, columns=["id", "group", "place"]).set_index("id").astype(object)
    placed = names.loc[np.concatenate([ids for ids, _ in parts])].reset_index(drop=True)
    answers = pd.DataFrame(np.concatenate([codes for _, codes in parts]), columns=list(items))
    return pd.concat([placed, answers], axis=1)


def read_answers(rows: Sequence[Row[int, str]], items: int) -> tuple[npt.NDArray[np.int64], Codes]:
    """Place ids and answers of some forms, a row of codes each."""
    digits = "".join(row[1] for row in rows).encode("ascii")
    codes = np.frombuffer(digits, dtype=np.uint8).reshape(len(rows), items) - np.uint8(ord("0"))
    return np.array([row[0] for row in rows], dtype=np.int64), codes


def load_bursts(session: Session, round_: Round) -> pd.DataFrame:
    """The ledger as integrity checks take it: one row a batch and five minutes: group, place, five_minutes, n."""
    found = session.execute(
        select(Place.group, Place.place, Ledger.five_minutes, Ledger.n)
        .join(Batch, Ledger.batch_id == Batch.id)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .join(Place, FrameRow.place_id == Place.id)
        .where(Place.round_id == round_.id)
    ).all()
    return pd.DataFrame(found, columns=["group", "place", "five_minutes", "n"])


def load_published(session: Session, round_: Round) -> dict[str, dict[str, Any]]:
    """The published table of a closed round, without its evidence; raises NotFoundError before it is closed."""
    rows = session.execute(
        select(Published.name, Published.content).where(Published.round_id == round_.id, Published.name != EVIDENCE)
    )
    published: dict[str, dict[str, Any]] = dict(rows.all())
    if not published:
        raise NotFoundError(f"调查批次 {round_.name} 还没有结束，结果要等结束后才能看。")
    return published
