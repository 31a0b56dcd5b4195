"""Full classes by hand: eleven classes of forty in two schools, of which one is full."""

import pandas as pd
import pytest

from analysis.integrity.checking import check_integrity
from analysis.integrity.integrity_findings import Integrity
from questionnaires.integrity_limits import FULL_CHECKS
from questionnaires.rule import Rule
from tests.test_integrity import ITEMS, PAPER, RULE, people

FULL = "class/A/1"
PLACES = [f"class/{unit}/{number}" for unit in "AB" for number in range(1, 6)]
AT_ONCE, FROM_FEW, BESIDE = FULL_CHECKS


def look(
    full: int = 40, others: int = 16, minutes: int = 5, least: int | None = None, invited: int = 40, rule: Rule = RULE
) -> Integrity:
    """What is found where the first class sent in `full`, one every so many minutes, and all others `others`."""
    came = dict.fromkeys(PLACES, others) | {FULL: full}
    codes = people(sum(came.values()))
    forms = pd.DataFrame(codes, columns=ITEMS).assign(
        group="student", place=[p for p, n in came.items() for _ in range(n)]
    )
    places = pd.DataFrame({"group": "student", "place": PLACES})
    places = places.assign(unit=places.place.str.split("/").str[1], population=invited, invited=invited)
    slots = forms.groupby("place").cumcount()
    slots = (slots * minutes // 5).where(forms.place == FULL, slots * 100)
    ledger = forms[["group", "place"]].assign(five_minutes=slots, n=1)
    ledger = ledger.groupby(["group", "place", "five_minutes"], as_index=False).n.sum()
    networks = None if least is None else pd.DataFrame({"group": ["student"], "place": FULL, "least": least})
    return check_integrity(forms, places, PAPER, rule, bursts=ledger, networks=networks)


def said(found: Integrity) -> list[str]:
    own = [row for row in found.findings if row.check in FULL_CHECKS]
    assert {(row.place, row.flagged) for row in own} <= {(FULL, 0)}
    return [row.check for row in own]


@pytest.mark.parametrize(
    ("came", "listed"),
    [
        ({"others": 25, "minutes": 20}, []),
        ({"full": 37, "minutes": 0}, []),  # not full
        ({"full": 38, "others": 25, "minutes": 0}, [AT_ONCE]),
        ({"others": 25, "minutes": 1}, []),  # thirty of forty within thirty minutes
        ({"others": 25, "least": 24, "minutes": 20}, [FROM_FEW]),
        ({"others": 25, "least": 23, "minutes": 20}, []),
        ({"others": 24, "minutes": 20}, [BESIDE]),
        ({"others": 0, "minutes": 20}, [BESIDE]),
        ({"others": 16, "least": 31, "minutes": 0}, [AT_ONCE, FROM_FEW, BESIDE]),
    ],
)  # fmt: skip
def test_a_full_class_is_listed_for_each_reason_and_no_form_is_marked(came: dict[str, int], listed: list[str]) -> None:
    assert said(look(**came)) == listed


def test_what_is_told_of_listed_classes_is_what_was_sent_in_and_the_limit_with_its_clause() -> None:
    check = look(minutes=0).checks[AT_ONCE]
    assert (check.listed_places, check.listed_forms, check.threshold) == (1, 40, 0.8)
    assert "家长会" in RULE.integrity.full_class.minutes.clause
    assert check.tests == 10


def test_a_class_that_is_fewer_than_the_smallest_is_not_looked_at() -> None:
    assert said(look(full=9, others=1, minutes=0, invited=9)) == []


def test_a_rule_without_these_limits_looks_at_no_full_class() -> None:
    content = RULE.model_dump()
    content["integrity"]["full_class"] = None
    assert not {*look(minutes=0, rule=Rule.model_validate(content)).checks} & {*FULL_CHECKS}
