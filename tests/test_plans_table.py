"""docs/plans.md: every row has a state, and the files, commands and ids it names are there."""

import re
import tomllib
from typing import NamedTuple

import pytest

from analysis.standard import load_standard
from survey_app.core.db import PYPROJECT

ROOT = PYPROJECT.parent
STATES = {"served", "part", "open", "outside"}
ID = re.compile(r"\b(?:[RGQSLPV][0-9]+[ab]?|M[0-9]{4}-[0-9]+)\b")
COMMANDS = set(tomllib.loads((ROOT / "survey_app/cli/commands.toml").read_text(encoding="utf-8")))


class Row(NamedTuple):
    """One sentence of a plan."""

    plan: str
    clause: str
    says: str
    state: str
    where: str


def read_rows() -> list[Row]:
    plan = ""
    rows = []
    for line in (ROOT / "docs/plans.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"## .*analysis/standards/([\w-]+)\.toml", line):
            plan = found[1]
        elif line.startswith("| ") and not line.startswith("| clause"):
            rows.append(Row(plan, *(cell.strip() for cell in line.strip("|").split(" | "))))
    return rows


ROWS = read_rows()


def test_each_of_the_five_plans_has_its_sentences_each_with_a_state() -> None:
    assert {row.plan for row in ROWS} == {
        "qianjiang-2020", "fengjie-2021", "dadukou-2021", "xiushan-2020", "qianjiang-2023",
    }  # fmt: skip
    assert {row.state for row in ROWS} <= STATES
    assert all(row.clause and row.says and row.where for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.plan} {row.clause} {row.says[:12]}")
def test_what_a_row_names_is_there(row: Row) -> None:
    for named in re.findall(r"`([^`]+)`", row.where):
        if named.startswith("survey "):
            assert named.split()[1] in COMMANDS
        else:
            assert (ROOT / named).exists(), named
    standard = load_standard(row.plan)
    parts = {name for entry in standard.entries.values() for need in entry.requires.values() for name in need.ids}
    known = {*standard.entries, *parts, *standard.milestones_by_id, *standard.preconditions, *standard.vetoes}
    assert set(ID.findall(row.where)) <= known | set(standard.goals)


def test_every_milestone_of_a_plan_is_in_the_table() -> None:
    for plan in {row.plan for row in ROWS}:
        named = {name for row in ROWS if row.plan == plan for name in ID.findall(row.where)}
        assert {*load_standard(plan).milestones_by_id} <= named
