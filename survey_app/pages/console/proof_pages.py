"""Files that prove what is said of an indicator, a school or a problem, and the package for the review on documents."""

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromQuery, MultipartBody, URLEncodedBody
from pydantic import ConfigDict
from sqlalchemy.orm import Session

from analysis.standard import Standard, load_standard
from questionnaires.school_year import SchoolYear, SchoolYearError
from reports.packages.review_index import ProofNeed
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import ProofFile
from survey_app.frame.importing import USUAL_STANDARD
from survey_app.frame.row_replies import find_school
from survey_app.frame.schools import list_school_years
from survey_app.pages.console.console_access import OFFICE, SCHOOL
from survey_app.pages.console.console_forms import FormProblems, Line, Number, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.problem_letter_pages import ZIP
from survey_app.pages.console.problem_pages import find_seen
from survey_app.problems.proof_files import (
    LARGEST_MEGABYTES,
    MEGABYTE,
    PROOF_WORDS,
    drop_proof,
    find_proof,
    list_proofs,
    read_about,
    store_proof,
)
from survey_app.results.county_check import find_last_standard
from survey_app.results.review_package import find_facts, gather_review, pack_review

PAGE = "/console/proofs"
LARGEST_UPLOAD = (LARGEST_MEGABYTES + 1) * MEGABYTE
AS_IT_IS = "application/octet-stream"


class ChosenFile(PostedForm):
    """A file that somebody brings."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form

    def choose(self) -> UploadFile:
        """The file; raises SurveyError where none was chosen."""
        chosen = [file for file in self.file if file.filename]
        if not chosen:
            raise SurveyError(PROOF_WORDS.no_choice)
        return chosen[0]


class ProofForm(ChosenFile):
    """A file and the one thing that it is about."""

    year: Line
    indicator: Line = ""
    school: Line = ""
    problem: Number | None = None


class DroppedProof(PostedForm):
    """A file that is taken back."""

    number: Number
    year: Line


@get("/proofs", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], year: FromQuery[str] = "") -> Page:
    """The files of a school year and what each indicator still needs."""
    return draw_proofs(console, FormProblems(200, typed={"year": year}))


def draw_proofs(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with a file."""
    with console.reading() as session:
        years = list(reversed(list_school_years(session)))
        year = _choose(years, found.typed.get("year", ""))
        proofs = list_proofs(session, year) if year else []
        needs, untold = _find_needs(session, year) if year else ((), ())
        session.expunge_all()
    return console.page(
        "proofs",
        422 if found.problems else 200,
        years=[str(known) for known in years],
        year=str(year or ""),
        proofs=proofs,
        needs=[need for need in needs if not need.is_whole],
        total=len(needs),
        untold=untold,
        abouts=PROOF_WORDS.abouts,
        largest=LARGEST_MEGABYTES,
        problems=found.problems,
        typed=found.typed,
    )


def _find_needs(session: Session, year: SchoolYear) -> tuple[tuple[ProofNeed, ...], tuple[str, ...]]:
    """What each indicator still needs; where the data of the year cannot be judged, why not."""
    try:
        return gather_review(session, _standard(session), year).needs, ()
    except SurveyError as error:
        return (), error.problems


def _choose(years: list[SchoolYear], typed: str) -> SchoolYear | None:
    return next((year for year in years if str(year) == typed), years[0] if years else None)


def read_year(typed: str) -> SchoolYear:
    """The year; raises SurveyError for what is none."""
    try:
        return SchoolYear.parse(typed)
    except SchoolYearError as error:
        raise NotFoundError(str(error)) from None


def _standard(session: Session) -> Standard:
    return load_standard(find_last_standard(session) or USUAL_STANDARD)


@get("/proofs/file", sync_to_thread=True)
def fetch(console: NamedDependency[ConsoleRequest], number: FromQuery[str] = "") -> Page:
    """A file as it was brought, to be saved and never shown in the page."""
    with console.writing() as session:
        row = find_seen_proof(session, console, int(number) if number.isdecimal() and len(number) < 10 else 0)
        record(session, console.person.name, "download", row.subject, at=console.now, file=row.name)
        return console.download(row.name, row.content, AS_IT_IS)


def find_seen_proof(session: Session, console: ConsoleRequest, number: int) -> ProofFile:
    """A file that this person sees: the office all, others those about their own; raises NotFoundError."""
    row = find_proof(session, number)
    person = console.person
    if person.role in OFFICE:
        return row
    if row.about == "problem":
        find_seen(session, console, row.key)
        return row
    school = find_school(session, person.scope) if person.role in SCHOOL else None
    if row.about != "school" or school is None or row.key != school.code:
        raise NotFoundError(PROOF_WORDS.no_file.format(number=number))
    return row


@get("/proofs/package", sync_to_thread=True)
def package(console: NamedDependency[ConsoleRequest], year: FromQuery[str] = "") -> Page:
    """Index, files and hashes of a school year in one archive."""
    with console.writing() as session:
        chosen = read_year(year)
        standard = _standard(session)
        review = gather_review(session, standard, chosen)
        content = pack_review(session, review, chosen, find_facts(session, standard, chosen, console.now.date()))
        record(session, console.person.name, "download", "proofs", at=console.now, year=str(chosen))
    return console.download(f"{PROOF_WORDS.archive} {year}.zip", content, ZIP)


@post("/proofs/add", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_proofs)
def add(console: NamedDependency[ConsoleRequest], data: MultipartBody[ProofForm]) -> Page:
    """Keep a file."""
    file = data.choose()
    year = read_year(data.year)
    with console.writing() as session:
        about = read_about(session, year, indicator=data.indicator, school=data.school, problem=data.problem)
        store_proof(session, about, file.filename, file.file.read(), **console.act)
    return console.go(PAGE, year=data.year, done="kept")


@post("/proofs/drop", sync_to_thread=True, again=draw_proofs)
def drop(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DroppedProof]) -> Page:
    """Take a file back."""
    with console.writing() as session:
        drop_proof(session, data.number, **console.act)
    return console.go(PAGE, year=data.year, done="dropped")


HANDLERS = [show, fetch, package, add, drop]
