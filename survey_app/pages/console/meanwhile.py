"""Two people, or two tabs of one, change the same page: the second is told who changed what since they opened it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit
from survey_app.pages.console.console_drawing import TEMPLATES

LONGEST_WAS = 60_000
Was = Annotated[str, Field(max_length=LONGEST_WAS)]
"""What the fields of a form were when its page was drawn, as `write_was` says it; the page sends it along."""


class MeanwhileWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field, from `templates/meanwhile.toml`."""

    saved: str
    field: str
    empty: str
    other: str


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
