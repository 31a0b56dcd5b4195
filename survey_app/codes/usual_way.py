"""The usual way to hand out codes: a class code for families, a public code for the public, slips for all others."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from survey_app.codes.issuing import IssuedCode, Kind, find_lacking, issue_codes
from survey_app.core.errors import AlreadyIssuedError
from survey_app.core.models import FrameRow, Round

FAMILIES = (Group.STUDENT, Group.PARENT)
ORDER: tuple[Kind, ...] = ("class", "public", "slip")


class UsualLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one group is given the usual way: codes of a kind, for so many people."""

    kind: Kind
    group: str
    codes: int
    people: int


def choose_kind(row: FrameRow) -> Kind:
    """The kind of code for a row: by its group, and whether it is a class."""
    if row.group in FAMILIES and row.class_name:
        return "class"
    return "public" if row.group == Group.PUBLIC and not row.class_name else "slip"


def plan_usual(session: Session, round_: Round, now: datetime) -> list[UsualLine]:
    """What would be made for those who have no code yet, by kind and group."""
    rows = {row.id: row for row in _load_rows(session, round_)}
    counts: dict[tuple[Kind, str], list[int]] = defaultdict(list)
    for row, people in find_lacking(session, rows.values(), now).items():
        counts[choose_kind(rows[row]), rows[row].group].append(people)
    lines = [
        UsualLine(kind=kind, group=group, codes=sum(people) if kind == "slip" else len(people), people=sum(people))
        for (kind, group), people in counts.items()
    ]
    return sorted(lines, key=lambda line: (ORDER.index(line.kind), list(Group).index(Group(line.group))))


def issue_usual(
    session: Session, round_: Round, unit: str, *, actor: str, now: datetime, random: Callable[[int], bytes]
) -> list[IssuedCode]:
    """Make the codes of a unit the usual way; raises AlreadyIssuedError when all have theirs."""
    rows: dict[Kind, list[int]] = defaultdict(list)
    for row in _load_rows(session, round_, unit):
        rows[choose_kind(row)].append(row.id)
    issued: list[IssuedCode] = []
    for kind in ORDER:
        if not rows[kind]:
            continue
        try:
            issued += issue_codes(
                session, round_, kind, unit=unit, rows=rows[kind], actor=actor, now=now, random=random
            )
        except AlreadyIssuedError:
            continue
    if not issued:
        raise AlreadyIssuedError(unit)
    return issued


def _load_rows(session: Session, round_: Round, unit: str | None = None) -> list[FrameRow]:
    invited = select(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.invited > 0).order_by(FrameRow.id)
    return list(session.scalars(invited.where(FrameRow.unit == unit) if unit else invited))
