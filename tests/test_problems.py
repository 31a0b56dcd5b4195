"""The register of problems: fed by judgements, written by hand, closed by two people, opened again when found again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.standard import load_standard
from analysis.verdict.unmet import list_unmet
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.core.db import reading
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Problem
from survey_app.frame.schools import store_county_values, store_resources, store_schools
from survey_app.problems.closing_steps import apply_for_closing, send_back, verify_closing
from survey_app.problems.feeding import Fed, feed_register
from survey_app.problems.problem_words import is_post
from survey_app.problems.register import (
    Finding,
    ListedProblem,
    Remedy,
    Wanted,
    add_problem,
    change_problem,
    list_problems,
    load_life,
    read_date,
)
from survey_app.results.county_check import judge_stored
from survey_app.results.kept_judgements import JudgementRequest, judge_and_keep, list_kept, load_judgement
from tests.conftest import copy_store
from tests.county import NOW
from tests.program import survey
from tests.test_county_check import SCHOOLS
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

ACT: dict[str, Any] = {"actor": "test", "now": NOW}
NATIONAL = load_standard("national-2017")
YEAR, NEXT = SchoolYear(2024), SchoolYear(2025)
DONE = Remedy(measure="补充教师2名", lead="教师科")


@pytest.fixture
def session(sqlite_engine: Engine) -> Any:
    with Session(sqlite_engine) as session:
        yield session


def keep_year(session: Session, year: SchoolYear, **changes: float) -> None:
    """A school year in the store, in which the primary school has these figures."""
    store_schools(session, SCHOOLS.assign(township=["甲镇", "乙镇"]), **ACT)
    store_resources(session, pd.DataFrame([PRIMARY | changes, JUNIOR]), year, **ACT)
    store_county_values(session, pd.DataFrame(county_rows()), year, **ACT)


def feed(session: Session, year: SchoolYear) -> Fed:
    return feed_register(session, judge_stored(session, NATIONAL, year), NATIONAL, **ACT)


def listed(session: Session, **wanted: Any) -> list[ListedProblem]:
    session.flush()
    return list_problems(session, Wanted(**wanted), NOW.date())


def hand(session: Session, text: str = "门卫未持证上岗", school: str = "", **remedy: Any) -> int:
    finding = Finding(text=text, source=ProblemSource.HAND, school=school)
    return add_problem(session, finding, Remedy(**remedy), **ACT).number


def close(session: Session, number: int) -> None:
    change_problem(session, number, DONE, **ACT)
    apply_for_closing(session, number, "教师科经办", **ACT)
    verify_closing(session, number, "督导室", **ACT)


def test_every_line_of_a_judgement_that_is_not_met_becomes_a_problem_once(session: Session) -> None:
    keep_year(session, YEAR, sports_area=100, teaching_area=100)
    lines = list_unmet(judge_stored(session, NATIONAL, YEAR), NATIONAL)
    assert {("P01", "R4"), ("P01", "R5")} <= {(line.school, line.indicator) for line in lines}
    assert {line.part for line in lines if not line.school} >= {"cv"} or all(line.school for line in lines)
    assert feed(session, YEAR) == Fed(added=len(lines), reopened=0, still=0, gone=0)
    assert feed(session, YEAR) == Fed(added=0, reopened=0, still=len(lines), gone=0)
    assert len(listed(session)) == len(lines)
    assert {problem.source for problem in listed(session)} == {ProblemSource.JUDGE}


def test_a_problem_that_the_next_judgement_finds_again_opens_again_and_loses_who_closed_it(session: Session) -> None:
    keep_year(session, YEAR, sports_area=100)
    feed(session, YEAR)
    number = listed(session, school="P01")[0].number
    close(session, number)
    keep_year(session, NEXT, sports_area=100)
    assert feed(session, NEXT).reopened == 1
    [problem] = listed(session, number=number)
    assert (problem.state, problem.reopened, problem.verified_by, problem.applied_by) == (ProblemState.OPEN, 1, "", "")


def test_an_earlier_year_judged_afterwards_opens_nothing(session: Session) -> None:
    keep_year(session, YEAR, sports_area=100)
    keep_year(session, NEXT, sports_area=100)
    feed(session, NEXT)
    number = listed(session, school="P01")[0].number
    close(session, number)
    assert feed(session, YEAR).reopened == 0
    assert listed(session, number=number)[0].state == ProblemState.CLOSED


def test_what_is_found_no_more_stays_open_and_says_so(session: Session) -> None:
    keep_year(session, YEAR, sports_area=100)
    feed(session, YEAR)
    before = len(listed(session))
    keep_year(session, NEXT)
    assert feed(session, NEXT).gone == before
    assert {(problem.state, problem.judged, problem.found) for problem in listed(session)} == {
        (ProblemState.OPEN, "2025-2026", False)
    }


@pytest.mark.parametrize("second", ["教师科经办", "教师科.经办", "教师科经办 "])
def test_two_different_people_close_a_problem(session: Session, second: str) -> None:
    number = hand(session, measure="培训", lead="保卫科")
    with pytest.raises(ConflictError):
        verify_closing(session, number, "督导室", **ACT)
    apply_for_closing(session, number, "教师科经办", **ACT)
    with pytest.raises(ConflictError, match="两个不同的人"):
        verify_closing(session, number, second, **ACT)
    verify_closing(session, number, "督导室", **ACT)
    assert listed(session)[0].state == ProblemState.CLOSED
    with pytest.raises(ConflictError):
        apply_for_closing(session, number, "教师科经办", **ACT)


def test_nothing_is_applied_for_without_a_measure_and_what_is_not_done_goes_back_for_a_reason(
    session: Session,
) -> None:
    number = hand(session)
    with pytest.raises(ConflictError, match="整改措施"):
        apply_for_closing(session, number, "保卫科", **ACT)
    change_problem(session, number, DONE, **ACT)
    apply_for_closing(session, number, "保卫科", **ACT)
    with pytest.raises(SurveyError, match="理由"):
        send_back(session, number, "", **ACT)
    send_back(session, number, "证件未提供", **ACT)
    assert (listed(session)[0].state, listed(session)[0].applied_by) == (ProblemState.OPEN, "")


def test_the_overdue_come_first_and_the_closed_last(session: Session) -> None:
    today = NOW.date()
    late = hand(session, due=today - timedelta(days=1))
    soon = hand(session, due=today)
    undated = hand(session)
    done = hand(session, due=today - timedelta(days=9))
    close(session, done)
    assert [problem.number for problem in listed(session)] == [late, soon, undated, done]
    assert [problem.number for problem in listed(session) if problem.overdue] == [late]


def test_problems_are_found_by_unit_school_and_township(session: Session) -> None:
    keep_year(session, YEAR, sports_area=100)
    feed(session, YEAR)
    number = hand(session, lead="区教委", cooperating="区财政局、区住房城乡建委")
    assert [problem.number for problem in listed(session, unit="区财政局")] == [number]
    assert {problem.school for problem in listed(session, township="甲镇")} == {"P01"}
    assert listed(session, school="P01学校") == listed(session, school="P01")
    assert number not in [problem.number for problem in listed(session, township="甲镇")]


def test_each_of_two_units_that_lead_finds_its_problem_and_a_part_of_a_name_none(session: Session) -> None:
    both = hand(session, lead="区财政局、区人力社保局")
    office = hand(session, lead="区教委")
    for unit, number in (("区财政局", both), ("区人力社保局", both), ("区教委", office)):
        assert [problem.number for problem in listed(session, unit=unit)] == [number]
    assert [listed(session, unit=unit) for unit in ("财政局", "%", "_")] == [[], [], []]


def test_a_post_is_no_name() -> None:
    assert all(map(is_post, ("计划财务科科长", "校长", "副校长", "教委副主任", "")))
    assert not any(map(is_post, ("张伟", "张校长", "王副科长", "李主任", "欧阳娜娜")))


def test_a_name_or_a_day_that_is_none_is_one_sentence(session: Session) -> None:
    number = hand(session)
    with pytest.raises(SurveyError, match="岗位"):
        change_problem(session, number, Remedy(post="张伟"), **ACT)
    with pytest.raises(SurveyError, match="2026-06-30"):
        read_date("六月底")


def test_a_lines_whole_life_is_in_the_log_with_what_it_was_before(session: Session) -> None:
    number = hand(session, measure="培训", lead="保卫科")
    change_problem(session, number, Remedy(progress="已培训", measure="培训"), **ACT)
    apply_for_closing(session, number, "保卫科", "培训证书", **ACT)
    verify_closing(session, number, "督导室", **ACT)
    session.flush()
    life = load_life(session, number)
    assert [act.action for act in life] == ["problem_add", "problem_change", "problem_apply", "problem_close"]
    assert life[1].detail == {"field": "problem_progress", "before": "", "after": "已培训"}


def test_a_school_that_is_gone_leaves_its_problems(session: Session) -> None:
    keep_year(session, YEAR, sports_area=100)
    feed(session, YEAR)
    session.add(Problem(**vars_of(session, school="P99")))
    assert {problem.name for problem in listed(session, school="P99")} == {"P99"}


def vars_of(session: Session, school: str) -> dict[str, Any]:
    row = session.scalars(select(Problem)).first()
    assert row is not None
    kept = {column.name: getattr(row, column.name) for column in Problem.__table__.columns}
    return kept | {"number": None, "identity": None, "school": school}


@pytest.fixture
def folder(tmp_path: Path, sqlite_model: Path) -> Path:
    with copy_store(sqlite_model, tmp_path / "data") as engine, Session(engine) as session, session.begin():
        keep_year(session, YEAR, sports_area=100)
    return tmp_path


def test_the_program_judges_lists_adds_and_closes(folder: Path) -> None:
    asked = ("judge", "--standard", "national-2017", "--year", "2024-2025")
    assert "问题台账：新增0条" not in survey(*asked, folder=folder, code=1).stderr
    assert "新增0条" in survey(*asked, "--json", folder=folder, code=1).stderr
    found = json.loads(survey("problem", "list", "--json", folder=folder).stdout)
    assert {"number", "school", "indicator", "source", "measure", "lead", "due", "state", "overdue"} <= found[0].keys()
    about = ("--text", "缺保健室", "--school", "P01学校", "--due", "2020-01-01", "--lead", "体卫艺科")
    added = survey("problem", "add", *about, "--post", "体卫艺科科长", "--source", "city", folder=folder).stdout
    number = str(len(found) + 1)
    assert number in added
    assert survey("problem", "list", folder=folder).stdout.splitlines()[1].startswith(f"{number}　整改中逾期　P01学校")
    survey("problem", "close", number, "--applied-by", "学校", folder=folder, code=2)
    survey("problem", "change", number, "--measure", "建保健室", folder=folder)
    same = ("--applied-by", "体卫艺科", "--verified-by", "体卫艺科")
    assert survey("problem", "close", number, *same, folder=folder, code=2).stderr.count("\n") == 1
    survey("problem", "close", number, "--applied-by", "体卫艺科", folder=folder)
    survey("problem", "close", number, "--verified-by", "督导室", folder=folder)
    states = {
        row["number"]: row["state"] for row in json.loads(survey("problem", "list", "--json", folder=folder).stdout)
    }
    assert states[int(number)] == "closed"


def test_a_judgement_that_only_looks_leaves_the_register_alone(folder: Path) -> None:
    asked = ("judge", "--standard", "national-2017", "--year", "2024-2025", "--no-register")
    survey(*asked, folder=folder, code=1)
    assert json.loads(survey("problem", "list", "--json", folder=folder).stdout) == []


@pytest.mark.parametrize(
    "asked",
    [
        ("close", "1"),
        ("close", "999", "--applied-by", "甲"),
        ("change", "1"),
        ("add", "--text", " "),
        ("add", "--text", "甲", "--school", "没有的学校"),
        ("add", "--text", "甲", "--due", "明天"),
        ("add", "--text", "甲", "--post", "张伟"),
        ("list", "--state", "nothing"),
    ],
)
def test_bad_input_is_one_sentence_and_two(folder: Path, asked: tuple[str, ...]) -> None:
    refused = survey("problem", *asked, folder=folder, code=2)
    assert refused.stderr.count("\n") == 1


def test_each_database_keeps_the_register_and_the_judgement_it_came_from(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        keep_year(session, YEAR, sports_area=100)
        _, fed = judge_and_keep(session, JudgementRequest(NATIONAL, YEAR), **ACT)
        number = listed(session, school="P01")[0].number
        close(session, number)
    with Session(engine) as session, session.begin():
        again, found = judge_and_keep(session, JudgementRequest(NATIONAL, YEAR), **ACT)
        assert (found.added, found.reopened) == (0, 1)
        assert fed.added == found.still + 1
        assert len(list_kept(session)) == 1
        assert load_judgement(session, again.id).standard == "national-2017"
    with Session(reading(engine)) as session:
        assert listed(session, unit="教师科")[0].reopened == 1


def test_a_line_that_nobody_leads_gets_the_units_of_the_plan_that_finds_it_and_keeps_what_was_written(
    session: Session,
) -> None:
    keep_year(session, YEAR, sports_area=100, teaching_area=100)
    feed(session, YEAR)
    first, second, *_ = [problem for problem in listed(session, school="P01") if not problem.lead]
    change_problem(session, second.number, Remedy(lead="教师科"), **ACT)
    plan = load_standard("qianjiang-2020")
    feed_register(session, judge_stored(session, plan, YEAR), plan, **ACT)
    after = {problem.number: problem for problem in listed(session)}
    assert after[first.number].lead
    assert (after[second.number].lead, after[second.number].cooperating) == ("教师科", "")
