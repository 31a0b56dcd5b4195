"""The console's tables: who may enter, long work, custody of codes, and a round before and at its end."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Digest, Model


class Account(Model):
    """Somebody who may enter the console; `scope` is the township or the unit that a role is confined to.

    `acts_from`: an administrator whom `let_in_by` let in waits until then, and until `agreed_by` is somebody.
    """

    __tablename__ = "account"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    scope: Mapped[str]
    password: Mapped[str]
    must_change: Mapped[bool]
    disabled: Mapped[bool]
    made_at: Mapped[datetime]
    acts_from: Mapped[datetime | None]
    let_in_by: Mapped[str] = mapped_column(default="", server_default="")
    agreed_by: Mapped[str] = mapped_column(default="", server_default="")


class SignIn(Model):
    """Somebody is signed in; the token itself is only in their browser."""

    __tablename__ = "sign_in"
    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    began: Mapped[datetime]
    seen: Mapped[datetime]


class FailedSignIn(Model):
    """Tries in a row for a name from one device or address (a hash of both), and until when the next is refused.

    Under a hash of the name and a day: how many failed on it, kept to its end. `account` is empty where there is none
    of that name.
    """

    __tablename__ = "failed_sign_in"
    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    account: Mapped[str] = mapped_column(default="", server_default="")
    times: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)


class KnownDevice(Model):
    """A device from which somebody came in before: a hash of the name and of what the device was given."""

    __tablename__ = "known_device"
    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    seen: Mapped[datetime]


class CardPassword(Model):
    """One password of the card that a person's second factor is: what is kept of it, and when it was used."""

    __tablename__ = "card_password"
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    hashed: Mapped[str]
    used_at: Mapped[datetime | None]


class Appointment(Model):
    """The signed letter by which an administrator acts at once (委托书), as a picture or PDF."""

    __tablename__ = "appointment"
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), primary_key=True)
    file: Mapped[str]
    content: Mapped[bytes]
    at: Mapped[datetime]


class Job(Model):
    """Long work in a process of its own; `state` is waiting, running, done or failed.

    `about` is what to do it with, and the ids of the batches it made; `file` is taken away once. Sheets of all schools
    are of no round.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    unit: Mapped[str]
    about: Mapped[dict[str, Any]]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    pid: Mapped[int | None]
    done: Mapped[int]
    total: Mapped[int]
    problem: Mapped[str]
    file: Mapped[str]


class Custody(Model):
    """A batch came into other hands: handed over to an office, or void."""

    __tablename__ = "custody"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    state: Mapped[str]
    office: Mapped[str]


class Assignment(Model):
    """How the county's files of one kind name our columns and values: a mapping as JSON (`sheets.mapping`)."""

    __tablename__ = "assignment"
    kind: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]


class Draft(Model):
    """The round that is being prepared: its fields as they were typed; there is one row at most."""

    __tablename__ = "draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]


class Correction(Model):
    """What an administrator wants put right in a round that respondents may have seen; another one has to agree.

    `fields` are the new values by the names of the round's columns, as text.
    """

    __tablename__ = "correction"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    actor: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]
    fields: Mapped[dict[str, str]] = mapped_column(JSON)


class Proposal(Model):
    """An administrator proposed to close a round; another one has to agree."""

    __tablename__ = "proposal"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    actor: Mapped[str]
    at: Mapped[datetime]
