"""What the API answers with; the OpenAPI document is made of these."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from questionnaires.vocabulary import BatchState, CodeKind, JobState, Role, RoundState
from survey_app.accounts.passwords import LONGEST_PASSWORD
from survey_app.pages.api.parameters import LONGEST, PLAIN
from survey_app.watching.shown_counts import Word

View = Literal["unit", "unit_group", "group", "stage", "band", "locale", "township", "class"]


class Problem(msgspec.Struct, frozen=True):
    """What went wrong (RFC 9457): `title` names the kind, `detail` says it in full, `problems` one by one."""

    type: str
    title: str
    status: int
    detail: str
    problems: list[str]


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name and password of an account."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST, pattern=PLAIN)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_PASSWORD)]


class Pass(msgspec.Struct, frozen=True):
    """What opens the API: `Authorization: Bearer TOKEN`; it ends after two hours without use, and at `ends`."""

    token: str
    ends: datetime


class Me(msgspec.Struct, frozen=True):
    """Who is signed in; `scope` is the township or the unit that the role is confined to."""

    name: str
    role: Role
    scope: str


class About(msgspec.Struct, frozen=True):
    """A round: what was decided before it opened, and its state."""

    name: str
    state: RoundState
    county: str
    organiser: str
    population: int
    population_source: str
    school_year: str
    standard: str
    rule: str
    papers: list[str]
    opens: datetime
    closes: datetime
    invented: bool


DataKind = Literal["schools", "resources", "county", "figures", "scores", "frame"]


class ProgressRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a view; what a view does not go by is "".

    `share` is forms of the target (null without a target), `recent` forms of the last day, `needed` what the target
    lacks, `forecast` forms at closing by the round's course so far; until its second day those that are there.
    `of_invited` is the response rate, forms of those invited, `of_issued` forms of those with codes; both null where
    nobody is, or where `word` stands for a count: `few` is fewer than three forms, `issued` and `begun` are codes for
    fewer than ten people that nobody or somebody answered, `near` is nearly all. `quiet` is days without a new form.
    """

    unit: str = ""
    name: str = ""
    group: str = ""
    class_: str = msgspec.field(name="class", default="")
    stage: str = ""
    band: str = ""
    locale: str = ""
    township: str = ""
    population: int
    invited: int
    target: int
    issued: int
    forms: int
    recent: int
    share: float | None
    of_invited: float | None
    of_issued: float | None
    needed: int
    forecast: int
    quiet: int
    word: Word


class ProgressView(msgspec.Struct, frozen=True):
    """Progress of the round by a view, those furthest behind first; `left` is hours to closing, `whole` all rows."""

    round: str
    state: RoundState
    at: datetime
    left: float
    whole: ProgressRow
    rows: list[ProgressRow]


class UnitCustody(msgspec.Struct, frozen=True):
    """People of one unit who were invited, and people with codes by where the codes are."""

    unit: str
    name: str
    township: str
    invited: int
    made: int
    handed_over: int
    void: int


class TrialState(msgspec.Struct, frozen=True):
    """How far the trial of the address that codes carry is, in the round that goes on or is being prepared.

    `opened` has the minute in which a phone opened each slip, null for one that none opened; `reason` says why codes
    are made without, "" if nobody did.
    """

    address: str
    done: bool
    opened: list[datetime | None]
    reason: str


class Batch(msgspec.Struct, frozen=True):
    """One batch of codes and its last step: when, by whom, to which office."""

    id: int
    group: str
    class_: str = msgspec.field(name="class")
    kind: CodeKind
    state: BatchState
    issued: int
    forms: int
    made_at: datetime
    office: str
    at: datetime | None
    actor: str


class Work(msgspec.Struct, frozen=True):
    """A job and how far it is; `file` is the name of what can be taken away in the console.

    `left`: seconds that it still takes, by its pace or by the last of its kind, null where nothing tells; `codes`: what
    became of codes where it failed.
    """

    id: int
    kind: str
    state: JobState
    unit: str
    asked_by: str
    asked_at: datetime
    done: int
    total: int
    problem: str
    file: str
    left: float | None
    codes: list[str]


class Entry(msgspec.Struct, frozen=True):
    """One entry of the audit log."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
