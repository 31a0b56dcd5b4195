"""The county's package from the store: the judgement of a year, its tables, the register, signed."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from analysis.standard import Standard
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import ProblemSource
from reports.packages.county_package import RegisterCounts, Source, build_package
from reports.packages.package_words import load_package_words
from survey_app.core.errors import Fact, SurveyError
from survey_app.core.program import program_version
from survey_app.problems.register import Wanted, count_problems, list_problems
from survey_app.results.county_check import find_last_rate, load_county_tables
from survey_app.results.signing_key import load_or_make_signing_key


@dataclass(frozen=True, kw_only=True)
class PackageRequest:
    """Which year is packed, by the plan's year `as_of`; `county` is a code, empty for the standard's own county."""

    year: SchoolYear
    as_of: int
    county: str
    today: date


def pack_county(session: Session, standard: Standard, asked: PackageRequest, folder: Path) -> bytes:
    """The package, signed with the key in the data folder; raises SurveyError without the county's code."""
    code = asked.county or standard.county
    if not code:
        raise SurveyError(Fact("county_code_missing", load_package_words().code_needed))
    listed = list_problems(session, Wanted(), asked.today)
    counts = count_problems([line for line in listed if line.source != ProblemSource.PROJECT])
    source = Source(
        tables=load_county_tables(session, asked.year),
        surveyed=find_last_rate(session),
        as_of=asked.as_of,
        school_year=str(asked.year),
        county=code,
        program=program_version(),
    )
    problems = RegisterCounts(open=counts.open + counts.applied, overdue=counts.overdue, closed=counts.closed)
    return build_package(source, standard, problems, load_or_make_signing_key(folder))
