"""Judgements at any time: each kept with who, when, of what; any two side by side; of which round the rate is, said."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from analysis.indicators.sections import TableError
from analysis.standard import load_standard
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Verdict
from survey_app.cli.earlier_years import find_earlier
from survey_app.core.db import connect
from survey_app.core.errors import NotFoundError
from survey_app.core.models import KeptJudgement, Problem, Round
from survey_app.core.models import Published as PublishedRow
from survey_app.core.program import program_version
from survey_app.results.county_check import judge_stored
from survey_app.results.kept_judgements import (
    JudgementRequest,
    compare_kept,
    judge_and_keep,
    keep_judgement,
    list_kept,
    list_series,
    load_judgement,
)
from tests.console import Console, open_console
from tests.county import NOW, open_county
from tests.program import survey
from tests.test_problems import folder as folder
from tests.test_problems import keep_year

NATIONAL = load_standard("national-2017")
YEARS = [SchoolYear(2022), SchoolYear(2023), SchoolYear(2024)]
LATER = NOW + timedelta(days=1)


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with Session(sqlite_engine) as session:
        yield session


def keep(session: Session, year: SchoolYear, actor: str = "a", **figures: float) -> int:
    keep_year(session, year, **figures)
    return keep_judgement(session, judge_stored(session, NATIONAL, year), actor=actor, now=NOW).id


def test_each_judgement_is_kept_with_when_who_of_what_and_by_what(session: Session) -> None:
    first = keep(session, YEARS[0], sports_area=100)
    [row] = list_kept(session)
    assert row[:7] == (first, NOW, "a", "2022-2023", 2022, "national-2017", Verdict.NOT_MET)
    assert (row.program, len(row.inputs)) == (program_version(), 64)
    assert load_judgement(session, first).verdict == Verdict.NOT_MET
    with pytest.raises(NotFoundError):
        load_judgement(session, 99)


def test_the_same_figures_are_kept_once_and_other_ones_again_with_another_sum(session: Session) -> None:
    first = keep(session, YEARS[0])
    assert keep(session, YEARS[0], actor="b") == first
    assert keep(session, YEARS[0], sports_area=6001) != first
    assert len({row.inputs for row in list_kept(session)}) == 2


def test_any_two_stand_side_by_side_the_earlier_year_first(session: Session) -> None:
    early = keep(session, YEARS[0], sports_area=100)
    late = keep(session, YEARS[2], sports_area=9000)
    for pair in ((early, late), (late, early)):
        beside = compare_kept(session, *pair)
        assert (beside.before.school_year, beside.after.school_year) == ("2022-2023", "2024-2025")
        met = beside.comparison.indicators["R5"]["primary"].met
        assert (met.before, met.after) == (0, 1)
    assert set(beside.shared) == set(beside.after.indicators)


def test_two_judgements_of_one_year_are_compared_in_the_order_they_were_made(session: Session) -> None:
    before = keep(session, YEARS[0], sports_area=100)
    after = keep(session, YEARS[0], sports_area=9000)
    met = compare_kept(session, after, before).comparison.indicators["R5"]["primary"].met
    assert (met.before, met.after) == (0, 1)


def test_the_nations_standard_and_a_countys_own_are_compared_by_what_both_have(session: Session) -> None:
    national = keep(session, YEARS[0], sports_area=100)
    keep_year(session, YEARS[1], sports_area=9000)
    plan = load_standard("qianjiang-2020")
    own = keep_judgement(session, judge_stored(session, plan, YEARS[1]), actor="a", now=NOW).id
    met = compare_kept(session, national, own).comparison.indicators["R5"]["primary"].met
    assert (met.before, met.after) == (0, 1)
    assert [year.standard for year in list_series(session, plan.id)] == ["national-2017", "qianjiang-2020"]
    assert [year.standard for year in list_series(session, "fengjie-2021")] == ["national-2017"]


def test_the_year_of_the_plan_is_chosen_and_kept(session: Session) -> None:
    keep_year(session, YEARS[2])
    plan = load_standard("qianjiang-2020")
    kept = [
        judge_and_keep(session, JudgementRequest(plan, YEARS[2], year), actor="a", now=NOW)[0] for year in (None, 2022)
    ]
    assert [row.as_of for row in kept] == [2024, 2022]
    due = [{target.year for target in load_judgement(session, row.id).targets} for row in kept]
    assert max(due[0]) == 2024
    assert max(due[1]) == 2022


def test_standards_of_two_counties_are_not_compared(session: Session) -> None:
    keep_year(session, YEARS[0])
    numbers = [
        keep_judgement(session, judge_stored(session, load_standard(name), YEARS[0]), actor="a", now=NOW).id
        for name in ("qianjiang-2020", "fengjie-2021")
    ]
    with pytest.raises(TableError):
        compare_kept(session, *numbers)


def test_the_last_judgement_of_each_year_stands_in_a_row(session: Session) -> None:
    for year, area in zip(YEARS, (100, 6000, 7000), strict=True):
        keep(session, year, sports_area=1)
        keep(session, year, sports_area=area)
    series = list_series(session, "national-2017")
    assert [year.school_year for year in series] == ["2022-2023", "2023-2024", "2024-2025"]
    assert [year.resources["R5"]["primary"].mean for year in series] == [0.1, 6, 7]


def test_it_is_said_of_which_round_the_recognition_is_or_that_there_is_none(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        check_what_is_said_of_the_rate(session)


def check_what_is_said_of_the_rate(session: Session) -> None:
    keep_year(session, YEARS[2])
    before = judge_stored(session, NATIONAL, YEARS[2])
    assert before.dimensions.recognition.verdict == Verdict.UNDETERMINED
    assert before.provenance.notes[-1] == "还没有结束的社会认可度调查，社会认可度不作结论。"
    round_ = session.scalars(select(Round)).one()
    found = {"rule": "quality-2024", "recognition": {"rate": 0.9, "evidence": "established_above"}}
    session.add(PublishedRow(round_id=round_.id, name="recognition", content=found))
    session.flush()
    after = judge_stored(session, NATIONAL, YEARS[2])
    assert after.dimensions.recognition.verdict == Verdict.MET
    assert after.provenance.notes[-1] == f"社会认可度取自最近结束的调查{round_.name}（2025-2026学年）。"


def test_judging_keeps_and_feeds_the_register_in_one_act(session: Session) -> None:
    keep_year(session, YEARS[2], sports_area=100)
    kept, fed = judge_and_keep(session, JudgementRequest(NATIONAL, YEARS[2]), actor="a", now=NOW)
    assert kept.verdict == Verdict.NOT_MET
    assert session.scalar(select(func.count()).select_from(Problem)) == fed.added > 0


def test_the_program_keeps_what_it_judges_and_not_what_it_only_looks_at(folder: Path) -> None:
    asked = ("judge", "--standard", "national-2017", "--year", "2024-2025")
    survey(*asked, "--no-register", folder=folder, code=1)
    assert count_kept(folder) == 0
    said = survey(*asked, folder=folder, code=1).stdout
    assert "还没有结束的社会认可度调查" in said
    assert count_kept(folder) == 1


def test_the_program_lists_what_was_kept_and_sets_any_two_side_by_side(folder: Path) -> None:
    assert survey("judgements", folder=folder).stdout == "还没有留存的自评。\n"
    for year in ("2023", "2024"):
        survey("judge", "--standard", "qianjiang-2020", "--year", "2024-2025", "--as-of", year, folder=folder, code=1)
    rows = json.loads(survey("judgements", "--json", folder=folder).stdout)
    assert [(row["number"], row["as_of"]) for row in rows] == [(2, 2024), (1, 2023)]
    assert "按规划2023年对照" in survey("judgements", folder=folder).stdout
    beside = survey("judgements", "2", "1", folder=folder).stdout.splitlines()
    assert beside[0].startswith("2024-2025学年（qianjiang-2020，按规划2023年对照）")
    assert "　R5 小学：达标学校 0/1 → 0/1" in beside
    assert json.loads(survey("judgements", "1", "2", "--json", folder=folder).stdout)["as_of"] == [2023, 2024]
    assert "两次自评的编号" in survey("judgements", "1", folder=folder, code=2).stderr
    assert "没有第9次自评" in survey("judgements", "1", "9", folder=folder, code=2).stderr


def count_kept(folder: Path) -> int:
    with Session(connect(f"sqlite:///{folder / 'data/survey.db'}")) as session:
        return session.scalar(select(func.count()).select_from(KeptJudgement)) or 0


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        for year, area in zip(YEARS, (100, 200, 9000), strict=True):
            keep_year(session, year, sports_area=area)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_console_judges_lists_and_compares(console: Console) -> None:
    analyst = console.people["analyst"]
    assert "还没有自评过" in analyst.get("/console/judgements").text
    for year in YEARS:
        fields = {"year": str(year), "standard": "national-2017", "as_of": "2023" if year == YEARS[2] else ""}
        assert analyst.post("/console/judgements/judge", fields).status_code == 303
    page = analyst.get("/console/judgements").text
    assert "共留存 3 次自评" in page
    assert "national-2017，2023年" in page
    assert "历年" in page
    assert "还没有结束的社会认可度调查" in page
    beside = analyst.get("/console/judgements/compare?a=1&b=3").text
    assert "2022-2023学年自评尚未达到评估标准" in beside
    assert "按规划2022年对照" in beside
    assert "按规划2023年对照" in beside
    assert "R5" in beside
    assert "缺" not in console.people["admin"].get("/console/problems").text.split("<h1>")[0]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"year": "2030-2031", "standard": "national-2017"}, "请选择学年"),
        ({"year": "2024-2025", "standard": "none"}, "请选择评估标准"),
        ({"standard": "national-2017"}, "请选择学年"),
        ({"year": "2024-2025", "standard": "national-2017", "as_of": "24"}, "规划年度请写四位年份"),
    ],
)
def test_what_is_wrong_with_the_form_is_said(console: Console, fields: dict[str, str], said: str) -> None:
    page = console.people["admin"].post("/console/judgements/judge", fields)
    assert page.status_code == 422
    assert said in page.text


def test_two_that_are_not_there_are_a_sentence(console: Console) -> None:
    admin = console.people["admin"]
    assert admin.get("/console/judgements/compare").status_code == 400
    assert admin.get("/console/judgements/compare?a=1&b=2").status_code == 404


def test_recognition_of_every_year_is_taken_from_the_rounds_that_were_published(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        keep_year(session, YEARS[2])
        last = session.scalars(select(Round)).one()
        for year, rate, county in ((2023, 0.82, last.county), (2024, 0.86, last.county), (2024, 0.5, "别的区县")):
            columns = {
                column.key: getattr(last, column.key) for column in Round.__table__.columns if column.key != "id"
            }
            closes = last.closes.replace(year=year)
            former = Round(
                **columns | {"name": f"{year}{county}", "school_year": f"{year}-{year + 1}", "closes": closes}
            )
            former.county = county
            session.add(former)
            session.flush()
            publish(session, former, rate)
        publish(session, last, 0.89)
        check_each_year_has_its_own_rate(session)
        judgement = judge_stored(session, load_standard("qianjiang-2023"), YEARS[2], as_of=2025)
    assert judgement.roadmap is not None
    rise = next(line for line in judgement.roadmap.milestones if line.id == "M2025-8")
    assert (rise.status, rise.actual, rise.formula) == ("on_track", 3, "2023年82%、2024年86%、2025年89%")


def check_each_year_has_its_own_rate(session: Session) -> None:
    """Not the last round's: of the years of the store the first has none, and the round of the last year is later."""
    for year in YEARS:
        keep_year(session, year)
        keep_judgement(session, judge_stored(session, NATIONAL, year), actor="a", now=NOW)
    assert [year.rate for year in list_series(session, "national-2017")] == [None, 0.82, 0.86]
    earlier = [find_earlier(session, NATIONAL, str(year)).dimensions.recognition for year in YEARS]
    assert [found.rate for found in earlier] == [None, 0.82, 0.86]
    assert [found.verdict for found in earlier] == [Verdict.UNDETERMINED, Verdict.NOT_MET, Verdict.MET]


def publish(session: Session, round_: Round, rate: float) -> None:
    county = {"rate": rate, "lower": rate - 0.01, "upper": rate + 0.01}
    found = {"rule": round_.rule, "recognition": county}
    session.add(PublishedRow(round_id=round_.id, name="recognition", content=found))
    session.flush()
