"""A paper read aloud: each sentence is recorded or brought as a file, listened to, and found right."""

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromQuery, MultipartBody, URLEncodedBody
from pydantic import ConfigDict

from questionnaires.paper import list_papers, load_paper
from questionnaires.vocabulary import Speech, words
from survey_app.core.errors import SurveyError
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.recordings.sound_files import LARGEST, LARGEST_BEFORE, RECORDING_WORDS
from survey_app.recordings.voices import (
    approve_recording,
    drop_recording,
    find_sound,
    list_sentences,
    list_voices,
    load_recordings,
    store_recording,
)

PAGE = "/console/voice"
LARGEST_UPLOAD = LARGEST_BEFORE + 64 * 1024
MAY_RECORD = {"Permissions-Policy": "camera=(), geolocation=(), microphone=(self)"}


class SentenceForm(PostedForm):
    """A sentence of a paper in one way of speaking."""

    paper: Line
    speech: Speech
    sentence: Line

    @property
    def named(self) -> tuple[str, Speech, str]:
        """The same as recordings are named."""
        return self.paper, self.speech, self.sentence


class SoundForm(SentenceForm):
    """A recording of it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form


class HeardForm(SentenceForm):
    """That the recording with this sum was listened to."""

    heard: Line


@get("/voice", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], paper: FromQuery[str] = "", speech: FromQuery[str] = "") -> Page:
    """The sentences of a paper, with what was recorded of them."""
    return draw_voice(console, FormProblems(200, typed={"paper": paper, "speech": speech}))


def draw_voice(console: ConsoleRequest, wrong: FormProblems) -> Page:
    """The same with what was wrong with a recording."""
    chosen = wrong.typed.get("speech")
    speech = Speech(chosen) if chosen in words(Speech) else Speech.SOUTHWESTERN
    paper = wrong.typed.get("paper") or list_papers()[-1]
    with console.reading() as session:
        sentences = list_sentences(session, paper)
        recorded = load_recordings(session, paper, speech)
        whole = any((voice.paper, voice.speech) == (paper, speech) for voice in list_voices(session))
        session.expunge_all()
    page = console.page(
        "voice",
        wrong.status,
        paper=paper,
        speech=speech,
        asked=sentences,
        recorded=recorded,
        approved=sum(bool(row.approved_by) for row in recorded.values()),
        whole=whole,
        papers={name: f"{load_paper(name).title} {name}" for name in list_papers()},
        speeches=words(Speech),
        largest=LARGEST // 1024,
        problems=wrong.problems,
    )
    page.headers.update(MAY_RECORD)
    return page


@get("/voice/sound", sync_to_thread=True)
def play(console: NamedDependency[ConsoleRequest], heard: FromQuery[str] = "") -> Page:
    """The sound of a recording, by its sum; Safari asks for it in pieces and plays no other."""
    with console.reading() as session:
        row = find_sound(session, heard)
        return console.download_part(row.sentence, row.sound, row.kind)


@post("/voice/store", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_voice)
def store(console: NamedDependency[ConsoleRequest], data: MultipartBody[SoundForm]) -> Page:
    """Keep a recording of a sentence; it waits for somebody to listen."""
    chosen = [file for file in data.file if file.filename]
    if not chosen:
        raise SurveyError(RECORDING_WORDS.no_file)
    with console.writing() as session:
        store_recording(session, data.named, chosen[0].file.read(), **console.act)
    return _go(console, data, "recorded")


@post("/voice/approve", sync_to_thread=True, again=draw_voice)
def approve(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[HeardForm]) -> Page:
    """Note that the recording was listened to and is right."""
    with console.writing() as session:
        approve_recording(session, data.named, data.heard, **console.act)
    return _go(console, data, "approved")


@post("/voice/drop", sync_to_thread=True, again=draw_voice)
def drop(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[SentenceForm]) -> Page:
    """Take a recording back."""
    with console.writing() as session:
        drop_recording(session, data.named, **console.act)
    return _go(console, data, "dropped")


def _go(console: ConsoleRequest, data: SentenceForm, done: str) -> Page:
    return console.go(PAGE, paper=data.paper, speech=data.speech.value, done=done)


HANDLERS = [show, play, store, approve, drop]
