"""Which sums of a frame are live while a round is open, and which move like a unit's."""

import numpy as np
import pandas as pd
import pytest

from survey_app.accounts.signing_in import Person
from survey_app.pages.console.live_figures import live, read_cells
from survey_app.watching.live_counts import Pace, Seen
from survey_app.watching.replaying import Arrived, gather_arrivals
from survey_app.watching.shown_figures import add_replay, add_shown, shown_hours
from survey_app.watching.slots import Slots
from tests.county import NOW

OFFICIAL = Person("county", "county", "", must_change=False)
ALL_GROUPS = {
    "two single groups of two units": ({"teacher": ["P01"], "deputy": ["D1"]}, True),
    "two single groups of one unit": ({"teacher": ["P01"], "principal": ["P01"]}, False),
    "one single group beside a live one": ({"parent": ["P01", "P02"], "deputy": ["D1"]}, False),
    "live groups alone": ({"parent": ["P01", "P02"], "teacher": ["P01", "P02"]}, True),
}


def frame(groups: dict[str, list[str]]) -> pd.DataFrame:
    """Twenty codes and two forms, just sent in, for each group of each unit."""
    pairs = [(group, unit) for group, units in groups.items() for unit in units]
    rows = pd.DataFrame(pairs, columns=["group", "unit"]).assign(
        id=range(len(pairs)), issued=20, forms=2, recent=2, target=10, township="", whole=""
    )
    mark = 50
    return add_replay(rows, two_just_now(rows["id"].to_list(), mark), mark)


def two_just_now(rows: list[int], mark: int) -> Arrived:
    """Two forms of each row of the frame, of the slot that ends at the mark."""
    numbers = np.array(rows)
    ones = np.ones_like(numbers)
    return gather_arrivals(Slots(numbers, ones * (mark * 2 - 1), ones * 2), numbers, ones * 20)


def county_total(rows: pd.DataFrame) -> int:
    table = rows.groupby("whole", as_index=False)[["issued", "forms", "recent"]].sum()
    return int(add_shown(table, rows, ["whole"])["forms"].iloc[0])


@pytest.mark.parametrize(("groups", "is_live"), ALL_GROUPS.values(), ids=ALL_GROUPS)
def test_the_countys_total_is_live_unless_it_would_tell_the_count_of_one_unit(
    groups: dict[str, list[str]], is_live: bool
) -> None:
    rows = frame(groups)
    live_groups = sum(2 * len(units) for units in groups.values() if len(units) > 1)
    expected = int(rows["forms"].sum()) if is_live else live_groups
    assert county_total(rows) == expected
    counted = read_cells(Seen(rows, {}, NOW, Pace(1, 1)))
    assert live(counted, OFFICIAL).get("all", 0) == expected
    assert sum(shown_hours(rows).values()) == expected


def test_a_group_with_a_single_unit_moves_like_a_unit_though_the_county_is_live() -> None:
    rows = frame({"teacher": ["P01"], "deputy": ["D1"], "parent": ["P01", "P02"]})
    table = rows.groupby("group", as_index=False)[["issued", "forms", "recent"]].sum()
    shown = add_shown(table, rows, ["group"]).set_index("group")["forms"]
    assert shown.to_dict() == {"teacher": 0, "deputy": 0, "parent": 4}
    assert county_total(rows) == 8
    figures = live(read_cells(Seen(rows, {}, NOW, Pace(1, 1))), OFFICIAL)
    assert (figures["all"], figures["group:parent"], "group:teacher" in figures) == (8, 4, False)


def test_a_unit_without_codes_makes_no_total_live() -> None:
    """Else the county's total would tell, form by form, the count of the only unit with codes."""
    rows = frame({"deputy": ["D1", "D2"]}).drop(columns=["arrivals", "several", "mixed", "every", "mark"])
    rows = rows.assign(issued=[20, 0], forms=[2, 0], recent=[2, 0])
    mark = 50
    replayed = add_replay(rows, two_just_now([0], mark), mark)
    assert county_total(replayed) == 0
    assert live(read_cells(Seen(replayed, {}, NOW, Pace(1, 1))), OFFICIAL).get("all", 0) == 0
