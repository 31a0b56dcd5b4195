"""The survey's tables. Form and ticket share no key, no time and no usable order."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, mapped_column

from questionnaires.vocabulary import CodeKind
from survey_app.core.models.table import Digest, Model, Number


class School(Model):
    """A school as the county lists it (schools file)."""

    __tablename__ = "school"
    code: Mapped[str] = mapped_column(primary_key=True)
    moe_code: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    kind: Mapped[str]
    parent_school: Mapped[str] = mapped_column(default="")
    township: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="")
    ownership: Mapped[str] = mapped_column(default="")
    built_year: Mapped[int | None]


class Resource(Model):
    """One row of a resources file: a school's section in a school year."""

    __tablename__ = "resource"
    school_year: Mapped[str] = mapped_column(primary_key=True)
    school: Mapped[str] = mapped_column(ForeignKey("school.code"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[dict[str, Any]]


class CountyValue(Model):
    """One row of a county file in a school year."""

    __tablename__ = "county_value"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(index=True)
    indicator: Mapped[str]
    values: Mapped[dict[str, Any]]


class RawFigure(Model):
    """One amount of a sheet of raw figures in a school year; of the county where `school` is empty."""

    __tablename__ = "raw_figure"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(index=True)
    figure: Mapped[str]
    school: Mapped[str]
    stage: Mapped[str]
    values: Mapped[dict[str, Any]]


class Score(Model):
    """The scores of one school, grade and subject in a school year, as sums; of the county where `school` is empty."""

    __tablename__ = "score"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(index=True)
    school: Mapped[str]
    values: Mapped[dict[str, Any]]


class Round(Model):
    """One survey of one county in one window.

    `public_key` seals its answers, `custody` says who keeps what opens them, `key_sheets` are hashes of the shares;
    `remarks`: every form brings a remark box. `minutes`: how long each group took in the round before (the median).
    `own_words` are JSON of what the office writes for its report.
    """

    __tablename__ = "round"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    county: Mapped[str]
    organiser: Mapped[str]
    population: Mapped[int]
    population_source: Mapped[str]
    school_year: Mapped[str]
    standard: Mapped[str]
    rule: Mapped[str]
    papers: Mapped[list[str]]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
    invented: Mapped[bool]
    approver: Mapped[str] = mapped_column(default="", server_default="")
    document: Mapped[str] = mapped_column(default="", server_default="")
    paper_until: Mapped[datetime | None]
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    custody: Mapped[str] = mapped_column(default="server", server_default="server")
    key_sheets: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    design: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    remarks: Mapped[bool] = mapped_column(default=False, server_default=false())
    telephone: Mapped[str] = mapped_column(default="", server_default="")
    minutes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    own_words: Mapped[str] = mapped_column(default="", server_default="")


class Place(Model):
    """The part of the frame a form is counted in (analysis.places.partition)."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    group: Mapped[str]
    place: Mapped[str]
    __table_args__ = (UniqueConstraint("round_id", "group", "place"),)


class FrameRow(Model):
    """One row of the frame: who there is, and how many were invited; without a round it waits for the next one."""

    __tablename__ = "frame_row"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    group: Mapped[str]
    unit: Mapped[str]
    class_name: Mapped[str] = mapped_column("class")
    grade: Mapped[int | None]
    population: Mapped[int]
    invited: Mapped[int]
    stage: Mapped[str]
    locale: Mapped[str]
    township: Mapped[str]
    __table_args__ = (UniqueConstraint("round_id", "group", "unit", "class"),)


class Batch(Model):
    """Codes in one unit's custody; `kind` is a CodeKind, `state` made, handed_over or void.

    A batch of paper forms has a code for each sheet that nobody knows; `issued` leaves out who has a shared code too.
    A unit's public code is the row of its batch for the group public; the other groups that may use it have
    a batch without a code of its own. `closes` is the end of re-contact slips; all other codes end with the round's
    window.
    """

    __tablename__ = "batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    frame_row_id: Mapped[int] = mapped_column(ForeignKey("frame_row.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]
    codes: Mapped[int]
    issued: Mapped[int]
    made_at: Mapped[datetime]
    closes: Mapped[datetime | None]


ORDINARY = Batch.kind.not_in((CodeKind.REVISIT.value, CodeKind.OPINION.value))
"""The condition that leaves re-contact slips and opinion codes out: what they bring is counted apart from all else."""


class Code(Model):
    """A code's hash; the code itself is only on paper."""

    __tablename__ = "code"
    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class Spent(Model):
    """A ticket that was spent: its hash, and a hash of the number of the phone that spent it."""

    __tablename__ = "spent"
    ticket: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    holder: Mapped[bytes] = mapped_column(Digest)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class Form(Model):
    """One submitted set of answers, in the paper's item order, written at close; `key` is random."""

    __tablename__ = "form"
    key: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    paper: Mapped[str]
    answers: Mapped[str] = mapped_column(String(64))
    __table_args__ = (Index(None, "place_id"), {"sqlite_with_rowid": False})


class Box(Model):
    """A form of the round that is not opened yet, sealed: no group, no place, no time.

    Only one round has boxes at a time, so that the table can be emptied as a whole when it was opened. `id` is a
    keyed hash of the phone's number and the code's (survey_app.answering.box).
    """

    __tablename__ = "box"
    id: Mapped[bytes] = mapped_column(Number, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(128))
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class RemarkBox(Model):
    """A remark or none, sealed, under a random id: every form of a round with remarks brings one."""

    __tablename__ = "remark_box"
    id: Mapped[bytes] = mapped_column(Number, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(512))
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class BoxNumber(Model):
    """The number of a box that was opened: it stays when the boxes go, so that people see they were counted."""

    __tablename__ = "box_number"
    id: Mapped[bytes] = mapped_column(Number, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class PaperEntry(Model):
    """A paper form that was typed in once and waits, locked, for the second time; it goes when the form is stored.

    `sheet` is the number a clerk wrote on the sheet, `sitting` a hash that only tells one sign-in from another.
    """

    __tablename__ = "paper_entry"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    sheet: Mapped[int] = mapped_column(primary_key=True)
    sitting: Mapped[bytes] = mapped_column(Digest)
    locked: Mapped[bytes]
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class Remark(Model):
    """An open remark, stored apart from the form with the group alone."""

    __tablename__ = "remark"
    key: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    group: Mapped[str]
    text: Mapped[str]
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class


class Ledger(Model):
    """How many forms a batch brought in which five minutes: counts only, joined to no form."""

    __tablename__ = "ledger"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    five_minutes: Mapped[int] = mapped_column(primary_key=True, index=True)
    n: Mapped[int]


class Refusal(Model):
    """How many people with a batch's codes chose to take no part: one count, without time or answers."""

    __tablename__ = "refusal"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    n: Mapped[int]


class Published(Model):
    """What may be shown of a closed round: one JSON object a name, written once at close.

    `evidence` alone may not: it goes into the sealed bundle (`survey_app.results.releasing`) and nowhere else.
    """

    __tablename__ = "published"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


WAS_OPENED = BoxNumber.round_id.in_(select(Published.round_id))
"""The condition that leaves out numbers of a round that was not opened: no opening wrote them."""


class Audit(Model):
    """Who did what when; the database itself refuses to change or delete a row."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]


class AuditLink(Model):
    """A row's place in the chain of the audit and its link; the database refuses to change or delete it, too."""

    __tablename__ = "audit_link"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(unique=True)
    link: Mapped[bytes] = mapped_column(LargeBinary(32))
