"""The way of one round from its preparation to its report: what is done, what is next, and what is missing there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import structs
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from questionnaires.calendar import LineState
from questionnaires.vocabulary import Custody, JobKind, JobState, RoundState
from reports.setting.moments import say_end
from survey_app.codes.custody import add_up_custody
from survey_app.core.models import Draft, FrameRow, Job, Round, School
from survey_app.rounds.calendar_marks import find_opening, list_calendar
from survey_app.rounds.draft import FIELDS, PREVIEWED, find_problems, find_wrong, load_draft, was_previewed
from survey_app.rounds.key_copies import list_copies
from survey_app.rounds.proposals import is_cut_short
from survey_app.rounds.revisit_rows import find_revisit_end, list_revisits
from survey_app.rounds.round_rows import TAKEN
from survey_app.rounds.sampling import find_kept_sample
from survey_app.rounds.trial_slips import find_trial

RULES = ("standard", "rule", "approver", "document")
TEMPLATES = Path(__file__).parent / "templates"


class Step(StrEnum):
    """The steps in their order; the value is the page where each is done."""

    PREPARE = "/console/setup#county"
    IMPORT_ = "/console/import"
    SAMPLE = "/console/sample"
    RULES = "/console/setup#standard"
    PREVIEW = "/console/setup#previews"
    TRIAL = "/console/trial"
    OPEN = "/console/setup#open"
    ISSUE = "/console/codes"
    HAND_OVER = "/console/codes#hand-over"
    PROGRESS = "/console/watch"
    REVISIT = "/console/revisit"
    CLOSE = "/console/round"
    RESULTS = "/console/results"


class StepState(StrEnum):
    """Where a step stands: an optional one may be done now or left out; a skipped one was left out for good."""

    DONE = "done"
    NEXT = "next"
    LATER = "later"
    OPTIONAL = "optional"
    SKIPPED = "skipped"


class PathWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names of the steps and what is missing in them; names in braces are filled in by who says it."""

    step: str
    all_done: str
    labels: dict[str, str]
    beside: dict[str, str]
    missing: dict[str, str]


PATH_WORDS = msgspec.toml.decode((TEMPLATES / "path.toml").read_bytes(), type=PathWords)


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step: its name, its page, where it stands, and what it lacks ("" once it is done)."""

    label: str
    page: str
    state: StepState
    missing: str


class RoundPath(msgspec.Struct, frozen=True, kw_only=True):
    """All steps, and the first that is not done (None when all are); `beside`: what else is open and is no step."""

    steps: tuple[PathStep, ...]
    next: PathStep | None
    beside: tuple[PathStep, ...] = ()

    @property
    def reminders(self) -> tuple[PathStep, ...]:
        """What may be done beside the next step: steps that may be left out, and what is no step."""
        return (*(step for step in self.steps if step.state == StepState.OPTIONAL), *self.beside)

    @property
    def line(self) -> str:
        """Which step is next, of how many."""
        if self.next is None:
            return PATH_WORDS.all_done
        number = self.steps.index(self.next) + 1
        return PATH_WORDS.step.format(number=number, all=len(self.steps), label=self.next.label)


def find_path(session: Session, now: datetime, address: str) -> RoundPath:
    """The way of the round that goes on, else of the one that is being prepared, else of the latest.

    `address` is what codes carry that are made now.
    """
    round_ = find_walked(session)
    untried = "" if find_trial(session, round_, address).is_done else _say("trial")
    if round_ is None:
        path = lay_path(_prepare(session, now) | {Step.TRIAL: untried}, started=False)
        return structs.replace(path, beside=tuple(_find_due(session, None, now)))
    missing = _go_on(session, round_, now) | {Step.TRIAL: untried}
    left_out = _find_left_out(session, round_, now)
    if untried and missing.get(Step.ISSUE):
        left_out |= {Step.TRIAL: StepState.OPTIONAL}
    path = lay_path(missing, started=True, left_out=left_out)
    return structs.replace(path, beside=tuple(_find_beside(session, round_, now)))


def _find_beside(session: Session, round_: Round, now: datetime) -> Iterator[PathStep]:
    """What a round that goes on still needs and no step stands for: a copy of the key, what is to be done before."""
    kept_alone = round_.public_key and round_.custody == Custody.SERVER and not list_copies(session, round_)
    if round_.state in TAKEN and kept_alone:
        yield _remind("key", "/console/keys")
    yield from _find_due(session, round_, now)


def _find_due(session: Session, walked: Round | None, now: datetime) -> Iterator[PathStep]:
    """What of the calendar is late, else what is next, while answering has not begun."""
    opens = find_opening(session, walked)
    lines = list_calendar(session, walked, now) if opens and now.date() < opens else []
    late = [line for line in lines if line.state == LineState.OVERDUE]
    left = [line for line in lines if line.state == LineState.OPEN]
    if late:
        yield _remind("late", "/console/calendar", count=len(late), item=late[0].item.name)
    elif left:
        yield _remind("due", "/console/calendar", count=len(left), item=left[0].item.name, due=left[0].due)


def _remind(name: str, page: str, **about: object) -> PathStep:
    missing = _say(name, **about)
    return PathStep(label=PATH_WORDS.beside[name], page=page, state=StepState.OPTIONAL, missing=missing)


def lay_path(
    missing: dict[Step, str], *, started: bool, left_out: Mapping[Step, StepState] = MappingProxyType({})
) -> RoundPath:
    """The path of what is missing step by step ("" for done); what a started round never did is skipped.

    `left_out`: steps that a round may do without, and whether it still may do them; none of them is the next.
    """
    steps: list[PathStep] = []
    is_next = True
    for step in Step:
        lack = missing.get(step, "")
        skipped = bool(lack) and started and step in BEFORE_OPENING
        state = left_out.get(step) or (StepState.SKIPPED if skipped else _find_state(lack, is_next=is_next))
        is_next = is_next and state != StepState.NEXT
        label = PATH_WORDS.labels[step.name.lower()]
        said = "" if state == StepState.SKIPPED else lack
        steps.append(PathStep(label=label, page=step.value, state=state, missing=said))
    upcoming = next((step for step in steps if step.state == StepState.NEXT), None)
    return RoundPath(steps=tuple(steps), next=upcoming)


BEFORE_OPENING = frozenset({Step.SAMPLE, Step.RULES, Step.PREVIEW, Step.TRIAL})


def _find_state(lack: str, *, is_next: bool) -> StepState:
    if not lack:
        return StepState.DONE
    return StepState.NEXT if is_next else StepState.LATER


def find_walked(session: Session) -> Round | None:
    """The round whose path it is; None where the next one is being prepared."""
    latest = session.scalars(select(Round).order_by(Round.state.in_(TAKEN).desc(), Round.id.desc())).first()
    if latest is None or latest.state == RoundState.CANCELLED:
        return None
    if latest.state in TAKEN or is_cut_short(session, latest):
        return latest
    waits = select(FrameRow.id).where(FrameRow.round_id.is_(None)).limit(1)
    return None if session.get(Draft, 1) or session.scalar(waits) else latest


def _say(name: str, **about: object) -> str:
    return PATH_WORDS.missing[name].format(**about)


def _prepare(session: Session, now: datetime) -> dict[Step, str]:
    """What each step lacks while the round is being prepared; the steps after the opening lack all."""
    fields = load_draft(session)
    problems = find_problems(session, fields, now)
    open_ = _say("open", count=len(problems)) if problems else _say("ready")
    return {
        Step.PREPARE: _name_empty(fields, "prepare", lambda name: name not in RULES)
        or "".join(find_wrong(fields, now)),
        Step.IMPORT_: _find_missing_tables(session),
        Step.SAMPLE: _find_whole_frame(session, None),
        Step.RULES: _name_empty(fields, "rules", lambda name: name in RULES),
        Step.PREVIEW: "" if fields[PREVIEWED] else _say("preview"),
        Step.OPEN: open_,
        Step.ISSUE: _say("open", count=len(problems) or 1),
        Step.HAND_OVER: _say("no_codes"),
        Step.PROGRESS: open_,
        Step.REVISIT: open_,
        Step.CLOSE: open_,
        Step.RESULTS: _say("results"),
    }


def _name_empty(fields: dict[str, str], sentence: str, wanted: Callable[[str], bool]) -> str:
    """The draft's fields of one step that nobody filled in."""
    empty = [label for name, label in FIELDS.items() if wanted(name) and not fields[name]]
    return _say(sentence, labels="、".join(empty)) if empty else ""


def _find_missing_tables(session: Session) -> str:
    if session.scalar(select(School.code).limit(1)) is None:
        return _say("no_schools")
    waits = select(FrameRow.id).where(FrameRow.round_id.is_(None)).limit(1)
    return "" if session.scalar(waits) is not None else _say("no_frame")


def _find_whole_frame(session: Session, round_: Round | None) -> str:
    """That nobody was drawn: everybody of the frame is invited."""
    if round_.design if round_ else find_kept_sample(session):
        return ""
    of_round = FrameRow.round_id == round_.id if round_ else FrameRow.round_id.is_(None)
    sums = select(func.sum(FrameRow.invited), func.sum(FrameRow.population)).where(of_round)
    invited, population = session.execute(sums).one()
    if population is None:
        return _say("no_frame")
    return _say("sample", people=invited) if invited >= population else ""


def _go_on(session: Session, round_: Round, now: datetime) -> dict[Step, str]:
    """What each step lacks of a round that was opened."""
    return {
        Step.SAMPLE: _find_whole_frame(session, round_),
        Step.RULES: "" if round_.approver else _say("rules", labels=FIELDS["approver"]),
        Step.PREVIEW: "" if was_previewed(session, round_) else _say("preview"),
        Step.OPEN: _say("sheets") if round_.state == RoundState.WAITING_FOR_SHEETS else "",
        **dict(_find_codes(session, round_, now)),
        **dict(_find_end(session, round_, now)),
    }


def _find_codes(session: Session, round_: Round, now: datetime) -> Iterator[tuple[Step, str]]:
    """Who has no code yet, and whose codes nobody has taken; nothing is asked once nobody could use them."""
    if round_.state == RoundState.CLOSED or now >= round_.closes:
        return
    codes = add_up_custody(session, round_)
    yield Step.ISSUE, _say("issue", people=codes.lacking) if codes.lacking else ""
    if codes.made:
        yield Step.HAND_OVER, _say("hand_over", units=codes.units, people=codes.made)
    elif not codes.handed_over:
        yield Step.HAND_OVER, _say("no_codes")


def _find_end(session: Session, round_: Round, now: datetime) -> Iterator[tuple[Step, str]]:
    """Until when people answer, whether the round was closed, whether a report was written."""
    if round_.state != RoundState.CLOSED:
        end = _say("progress", closes=say_end(round_.closes))
        yield Step.PROGRESS, end if now < round_.closes else ""
        yield Step.REVISIT, end if now < round_.closes else _find_open_revisit(session, round_, now)
        yield Step.CLOSE, end if now < round_.closes else _say("close")
        yield Step.RESULTS, _say("results")
        return
    if is_cut_short(session, round_):
        yield Step.CLOSE, _say("cut_short")
    report = select(Job.id).where(Job.round_id == round_.id, Job.kind == JobKind.REPORT, Job.state == JobState.DONE)
    if session.scalar(report.limit(1)) is None:
        yield Step.RESULTS, _say("results")


def _find_open_revisit(session: Session, round_: Round, now: datetime) -> str:
    """Until when re-contact slips may be answered; without any, that there may be."""
    end = find_revisit_end(session, round_)
    if end is not None:
        return _say("revisit_open", until=say_end(end)) if now < end else ""
    return "" if list_revisits(session, round_) else _say("revisit")


def _find_left_out(session: Session, round_: Round, now: datetime) -> dict[Step, StepState]:
    """A re-contact may be left out: until the close it may still be done, afterwards no more."""
    over = round_.state == RoundState.CLOSED
    if (not over and now < round_.closes) or list_revisits(session, round_):
        return {}
    return {Step.REVISIT: StepState.SKIPPED if over else StepState.OPTIONAL}
