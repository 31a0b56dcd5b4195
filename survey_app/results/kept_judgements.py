"""Judgements of the store, each kept with when, who, of what and by what; any two side by side, years in a row."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.results import as_json
from analysis.standard import Standard
from analysis.verdict import Judgement, read_judgement
from analysis.verdict.series import list_years
from analysis.verdict.year_findings import YearComparison, YearResult
from analysis.verdict.years import are_comparable, compare_years
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Verdict
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError
from survey_app.core.models import KeptJudgement
from survey_app.problems.feeding import Fed, feed_register
from survey_app.results.county_check import find_year_rates, judge_stored
from survey_app.results.judged_words import JUDGED_WORDS

LARGEST_NUMBER = 2**31 - 1


class KeptRow(NamedTuple):
    """A kept judgement as it is listed."""

    number: int
    at: datetime
    actor: str
    school_year: str
    as_of: int
    standard: str
    verdict: Verdict
    program: str
    inputs: str


class Beside(NamedTuple):
    """Two judgements: what each came to, how they differ by school and indicator, by which years of the plan."""

    before: YearResult
    after: YearResult
    comparison: YearComparison
    as_of: tuple[int | None, int | None]

    @property
    def shared(self) -> list[str]:
        """The indicators of guarantee and quality that both have."""
        return [key for key in self.after.indicators if key in self.before.indicators]


class JudgementRequest(NamedTuple):
    """What is judged by what; `as_of` is the year of the plan, by default that in which the school year begins."""

    standard: Standard
    year: SchoolYear
    as_of: int | None = None


def judge_and_keep(
    session: Session, asked: JudgementRequest, *, actor: str, now: datetime
) -> tuple[KeptJudgement, Fed]:
    """Judge a school year as the store holds it, keep the judgement, and enter what is not met in the register."""
    judgement = judge_stored(session, asked.standard, asked.year, as_of=asked.as_of)
    kept = keep_judgement(session, judgement, actor=actor, now=now)
    return kept, feed_register(session, judgement, asked.standard, actor=actor, now=now)


def keep_judgement(session: Session, judgement: Judgement, *, actor: str, now: datetime) -> KeptJudgement:
    """Keep a judgement; one that is in every figure as the last one of its year and standard is not kept again."""
    provenance = judgement.provenance
    content = as_json(judgement)
    same = select(KeptJudgement).where(
        KeptJudgement.school_year == provenance.school_year,
        KeptJudgement.standard == judgement.standard,
    )
    last = session.scalars(same.order_by(KeptJudgement.id.desc()).limit(1)).first()
    if last is not None and last.content == content:
        return last
    kept = KeptJudgement(
        at=now,
        actor=actor,
        school_year=provenance.school_year,
        as_of=provenance.as_of or 0,
        standard=judgement.standard,
        verdict=judgement.verdict,
        program=provenance.program,
        inputs=sum_inputs(judgement),
        content=content,
    )
    session.add(kept)
    session.flush()
    record(
        session,
        actor,
        "judge",
        f"judgement {kept.id}",
        at=now,
        year=kept.school_year,
        verdict=kept.verdict,
        sha256=kept.inputs,
    )
    return kept


def sum_inputs(judgement: Judgement) -> str:
    """One SHA-256 over those of all that a judgement was made of, the recognition it took included."""
    rate = as_json(judgement.dimensions.recognition)
    return sha256(msgspec.json.encode([judgement.provenance.inputs, rate], order="sorted")).hexdigest()


def list_kept(session: Session) -> list[KeptRow]:
    """All kept judgements, the newest first; their contents stay where they are."""
    columns = (
        KeptJudgement.id,
        KeptJudgement.at,
        KeptJudgement.actor,
        KeptJudgement.school_year,
        KeptJudgement.as_of,
        KeptJudgement.standard,
        KeptJudgement.verdict,
        KeptJudgement.program,
        KeptJudgement.inputs,
    )
    return [
        KeptRow(number, at, actor, year, as_of, standard, Verdict(verdict), program, inputs)
        for number, at, actor, year, as_of, standard, verdict, program, inputs in session.execute(
            select(*columns).order_by(KeptJudgement.id.desc())
        )
    ]


def load_judgement(session: Session, number: int) -> Judgement:
    """One kept judgement; raises NotFoundError."""
    kept = session.get(KeptJudgement, number) if 0 < number <= LARGEST_NUMBER else None
    if kept is None:
        raise NotFoundError(JUDGED_WORDS.no_judgement.format(number=number))
    return read_judgement(kept.content)


def compare_kept(session: Session, first: int, second: int) -> Beside:
    """Any two, the earlier school year first; raises NotFoundError, and TableError for two counties' standards."""
    numbers = sorted((first, second))
    found = [load_judgement(session, number) for number in numbers]
    before, after = sorted(found, key=lambda judgement: judgement.provenance.school_year)
    results = [list_years([judgement])[0] for judgement in (before, after)]
    years = (before.provenance.as_of, after.provenance.as_of)
    return Beside(results[0], results[1], compare_years(before, after), years)


def list_series(session: Session, standard: str) -> tuple[YearResult, ...]:
    """The last judgement of each school year, the earliest year first.

    A year that was not judged under this standard is there by another one that can be compared with it.
    """
    columns = select(KeptJudgement.school_year, KeptJudgement.id, KeptJudgement.standard)
    rows = session.execute(columns.order_by(KeptJudgement.standard == standard, KeptJudgement.id))
    latest = {row.school_year: row.id for row in rows if are_comparable(row.standard, standard)}
    rates = find_year_rates(session)
    return list_years(
        [load_judgement(session, number) for number in latest.values()], {year: rates.get(year) for year in latest}
    )
