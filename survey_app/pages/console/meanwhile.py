"""Two people, or two tabs of one, change the same page: the second is told who changed what since they opened it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit
from survey_app.frame.correcting import CHANGING
from survey_app.pages.console.audit_pages import say_act
from survey_app.pages.console.console_drawing import TEMPLATES
from survey_app.printed_forms.transcribing import list_waiting

LONGEST_WAS = 60_000
SIGNS = 8
Was = Annotated[str, Field(max_length=LONGEST_WAS)]
"""What the fields of a form were when its page was drawn, as `write_was` says it; the page sends it along."""
Last = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""The number of the last entry in the log when a page was drawn; 0 where no page of ours sent it."""


class MeanwhileWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field, from `templates/meanwhile.toml`."""

    saved: str
    field: str
    empty: str
    other: str
    done: str
    act: str
    sheet: str


WORDS = msgspec.toml.decode((TEMPLATES.parent / "meanwhile.toml").read_bytes(), type=MeanwhileWords)


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What somebody wants to save: what the fields were for them, are now, and are to be; `action` and `subject` are
    what saving it is called in the log."""

    was: str
    now: Mapping[str, str]
    typed: Mapping[str, str]
    labels: Mapping[str, str]
    action: str
    subject: str


def write_was(fields: Mapping[str, str]) -> str:
    """The fields of a page as it carries them along."""
    return msgspec.json.encode(dict(fields)).decode()


def check_meanwhile(session: Session, saving: Saving) -> None:
    """Raise ConflictError with who saved and what they changed, where saving would undo it unseen."""
    told = [_tell(saving, name, was) for name, was in _read_was(saving.was).items() if _is_undone(saving, name, was)]
    if not told:
        return
    acts = select(Audit).where(Audit.action == saving.action, Audit.subject == saving.subject)
    last = session.scalars(acts.order_by(Audit.id.desc()).limit(1)).first()
    if last is not None:
        raise ConflictError(WORDS.saved.format(actor=last.actor, at=f"{last.at:%H:%M}"), *told)


def check_acts(session: Session, last: int, actions: Collection[str], concerns: Callable[[Audit], bool]) -> None:
    """Raise ConflictError with everything that was done about the same since a page was drawn, and by whom."""
    if not last:
        return
    acts = select(Audit).where(Audit.id > last, Audit.action.in_(actions)).order_by(Audit.id)
    done = [say_act(act)._asdict() for act in session.scalars(acts) if concerns(act)]
    if done:
        raise ConflictError(WORDS.done, *(WORDS.act.format(**told) for told in done))


def check_table(session: Session, last: int, kind: str) -> None:
    """The same of a table that was imported, whatever its year."""
    check_acts(session, last, CHANGING, lambda act: act.subject.split()[0] == kind)


def check_sheet(session: Session, was: str, batch: int, sheet: int) -> None:
    """Raise ConflictError where the first time of a sheet of paper is another than the page listed."""
    listed = _read_was(was)
    if not listed or list_sittings(session, batch).get(str(sheet)) == listed.get(str(sheet)):
        return
    acts = select(Audit).where(Audit.action == "paper_first", Audit.subject == f"batch {batch}")
    last = session.scalars(acts.order_by(Audit.id.desc()).limit(1)).first()
    if last is not None:
        raise ConflictError(WORDS.sheet.format(sheet=sheet, actor=last.actor, at=f"{last.at:%H:%M}"))


def list_sittings(session: Session, batch: int) -> dict[str, str]:
    """The sheets of paper that wait for their second time, and a few signs of the sitting of the first."""
    return {str(sheet): sitting.hex()[:SIGNS] for sheet, sitting in list_waiting(session, batch).items()}


def _read_was(was: str) -> dict[str, str]:
    """The fields; none where no page of ours wrote them."""
    try:
        return msgspec.json.decode(was.encode(), type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def _is_undone(saving: Saving, name: str, was: str) -> bool:
    """Whether somebody changed a field since, and it is to be something else again."""
    now = saving.now.get(name, was)
    return now not in (was, saving.typed.get(name, now))


def _tell(saving: Saving, name: str, was: str) -> str:
    values = {"was": was, "now": saving.now[name], "typed": saving.typed.get(name, "")}
    said = {place: value or WORDS.empty for place, value in values.items()}
    return WORDS.field.format(label=saving.labels.get(name, WORDS.other), **said)
