"""What the office writes for its report: four texts and a list of process evidence, kept with the round."""

from datetime import date

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from sqlalchemy.orm import Session

from questionnaires.vocabulary import OwnText, ProcessKind, words
from reports.report.own_words import LONGEST, LONGEST_CELL, OwnWords, ProcessRecord, load_own_word_texts
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Round
from survey_app.pages.console.console_forms import FormProblems, Line, Number, OfRound
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, Saving, Was, check_acts, check_meanwhile, write_was
from survey_app.pages.console.result_pages import RoundQuery
from survey_app.rounds.own_texts import load_words, propose_words, store_words
from survey_app.rounds.round_rows import find_round

PAGE = "/console/words"
TEXTS = tuple(kind.value for kind in OwnText)


class OwnTextsForm(OfRound):
    """The four texts, as they were typed: their lines are paragraphs."""

    AS_TYPED = frozenset((*TEXTS, "was"))
    practice: str = ""
    results: str = ""
    causes: str = ""
    next_steps: str = ""
    was: Was = ""


class ProcessForm(OfRound):
    """One more piece of process evidence."""

    day: date
    process_kind: ProcessKind
    what: Line
    took_part: Line = ""
    kept_at: Line = ""


class DropForm(OfRound):
    """The line of the list that goes."""

    number: Number
    last: Last = 0


@get("/words", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], round_name: RoundQuery = "") -> Page:
    """The texts and the list of a round; the last round's texts where it has none yet."""
    return draw_words(console, FormProblems(200, typed={"round": round_name}))


def draw_words(console: ConsoleRequest, wrong: FormProblems) -> Page:
    """The same with what was wrong with a form of it."""
    with console.reading() as session:
        round_ = find_round(session, wrong.typed.get("round") or None)
        kept = load_words(round_)
        proposed = OwnWords() if round_.own_words else propose_words(session, round_)
        session.expunge_all()
    texts = {kind.value: kept.text(kind) or proposed.text(kind) for kind in OwnText}
    return console.page(
        "own_words",
        wrong.status,
        round=round_,
        invented=round_.invented,
        kept=kept,
        proposed=any(map(proposed.text, OwnText)),
        typed=texts | dict(wrong.typed),
        was=write_was({name: kept.text(OwnText(name)) for name in TEXTS}),
        problems=wrong.problems,
        titles=words(OwnText),
        kinds=words(ProcessKind),
        told=load_own_word_texts(),
        longest=LONGEST,
        longest_cell=LONGEST_CELL,
    )


@post("/words", sync_to_thread=True, again=draw_words)
def keep(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[OwnTextsForm]) -> Page:
    """Keep the texts; the list stays as it is."""
    texts = {name: getattr(data, name) for name in TEXTS}
    with console.writing() as session:
        round_ = find_round(session, data.round or None)
        before = load_words(round_)
        saving = Saving(
            was=data.was,
            now={name: before.text(OwnText(name)) for name in TEXTS},
            typed={name: "\n".join(text.splitlines()) for name, text in texts.items()},
            labels=words(OwnText),
            action="own_words",
            subject=f"round {round_.name}",
        )
        check_meanwhile(session, saving)
        _store(console, session, round_, before.model_copy(update=texts))
    return console.go(PAGE, round=round_.name, done="words")


@post("/words/process", sync_to_thread=True, again=draw_words)
def add_record(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ProcessForm]) -> Page:
    """Put a piece of process evidence on the list."""
    record = ProcessRecord(
        day=data.day, kind=data.process_kind, what=data.what, took_part=data.took_part, kept_at=data.kept_at
    )
    with console.writing() as session:
        round_ = find_round(session, data.round or None)
        before = load_words(round_)
        _store(console, session, round_, before.model_copy(update={"process": (*before.process, record)}))
    return console.go(PAGE, round=round_.name, done="words")


@post("/words/drop", sync_to_thread=True, again=draw_words)
def drop_record(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DropForm]) -> Page:
    """Take a line off the list; raises NotFoundError for one that is not there."""
    with console.writing() as session:
        round_ = find_round(session, data.round or None)
        check_acts(session, data.last, ("own_words",), lambda act: act.subject == f"round {round_.name}")
        before = load_words(round_)
        if data.number > len(before.process):
            raise NotFoundError(load_own_word_texts().problems.gone)
        left = (record for number, record in enumerate(before.process, 1) if number != data.number)
        _store(console, session, round_, before.model_copy(update={"process": tuple(left)}))
    return console.go(PAGE, round=round_.name, done="words")


def _store(console: ConsoleRequest, session: Session, round_: Round, written: OwnWords) -> None:
    store_words(session, round_, written, **console.act)


HANDLERS = [show, keep, add_record, drop_record]
