"""Accounts from a sheet: all of them or none; a first password is told once, on paper, and nobody can read it again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.accounts.account_scopes import list_units
from survey_app.accounts.first_administrators import FirstPassword
from survey_app.accounts.new_accounts import check_account, store_account
from survey_app.accounts.passwords import Random, draw_password, hash_password
from survey_app.core.errors import ConflictError
from survey_app.core.models import Account
from survey_app.frame.sheets import SheetError, Source, read_sheet, write_template
from survey_app.frame.sheets.sheet_problems import Problem
from survey_app.frame.sheets.template import FilledRows

KIND = "accounts"
CALLED = {role.zh: role.value for role in Role}
MOST = 500
TEMPLATES = Path(__file__).parents[1] / "templates"


class AccountSheetWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence or name a field; names in braces are filled in by who says it."""

    administrator: str
    too_many: str
    none: str
    template: str
    called: str


ACCOUNT_SHEET = msgspec.toml.decode((TEMPLATES / "account_sheet.toml").read_bytes(), type=AccountSheetWords)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a row of the sheet asks for; `worksheet` and `row` are where a person finds it."""

    name: str
    role: str
    scope: str
    worksheet: str
    row: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An account on its way: what was asked, its first password, and what is kept of that."""

    asked: Asked
    password: str
    hashed: str


def read_accounts(session: Session, source: Source) -> list[Asked]:
    """The accounts that a sheet asks for; raises SheetError with a sentence for every row that cannot be one."""
    sheet = read_sheet(KIND, source)
    rows = zip(*(sheet.table[column].tolist() for column in ("name", "role", "scope")), strict=True)
    asked = [
        Asked(name=name, role=CALLED.get(role, role), scope=scope, worksheet=place[0], row=place[1])
        for (name, role, scope), place in zip(rows, sheet.places, strict=True)
    ]
    if len(asked) > MOST:
        raise ConflictError(ACCOUNT_SHEET.too_many.format(most=MOST, rows=len(asked)))
    _check(session, asked)
    return asked


def draw_passwords(asked: Sequence[Asked], random: Random) -> list[Made]:
    """A first password for each; it takes a while, so that no transaction is to be open meanwhile."""
    passwords = [draw_password(random) for _ in asked]
    return [
        Made(asked=account, password=password, hashed=hash_password(password))
        for account, password in zip(asked, passwords, strict=True)
    ]


def store_accounts(session: Session, made: Sequence[Made], *, actor: str, now: datetime) -> list[FirstPassword]:
    """Make them all, as far as nothing changed since they were read; returns what is printed for their owners."""
    accounts = _check(session, [new.asked for new in made])
    called = list_units(session)
    for account, new in zip(accounts, made, strict=True):
        store_account(session, account, new.hashed, actor=actor, now=now)
    return [
        FirstPassword(
            name=account.name,
            password=new.password,
            role=account.role,
            scope=called.get(account.scope, account.scope) if account.role == Role.UNIT else account.scope,
        )
        for account, new in zip(accounts, made, strict=True)
    ]


def write_account_template(session: Session, path: Path) -> None:
    """An empty sheet in which every unit without an account has a line begun, its code being the name."""
    served = set(session.scalars(select(Account.scope).where(Account.role == Role.UNIT.value)))
    units = {unit: name for unit, name in list_units(session).items() if unit not in served}
    filled = FilledRows(
        columns=("name", "role", "scope"),
        rows=tuple((unit, Role.UNIT.zh, unit) for unit in units),
        beside_heads=(ACCOUNT_SHEET.called,),
        beside=tuple((name,) for name in units.values()),
    )
    write_template(KIND, path, filled=filled)


def _check(session: Session, asked: Sequence[Asked]) -> list[Account]:
    accounts = list[Account]()
    problems = list[Problem]()
    for row in asked:
        try:
            accounts.append(_check_row(session, row, [account.name for account in accounts]))
        except ConflictError as error:
            problems.append(Problem(row.worksheet, row.row, "", "".join(_sentences(error))))
    if problems:
        raise SheetError(problems)
    return accounts


def _check_row(session: Session, row: Asked, beside: Sequence[str]) -> Account:
    if row.role == Role.ADMINISTRATOR:
        raise ConflictError(ACCOUNT_SHEET.administrator)
    return check_account(session, row.name, row.role, row.scope, beside)


def _sentences(error: ConflictError) -> Iterator[str]:
    yield from map(str, error.problems)
