import pandas as pd
import pytest

from analysis.cells.tallying import HEADLINE, tally
from analysis.estimate import weighted_share
from analysis.places import partition, place_forms
from analysis.weights import design_weights
from analysis.weights.margins import CATEGORY, frame_cells, shown_cells
from questionnaires.rule import load_papers, load_rule

RULE = load_rule("basic-2012")
PAPER = load_papers(RULE)[0]
ITEMS = list(PAPER.item_ids)
WEIGHTS = {"parent": 0.6, "cppcc": 0.4}


def frame_of(*rows):
    """Rows of (unit, stage, locale, population, invited), all parents unless a group comes last."""
    columns = ["unit", "stage", "locale", "population", "invited", "group"]
    table = pd.DataFrame([(*row, "parent")[:6] for row in rows], columns=columns)
    return table.assign(township=table["unit"], **{"class": ""})


def survey(frame, **forms):
    """`unit=(forms, satisfied)`: every answer of a form the same."""
    places = partition(frame, RULE)
    rows = [
        (frame.loc[frame["unit"] == unit, "group"].iloc[0], unit, "", *([4 if k < satisfied else 2] * len(ITEMS)))
        for unit, (count, satisfied) in forms.items()
        for k in range(count)
    ]
    table = pd.DataFrame(rows, columns=["group", "unit", "class", *ITEMS])
    placed = place_forms(table, places)
    weighed = design_weights(places, placed, RULE)
    return tally(placed, PAPER, RULE, weighed), weighed


TWO = frame_of(("A", "primary", "city", 300, 30), ("B", "primary", "village", 100, 30))


def test_each_part_of_the_frame_weighs_by_its_people():
    raked = frame_cells(*survey(TWO, A=(20, 20), B=(10, 5)))
    assert raked.margins == {CATEGORY: {"parent/primary/city": 300, "parent/primary/village": 100}}
    found = weighted_share(raked.cells, margins=raked.margins).set_index("domain")
    assert found.at["parent", "estimate"] == pytest.approx((300 * 1 + 100 * 0.5) / 400)


def test_schools_of_one_part_weigh_by_design_and_not_by_who_answered():
    frame = frame_of(
        ("A", "primary", "city", 100, 50), ("B", "primary", "city", 100, 50), ("C", "primary", "village", 100, 50)
    )
    cells, weighed = survey(frame, A=(40, 40), B=(10, 0), C=(25, 25))
    by_response = weighted_share(cells[cells["measure"] == HEADLINE]).set_index("domain")
    raked = frame_cells(cells, weighed)
    found = weighted_share(raked.cells, margins=raked.margins).set_index("domain")
    assert by_response.at["parent", "estimate"] == pytest.approx((100 + 0 + 100) / 300)
    assert found.at["parent", "estimate"] == pytest.approx((200 * 40 / 50 + 100) / 300)


def test_a_part_without_forms_is_joined_with_its_stage_and_then_with_its_group():
    frame = frame_of(
        ("A", "primary", "city", 100, 20), ("B", "primary", "town", 60, 20), ("C", "junior", "city", 40, 20)
    )
    assert frame_cells(*survey(frame, A=(9, 9), C=(9, 9))).margins[CATEGORY] == {
        "parent/primary": 160,
        "parent/junior/city": 40,
    }
    assert frame_cells(*survey(frame, A=(9, 9), B=(9, 9))).margins[CATEGORY] == {"parent": 200}


def test_people_of_places_without_codes_are_spoken_for():
    frame = frame_of(
        ("A", "primary", "city", 100, 20), ("D", "primary", "city", 500, 0), ("B", "primary", "village", 60, 20)
    )
    assert frame_cells(*survey(frame, A=(9, 9), B=(9, 9))).margins[CATEGORY]["parent/primary/city"] == 600


def test_a_frame_that_divides_no_group_weighs_by_design_alone():
    frame = frame_of(("A", "", "", 300, 100), ("B", "", "", 100, 100))
    raked = frame_cells(*survey(frame, A=(20, 20), B=(80, 40)))
    found = weighted_share(raked.cells, margins=raked.margins).set_index("domain")
    assert raked.margins == {CATEGORY: {"parent//": 400}}
    assert found.at["parent", "estimate"] == pytest.approx((3 * 20 + 1 * 40) / (3 * 20 + 1 * 80))


def test_without_forms_there_is_nothing_to_rake():
    assert frame_cells(*survey(TWO)) is None


def test_groups_are_joined_and_left_out_with_their_categories():
    frame = pd.concat([TWO, frame_of(("C", "", "city", 50, 20, "cppcc"))], ignore_index=True)
    raked = frame_cells(*survey(frame, A=(9, 9), B=(9, 9), C=(9, 9)))
    left = shown_cells(raked, {"parent": "parent", "cppcc": ""}, WEIGHTS)
    assert set(left.margins[CATEGORY]) == {"parent/primary/city", "parent/primary/village"}
    assert set(left.cells["group"]) == {"parent"}
    joined = shown_cells(raked, {"parent": "parent+cppcc", "cppcc": "parent+cppcc"}, WEIGHTS)
    assert set(joined.margins[CATEGORY]) == {"parent/primary/city", "parent/primary/village", "cppcc//city"}
    assert set(joined.cells["group"]) == {"parent+cppcc"}
    assert weighted_share(joined.cells, margins=joined.margins)["estimate"].tolist() == pytest.approx([1, 1])
    assert shown_cells(raked, {"parent": "", "cppcc": ""}, WEIGHTS) is None
