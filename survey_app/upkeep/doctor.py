"""What is wrong with a store and the machine under it, a sentence each, with what to do.

`find_store_problems`: whether a store is what the program's migrations make, with nothing added that could copy
answers, nobody let in by hand, no number of a box that no opening wrote, and nothing cut off.
`look_over`: what a start can ask in a moment, the machine included.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, make_url, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind
from survey_app.core.account_sums import find_changed_accounts
from survey_app.core.audit import find_breaks
from survey_app.core.db import is_file, is_newest
from survey_app.core.db.copying import find_damage
from survey_app.core.db.parts import read_own_parts, read_parts, settings_off
from survey_app.core.db.store_files import AHEAD, find_lost_files
from survey_app.core.errors import Fact
from survey_app.core.models import Account, Audit, CardPassword, SignIn
from survey_app.jobs.running import find_lost_jobs
from survey_app.rounds.box_numbers import find_stray_numbers
from survey_app.rounds.round_words import ROUND_WORDS

ENOUGH = 500 << 20
SLACK = timedelta(minutes=1)


def find_part_problems(engine: Engine) -> Iterator[Fact]:
    """The parts that are not as the migrations made them, and those that lack.

    While processes are renewed one after another, an older one finds the parts of the newer: it says that, and no more.
    """
    if not is_newest(engine):
        yield _say("other_version")
        return
    with engine.connect() as connection:
        found, own = read_parts(connection), read_own_parts(connection)
    for part in sorted(found.keys() | own.keys()):
        if found.get(part) != own.get(part):
            yield _say(_choose_sentence(part[0], part in found, part in own), kind=part[0], name=part[1])


def until_broken(findings: Iterator[str]) -> Iterator[str]:
    """The findings; where what they name keeps the next check from being made, that it was not is the last one."""
    found = False
    try:
        for finding in findings:
            found = True
            yield finding
    except (DatabaseError, ValueError) as error:  # ValueError: a time that is none, a detail that is no JSON
        if not found:
            raise
        yield ROUND_WORDS.cut_short.format(said=getattr(error, "orig", error))


def find_store_problems(engine: Engine) -> Iterator[str]:
    """What is wrong with a store at the newest schema: foreign, changed or missing parts, audit, accounts, boxes."""
    yield from find_part_problems(engine)
    with Session(engine) as session:
        breaks = list(find_breaks(session))
        if breaks:
            yield ROUND_WORDS.broken_audit.format(rows="、".join(map(str, breaks[:5])), count=len(breaks))
        yield from _name_accounts(session)
        yield from find_stray_numbers(session)
        yield from _name_cut(session)


def look_over(engine: Engine, folder: Path, now: datetime) -> Iterator[Fact]:
    """What a start asks: the parts of the store, who is let in, and all of `find_machine_problems`."""
    yield from find_part_problems(engine)
    with Session(engine) as session:
        yield from _name_accounts(session)
    yield from find_machine_problems(engine, folder, now)


def find_machine_problems(engine: Engine, folder: Path, now: datetime) -> Iterator[Fact]:
    """What is wrong with the database server, the clock, jobs, and the disk of this data folder."""
    with engine.connect() as connection:
        for name in settings_off(connection):
            yield _say("bad_setting", name=name)
        last = connection.scalar(select(Audit.at).order_by(Audit.id.desc()).limit(1))
    if last and last > now + SLACK:
        yield _say("clock_behind", now=f"{now:%Y-%m-%d %H:%M}", last=f"{last:%Y-%m-%d %H:%M}")
    for job in find_lost_jobs(engine):
        yield _say("lost_job", job=job.id, kind=JobKind(job.kind).zh)
    yield from _name_space(engine, folder)


def find_lost_writers(url: str) -> Iterator[str]:
    """Each process that writes into a file which is the store's no longer; asked before the store is opened."""
    for process, file in find_lost_files(url):
        said = ROUND_WORDS.lost_ahead if file.endswith(AHEAD) else ROUND_WORDS.lost_database
        yield said.format(process=process, file=file)


def find_damaged_file(url: str) -> Iterator[str]:
    """What SQLite finds wrong with the bytes of the store's file; asked before the store is opened and written into."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and (said := find_damage(Path(str(address.database)))):
        yield ROUND_WORDS.damaged.format(file=address.database, said=said)


def find_unknown_accounts(session: Session) -> list[str]:
    """The names of accounts that are let in and whose role no act of the audit gave: added or raised by hand."""
    added = select(Audit.subject, Audit.detail["role"].as_string()).where(Audit.action == "account_add")
    given = {tuple(row) for row in session.execute(added)}
    let_in = session.execute(select(Account.name, Account.role).where(Account.disabled.is_(False)))
    return sorted(name for name, role in let_in if (f"account {name}", role) not in given)


def _say(name: str, /, **facts: object) -> Fact:
    """A sentence of `ROUND_WORDS` by its name, which is what the log calls the problem."""
    return Fact(name, str(getattr(ROUND_WORDS, name)).format(**facts))


def _choose_sentence(kind: str, is_there: bool, is_ours: bool) -> str:
    if not is_ours:
        return "foreign_extension" if kind == "extension" else "foreign_part"
    return "changed_part" if is_there else "missing_part"


def _name_accounts(session: Session) -> Iterator[Fact]:
    unknown = find_unknown_accounts(session)
    for name in unknown:
        yield _say("unknown_account", name=name)
    for name in find_changed_accounts(session):
        if name not in unknown:
            yield _say("changed_account", name=name)


def _name_cut(session: Session) -> Iterator[str]:
    """Whoever signed in or used a card did so in a row of the audit; one that is later than all rows was cut off.

    The audit is read last: somebody may sign in meanwhile.
    """
    moments = [session.scalar(select(func.max(moment))) for moment in (SignIn.began, CardPassword.used_at)]
    last = session.scalar(select(func.max(Audit.at))) or datetime.min
    for latest in moments:
        if latest and latest > last:
            yield ROUND_WORDS.cut_audit.format(last=f"{last:%Y-%m-%d %H:%M}", latest=f"{latest:%Y-%m-%d %H:%M}")


def _name_space(engine: Engine, folder: Path) -> Iterator[Fact]:
    """A backup and what a purge rewrites need as much again as the store has."""
    files = folder.glob("survey.db*") if is_file(engine) else ()
    wanted = max(ENOUGH, 2 * sum(file.stat().st_size for file in files))
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < wanted:
        yield _say("little_space", folder=folder, free=free >> 20, wanted=wanted >> 20)
