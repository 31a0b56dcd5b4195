"""Answers of paper and other platforms into the open round: counts first, then all of them or none."""

import secrets

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody
from pydantic import ConfigDict

from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.frame.sheets import Mapping, Upload
from survey_app.frame.sheets.sheet_problems import TEMPLATE_WORDS
from survey_app.imported_forms.form_files import FormFiles
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.imported_forms.intake_lines import intake_lines, unit_lines
from survey_app.imported_forms.storing_imported import look_at_forms, store_imported
from survey_app.imported_forms.waiting_files import Waiting
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page

PAGE = "/console/import/responses"
LARGEST_UPLOAD = 64 * 1024 * 1024
NOT_STATED = ""


class ResponseFiles(PostedForm):
    """Files of answers, what their numbers mean, and which survey of another platform they are from."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form
    coding: one_of((NOT_STATED, *TEMPLATE_WORDS.codings)) = NOT_STATED  # type: ignore[valid-type]
    source: Line = ""

    def ask(self) -> FormFiles:
        """The files in memory; raises SurveyError where none was chosen."""
        chosen = [file for file in self.file if file.filename]
        if not chosen:
            raise SurveyError(IMPORTED_WORDS.no_file)
        return FormFiles(
            files=[Upload(name=file.filename, content=file.file.read()) for file in chosen],
            mapping=Mapping(source=self.source).with_coding(self.coding or None),
        )


class ResponsesSeen(PostedForm):
    """Files that were looked at, by their token."""

    token: Line = ""


@get("/import/responses", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """A form for files of answers."""
    return draw_responses(console, FormProblems(200))


def draw_responses(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with the files, by kind and place."""
    return console.page(
        "import_responses",
        422 if found.problems else 200,
        problems=found.problems,
        codings=TEMPLATE_WORDS.codings,
        coding=found.typed.get("coding", ""),
        source=found.typed.get("source", ""),
    )


@post("/import/responses", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_responses)
def look(console: NamedDependency[ConsoleRequest], data: MultipartBody[ResponseFiles]) -> Page:
    """Read the files and tell how many forms they hold; they wait in memory until somebody agrees."""
    asked = data.ask()
    with console.reading() as session:
        intake = look_at_forms(session, asked, keys=console.deps.settings.keys, now=console.now)
    waiting = Waiting(asked=asked, owner=console.person.name, since=console.now)
    return console.page(
        "responses_seen",
        lines=list(intake_lines(intake)),
        units=list(unit_lines(intake)),
        fresh=intake.fresh.total(),
        names=[file.name for file in asked.files],
        upload=console.deps.waiting.hold(waiting, lambda: secrets.token_hex(16)),
    )


@post("/import/responses/store", sync_to_thread=True)
def store(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ResponsesSeen]) -> Page:
    """Seal and store what was looked at, whole or not at all."""
    asked = console.deps.waiting.find(data.token, console.person.name, console.now)
    if asked is None:
        raise NotFoundError(IMPORTED_WORDS.gone)
    store_imported(console.deps.engine, asked, keys=console.deps.settings.keys, **console.act)
    console.deps.waiting.forget(data.token)
    return console.go(PAGE, done="responses")


HANDLERS = [show, look, store]
