"""The county's own check from what the store holds: the tables of a school year, and the last round's rate."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import pandas as pd
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.indicators.county_tables import SPARE
from analysis.standard import Standard
from analysis.verdict import CountyTables, Judgement, SurveyedRate, judge, read_surveyed
from analysis.verdict.judgement import with_provenance
from analysis.verdict.surveyed import YearRate, read_year
from questionnaires.school_year import SchoolYear
from survey_app.core.errors import NotFoundError
from survey_app.core.models import KeptJudgement, Published, Round
from survey_app.core.program import program_version
from survey_app.frame.schools import (
    list_school_years,
    load_county_values,
    load_figures,
    load_resources,
    load_schools,
    load_scores,
)
from survey_app.results.judged_words import JUDGED_WORDS


def load_county_tables(session: Session, year: SchoolYear) -> CountyTables:
    """The tables of one school year; raises NotFoundError where the store has no resources of it."""
    if year not in list_school_years(session):
        raise NotFoundError(f"库中没有{year}学年的办学条件数据。")
    return CountyTables(
        schools=load_schools(session),
        resources=load_resources(session, year),
        county=load_county_values(session, year),
        figures=load_figures(session, year),
        scores=load_scores(session, year),
    )


def find_last_rate(session: Session, of: SchoolYear | None = None) -> SurveyedRate | None:
    """The recognition of the round that closed last, or last `of` a school year, with the county's years.

    None before any was published.
    """
    published = select(Round, Published.content).join(Published, Published.round_id == Round.id)
    rows = session.execute(published.where(Published.name == "recognition").order_by(Round.closes)).all()
    if not rows:
        return None
    last, _ = rows[-1]
    own = [(round_, told) for round_, told in rows if (round_.county, round_.invented) == (last.county, last.invented)]
    meant = [told for round_, told in own if of is None or round_.school_year == str(of)]
    return replace(read_surveyed(meant[-1]), rounds=tuple(_list_years(own))) if meant else None


def _list_years(rows: Iterable[tuple[Round, Mapping[str, Any]]]) -> Iterator[YearRate]:
    """What was published of each year, the last round of a school year for all of it."""
    of_year = {SchoolYear.parse(round_.school_year).first: (round_, content) for round_, content in rows}
    for year, (round_, content) in sorted(of_year.items()):
        yield read_year(content, year, round_.papers)


def find_year_rates(session: Session) -> dict[str, float | None]:
    """What the round of each school year published, by school year."""
    last = find_last_rate(session)
    return {str(SchoolYear(found.year)): found.rate for found in last.rounds} if last else {}


def say_rate(session: Session) -> str:
    """Of which round the recognition is, or that there is none."""
    published = select(Round).join(Published, Published.round_id == Round.id).where(Published.name == "recognition")
    last = session.scalars(published.order_by(Round.closes.desc()).limit(1)).first()
    if last is None:
        return JUDGED_WORDS.no_rate
    return JUDGED_WORDS.rate_of.format(round=last.name, year=last.school_year)


def find_last_standard(session: Session) -> str | None:
    """The standard of the county's last round, without a round that of its last judgement; None before any."""
    of_round = session.scalar(select(Round.standard).order_by(Round.opens.desc()).limit(1))
    return of_round or session.scalar(select(KeptJudgement.standard).order_by(KeptJudgement.id.desc()).limit(1))


def judge_stored(
    session: Session, standard: Standard, year: SchoolYear, *, as_of: int | None = None, by_own_round: bool = False
) -> Judgement:
    """The judgement on one school year as the store holds it, by the plan's year `as_of`, by default the school year's.

    The recognition is that of the round that closed last, or of the school year's own (`by_own_round`), for a year
    that stands in a row with others. Raises NotFoundError without data of the year, TableError where they do not fit
    the standard.
    """
    tables = load_county_tables(session, year)
    rate = find_last_rate(session, year if by_own_round else None)
    judgement = judge(standard, tables, rate, as_of=year.first if as_of is None else as_of)
    notes = judgement.provenance.notes if by_own_round else (*judgement.provenance.notes, say_rate(session))
    return with_provenance(
        replace(judgement, provenance=replace(judgement.provenance, notes=notes)),
        program=program_version(),
        school_year=str(year),
        inputs=digest_tables(tables._asdict()),
    )


def digest_tables(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The SHA-256 of each table as CSV, by its name; raw figures and scores only where there are any."""
    given = {name: table for name, table in tables.items() if name not in SPARE or len(table)}
    return {name: sha256(table.to_csv(index=False).encode()).hexdigest() for name, table in given.items()}
