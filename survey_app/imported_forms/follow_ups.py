"""What people say who are asked again whether they had answered: counts from a sheet, beside the forms that came."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd
from msgspec import Struct
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import CodeKind, Group
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import ORDINARY, Batch, FollowUp, FrameRow, Ledger, Place, Round
from survey_app.frame.schools import load_school_names
from survey_app.frame.sheets import SheetError, Source, Stated, write_template
from survey_app.frame.sheets.reading import read_stated
from survey_app.frame.sheets.sheet_problems import Problem
from survey_app.frame.sheets.template import FilledRows
from survey_app.rounds.revisit_words import REVISIT_WORDS
from survey_app.rounds.round_rows import LIVE
from survey_app.rounds.sampling import find_design

KIND = "follow_ups"
BEGUN = ("group", "unit", "class", "asked")
COUNTS = ["group", "place", "unit", "people", "sent", "asked", "said_no"]


class Said(Struct, frozen=True, kw_only=True):
    """Of a row of the frame: how many were asked, and how many said each."""

    row: FrameRow
    asked: int
    said_yes: int
    said_no: int


class SaidOfGroup(Struct, frozen=True, kw_only=True):
    """The same of a group: in how many rows, and the sums."""

    group: Group
    rows: int
    asked: int
    said_yes: int
    said_no: int


def read_follow_ups(session: Session, round_: Round, source: Source, now: datetime) -> list[Said]:
    """What a sheet says of rows of the round's frame.

    Raises ConflictError before the window's end and after the close, SheetError with a sentence for every row that
    cannot be: not of the frame, of an open call, not as many asked as were drawn or invited, more answers than asked.
    """
    if round_.state not in LIVE:
        raise ConflictError(REVISIT_WORDS.closed.format(round=round_.name))
    if now < round_.closes:
        raise ConflictError(REVISIT_WORDS.asked_too_early.format(closes=round_.closes))
    sheet = read_stated(KIND, source, Stated(schools=load_school_names(session)))
    rows = _load_rows(session, round_)
    drawn = _count_drawn(session, round_)
    design = find_design(round_)
    open_ = frozenset[str](design.open_groups() if design is not None else ())
    said = list[Said]()
    problems = list[Problem]()
    columns = [sheet.table[name].tolist() for name in ("group", "unit", "class", "asked", "yes", "no")]
    for (group, unit, class_, asked, yes, no), place in zip(zip(*columns, strict=True), sheet.places, strict=True):
        row = rows.get((group, unit, class_))
        if row is None:
            problems.append(Problem(*place, "", REVISIT_WORDS.no_row))
            continue
        found = Said(row=row, asked=int(asked), said_yes=int(yes), said_no=int(no))
        wrong = _find_problems(found, drawn.get(row.id, 0), open_)
        problems += [Problem(*place, "", sentence) for sentence in wrong]
        said.append(found)
    if problems:
        raise SheetError(problems)
    return said


def store_follow_ups(
    session: Session, round_: Round, said: list[Said], *, actor: str, now: datetime
) -> list[SaidOfGroup]:
    """Put what was said of these rows in the place of what was there of them; returns the sums of all rows."""
    session.execute(delete(FollowUp).where(FollowUp.frame_row_id.in_([found.row.id for found in said])))
    session.add_all(
        FollowUp(frame_row_id=found.row.id, asked=found.asked, said_yes=found.said_yes, said_no=found.said_no)
        for found in said
    )
    session.flush()
    sums = {
        "asked": sum(found.asked for found in said),
        "said_yes": sum(found.said_yes for found in said),
        "said_no": sum(found.said_no for found in said),
    }
    record(session, actor, "follow_up", f"round {round_.name}", at=now, rows=len(said), **sums)
    return sum_follow_ups(session, round_)


def sum_follow_ups(session: Session, round_: Round) -> list[SaidOfGroup]:
    """What was said so far, by group."""
    query = (
        select(
            FrameRow.group,
            func.count(),
            func.sum(FollowUp.asked),
            func.sum(FollowUp.said_yes),
            func.sum(FollowUp.said_no),
        )
        .join(FollowUp, FollowUp.frame_row_id == FrameRow.id)
        .where(FrameRow.round_id == round_.id)
        .group_by(FrameRow.group)
    )
    found = {
        Group(group): SaidOfGroup(group=Group(group), rows=rows, asked=int(asked), said_yes=int(yes), said_no=int(no))
        for group, rows, asked, yes, no in session.execute(query)
    }
    return [found[group] for group in Group if group in found]


def load_follow_ups(session: Session, round_: Round) -> pd.DataFrame:
    """What was said beside what was sent in, a row of the frame each, as `analysis.integrity.said_so` takes it.

    Sent in is what ordinary codes and files brought, with those who took no part.
    """
    sent = (
        select(Batch.frame_row_id, func.sum(Ledger.n).label("n"))
        .join(Ledger, Ledger.batch_id == Batch.id)
        .where(ORDINARY)
        .group_by(Batch.frame_row_id)
        .subquery()
    )
    found = session.execute(
        select(
            Place.group,
            Place.place,
            FrameRow.unit,
            FrameRow.invited,
            func.coalesce(sent.c.n, 0),
            FollowUp.asked,
            FollowUp.said_no,
        )
        .join(FrameRow, FrameRow.place_id == Place.id)
        .join(FollowUp, FollowUp.frame_row_id == FrameRow.id)
        .outerjoin(sent, sent.c.frame_row_id == FrameRow.id)
        .where(Place.round_id == round_.id)
        .order_by(FrameRow.id)
    ).all()
    return pd.DataFrame([(*row[:3], *map(int, row[3:])) for row in found], columns=COUNTS)


def write_follow_up_sheet(session: Session, round_: Round, path: Path) -> None:
    """A sheet to fill in with what was said: every row of which positions were drawn is begun."""
    drawn = _count_drawn(session, round_)
    rows = tuple(
        (Group(row.group).zh, row.unit, row.class_name, str(drawn[row.id]))
        for row in _load_rows(session, round_).values()
        if row.id in drawn
    )
    write_template(KIND, path, filled=FilledRows(columns=BEGUN, rows=rows, beside=((),) * len(rows)))


def _load_rows(session: Session, round_: Round) -> dict[tuple[str, str, str], FrameRow]:
    query = select(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.invited > 0).order_by(FrameRow.id)
    return {(row.group, row.unit, row.class_name): row for row in session.scalars(query)}


def _count_drawn(session: Session, round_: Round) -> Mapping[int, int]:
    """How many positions were drawn of each row."""
    query = (
        select(Batch.frame_row_id, func.sum(Batch.codes))
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .where(FrameRow.round_id == round_.id, Batch.kind == CodeKind.REVISIT.value)
        .group_by(Batch.frame_row_id)
    )
    return {row: int(people) for row, people in session.execute(query)}


def _find_problems(said: Said, drawn: int, open_: frozenset[str]) -> Iterator[str]:
    if said.row.group in open_:
        yield REVISIT_WORDS.open_group.format(group=Group(said.row.group).zh)
    if said.asked not in (drawn, said.row.invited) or not said.asked:
        sentence = REVISIT_WORDS.asked_other if drawn else REVISIT_WORDS.asked_undrawn
        yield sentence.format(asked=said.asked, drawn=drawn, invited=said.row.invited)
    if said.said_yes + said.said_no > said.asked:
        yield REVISIT_WORDS.more_than_asked.format(asked=said.asked, told=said.said_yes + said.said_no)
