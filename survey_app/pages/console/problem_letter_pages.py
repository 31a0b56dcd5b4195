"""Letters from the register, to be saved as Word: one circular, or a letter to each leading unit."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from reports.evidence.bundle import seal
from reports.handouts.problem_letters import load_letter_words
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.pages.console.bulletin_pages import DOCX
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.problems.problem_words import PROBLEM_WORDS
from survey_app.problems.register import Wanted
from survey_app.results.register_letters import gather_letters, say_left_out

ZIP = "application/zip"


@get("/problems/letters", sync_to_thread=True)
def letters(console: NamedDependency[ConsoleRequest], kind: FromQuery[str] = "", unit: FromQuery[str] = "") -> Page:
    """One Word file, or several in one archive; nothing to write is said."""
    kinds = load_letter_words().kinds
    if kind not in kinds:
        raise NotFoundError(PROBLEM_WORDS.no_letter)
    with console.writing() as session:
        written = gather_letters(session, kind, Wanted(unit=unit.strip()), console.now.date())
        if written.why:
            raise SurveyError(written.why, *filter(None, [say_left_out(written)]))
        record(session, console.person.name, "download", "problems", at=console.now, what=f"letter_{kind}")
    day = f"{console.now:%m-%d}"
    if len(written.files) == 1:
        [(name, content)] = written.files.items()
        return console.download(name.replace(".docx", f" {day}.docx"), content, DOCX)
    return console.download(f"{kinds[kind].title} {day}.zip", seal(written.files), ZIP)


HANDLERS = [letters]
