"""The register of problems: what is overdue, who sees to it, and closing in two steps; a town sees its own schools."""

import re
from typing import Any, NamedTuple

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from msgspec import convert
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind, ProblemSource, ProblemState, ReportedStage, Role, words
from reports.handouts.problem_letters import load_letter_words
from survey_app.accounts.signing_in import Person
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.frame.importing import USUAL_STANDARD
from survey_app.frame.schools import list_school_years
from survey_app.jobs.job_rows import ask_job, list_jobs
from survey_app.pages.console.audit_pages import load_words, say_act
from survey_app.pages.console.console_access import OFFICE
from survey_app.pages.console.console_forms import FormProblems, Line, Number, PostedForm, find_sentence
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Saving, Was, check_meanwhile, write_was
from survey_app.problems.closing_steps import apply_for_closing, send_back, verify_closing
from survey_app.problems.problem_lines import say_found, say_funds
from survey_app.problems.problem_words import PROBLEM_WORDS
from survey_app.problems.proof_files import LARGEST_MEGABYTES, list_about
from survey_app.problems.register import (
    Finding,
    ListedProblem,
    Remedy,
    Wanted,
    add_problem,
    change_problem,
    count_problems,
    find_school_code,
    list_problems,
    load_life,
    read_date,
    read_funds,
)
from survey_app.results.county_check import find_last_standard

ON_A_PAGE = 50
NUMBER = re.compile(r"[1-9][0-9]{0,8}")
ASKED = ("unit", "school", "township", "state", "source")
LINE = "/console/problem"


class RemedyFields(PostedForm):
    """What is done about a problem, by whom and until when."""

    root_cause: Line = ""
    measure: Line = ""
    lead: Line = ""
    cooperating: Line = ""
    post: Line = ""
    due: Line = ""
    funds: Line = ""
    progress: Line = ""

    @property
    def remedy(self) -> Remedy:
        """The same, all of it said: an emptied field is empty. Raises SurveyError for what is no day or amount."""
        return Remedy(
            root_cause=self.root_cause,
            measure=self.measure,
            lead=self.lead,
            cooperating=self.cooperating,
            post=self.post,
            due=read_date(self.due),
            funds=read_funds(self.funds),
            progress=self.progress,
        )


class NewProblem(RemedyFields):
    """Another problem; without a school it is the county's."""

    text: Line
    school: Line = ""
    stage: ReportedStage | None = None
    indicator: Line = ""
    source: ProblemSource = ProblemSource.HAND


class ChangedProblem(RemedyFields):
    """What is written of a problem from here on."""

    number: Number
    was: Was = ""


class AppliedProblem(PostedForm):
    """A problem that somebody says is done, with what proves it."""

    number: Number
    proof: Line = ""


class JudgedProblem(PostedForm):
    """A problem that the inspectorate looked at, with the reason why it is not done yet."""

    number: Number
    reason: Line = ""


class AskedSheets(PostedForm):
    """The school year that one sheet for each school is wanted of."""

    year: Line


class ProblemPage(NamedTuple):
    """Fifty lines of the register and where they stand in it."""

    lines: list[ListedProblem]
    page: int
    pages: int


@get("/problems", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], request: Request[Any, Any, Any]) -> Page:
    """The register, the overdue first, fifty a page; by unit, school, township, state and source where asked."""
    asked = request.query_params
    wanted = convert({name: str(asked.get(name, "")).strip() for name in ASKED}, Wanted)
    page = asked.get("page", "")
    return _draw(console, FormProblems(200), wanted, int(page) if NUMBER.fullmatch(page) else 1)


def draw_problems(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with a new problem."""
    return _draw(console, found, Wanted(), 1)


def _draw(console: ConsoleRequest, found: FormProblems, wanted: Wanted, page: int) -> Page:
    with console.reading() as session:
        everything = load_seen(session, console, Wanted())
        problems = load_seen(session, console, wanted)
        years = [str(year) for year in reversed(list_school_years(session))]
        made = [job for job in list_jobs(session, None, most=3) if job.kind == JobKind.SHEETS]
        session.expunge_all()
    pages = max(1, -(-len(problems) // ON_A_PAGE))
    first = (min(page, pages) - 1) * ON_A_PAGE
    shown = ProblemPage(problems[first : first + ON_A_PAGE], min(page, pages), pages)
    return console.page(
        "problems",
        422 if found.problems else 200,
        shown=shown,
        counts=count_problems(problems),
        wanted=wanted,
        years=years,
        made=made,
        townships=sorted({problem.township for problem in everything if problem.township}),
        problem_states=words(ProblemState),
        sources=words(ProblemSource),
        funds=say_funds(problems),
        letters={name: kind.title for name, kind in load_letter_words().kinds.items()},
        problems=found.problems,
        beside=found.beside,
        typed=found.typed,
        say_found=say_found,
    )


def load_seen(session: Session, console: ConsoleRequest, wanted: Wanted) -> list[ListedProblem]:
    """The problems that are meant, as far as this person sees them."""
    seen = list_problems(session, wanted, console.now.date())
    return [problem for problem in seen if sees_problem(console.person, problem)]


def sees_problem(person: Person, problem: ListedProblem) -> bool:
    """Whether a problem is the person's: the office sees all, a township its schools', a school its own."""
    match person.role:
        case Role.TOWNSHIP:
            return bool(problem.township) and problem.township == person.scope
        case Role.UNIT:
            return bool(problem.school) and person.scope in (problem.school, problem.name)
    return True


@get("/problem", sync_to_thread=True)
def show_problem(console: NamedDependency[ConsoleRequest], number: FromQuery[str] = "") -> Page:
    """One problem, what was done about it and what can be done next."""
    return draw_problem(console, FormProblems(200, typed={"number": number}))


def draw_problem(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with the form that was sent."""
    with console.reading() as session:
        problem = find_seen(session, console, found.typed.get("number", ""))
        life = [say_act(act) for act in load_life(session, problem.number)]
        proofs = list_about(session, "problem", str(problem.number))
        session.expunge_all()
    return console.page(
        "problem",
        422 if found.problems else 200,
        problem=problem,
        life=life,
        proofs=proofs,
        largest=LARGEST_MEGABYTES,
        lately=say_found(problem),
        was=write_was(_say_remedy(problem)),
        county=PROBLEM_WORDS.county,
        problems=found.problems,
        beside=found.beside,
        typed=found.typed,
    )


def _say_remedy(problem: ListedProblem) -> dict[str, str]:
    """What is written about a problem, as its form shows it."""
    said = {name: getattr(problem, name) for name in RemedyFields.model_fields}
    return {name: "" if value is None else str(value) for name, value in said.items()}


def find_seen(session: Session, console: ConsoleRequest, number: str | int) -> ListedProblem:
    """A problem that this person sees; raises NotFoundError as if others were not there."""
    wanted = int(number) if NUMBER.fullmatch(str(number)) else 0
    seen = load_seen(session, console, Wanted(number=wanted)) if wanted else []
    if not seen:
        raise NotFoundError(PROBLEM_WORDS.no_problem.format(number=number))
    return seen[0]


@post("/problems/add", sync_to_thread=True, again=draw_problems)
def add(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[NewProblem]) -> Page:
    """Enter a problem that the city, an inspection or somebody found."""
    with console.writing() as session:
        finding = Finding(
            text=data.text,
            source=data.source,
            school=find_school_code(session, data.school) if data.school else "",
            stage=data.stage or "",
            indicator=data.indicator,
        )
        number = add_problem(session, finding, data.remedy, **console.act).number
    return console.go(LINE, number=number, done="problem_added")


@post("/problem/change", sync_to_thread=True, again=draw_problem)
def change(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ChangedProblem]) -> Page:
    """Write down cause, measure, units, post, date and progress."""
    with console.writing() as session:
        saving = Saving(
            was=data.was,
            now=_say_remedy(find_seen(session, console, data.number)),
            typed=data.model_dump(include=set(RemedyFields.model_fields)),
            labels={name: load_words().values.get(f"problem_{name}", name) for name in RemedyFields.model_fields},
            action="problem_change",
            subject=f"problem {data.number}",
        )
        check_meanwhile(session, saving)
        change_problem(session, data.number, data.remedy, **console.act)
    return console.go(LINE, number=data.number, done="kept")


@post("/problem/apply", sync_to_thread=True, again=draw_problem)
def apply(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[AppliedProblem]) -> Page:
    """The first of two: whoever is responsible says that it is done; the office says so with their paper."""
    with console.writing() as session:
        find_seen(session, console, data.number)
        proof = data.proof or "、".join(file.name for file in list_about(session, "problem", str(data.number)))
        if console.person.role in OFFICE and not proof:
            raise SurveyError(PROBLEM_WORDS.office_needs_proof)
        apply_for_closing(session, data.number, console.person.name, proof, **console.act)
    return console.go(LINE, number=data.number, done="problem_applied")


@post("/problem/verify", sync_to_thread=True, again=draw_problem)
def verify(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[JudgedProblem]) -> Page:
    """The second of two: another person of the office finds it done."""
    with console.writing() as session:
        verify_closing(session, data.number, console.person.name, **console.act)
    return console.go(LINE, number=data.number, done="problem_closed")


@post("/problem/send-back", sync_to_thread=True, again=draw_problem)
def give_back(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[JudgedProblem]) -> Page:
    """It is not done yet, for a reason."""
    with console.writing() as session:
        send_back(session, data.number, data.reason, **console.act)
    return console.go(LINE, number=data.number, done="problem_back")


@post("/problems/sheets", sync_to_thread=True, again=draw_problems)
def write(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[AskedSheets]) -> Page:
    """One sheet for each school, as a job."""
    with console.writing() as session:
        year = next((year for year in list_school_years(session) if str(year) == data.year), None)
        if year is None:
            raise SurveyError(find_sentence("AskedSheets", "year"))
        about = {"year": str(year), "standard": find_last_standard(session) or USUAL_STANDARD}
        job = ask_job(session, JobKind.SHEETS, None, **console.act, **about).id
    console.deps.jobs.start(job)
    return console.go(f"/console/job/{job}")


HANDLERS = [write, show, show_problem, add, change, apply, verify, give_back]
