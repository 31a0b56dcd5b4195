"""Files that schools and towns bring themselves: about their own rows and problems; the office sees them all."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemState
from survey_app.core.errors import SurveyError
from survey_app.frame.row_replies import REPLY_WORDS, find_school
from survey_app.frame.schools import list_school_years
from survey_app.pages.console.console_access import OFFICE
from survey_app.pages.console.console_forms import Line, Number, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.problem_pages import LINE, draw_problem, find_seen
from survey_app.pages.console.proof_pages import LARGEST_UPLOAD, ChosenFile, find_seen_proof, read_year
from survey_app.pages.console.row_pages import OWN, draw_own
from survey_app.problems.proof_files import PROOF_WORDS, Proof, drop_proof, store_proof


class ProblemProof(ChosenFile):
    """A file about a problem."""

    number: Number


class OwnProof(ChosenFile):
    """A file about the school whose account it is."""

    year: Line


class DroppedOfProblem(PostedForm):
    """A file that is taken back from a problem."""

    number: Number
    proof: Number


class DroppedOwn(PostedForm):
    """A file that a school takes back."""

    year: Line
    proof: Number


@post("/problem/proof", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_problem)
def prove_problem(console: NamedDependency[ConsoleRequest], data: MultipartBody[ProblemProof]) -> Page:
    """Keep a file about a problem that this person sees, in the latest school year."""
    file = data.choose()
    with console.writing() as session:
        problem = find_seen(session, console, data.number)
        if not problem.is_open:
            raise SurveyError(PROOF_WORDS.closed)
        years = list_school_years(session)
        if not years:
            raise SurveyError(PROOF_WORDS.no_year)
        proof = Proof(years[-1], "problem", str(problem.number))
        store_proof(session, proof, file.filename, file.file.read(), **console.act)
    return console.go(LINE, number=data.number, done="kept")


@post("/own/proof", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_own)
def prove_own(console: NamedDependency[ConsoleRequest], data: MultipartBody[OwnProof]) -> Page:
    """Keep a file about one's own school."""
    file = data.choose()
    year = read_year(data.year)
    with console.writing() as session:
        school = find_school(session, console.person.scope)
        if school is None:
            raise SurveyError(REPLY_WORDS.no_school.format(named=console.person.scope))
        store_proof(session, Proof(year, "school", school.code), file.filename, file.file.read(), **console.act)
    return console.go(OWN, year=data.year, done="kept")


@post("/problem/drop-proof", sync_to_thread=True, again=draw_problem)
def drop_of_problem(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DroppedOfProblem]) -> Page:
    """Take back a file about a problem: the office any, others their own."""
    with console.writing() as session:
        _take_back(session, console, data.proof)
    return console.go(LINE, number=data.number, done="dropped")


@post("/own/drop-proof", sync_to_thread=True, again=draw_own)
def drop_own(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DroppedOwn]) -> Page:
    """Take back a file about one's own school."""
    with console.writing() as session:
        _take_back(session, console, data.proof)
    return console.go(OWN, year=data.year, done="dropped")


def _take_back(session: Session, console: ConsoleRequest, number: int) -> None:
    """What two people look at, or looked at, for closing a problem stays until it is sent back."""
    row = find_seen_proof(session, console, number)
    if console.person.role not in OFFICE and row.made_by != console.person.name:
        raise SurveyError(PROOF_WORDS.not_yours)
    if row.about == "problem" and find_seen(session, console, row.key).state != ProblemState.OPEN:
        raise SurveyError(PROOF_WORDS.looked_at)
    drop_proof(session, number, **console.act)


HANDLERS = [prove_problem, prove_own, drop_of_problem, drop_own]
