"""Refusals of units under attack: forms beside what was sent in tell them, sizes that follow from it do not."""

from collections.abc import Sequence
from itertools import count
from math import ceil, lcm
from pathlib import Path
from secrets import token_bytes

import pandas as pd
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.disclosure.hidden_refusals import HiddenRefusals, find_refusals
from analysis.release import Released, Told, release_survey
from analysis.release.told_sizes import find_sent_in, tell_sizes
from analysis.round_counts import GroupCounts, Status, UnitCounts
from questionnaires.rule import Rule, list_rules, load_papers, load_rule
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import RoundState
from reports.evidence.bundle_check import check_bundle
from reports.exports.formats import read_me
from reports.setting.typesetting import TEMPLATES
from survey_app.answering import REFUSED, Submission, find_access, new_number, store_forms
from survey_app.closing.close import close_round
from survey_app.codes.issuing import issue_codes
from survey_app.frame.schools import store_frame
from survey_app.results.release_audit import audit_round
from survey_app.results.releasing import release_bundle
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of
from tests.random_county import random_county
from tests.test_closing import CLOSES, NOW

TOWNS = ("T0", "T1", "T2", "T3")


def refused_in(told: Told, refusals: Sequence[int]) -> Status:
    """The published counts of a county of which so many of the public refused in each town."""
    forms = told.forms[told.forms.group == "public"].groupby("place").size()
    sent = [int(forms[f"unit/{town}"]) + refused for town, refused in zip(TOWNS, refusals, strict=True)]
    units = tuple(
        UnitCounts(unit=town, group="public", population=900, target=30, issued=30, spent=count)
        for town, count in zip(TOWNS, sent, strict=True)
    )
    public = GroupCounts(population=3600, target=120, issued=120, forms=sum(sent))
    return Status(round="2025", state=RoundState.CLOSED, groups={"public": public}, units=units)


def followed(told: Told, released: Released, status: Status) -> Released:
    survey = told.survey._replace(sent_in=find_sent_in(status, released.estimate.groups))
    return tell_sizes(released, survey, told.rule)


def attacked(told: Told, status: Status, released: Released) -> list[tuple[int, int]]:
    return [(unit.least, unit.most) for unit in refusals_of(told, status, released) if unit.unit]


def attacked_group(told: Told, status: Status, released: Released) -> tuple[int, int] | None:
    """The range of a whole group's refusals, where it is to stay hidden."""
    found = [group for group in refusals_of(told, status, released) if not group.unit]
    return (found[0].least, found[0].most) if found else None


def refusals_of(told: Told, status: Status, released: Released) -> list[HiddenRefusals]:
    found = find_refusals(status, released.estimate.groups, released.units.rows, released.record, told.rule.smallest)
    return [refusals for refusals in found if refusals.group == "public"]


@pytest.fixture(scope="module")
def county() -> tuple[Told, Released]:
    told = random_county(1, 3)
    return told, release_survey(told.survey, told.estimate, told.rule, *told.papers)


@pytest.mark.parametrize("refusals", [(1, 0, 0, 0), (2, 0, 1, 3), (4, 4, 4, 4)])
def test_forms_beside_what_was_sent_in_told_how_many_of_each_unit_refused_and_sizes_that_follow_do_not(
    county: tuple[Told, Released], refusals: tuple[int, ...]
) -> None:
    told, released = county
    status = refused_in(told, refusals)
    assert attacked(told, status, released) == [(refused, refused) for refused in refusals]
    found = attacked(told, status, followed(told, released, status))
    assert found == [(0, sum(refusals))] * len(TOWNS)


@pytest.mark.parametrize("refusals", [(1, 0, 0, 0), (0, 1, 1, 0)])
def test_one_or_two_refusals_of_a_group_followed_from_sent_in_and_received_and_do_no_more(
    county: tuple[Told, Released], refusals: tuple[int, ...]
) -> None:
    told, released = county
    status = refused_in(told, refusals)
    assert attacked_group(told, status, released) == (sum(refusals),) * 2
    now = followed(told, released, status)
    assert attacked_group(told, status, now) == (0, sum(refusals))
    assert now.estimate.groups["public"].received == status.groups["public"].forms
    assert now.estimate.received - released.estimate.received == sum(refusals)
    assert now.estimate.valid == released.estimate.valid


def test_whether_one_refused_or_left_the_form_blank_changes_nothing_that_is_told(
    county: tuple[Told, Released],
) -> None:
    told, released = county
    blank = dict(released.estimate.groups)
    blank["public"] = replace(blank["public"], received=blank["public"].received + 2)
    left = released._replace(estimate=replace(released.estimate, groups=blank, received=released.estimate.received + 2))
    status = refused_in(told, (1, 0, 1, 0))
    assert followed(told, left, status) == followed(told, released, status)


def test_three_refusals_of_a_group_are_told(county: tuple[Told, Released]) -> None:
    told, released = county
    status = refused_in(told, (1, 1, 0, 1))
    now = followed(told, released, status)
    assert attacked_group(told, status, now) is None
    assert status.groups["public"].forms - now.estimate.groups["public"].received == 3


def test_the_fewest_told_of_an_item_told_who_refused_by_the_forms_of_the_largest_unit_and_do_not_by_what_it_sent_in(
    county: tuple[Told, Released],
) -> None:
    """c was a tenth of the largest unit's forms, rounded up: what it sent in beyond ten times c did not count."""
    told, released = county
    forms = told.forms[told.forms.group == "public"].groupby("place").size()
    largest = [f"unit/{town}" for town in TOWNS].index(str(forms.idxmax()))
    refusals = [0] * len(TOWNS)
    refusals[largest] = 40
    status = refused_in(told, refusals)
    assert attacked(told, status, followed(told, released, status))[largest][0] > 30
    survey = told.survey._replace(sent_in=find_sent_in(status, released.estimate.groups))
    again = tell_sizes(release_survey(survey, told.estimate, told.rule, *told.papers), survey, told.rule)
    assert attacked(told, status, again)[largest] == (0, 40)


def test_what_is_told_is_the_same_whoever_of_the_units_refused(county: tuple[Told, Released]) -> None:
    """Of two counties that sent in the same, one unit or another having refused, nothing told of sizes differs."""
    told, released = county
    status = refused_in(told, (3, 1, 0, 2))
    rows = tuple(
        replace(row, n=row.n + moved) if (moved := MOVED.get(row.place)) and row.group == "public" else row
        for row in released.units.rows
    )
    other = released._replace(units=replace(released.units, rows=rows))
    assert other.units != released.units
    assert followed(told, other, status).units == followed(told, released, status).units


MOVED = {"unit/T0": 3, "unit/T2": -3}


def test_sizes_are_near_the_forms_and_stand_in_the_record(county: tuple[Told, Released]) -> None:
    told, released = county
    status = refused_in(told, (1, 1, 1, 1))
    found = followed(told, released, status)
    assert found.record.sent_in == {"public": {unit.unit: unit.spent for unit in status.units}}
    for before, after in zip(released.units.rows, found.units.rows, strict=True):
        assert abs(after.n - before.n) <= 1
        assert replace(after, n=0, lower=None, upper=None) == replace(before, n=0, lower=None, upper=None)
        assert (after.lower is None) == (before.lower is None)


def test_where_nobody_refused_forms_are_told_as_they_are(county: tuple[Told, Released]) -> None:
    told, released = county
    assert followed(told, released, refused_in(told, (0, 0, 0, 0))) is released


SCHOOLS = ["P01", "P02", "P03"]


TEACHERS = dict.fromkeys([("teacher", school) for school in SCHOOLS], 16)


def hold_refusing(
    engine: Engine, people: dict[tuple[str, str], int], refusing: set[int], instead: str = REFUSED
) -> None:
    """So many of each group and unit are asked and send in; of all in this order some take no part."""
    frame = pd.DataFrame(
        {
            "group": [group for group, _ in people], "unit": [unit for _, unit in people], "class": "",
            "grade": float("nan"), "stage": "primary", "population": list(people.values()),
            "invited": list(people.values()), "locale": "town", "township": "",
        }
    )  # fmt: skip
    plan = RoundPlan(
        county="青山区", organiser="督导室", population=40_000, population_source="普查", school_year=SchoolYear(2025),
        standard="national-2017", rule="quality-2024", papers=PAPERS, opens=NOW, closes=CLOSES,
    )  # fmt: skip
    numbers = count()
    with Session(engine) as session, session.begin():
        store_frame(session, frame, actor="test", now=NOW)
        round_ = open_round(session, plan, keys=keys_of(engine), actor="test", now=NOW)
        for code in issue_codes(session, round_, "slip", actor="test", now=NOW, random=token_bytes):
            number = new_number(token_bytes)
            access = find_access(session, code.code, number, NOW)
            answers = instead if next(numbers) in refusing else "54321" + "4" * 12
            assert store_forms(session.connection(), [Submission(access, number, answers, NOW)]) == ["stored"]


def test_a_closed_round_tells_no_schools_refusals_and_its_evidence_gives_the_same_sizes(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    hold_refusing(sqlite_engine, TEACHERS, {0, 1, 16})
    keys = keys_of(sqlite_engine)
    published = close_round(sqlite_engine, None, keys=keys, actor="test", now=CLOSES).published
    assert published.release is not None
    assert published.release.sent_in == {"teacher": dict.fromkeys(SCHOOLS, 16)}
    assert {row.n for row in published.unit_rows if row.level == "unit"} == {15}
    with Session(sqlite_engine) as session, session.begin():
        round_ = find_round(session)
        assert audit_round(session, round_, sample=2, seed=1).refusals == ()
        path = release_bundle(session, round_, tmp_path, ["张三", "李四"], actor="test", now=CLOSES)
    assert check_bundle(path.read_bytes()) == []


@pytest.mark.parametrize(
    ("people", "label"),
    [({("deputy", "C01"): 7, ("cppcc", "C01"): 7}, "deputy+cppcc"), ({("principal", "P01"): 5}, "principal")],
    ids=["groups shown together", "a group too small to be shown"],
)
def test_one_who_refused_followed_from_what_was_sent_in_of_small_groups_and_does_no_more(
    sqlite_engine: Engine, people: dict[tuple[str, str], int], label: str
) -> None:
    hold_refusing(sqlite_engine, people | {("parent", "P01"): 30}, {0})
    keys = keys_of(sqlite_engine)
    published = close_round(sqlite_engine, None, keys=keys, actor="test", now=CLOSES).published
    now = published.estimate.groups
    sent = sum(people.values())
    before = now | {label: replace(now[label], received=sent - 1)}
    release = published.release
    assert release is not None
    for told, known in ((before, [(1, 1)]), (now, [(0, 1)])):
        hidden = [group for group in find_refusals(published.status, told, (), release, 10) if group.group == label]
        assert [(group.least, group.most) for group in hidden] == known
    assert (now[label].received, now[label].valid, published.estimate.received) == (sent, sent - 1, sent + 30)


@pytest.mark.parametrize("instead", [REFUSED, "0" * 17], ids=["all refuse", "all leave it blank"])
def test_a_whole_group_of_which_no_answer_counts_tells_not_why(
    sqlite_engine: Engine, tmp_path: Path, instead: str
) -> None:
    """Received, over all that was sent in, told that each of twelve principals had refused."""
    hold_refusing(sqlite_engine, {("principal", "P01"): 12, ("parent", "P01"): 30}, {*range(12)}, instead)
    published = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=CLOSES).published
    estimate = published.estimate
    assert published.release is not None
    told = (estimate.received, estimate.valid, published.status.forms, published.status.refused)
    assert (*told, published.release.sent_in) == (42, 30, 42, 0, {"principal": {"P01": 12}})
    assert estimate.groups["principal"].received == 12
    with Session(sqlite_engine) as session, session.begin():
        path = release_bundle(session, find_round(session), tmp_path, ["张三", "李四"], actor="test", now=CLOSES)
    assert check_bundle(path.read_bytes()) == []


@pytest.mark.parametrize("rule", [load_rule(name) for name in list_rules()], ids=lambda rule: rule.id)
def test_a_units_whole_percent_is_possible_with_any_number_of_its_forms(rule: Rule) -> None:
    """A unit's rate is a mean of forms, a form's a mean of what it answers: with any n one lies at any percent."""
    for paper in load_papers(rule):
        asked = len([item for item in paper.items if item.topic])
        answered = range(ceil(asked * rule.valid_form.value), asked + 1)
        assert lcm(*answered) * rule.smallest >= 100, paper.id


def test_whoever_reads_such_sizes_is_told_that_they_follow_from_what_was_sent_in() -> None:
    page = (TEMPLATES / "results" / "rows.jinja").read_text(encoding="utf-8")
    for text in (read_me(), page):
        assert "由收到的份数按该类有效答卷的比例折算" in text
