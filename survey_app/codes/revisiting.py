"""Re-contact (回访): positions on the lists are drawn, and each gets a fresh slip that opens when the others end."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.sample import Design
from analysis.sample.drawing import draw_positions
from analysis.sample.lot import Lot
from questionnaires.vocabulary import CodeKind, DrawnUnit, Group
from reports.handouts.revisit_list import RevisitRow
from survey_app.answering import hash_code, new_code
from survey_app.codes.issuing import IssuedCode
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Batch, Code, FrameRow, Round
from survey_app.core.settings import MINUTE
from survey_app.rounds.opening import name_schools
from survey_app.rounds.revisit_rows import list_revisits
from survey_app.rounds.revisit_words import REVISIT_WORDS
from survey_app.rounds.round_rows import LIVE
from survey_app.rounds.sampling import find_design, is_seed
from survey_app.rounds.sampling_words import SAMPLE_WORDS

STRATUM = "revisit"


class RevisitDraw(Struct, frozen=True, kw_only=True):
    """How many people of a group are asked again, drawn by which seed, and until when their slips may be answered."""

    group: Group
    people: int
    seed: str
    until: datetime


class DrawnRevisits(Struct, frozen=True, kw_only=True):
    """The drawn positions, a row a class or unit, and a slip for each; `batches` are the numbers of their batches."""

    asked: RevisitDraw
    made_at: datetime
    rows: tuple[RevisitRow, ...]
    codes: list[IssuedCode]
    batches: list[int]


class Position(Struct, frozen=True, kw_only=True):
    """Somebody who was invited: the row of the frame, and the place on its list, from 1."""

    row: FrameRow
    place: int


def issue_revisits(
    session: Session, round_: Round, asked: RevisitDraw, *, actor: str, now: datetime, random: Callable[[int], bytes]
) -> DrawnRevisits:
    """Draw positions among all who were invited of a group, and make a slip for each.

    Raises ConflictError as `check_revisits` does.
    """
    check_revisits(session, round_, asked, now)
    rows = _load_rows(session, round_, asked.group)
    chosen = choose_positions(rows, find_design(round_), asked)
    names = name_schools(session)
    listed = tuple(_list_rows(chosen, names))
    drawn = DrawnRevisits(asked=asked, made_at=now, rows=listed, codes=[], batches=[])
    for row in dict.fromkeys(position.row for position in chosen):
        people = sum(position.row is row for position in chosen)
        codes = [new_code(random) for _ in range(people)]
        drawn.batches.append(_store(session, row, codes, now, asked.until))
        name = names.get(row.unit, row.unit)
        drawn.codes.extend(IssuedCode(code, "slip", row.group, row.unit, name, row.class_name, 1) for code in codes)
    about = {"group": asked.group.value, "seed": asked.seed, "until": f"{asked.until:{MINUTE}}"}
    record(session, actor, "revisit", f"round {round_.name}", at=now, codes=len(drawn.codes), **about)
    return drawn


def check_revisits(session: Session, round_: Round, asked: RevisitDraw, now: datetime) -> None:
    """Raise ConflictError with all that is wrong with a draw.

    Before the window's end, after the close, a group that was drawn before or is open to whoever comes, more people
    than were invited, no seed, an end that has passed.
    """
    problems = _find_problems(session, round_, asked, now)
    if problems:
        raise ConflictError(*problems)


def choose_positions(rows: Sequence[FrameRow], design: Design | None, asked: RevisitDraw) -> list[Position]:
    """The positions with the smallest lots of the seed, in the order of rows and lists; the same on any computer.

    Each row's own places are those that the design drew, else all of its invited people from 1 on.
    """
    lot = Lot(seed=asked.seed, group=asked.group.value, stratum=STRATUM, stage=DrawnUnit.PERSON)
    everyone = [Position(row=row, place=place) for row in rows for place in list_invited(row, design)]
    by_lot = sorted(everyone, key=lambda one: lot.number(one.row.unit, f"{one.row.class_name}\n{one.place}"))
    chosen = {(position.row.id, position.place) for position in by_lot[: asked.people]}
    return [position for position in everyone if (position.row.id, position.place) in chosen]


def list_invited(row: FrameRow, design: Design | None) -> list[int]:
    """Which places on the row's list were invited, as the record of the draw names them."""
    if row.invited >= row.population or design is None:
        return list(range(1, row.invited + 1))
    group = Group(row.group)
    strata = design.groups[group].strata if group in design.groups else ()
    here = (row.unit, row.class_name)
    stratum = next((s.stratum for s in strata if here in {(unit.unit, unit.class_) for unit in s.units}), None)
    if stratum is None:
        return list(range(1, row.invited + 1))
    lot = Lot(seed=design.seed, group=row.group, stratum=stratum, stage=DrawnUnit.PERSON)
    return draw_positions(lot, row.unit, row.class_name, row.population, row.invited)


def count_invited(session: Session, round_: Round) -> dict[Group, int]:
    """The people who may be asked again, by group: those of open calls are on no list."""
    design = find_design(round_)
    open_ = design.open_groups() if design is not None else ()
    counted = {group: sum(row.invited for row in _load_rows(session, round_, group)) for group in Group}
    return {group: people for group, people in counted.items() if people and group not in open_}


def _load_rows(session: Session, round_: Round, group: Group) -> list[FrameRow]:
    query = select(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.group == group)
    return list(session.scalars(query.where(FrameRow.invited > 0).order_by(FrameRow.id)))


def _find_problems(session: Session, round_: Round, asked: RevisitDraw, now: datetime) -> list[str]:
    invited = sum(row.invited for row in _load_rows(session, round_, asked.group))
    group = asked.group.zh
    design = find_design(round_)
    drawn = any(revisit.group == asked.group for revisit in list_revisits(session, round_))
    checks = (
        (round_.state not in LIVE, REVISIT_WORDS.closed),
        (round_.state in LIVE and now < round_.closes, REVISIT_WORDS.too_early),
        (drawn, REVISIT_WORDS.drawn),
        (design is not None and asked.group in design.open_groups(), REVISIT_WORDS.open_group),
        (not 0 < asked.people <= invited, REVISIT_WORDS.too_many),
        (not is_seed(asked.seed), SAMPLE_WORDS.no_seed),
        (asked.until <= now, REVISIT_WORDS.until_passed),
    )
    about = {"round": round_.name, "closes": round_.closes, "group": group, "invited": invited}
    return [sentence.format(**about) for wrong, sentence in checks if wrong]


def _list_rows(chosen: Sequence[Position], names: dict[str, str]) -> list[RevisitRow]:
    rows: dict[int, list[Position]] = {}
    for position in chosen:
        rows.setdefault(position.row.id, []).append(position)
    return [
        RevisitRow(
            unit=names.get(own[0].row.unit, own[0].row.unit),
            class_=own[0].row.class_name,
            positions=tuple(position.place for position in own),
        )
        for own in rows.values()
    ]


def _store(session: Session, row: FrameRow, codes: Sequence[str], now: datetime, until: datetime) -> int:
    batch = Batch(
        frame_row_id=row.id,
        kind=CodeKind.REVISIT.value,
        state="made",
        codes=len(codes),
        issued=len(codes),
        made_at=now,
        closes=until,
    )
    session.add(batch)
    session.flush()
    session.execute(insert(Code), [{"digest": hash_code(code), "batch_id": batch.id} for code in codes])
    return batch.id
