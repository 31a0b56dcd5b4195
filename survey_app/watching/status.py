"""Watching a round: counts only, never an answer."""

from collections.abc import Collection
from datetime import datetime

import pandas as pd
from msgspec import convert
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from analysis.plan import sample_plan
from analysis.round_counts import Excess, GroupCounts, Status, StratumCounts, UnitCounts
from questionnaires.rule import load_rule
from questionnaires.vocabulary import CodeKind, RoundState
from survey_app.core.models import Batch, FrameRow, Refusal, Round
from survey_app.core.settings import beijing_now
from survey_app.rounds.frame_rows import load_frame
from survey_app.watching.shown_figures import add_shown
from survey_app.watching.shown_ledger import find_figure, is_exact, load_batch_counts, load_shown_rows, mark_for

PEOPLE = ["population", "target"]
COUNTS = ["issued", "forms", "recent"]
SHARED = (CodeKind.CLASS, CodeKind.PUBLIC)


def load_status(
    session: Session, round_: Round, only: Collection[str] | None = None, now: datetime | None = None
) -> Status:
    """The round's counts beside its targets, by group and by unit (`survey status --json`); `only` of these units.

    Until the round's window ends they are what is shown at `now` (this moment if none is given) of what was sent in.
    """
    now = now or beijing_now()
    plan = sample_plan(load_rule(round_.rule), load_frame(session, round_), round_.population)
    of_round = _rows_of(round_, only)
    rows = load_shown_rows(session, round_, now)
    rows = rows if only is None else rows[rows["unit"].isin(only)]
    units = plan[plan["unit"] != ""].merge(_sum(rows, ["unit", "group"]), on=["unit", "group"], how="left")
    units[["issued", "forms"]] = units[["issued", "forms"]].fillna(0).astype(int)
    units = units if only is None else units[units["unit"].isin(only)]
    asked = plan[plan["unit"] == ""] if only is None else units.groupby("group", as_index=False)[PEOPLE].sum()
    counts = _sum(rows, ["group"]).set_index("group")[["issued", "forms"]]
    groups = asked.set_index("group")[PEOPLE].join(counts).fillna({"issued": 0, "forms": 0})
    spent = units.rename(columns={"forms": "spent"})
    return Status(
        round=round_.name,
        state=RoundState(round_.state),
        forms=int(groups.forms.sum()),
        groups=convert(groups.astype(int).to_dict("index"), dict[str, GroupCounts]),
        units=convert(spent.to_dict("records"), tuple[UnitCounts, ...]),
        strata=_count_strata(rows),
        refused=_count_refused(session, of_round) if is_exact(round_, now) else 0,
        more_than_people=_load_excess(session, round_, of_round, now),
    )


def _rows_of(round_: Round, only: Collection[str] | None) -> ColumnElement[bool]:
    """The rows of the round's frame, of all units or of some."""
    every = FrameRow.round_id == round_.id
    return every if only is None else every & FrameRow.unit.in_(only)


def _sum(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Codes in people's hands and what is shown as sent in, by some keys in their order."""
    table = rows.groupby(keys, as_index=False)[COUNTS].sum()
    return add_shown(table, rows, keys) if len(rows) else table


def _count_refused(session: Session, rows: ColumnElement[bool]) -> int:
    """How many chose to take no part; nobody is told before the end of the round's window."""
    refused = select(func.sum(Refusal.n)).join(Batch).join(FrameRow).where(rows)
    return session.scalar(refused) or 0


def _load_excess(session: Session, round_: Round, rows: ColumnElement[bool], now: datetime) -> tuple[Excess, ...]:
    """Codes shared by many that brought more forms than there are people: counted all the same, to be looked into."""
    mark = mark_for(round_, now)
    found = {row.id: row for row in session.scalars(select(FrameRow).where(rows))}
    excess = []
    for batch in load_batch_counts(session, rows & Batch.kind.in_(SHARED)):
        forms = find_figure(batch.arrivals, batch.people, mark).n
        if forms > batch.people:
            row = found[batch.row]
            excess.append(
                Excess(unit=row.unit, group=row.group, class_=row.class_name, people=batch.people, forms=forms)
            )
    return tuple(excess)


def _count_strata(rows: pd.DataFrame) -> tuple[StratumCounts, ...]:
    """People invited, codes in their hands and forms received by stage, locale and group, those not known by ""."""
    keys = ["stage", "locale", "group"]
    if rows.empty:
        return ()
    table = rows.groupby(keys, as_index=False)[["invited", *COUNTS]].sum()
    shown = add_shown(table, rows, keys)[[*keys, "invited", "issued", "forms"]]
    return convert(shown.to_dict("records"), tuple[StratumCounts, ...])
