"""The county's own check at any time: judge a school year, every judgement kept, any two side by side."""

import re
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from pydantic import Field
from sqlalchemy.orm import Session

from analysis.indicators.sections import STAGE_NAMES, TableError
from analysis.standard import list_standards, load_standard
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Verdict, words
from survey_app.core.errors import SurveyError
from survey_app.frame.importing import USUAL_STANDARD
from survey_app.frame.schools import list_school_years
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, find_sentence, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.results.county_check import find_last_standard, say_rate
from survey_app.results.judged_words import JUDGED_WORDS
from survey_app.results.kept_judgements import JudgementRequest, compare_kept, judge_and_keep, list_kept, list_series

PAGE = "/console/judgements"
NUMBER = re.compile(r"[1-9][0-9]{0,8}")
MOST_SHOWN = 50


class AskedJudgement(PostedForm):
    """The school year that is judged, by which standard and which year of its plan."""

    year: Line
    as_of: Annotated[int, Field(ge=2000, le=2100)] | None = None
    standard: one_of(list_standards())  # type: ignore[valid-type]

    def find_year(self, session: Session) -> str:
        """The year; raises SurveyError for one without data."""
        if self.year not in map(str, list_school_years(session)):
            raise SurveyError(find_sentence("AskedJudgement", "year"))
        return self.year


@get("/judgements", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """The judgements that were made, the newest first, and a form for another one."""
    return draw_judgements(console, FormProblems(200))


def draw_judgements(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with the form."""
    with console.reading() as session:
        kept = list_kept(session)
        standard = find_last_standard(session) or USUAL_STANDARD
        series = list_series(session, standard)
        years = [str(year) for year in reversed(list_school_years(session))]
        rate = say_rate(session)
    return console.page(
        "judgements",
        422 if found.problems else 200,
        kept=kept[:MOST_SHOWN],
        total=len(kept),
        series=series,
        years=years,
        rate=rate,
        standard=found.typed.get("standard", standard),
        as_of=found.typed.get("as_of", ""),
        county=found.typed.get("county", ""),
        standards={name: load_standard(name).title for name in list_standards()},
        stage_names=STAGE_NAMES,
        conclusions=JUDGED_WORDS.conclusions,
        problems=found.problems,
    )


@post("/judgements/judge", sync_to_thread=True, again=draw_judgements)
def judge(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[AskedJudgement]) -> Page:
    """Judge a school year as the store holds it now, keep it, and bring the register up to date."""
    with console.writing() as session:
        year = SchoolYear.parse(data.find_year(session))
        try:
            asked = JudgementRequest(load_standard(data.standard), year, data.as_of)
            judge_and_keep(session, asked, **console.act)
        except TableError as error:
            raise SurveyError(*error.problems) from error
    return console.go(PAGE, done="judged")


@get("/judgements/compare", sync_to_thread=True)
def compare(console: NamedDependency[ConsoleRequest], a: FromQuery[str] = "", b: FromQuery[str] = "") -> Page:
    """Any two judgements, the earlier school year first."""
    if not (NUMBER.fullmatch(a) and NUMBER.fullmatch(b)):
        raise SurveyError(JUDGED_WORDS.two_needed)
    with console.reading() as session:
        try:
            beside = compare_kept(session, int(a), int(b))
        except TableError as error:
            raise SurveyError(*error.problems) from error
    return console.page(
        "judgements_beside",
        beside=beside,
        stage_names=STAGE_NAMES,
        conclusions=JUDGED_WORDS.conclusions,
        titles={key: entry.title for key, entry in load_standard(beside.after.standard).entries.items()},
        verdict_words=words(Verdict),
    )


HANDLERS = [show, judge, compare]
