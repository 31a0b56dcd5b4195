"""Custody: which codes of a unit were made, who has them now, and which are void."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Executable, case, func, select
from sqlalchemy.orm import Session, aliased

from questionnaires.vocabulary import BatchState, CodeKind, Group, HandOverMeans
from survey_app.codes.custody_words import CUSTODY_WORDS
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import ORDINARY, Batch, Custody, FrameRow, Round
from survey_app.core.settings import beijing_now
from survey_app.watching.shown_counts import Figure, Word
from survey_app.watching.shown_ledger import find_figure, load_batch_counts, mark_for


class BatchCustody(NamedTuple):
    """One batch and its last step: `office` is who was given it, `forms` how many
    are shown to have come back, `word` what people read where that is no count."""

    id: int
    row: int
    group: str
    class_name: str
    kind: str
    state: str
    issued: int
    codes: int
    forms: int
    made_at: datetime
    office: str
    at: datetime | None
    actor: str
    word: Word = Word.COUNT

    @property
    def people(self) -> int:
        """How many may answer with it: a sheet of paper each, or the people counted at issuing."""
        return self.codes if self.kind == CodeKind.PAPER else self.issued


def list_batches(session: Session, round_: Round, unit: str, now: datetime | None = None) -> list[BatchCustody]:
    """The batches of a unit by group and class, the newest of each first, with what is shown of them now."""
    of_unit = (FrameRow.round_id == round_.id) & (FrameRow.unit == unit)
    mark = mark_for(round_, now or beijing_now())
    counts = {batch.id: batch for batch in load_batch_counts(session, of_unit)}
    steps = aliased(Custody)
    last = select(func.max(steps.id)).where(steps.batch_id == Batch.id).correlate(Batch).scalar_subquery()
    rows = session.execute(
        select(Batch, FrameRow, Custody)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .outerjoin(Custody, Custody.id == last)
        .where(of_unit, ORDINARY)
        .order_by(FrameRow.id, Batch.id.desc())
    )
    return [_keep(*row, find_figure(counts[row[0].id].arrivals, row[0].issued or row[0].codes, mark)) for row in rows]


def _keep(batch: Batch, row: FrameRow, step: Custody | None, figure: Figure) -> BatchCustody:
    return BatchCustody(
        id=batch.id,
        row=row.id,
        group=row.group,
        class_name=row.class_name,
        kind=batch.kind,
        state=batch.state,
        issued=batch.issued,
        codes=batch.codes,
        forms=figure.n,
        made_at=batch.made_at,
        office=step.office if step else "",
        at=step.at if step else None,
        actor=step.actor if step else "",
        word=figure.word,
    )


def hand_over(
    session: Session,
    round_: Round,
    rows: Collection[int],
    office: str,
    *,
    means: HandOverMeans | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Note that the made batches of these rows of the frame were given to an office; returns how many.

    The audit says of which unit and classes, and by which `means` if that is known.
    """
    if not office.strip():
        raise SurveyError(CUSTODY_WORDS.no_office)
    batches = _find_batches(session, round_, rows, BatchState.MADE)
    if not batches:
        raise ConflictError(CUSTODY_WORDS.nothing_made)
    _step(session, batches, BatchState.HANDED_OVER, office.strip(), actor=actor, now=now)
    about = _tell_batches(session, batches) | ({"means": means.value} if means else {}) | {"office": office.strip()}
    record(session, actor, "hand_over", f"round {round_.name}", at=now, **about)
    return len(batches)


def hand_over_units(
    session: Session,
    round_: Round,
    units: Mapping[str, str],
    means: HandOverMeans,
    *,
    actor: str,
    now: datetime,
) -> int:
    """Note that all made codes of these units (by what each is called) were given to the units; returns how many units.

    A unit without codes that wait is left as it is; raises ConflictError where all are.
    """
    waiting = select(FrameRow.unit, FrameRow.id).join(Batch).where(FrameRow.round_id == round_.id, ORDINARY)
    rows: dict[str, list[int]] = defaultdict(list)
    for unit, row in session.execute(waiting.where(Batch.state == BatchState.MADE, FrameRow.unit.in_(units))):
        rows[unit].append(row)
    if not rows:
        raise ConflictError(CUSTODY_WORDS.nothing_made)
    for unit, found in rows.items():
        hand_over(session, round_, found, units[unit], means=means, actor=actor, now=now)
    return len(rows)


def take_back(session: Session, round_: Round, rows: Collection[int], reason: str, *, actor: str, now: datetime) -> int:
    """Correct a hand-over that was noted by mistake: the codes of these rows wait again; returns how many batches.

    Nothing happens to the codes. Raises SurveyError without a reason.
    """
    if not reason.strip():
        raise SurveyError(CUSTODY_WORDS.no_reason)
    batches = _find_batches(session, round_, rows, BatchState.HANDED_OVER)
    if not batches:
        raise ConflictError(CUSTODY_WORDS.nothing_given)
    _step(session, batches, BatchState.MADE, "", actor=actor, now=now)
    about = _tell_batches(session, batches) | {"reason": reason.strip()}
    record(session, actor, "take_back", f"round {round_.name}", at=now, **about)
    return len(batches)


def correct_office(
    session: Session, round_: Round, rows: Collection[int], office: str, reason: str, *, actor: str, now: datetime
) -> int:
    """Correct to whom the handed-over codes of these rows went, with a reason; returns how many batches.

    The codes stay handed over. Raises SurveyError without an office or a reason.
    """
    if not office.strip() or not reason.strip():
        raise SurveyError(CUSTODY_WORDS.no_office if not office.strip() else CUSTODY_WORDS.no_reason)
    batches = _find_batches(session, round_, rows, BatchState.HANDED_OVER)
    if not batches:
        raise ConflictError(CUSTODY_WORDS.nothing_given)
    before = session.scalars(
        select(Custody.office)
        .where(Custody.id.in_(select(func.max(Custody.id)).where(_of(batches)).group_by(Custody.batch_id)))
        .distinct()
        .order_by(Custody.office)
    ).all()
    _step(session, batches, BatchState.HANDED_OVER, office.strip(), actor=actor, now=now)
    about = _tell_batches(session, batches) | {"reason": reason.strip(), "before": "、".join(before)}
    record(session, actor, "correct_office", f"round {round_.name}", at=now, **about, after=office.strip())
    return len(batches)


def _of(batches: Sequence[Batch]) -> ColumnElement[bool]:
    return Custody.batch_id.in_([batch.id for batch in batches])


def _find_batches(session: Session, round_: Round, rows: Collection[int], state: BatchState) -> list[Batch]:
    found = select(Batch).join(FrameRow).where(FrameRow.round_id == round_.id, Batch.frame_row_id.in_(rows))
    found = found.where(Batch.kind != CodeKind.IMPORTED, ORDINARY)
    return list(session.scalars(found.where(Batch.state == state).order_by(Batch.id)))


def _step(
    session: Session, batches: Sequence[Batch], state: BatchState, office: str, *, actor: str, now: datetime
) -> None:
    for batch in batches:
        batch.state = state
        session.add(Custody(batch_id=batch.id, at=now, actor=actor, state=state, office=office))


def _tell_batches(session: Session, batches: Sequence[Batch]) -> dict[str, int | str]:
    """How many batches a step was of, and of which unit and classes, as the audit notes it."""
    return {"batches": len(batches), **name_batches(session, [batch.id for batch in batches])}


def name_batches(session: Session, batches: Collection[int]) -> dict[str, str]:
    """The unit and the classes or groups that batches are of, as the audit notes them."""
    rows = session.scalars(
        select(FrameRow).join(Batch).where(Batch.id.in_(batches)).distinct().order_by(FrameRow.id)
    ).all()
    classes = [" ".join(filter(None, (row.class_name, Group(row.group).zh))) for row in rows]
    units = dict.fromkeys(row.unit for row in rows)
    return {"unit": "、".join(units), "classes": "、".join(classes)}


def summarise_custody(session: Session, round_: Round) -> pd.DataFrame:
    """One row a unit with its township, people invited, and people with codes made, handed over and void."""
    own = FrameRow.round_id == round_.id
    invited = select(FrameRow.unit, func.max(FrameRow.township), func.sum(FrameRow.invited)).where(own)
    people = _read_table(session, invited.group_by(FrameRow.unit), ["unit", "township", "invited"]).set_index("unit")
    issued = select(FrameRow.unit, Batch.state, func.sum(Batch.issued)).join(Batch, Batch.frame_row_id == FrameRow.id)
    found = _read_table(
        session, issued.where(own, ORDINARY).group_by(FrameRow.unit, Batch.state), ["unit", "state", "issued"]
    )
    states = found.pivot_table(index="unit", columns="state", values="issued", aggfunc="sum", fill_value=0)
    states = states.reindex(columns=["made", "handed_over", "void"], fill_value=0)
    whole = dict.fromkeys(states.columns, "int64")
    return people.sort_index().join(states).fillna(dict.fromkeys(states.columns, 0)).astype(whole).reset_index()


class CodesAbout(NamedTuple):
    """People of a round who have no live code, people and units whose codes nobody has taken, people with theirs."""

    lacking: int
    made: int
    units: int
    handed_over: int


def add_up_custody(session: Session, round_: Round) -> CodesAbout:
    """What `summarise_custody` says of all units together, for pages that every visit draws."""
    own = FrameRow.round_id == round_.id
    invited = session.execute(select(FrameRow.unit, func.sum(FrameRow.invited)).where(own).group_by(FrameRow.unit))
    issued = select(FrameRow.unit, _people_in(BatchState.MADE), _people_in(BatchState.HANDED_OVER))
    issued = issued.join(Batch, Batch.frame_row_id == FrameRow.id).where(own, ORDINARY).group_by(FrameRow.unit)
    codes = {unit: (made, handed) for unit, made, handed in session.execute(issued)}
    return CodesAbout(
        lacking=sum(max(0, n - sum(codes.get(unit, ()))) for unit, n in invited),
        made=sum(made for made, _ in codes.values()),
        units=sum(made > 0 for made, _ in codes.values()),
        handed_over=sum(handed for _, handed in codes.values()),
    )


def _people_in(state: BatchState) -> ColumnElement[int]:
    return func.sum(case((Batch.state == state, Batch.issued), else_=0))


def _read_table(session: Session, query: Executable, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame([tuple(row) for row in session.execute(query)], columns=columns)


def count_lacking(custody: pd.DataFrame) -> "pd.Series[int]":
    """How many of those invited in each unit of `summarise_custody` have no live code."""
    lacking: pd.Series[int] = (custody.invited - custody.made - custody.handed_over).clip(lower=0)
    return lacking


def list_live_batches(session: Session, round_: Round) -> pd.DataFrame:
    """One row a live batch of codes (not of paper forms) with unit, township, kind, state, codes and people."""
    rows = session.execute(
        select(FrameRow.unit, FrameRow.township, Batch.kind, Batch.state, Batch.codes, Batch.issued)
        .join(Batch, Batch.frame_row_id == FrameRow.id)
        .where(FrameRow.round_id == round_.id, Batch.state != BatchState.VOID, ORDINARY)
        .where(Batch.kind.not_in((CodeKind.PAPER, CodeKind.IMPORTED)))
        .order_by(FrameRow.id)
    )
    return pd.DataFrame(rows.all(), columns=["unit", "township", "kind", "state", "codes", "issued"])
