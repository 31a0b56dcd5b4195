"""Accounts: who may come in, as what, for which township or unit."""

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromQuery, MultipartBody, URLEncodedBody
from pydantic import AfterValidator, ConfigDict
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.accounts.account_scopes import change_scope, list_townships, list_units
from survey_app.accounts.account_sheet import (
    ACCOUNT_SHEET,
    draw_passwords,
    read_accounts,
    store_accounts,
    write_account_template,
)
from survey_app.accounts.appointments import LARGEST as LARGEST_LETTER
from survey_app.accounts.appointments import attach_appointment, find_appointment, find_type
from survey_app.accounts.kept_accounts import CONFINED, disable_account, find_account, list_accounts, reset_account
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.password_cards import count_unused
from survey_app.core.account_names import write_name
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.four_eyes import agree_to, is_waiting, lacks_agreement
from survey_app.frame.sheets import Upload
from survey_app.pages.console.console_forms import Confirmed, FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_acts
from survey_app.pages.console.watch_pages import XLSX

PAGE = "/console/accounts"
LARGEST_SHEET = 8 * 1024 * 1024
LARGEST_BODY = 2 * LARGEST_LETTER
"""Of a form with a letter: one that is a little too large is told so in a sentence."""
CHANGING = ("account_scope", "account_reset", "account_disable", "account_agree")
NO_PROBLEMS = FormProblems(200)
NOTHING_GIVEN = ("", "")
AccountName = Annotated[Line, AfterValidator(write_name)]
"""A name as it is kept, however it was typed."""


class NewAccount(PostedForm):
    """Another account; `scope` is the township or the unit that a role is confined to."""

    name: AccountName
    role: Role
    scope: Line = ""


class AccountFile(PostedForm):
    """A sheet with an account a row."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form

    def take(self) -> Upload:
        """The file that was chosen; raises SurveyError where none was."""
        chosen = [file for file in self.file if file.filename]
        if not chosen:
            raise SurveyError(ACCOUNT_SHEET.none)
        return Upload(name=chosen[0].filename, content=chosen[0].file.read())


class Rescoped(PostedForm):
    """Another unit or township for an account, and why."""

    name: AccountName
    scope: Line = ""
    reason: Line = ""
    last: Last = 0


class Agreed(Confirmed):
    """Who may be an administrator, and the signed letter with which they act at once."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    name: AccountName
    file: UploadFile | None = None


class NamedAccount(PostedForm):
    """An account that is there; `sure` once its page was asked."""

    name: AccountName
    sure: bool = False
    last: Last = 0


@get("/accounts", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """All accounts, and a form for another one."""
    return draw_accounts(console, NO_PROBLEMS)


def draw_accounts(console: ConsoleRequest, found: FormProblems, given: tuple[str, str] = NOTHING_GIVEN) -> Page:
    """All accounts; `given` is a name with the first password that is shown this once."""
    with console.reading() as session:
        scopes = _list_scopes(session)
        people = list_accounts(session)
        cards = count_unused(session)
        session.expunge_all()
    return console.page(
        "accounts",
        422 if found.problems else 200,
        people=people,
        waiting={account.name for account in people if is_waiting(account, console.now)},
        unknown={account.name for account in people if lacks_agreement(account)},
        cards=cards,
        confined=CONFINED,
        scopes=scopes,
        problems=found.problems,
        beside=found.beside,
        given=given,
        typed={"name": "", "role": "", "scope": ""} | dict(found.typed),
    )


@post("/accounts/add", sync_to_thread=True, again=draw_accounts)
def add(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[NewAccount]) -> Page:
    """Another account; its first password is shown this once."""
    chosen = (data.name, data.role, data.scope)
    with console.writing() as session:
        password = add_account(session, *chosen, **console.act, random=secrets.token_bytes)
    return draw_accounts(console, NO_PROBLEMS, (data.name, password))


@post("/accounts/sheet", sync_to_thread=True, request_max_body_size=LARGEST_SHEET, again=draw_accounts)
def add_many(console: NamedDependency[ConsoleRequest], data: MultipartBody[AccountFile]) -> Page:
    """An account for each row of a sheet, or none; their first passwords are shown this once, to be printed and cut."""
    with console.reading() as session:
        asked = read_accounts(session, data.take())
    made = draw_passwords(asked, secrets.token_bytes)
    with console.writing() as session:
        sheets = store_accounts(session, made, **console.act)
    address = f"{console.deps.settings.public_url}/console"
    return console.page("password_sheets", sheets=sheets, address=address, first=False)


@get("/accounts/template", sync_to_thread=True)
def template(console: NamedDependency[ConsoleRequest]) -> Page:
    """A sheet to fill in: every unit without an account has its line begun."""
    with console.reading() as session, TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_account_template(session, path)
        return console.download(f"{ACCOUNT_SHEET.template}.xlsx", path.read_bytes(), XLSX)


@get("/accounts/agree", sync_to_thread=True)
def show_agree(console: NamedDependency[ConsoleRequest], name: FromQuery[str] = "") -> Page:
    """What agreeing to an administrator means, and what it takes."""
    return draw_agree(console, FormProblems(200, typed={"name": name}))


def draw_agree(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form, with what was wrong with it."""
    with console.reading() as session:
        account = find_account(session, found.typed.get("name", ""))
        session.expunge_all()
    return console.page("agree", found.status, problems=found.problems, account=account)


@post("/accounts/agree", sync_to_thread=True, request_max_body_size=LARGEST_BODY, again=draw_agree)
def agree(console: NamedDependency[ConsoleRequest], data: MultipartBody[Agreed]) -> Page:
    """The second of two: an administrator whom another one let in is known to this one, too."""
    file = data.file if data.file and data.file.filename else None
    with console.writing() as session:
        account = find_account(session, data.name)
        letter = attach_appointment(session, account, file.filename, file.file.read(), console.now) if file else ""
        agree_to(session, account, **console.act, letter=letter)
        console.use_card(session, data.card)
    return console.go(PAGE, done="agreed")


@get("/accounts/letter", sync_to_thread=True)
def letter(console: NamedDependency[ConsoleRequest], name: FromQuery[str] = "") -> Page:
    """The signed letter by which an administrator acted at once."""
    with console.reading() as session:
        found = find_appointment(session, name)
        return console.download(found.file, found.content, find_type(found.content))


@post("/accounts/reset", sync_to_thread=True)
def reset(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[NamedAccount]) -> Page:
    """A new first password, shown this once; asks first, since the old one opens nothing from then on."""
    if not data.sure:
        return _ask(console, "reset", data.name)
    with console.writing() as session:
        _check_account(session, data)
        password = reset_account(session, data.name, **console.act, random=secrets.token_bytes)
    return draw_accounts(console, NO_PROBLEMS, (data.name, password))


@post("/accounts/disable", sync_to_thread=True)
def disable(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[NamedAccount]) -> Page:
    """Out, and in no more; asks first."""
    if not data.sure:
        return _ask(console, "disable", data.name)
    with console.writing() as session:
        _check_account(session, data)
        disable_account(session, data.name, **console.act)
    return console.go(PAGE, done="disabled")


@get("/accounts/scope", sync_to_thread=True)
def show_scope(console: NamedDependency[ConsoleRequest], name: FromQuery[str] = "") -> Page:
    """What an account is confined to, to be corrected."""
    return draw_scope(console, FormProblems(200, typed={"name": name}))


def draw_scope(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form, with what was wrong with it."""
    with console.reading() as session:
        account = find_account(session, found.typed.get("name", ""))
        scopes = _list_scopes(session)
        session.expunge_all()
    typed = {"scope": account.scope, "reason": ""} | dict(found.typed)
    about = {"account": account, "scopes": scopes, "typed": typed, "confined": CONFINED}
    return console.page("account_scope", found.status, problems=found.problems, **about)


@post("/accounts/scope", sync_to_thread=True, again=draw_scope)
def rescope(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[Rescoped]) -> Page:
    """Correct what an account is confined to."""
    with console.writing() as session:
        _check_account(session, data)
        change_scope(session, find_account(session, data.name), data.scope, data.reason, **console.act)
    return console.go(PAGE, done="rescoped")


def _check_account(session: Session, data: NamedAccount | Rescoped) -> None:
    """Raise ConflictError with what others did with the account since the page was drawn."""
    check_acts(session, data.last, CHANGING, lambda act: act.subject == f"account {data.name}")


def _ask(console: ConsoleRequest, action: str, name: str) -> Page:
    """What would happen to the account, and the way back."""
    with console.reading() as session:
        account = next((account for account in list_accounts(session) if account.name == name), None)
        session.expunge_all()
    if account is None:
        raise NotFoundError("没有这个账号。")
    return console.page("sure_account", action=action, name=name, account=account)


def _list_scopes(session: Session) -> dict[str, str]:
    """What an account may be confined to, with what units are called."""
    return dict.fromkeys(list_townships(session), "") | list_units(session)


HANDLERS = [show, add, add_many, template, show_agree, agree, letter, reset, disable, show_scope, rescope]
