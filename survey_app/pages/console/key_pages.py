"""The key of the round: its sheets taken, tried, asked for and destroyed, or the server's key copied elsewhere."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody
from pydantic import ConfigDict, Field

from questionnaires.vocabulary import Custody
from reports.handouts.key_sheets import render_key_sheet, sheet_file
from survey_app.core.errors import SurveyError
from survey_app.core.models import Round
from survey_app.pages.console.console_forms import Confirmed, FormProblems, Line, PostedForm, Units
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.results.sheet_pages import page_of
from survey_app.rounds.draft import list_holders
from survey_app.rounds.given_keys import Handed, read_handed, read_one, read_seed
from survey_app.rounds.key_copies import list_copies, note_destroyed
from survey_app.rounds.key_custody import copy_round_key, key_warning, list_exports, move_round_key
from survey_app.rounds.key_files import destroy_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import SHEETS
from survey_app.rounds.round_rows import LIVE, TAKEN, find_round
from survey_app.rounds.sheet_renewal import confirm_renewal, find_renewal, propose_renewal
from survey_app.rounds.sheet_steps import deal_again, list_sheets, take_sheet, try_own_sheet
from survey_app.rounds.sheets_in_hand import AskedSheet, ask_for_sheets, record_in_hand

PAGE = "/console/keys"
LARGEST_PICTURE = 16 * 1024 * 1024  # a photograph from a phone, and a form around it
Sheet = Annotated[int, Field(ge=1, le=SHEETS)]


class WhichSheet(PostedForm):
    """The number of a sheet."""

    sheet: Sheet


class DealAgain(PostedForm):
    """Whether the three sheets of before are really to be worth nothing."""

    sure: bool = False


class Destroyed(PostedForm):
    """Which copies of the key were destroyed, by whom and before whose eyes, as the signed minute says."""

    copies: Units = ()
    destroyed_by: Line = ""
    witness: Line = ""


class GivenKey(PostedForm):
    """One key sheet, typed or as a picture or PDF, or the file of an exported key."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    words: Line = ""
    file: UploadFile | None = None


class GivenKeys(Confirmed):
    """What opens a round: two sheets, each typed or as a file, or the file of an exported key."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    words_1: Line = ""
    words_2: Line = ""
    file_1: UploadFile | None = None
    file_2: UploadFile | None = None

    def list_handed(self) -> Sequence[Handed]:
        """What was given, field by field; a field that was left empty is left out."""
        fields = ((self.words_1, self.file_1), (self.words_2, self.file_2))
        return [
            part
            for label, (typed, file) in zip(KEY_WORDS.fields, fields, strict=True)
            for part in read_upload(typed, file, label)
        ]


def read_upload(typed: str, file: UploadFile | None, label: str = "") -> Iterator[Handed]:
    """What one pair of fields holds, if anything."""
    if typed or (file is not None and file.filename):
        yield Handed(
            label=label,
            typed=typed,
            name=file.filename if file else "",
            content=file.file.read() if file else b"",
        )


@get("/keys", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """Who keeps the key, and what is still to be done with it."""
    return draw_keys(console, FormProblems(200))


def draw_keys(console: ConsoleRequest, found: FormProblems, said: str = "") -> Page:
    """The same; with what was wrong, or what a trial said."""
    with console.reading() as session:
        round_ = find_round(session)
        sheets = list_sheets(session, round_, console.deps.dealt)
        holders = list_holders(session, round_)
        warning = key_warning(session, round_, console.deps.settings.keys)
        exports = list_exports(session, round_)
        renewal = find_renewal(session, round_)
        copies = list_copies(session, round_)
        session.expunge_all()
    own = next((sheet.number for sheet in sheets if sheet.taken and sheet.taken.actor == console.person.name), 0)
    return console.page(
        "keys",
        found.status,
        round=round_,
        invented=round_.invented,
        shared=round_.custody == Custody.SHARED,
        going_on=round_.state in TAKEN,
        answering=round_.state in LIVE,
        sheets=sheets,
        own=own,
        holders=holders or [""] * SHEETS,
        exports=exports,
        asked=list_asked(console),
        renewal=renewal,
        copies=copies,
        left=[copy for copy in copies if not copy.destroyed_by],
        warning=warning,
        kept_apart=warning == KEY_WORDS.kept_apart,
        problems=found.problems,
        typed=found.typed,
        said=said,
    )


def list_asked(console: ConsoleRequest) -> Sequence[AskedSheet]:
    """The key sheets that are asked for on the last day, for whoever may hold one."""
    if not console.may("GET", PAGE):
        return ()
    with console.reading() as session:
        return ask_for_sheets(session, find_round(session), console.now)


@post("/keys/take", sync_to_thread=True, again=draw_keys)
def take(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[WhichSheet]) -> Page:
    """One sheet as a PDF, once: it is set first, so that a sheet is not lost to a missing font."""
    with console.writing() as session:
        round_ = find_round(session)
        sheet = take_sheet(session, round_, console.deps.dealt, data.sheet, **console.act)
        page = page_of(round_, sheet)
        content = render_key_sheet(page)
    console.deps.dealt.forget(data.sheet)
    return console.download(sheet_file(page), content, "application/pdf")


@post("/keys/try", sync_to_thread=True, request_max_body_size=LARGEST_PICTURE, again=draw_keys)
def try_(console: NamedDependency[ConsoleRequest], data: MultipartBody[GivenKey]) -> Page:
    """Try the sheet in one's hands; the third right one opens the round."""
    handed = next(read_upload(data.words, data.file), None)
    if handed is None:
        raise SurveyError(KEY_WORDS.nothing_to_try)
    sheet = read_one(handed)
    with console.writing() as session:
        trial = try_own_sheet(session, find_round(session), sheet, **console.act)
    if not trial.right:
        raise SurveyError(trial.sentence)
    return draw_keys(console, FormProblems(200), trial.sentence)


@post("/keys/deal-again", sync_to_thread=True, again=draw_keys)
def deal(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DealAgain]) -> Page:
    """Three new sheets in place of those of before, as long as the round has not begun."""
    if not data.sure:
        raise SurveyError(KEY_WORDS.sure_to_deal)
    with console.writing() as session:
        split = deal_again(session, find_round(session), console.deps.settings.keys, **console.act)
    console.deps.dealt.deal(split.sheets)
    return console.go(PAGE, done="dealt_again")


@post("/keys/in-hand", sync_to_thread=True, again=draw_keys)
def hold(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[WhichSheet]) -> Page:
    """The holder has the sheet, the day before it is needed."""
    with console.writing() as session:
        record_in_hand(session, find_round(session), data.sheet, **console.act)
    return console.go(PAGE, done="in_hand")


@post("/keys/propose-renewal", sync_to_thread=True, again=draw_keys)
def propose(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[WhichSheet]) -> Page:
    """The first of two administrators names the sheet that is lost."""
    with console.writing() as session:
        propose_renewal(session, find_round(session), data.sheet, **console.act)
    return console.go(PAGE, done="renewal_proposed")


@post("/keys/confirm-renewal", sync_to_thread=True, request_max_body_size=LARGEST_PICTURE, again=draw_keys)
def renew(console: NamedDependency[ConsoleRequest], data: MultipartBody[GivenKeys]) -> Page:
    """The second gives the two that are left and prints the third: set before it is noted, as when it was taken."""
    with console.writing() as session:
        round_ = find_round(session)
        given = read_handed(round_, data.list_handed())
        page = page_of(round_, confirm_renewal(session, round_, given, **console.act))
        console.use_card(session, data.card)
        content = render_key_sheet(page)
    return console.download(sheet_file(page), content, "application/pdf")


@post("/keys/destroyed", sync_to_thread=True, again=draw_keys)
def destroyed(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[Destroyed]) -> Page:
    """People destroyed what they held of the key."""
    people = (data.destroyed_by, data.witness)
    with console.writing() as session:
        note_destroyed(session, find_round(session), data.copies, people, **console.act)
    return console.go(PAGE, done="copies_destroyed")


@post("/keys/export", sync_to_thread=True, again=draw_keys)
def export(console: NamedDependency[ConsoleRequest]) -> Page:
    """A copy of the server's key, to be put under seal."""
    with console.writing() as session:
        round_ = find_round(session)
        content = copy_round_key(session, round_, console.deps.settings.keys, **console.act)
        name = f"KEY {round_.name} 密钥.key"
    return console.download(name, content.encode(), "application/octet-stream")


@post("/keys/move", sync_to_thread=True, request_max_body_size=LARGEST_PICTURE, again=draw_keys)
def move(console: NamedDependency[ConsoleRequest], data: MultipartBody[GivenKey]) -> Page:
    """Keep the key on this server no longer; the copy must be shown first: one that does not read opens nothing."""
    handed = next(read_upload("", data.file), None)
    if handed is None:
        raise SurveyError(KEY_WORDS.show_the_copy)
    with console.writing() as session:
        round_ = find_round(session)
        _check_copy(round_, handed)
        move_round_key(session, round_, console.deps.settings.keys, **console.act)
        public = round_.public_key or b""
    destroy_key(console.deps.settings.keys, public)  # only after the commit: a key that is gone was audited as moved
    return console.go(PAGE, done="moved")


def _check_copy(round_: Round, handed: Handed) -> None:
    if read_seed(round_, handed.name, handed.content) is None:
        raise SurveyError(KEY_WORDS.no_copy.format(file=handed.name))


HANDLERS = [show, take, try_, deal, hold, propose, renew, destroyed, export, move]
