"""Answers of paper and other platforms into the open round: counts first, then all of them or none."""

import secrets
from dataclasses import replace
from pathlib import Path

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody
from pydantic import ConfigDict

from questionnaires.paper import BLANK
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.frame.sheets import Coding, Mapping, Upload, load_mapping
from survey_app.frame.sheets.columns import accepted_words
from survey_app.frame.sheets.mapping import ANSWERS, list_ready
from survey_app.frame.sheets.sheet_problems import TEMPLATE_WORDS
from survey_app.frame.sheets.unknown_words import Questions, read_choices
from survey_app.imported_forms.form_files import FormFiles, RefusedFormsError, ask_forms, mark_forms
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.imported_forms.intake_lines import intake_lines, unit_lines
from survey_app.imported_forms.storing_imported import RESPONSES, look_at_forms, store_imported
from survey_app.imported_forms.waiting_files import Waiting
from survey_app.pages.console.assigning import (
    Refused,
    RefusedFiles,
    download_marked,
    draw_assign,
    say_refused,
)
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.rounds.round_rows import find_round

PAGE = "/console/import/responses"
LARGEST_UPLOAD = 64 * 1024 * 1024
NOT_STATED = ""


class ResponseFiles(PostedForm):
    """Files of answers, what their numbers mean, and which survey of another platform they are from."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form
    coding: one_of((NOT_STATED, *TEMPLATE_WORDS.codings)) = NOT_STATED  # type: ignore[valid-type]
    source: Line = ""
    ready: one_of((NOT_STATED, *list_ready("responses"))) = NOT_STATED  # type: ignore[valid-type]

    def ask(self) -> FormFiles:
        """The files in memory; raises SurveyError where none was chosen."""
        chosen = [file for file in self.file if file.filename]
        if not chosen:
            raise SurveyError(IMPORTED_WORDS.no_file)
        return FormFiles(
            files=[Upload(name=file.filename, content=file.file.read()) for file in chosen],
            mapping=(load_mapping(Path(self.ready)) if self.ready else Mapping())
            .joined(Mapping(source=self.source))
            .with_coding(self.coding or None),
        )


class ResponsesAssigned(RefusedFiles):
    """The same of answers, with what their numbers mean and how options are worded there."""

    coding: one_of((NOT_STATED, *TEMPLATE_WORDS.codings)) = NOT_STATED  # type: ignore[valid-type]
    said_5: Line = ""
    said_4: Line = ""
    said_3: Line = ""
    said_2: Line = ""
    said_1: Line = ""
    said_9: Line = ""

    def read(self, questions: Questions) -> Mapping:
        """All of it as a mapping."""
        said = {self.said_5: "5", self.said_4: "4", self.said_3: "3", self.said_2: "2", self.said_1: "1"}
        words = {word: value for word, value in (said | {self.said_9: "9"}).items() if word}
        coding: Coding | None = self.coding or None
        chosen = read_choices(questions, self.heads, self.words)
        return chosen.joined(Mapping(values={ANSWERS: words} if words else {}, coding=coding))


class ResponsesSeen(PostedForm):
    """Files that were looked at, by their token."""

    token: Line = ""


@get("/import/responses", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """A form for files of answers."""
    return draw_responses(console, FormProblems(200))


def draw_responses(console: ConsoleRequest, found: FormProblems, marked: str = "") -> Page:
    """The same with what was wrong with the files, by kind and place."""
    return console.page(
        "import_responses",
        422 if found.problems else 200,
        problems=found.problems,
        codings=TEMPLATE_WORDS.codings,
        coding=found.typed.get("coding", ""),
        source=found.typed.get("source", ""),
        ready=list_ready(RESPONSES),
        marked=marked,
    )


@post("/import/responses", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_responses)
def look(console: NamedDependency[ConsoleRequest], data: MultipartBody[ResponseFiles]) -> Page:
    """Read the files and tell how many forms they hold; they wait in memory until somebody agrees."""
    return _look(console, data.ask())


@post("/import/responses/assign", sync_to_thread=True)
def assign(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ResponsesAssigned]) -> Page:
    """Read files that were refused once more, with what was said of their heads, words and options."""
    asked = _find_waiting(console, data.token)
    with console.reading() as session:
        questions = ask_forms(session, find_round(session), asked)
    console.deps.waiting.forget(data.token)
    return _look(console, replace(asked, mapping=asked.mapping.joined(data.read(questions))))


@post("/import/responses/marked", sync_to_thread=True, status_code=200)
def marked(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[RefusedFiles]) -> Page:
    """The refused files with what is wrong marked in them, from memory to the person who sent them."""
    asked = _find_waiting(console, data.token)
    with console.reading() as session:
        return download_marked(console, mark_forms(session, find_round(session), asked))


def _look(console: ConsoleRequest, asked: FormFiles) -> Page:
    """The counts of the files, or what can be said for them to be read; either way they wait in memory."""
    with console.reading() as session:
        try:
            intake = look_at_forms(session, asked, keys=console.deps.settings.keys, now=console.now)
        except SurveyError as error:
            return _ask(console, asked, error, ask_forms(session, find_round(session), asked))
    return console.page(
        "responses_seen",
        lines=list(intake_lines(intake)),
        units=list(unit_lines(intake)),
        fresh=intake.fresh.total(),
        names=[file.name for file in asked.files],
        upload=_hold(console, asked),
    )


def _ask(console: ConsoleRequest, asked: FormFiles, error: SurveyError, questions: Questions) -> Page:
    """The page that asks, or that of the form; both offer marked copies. Raises the error where none can be had."""
    placed = isinstance(error, RefusedFormsError) and error.placed
    if error.status != SurveyError.status or not (questions.any or placed):
        raise error
    if not questions.any:
        typed = {"coding": str(asked.mapping.coding or ""), "source": asked.mapping.source}
        found = FormProblems(error.status, above=say_refused(error), typed=typed)
        return draw_responses(console, found, marked=_hold(console, asked))
    refused = Refused(
        kind=RESPONSES,
        error=error,
        questions=questions,
        token=_hold(console, asked),
        answers={value: words[0] for value, words in accepted_words("answer").items() if value != str(BLANK)},
        codings=TEMPLATE_WORDS.codings,
        page=PAGE,
    )
    return draw_assign(console, refused)


def _hold(console: ConsoleRequest, asked: FormFiles) -> str:
    """The token of files that wait in memory for whoever sent them."""
    waiting = Waiting(asked=asked, owner=console.person.name, since=console.now)
    return console.deps.waiting.hold(waiting, lambda: secrets.token_hex(16))


def _find_waiting(console: ConsoleRequest, token: str) -> FormFiles:
    asked = console.deps.waiting.find(token, console.person.name, console.now)
    if asked is None:
        raise NotFoundError(IMPORTED_WORDS.gone)
    return asked


@post("/import/responses/store", sync_to_thread=True)
def store(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ResponsesSeen]) -> Page:
    """Seal and store what was looked at, whole or not at all."""
    asked = _find_waiting(console, data.token)
    store_imported(console.deps.engine, asked, keys=console.deps.settings.keys, **console.act)
    console.deps.waiting.forget(data.token)
    return console.go(PAGE, done="responses")


HANDLERS = [show, look, assign, marked, store]
