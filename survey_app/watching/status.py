"""Watching a round: counts only, never an answer. Reads no pandas, so that `survey status` is quick."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.quota.quotas import ListedPeople, PlanLine, list_targets, share_quotas
from analysis.round_counts import Excess, GroupCounts, Status, StratumCounts, UnitCounts
from questionnaires.rule import load_rule
from questionnaires.vocabulary import CodeKind, RoundState
from survey_app.core.models import Audit, Batch, FrameRow, Refusal, Round
from survey_app.core.settings import beijing_now
from survey_app.watching.shown_ledger import (
    BatchCount,
    count_issued,
    find_figure,
    is_exact,
    load_batch_counts,
    mark_for,
)
from survey_app.watching.shown_parts import CountedPart, show_groups

IMPORT_FORMS = "import_forms"
SHARED = (CodeKind.CLASS, CodeKind.PUBLIC)
Key = TypeVar("Key", str, tuple[str, str], tuple[str, str, str])


class CountedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a round's frame with what its batches count."""

    id: int
    group: str
    unit: str
    class_name: str
    grade: int | None
    stage: str
    locale: str
    population: int
    invited: int
    part: CountedPart


def load_status(
    session: Session, round_: Round, only: Collection[str] | None = None, now: datetime | None = None
) -> Status:
    """The round's counts beside its targets, by group and by unit (`survey status --json`); `only` of these units.

    Until the round's window ends they are what is shown at `now` (this moment if none is given) of what was sent in.
    """
    now = now or beijing_now()
    mark = mark_for(round_, now)
    batches = load_batch_counts(session, FrameRow.round_id == round_.id, exact=mark is None)
    county = _load_counted_rows(session, round_, batches, mark)
    rows = county if only is None else [row for row in county if row.unit in only]
    plan = _plan(round_, county)
    units = _count_units([line for line in plan if line.unit and (only is None or line.unit in only)], rows, mark)
    asked = [line for line in plan if not line.unit] if only is None else units
    groups = _count_groups(asked, rows, mark, live=len(rows) == len(county))
    return Status(
        round=round_.name,
        state=RoundState(round_.state),
        forms=sum(group.forms for group in groups.values()),
        groups=groups,
        units=units,
        strata=_count_strata(rows, mark),
        refused=_count_refused(session, round_, only) if is_exact(round_, now) else 0,
        more_than_people=_find_excess(rows, batches, mark),
        imported=_count_imported(round_, batches),
        codings=_load_codings(session, round_),
    )


def _count_imported(round_: Round, batches: Iterable[BatchCount]) -> int | UnsetType:
    """Forms that came in files: told of a closed round, and not of a few."""
    if round_.state != RoundState.CLOSED:
        return UNSET
    of_files = [batch for batch in batches if batch.kind == CodeKind.IMPORTED]
    n = sum(arrival.n for batch in of_files for arrival in batch.arrivals)
    return n if n >= load_rule(round_.rule).smallest else UNSET


def _load_codings(session: Session, round_: Round) -> tuple[str, ...] | UnsetType:
    """How the answers of a closed round's files were written, as whoever imported them stated it."""
    if round_.state != RoundState.CLOSED:
        return UNSET
    imports = select(Audit.detail).where(Audit.action == IMPORT_FORMS, Audit.subject == f"round {round_.name}")
    return tuple(sorted({detail["coding"] for detail in session.scalars(imports)})) or UNSET


def _load_counted_rows(
    session: Session, round_: Round, batches: Iterable[BatchCount], mark: int | None
) -> list[CountedRow]:
    """The rows of the round's frame in their order, with what their batches count up to a ten-minute mark."""
    parts: dict[int, CountedPart] = defaultdict(CountedPart)
    for batch in batches:
        part = parts[batch.row]
        part.issued += count_issued(batch, mark)
        part.forms += sum(arrival.n for arrival in batch.arrivals)
        part.arrivals += batch.arrivals
    columns = (FrameRow.group, FrameRow.unit, FrameRow.grade, FrameRow.stage, FrameRow.locale)
    people = (FrameRow.population, FrameRow.invited)
    found = session.execute(
        select(FrameRow.id, FrameRow.class_name, *columns, *people)
        .where(FrameRow.round_id == round_.id)
        .order_by(FrameRow.id)
    )
    return [
        CountedRow(
            id=row.id,
            group=row.group,
            unit=row.unit,
            class_name=row.class_name,
            grade=row.grade,
            stage=row.stage,
            locale=row.locale,
            population=row.population,
            invited=row.invited,
            part=parts[row.id],
        )
        for row in found
    ]


def _plan(round_: Round, rows: Iterable[CountedRow]) -> list[PlanLine]:
    rule = load_rule(round_.rule)
    people = [ListedPeople(row.group, row.grade, row.locale, row.unit, row.population) for row in rows]
    return list_targets(rule, share_quotas(rule, people, round_.population), round_.population)


def _add_up(rows: Iterable[CountedRow], key: Callable[[CountedRow], Key]) -> dict[Key, CountedPart]:
    """Rows taken together by a key, in the order of the keys."""
    sums: dict[Key, CountedPart] = defaultdict(CountedPart)
    for row in rows:
        part = sums[key(row)]
        part.issued += row.part.issued
        part.forms += row.part.forms
        part.arrivals += row.part.arrivals
    return dict(sorted(sums.items()))


def _count_units(lines: Iterable[PlanLine], rows: Iterable[CountedRow], mark: int | None) -> tuple[UnitCounts, ...]:
    parts = _add_up(rows, lambda row: (row.unit, row.group))
    return tuple(
        UnitCounts(
            unit=line.unit,
            group=line.group,
            population=line.population,
            target=line.target,
            issued=parts[line.unit, line.group].issued,
            spent=_shown(parts[line.unit, line.group], mark),
        )
        for line in lines
    )


def _count_groups(
    asked: Iterable[PlanLine | UnitCounts], rows: Sequence[CountedRow], mark: int | None, *, live: bool
) -> dict[str, GroupCounts]:
    """People and targets of groups or of their units, beside what is shown of their rows; `live`: of all rows."""
    population: Counter[str] = Counter()
    target: Counter[str] = Counter()
    for line in asked:
        population[line.group] += line.population
        target[line.group] += line.target
    parts = _add_up(rows, lambda row: row.group)
    several = _find_several(rows) if live else set()
    counts = {}
    for group in population:
        part = parts.get(group, CountedPart())
        forms = part.forms if mark is None else show_groups({group: part}, several & {group}, mark).n
        counts[group] = GroupCounts(population=population[group], target=target[group], issued=part.issued, forms=forms)
    return counts


def _find_several(rows: Iterable[CountedRow]) -> set[str]:
    """Groups with codes in more than one unit."""
    units: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.part.issued:
            units[row.group].add(row.unit)
    return {group for group, found in units.items() if len(found) > 1}


def _count_strata(rows: Sequence[CountedRow], mark: int | None) -> tuple[StratumCounts, ...]:
    """People invited, codes in their hands and forms received by stage, locale and group, those not known by ""."""
    invited: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        invited[row.stage, row.locale, row.group] += row.invited
    parts = _add_up(rows, lambda row: (row.stage, row.locale, row.group))
    return tuple(
        StratumCounts(
            stage=stage,
            locale=locale,
            group=group,
            invited=invited[stage, locale, group],
            issued=part.issued,
            forms=_shown(part, mark),
        )
        for (stage, locale, group), part in parts.items()
    )


def _shown(part: CountedPart, mark: int | None) -> int:
    return part.forms if mark is None else part.show(mark).n


def _count_refused(session: Session, round_: Round, only: Collection[str] | None) -> int:
    """How many chose to take no part; nobody is told before the end of the round's window."""
    rows = FrameRow.round_id == round_.id
    rows = rows if only is None else rows & FrameRow.unit.in_(only)
    return session.scalar(select(func.sum(Refusal.n)).join(Batch).join(FrameRow).where(rows)) or 0


def _find_excess(rows: Iterable[CountedRow], batches: Iterable[BatchCount], mark: int | None) -> tuple[Excess, ...]:
    """Codes shared by many that brought more forms than there are people: counted all the same, to be looked into."""
    found = {row.id: row for row in rows}
    shared = [batch for batch in batches if batch.kind in SHARED and batch.row in found]
    shown = [find_figure(batch.arrivals, batch.people, mark).n for batch in shared]
    return tuple(
        Excess(
            unit=found[batch.row].unit,
            group=found[batch.row].group,
            class_=found[batch.row].class_name,
            people=batch.people,
            forms=forms,
        )
        for batch, forms in zip(shared, shown, strict=True)
        if forms > batch.people
    )
