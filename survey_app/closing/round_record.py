"""What the evidence says about a round itself, beside its figures."""

from contextlib import suppress

from questionnaires.school_year import SchoolYear, SchoolYearError
from reports.evidence.evidence_texts import RoundRecord
from survey_app.core.models import Round


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


def plan_year(round_: Round) -> int:
    """The plan's year that a round's data are held against: that in which their school year begins."""
    year = find_school_year(round_)
    return year.first if year else round_.opens.year


def find_school_year(round_: Round) -> SchoolYear | None:
    """The round's school year; None where an earlier version let something else in."""
    with suppress(SchoolYearError):
        return SchoolYear.parse(round_.school_year)
    return None
