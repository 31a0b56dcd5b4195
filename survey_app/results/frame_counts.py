"""Counts of a survey that comes from files: who was asked and who answered, as a round tells them."""

import pandas as pd
from msgspec import convert

from analysis.plan import sample_plan
from analysis.round_counts import GroupCounts, Status, StratumCounts, UnitCounts
from questionnaires.rule import Rule
from questionnaires.vocabulary import RoundState

PLACE = ["group", "unit", "class"]
STRATUM = ["stage", "locale", "group"]


def count_files(frame: pd.DataFrame, forms: pd.DataFrame, rule: Rule, population: int, name: str) -> Status:
    """The counts of a frame and its forms; everybody invited counts as given a code, since files know of no other."""
    asked = frame[frame.group.isin(rule.groups)]
    came = forms.groupby(PLACE).size().rename("forms").reset_index()
    rows = asked.merge(came, on=PLACE, how="left").fillna({"forms": 0})
    rows = rows.assign(issued=rows.invited)
    plan = sample_plan(rule, asked, population)
    return Status(
        round=name,
        state=RoundState.CLOSED,
        forms=len(forms),
        groups=_count_groups(plan, rows),
        units=_count_units(plan, rows),
        strata=_count_strata(rows),
    )


def _sum(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return rows.groupby(keys, as_index=False)[["invited", "issued", "forms"]].sum()


def _count_groups(plan: pd.DataFrame, rows: pd.DataFrame) -> dict[str, GroupCounts]:
    whole = plan[plan.unit == ""].merge(_sum(rows, ["group"]), on="group", how="left").fillna(0)
    counts = whole.set_index("group")[["population", "target", "issued", "forms"]].astype(int)
    return convert(counts.to_dict("index"), dict[str, GroupCounts])


def _count_units(plan: pd.DataFrame, rows: pd.DataFrame) -> tuple[UnitCounts, ...]:
    units = plan[plan.unit != ""].merge(_sum(rows, ["group", "unit"]), on=["group", "unit"], how="left").fillna(0)
    counts = units.assign(spent=units.forms)[["unit", "group", "population", "target", "issued", "spent"]]
    whole = counts.astype(dict.fromkeys(("population", "target", "issued", "spent"), int))
    return convert(whole.to_dict("records"), tuple[UnitCounts, ...])


def _count_strata(rows: pd.DataFrame) -> tuple[StratumCounts, ...]:
    table = _sum(rows, STRATUM).astype(dict.fromkeys(("invited", "issued", "forms"), int))
    return convert(table.to_dict("records"), tuple[StratumCounts, ...])
