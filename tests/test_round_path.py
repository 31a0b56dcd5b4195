"""What is done, next and missing on the way of a round, over the states that a store can be in."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from secrets import token_bytes

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from survey_app.codes.custody import hand_over
from survey_app.codes.revisiting import RevisitDraw, issue_revisits
from survey_app.core.audit import record
from survey_app.core.models import FrameRow, Job, Published, Round, School, TrialSlip
from survey_app.frame.schools import store_frame
from survey_app.pages.console.console_request import ON_THE_PATH
from survey_app.round_path import PATH_WORDS, RoundPath, Step, StepState, find_path, lay_path
from survey_app.rounds.draft import FIELDS, store_draft
from survey_app.rounds.trial_slips import make_slips
from tests.console import SITE, open_console, try_address
from tests.county import NOW, PLAN, county_frame, issue, open_county

FILLED = dict.fromkeys(FIELDS, "x") | {
    "county": "某某县", "population": "445012", "school_year": "2025-2026", "standard": "national-2017",
    "ministry": "far", "rule": "quality-2024", "opens": f"{NOW + timedelta(days=1):%Y-%m-%d %H:%M}",
    "closes": f"{NOW + timedelta(days=5):%Y-%m-%d %H:%M}",
}  # fmt: skip
TEMPLATES = Path(__file__).parents[1] / "survey_app" / "templates" / "console"


def walk(session: Session, now=NOW) -> RoundPath:
    session.flush()
    return find_path(session, now, SITE)


def states(path: RoundPath) -> dict[str, str]:
    return {step.label: step.state.value for step in path.steps}


def next_of(path: RoundPath) -> str:
    return path.next.label if path.next else ""


@pytest.mark.parametrize("lacking", list(product([False, True], repeat=4)))
@pytest.mark.parametrize("started", [False, True])
def test_one_step_at_most_is_next_and_all_before_it_are_behind(lacking: tuple[bool, ...], started: bool) -> None:
    some = (Step.PREPARE, Step.SAMPLE, Step.ISSUE, Step.CLOSE)
    path = lay_path({step: "x" for step, lacks in zip(some, lacking, strict=True) if lacks}, started=started)
    nexts = [place for place, step in enumerate(path.steps) if step.state == StepState.NEXT]
    assert len(nexts) <= 1
    asked = [step for step in some if lacking[some.index(step)] and not (started and step == Step.SAMPLE)]
    assert bool(nexts) == bool(asked)
    if nexts:
        assert list(Step)[nexts[0]] == asked[0]
        assert all(step.state in (StepState.DONE, StepState.SKIPPED) for step in path.steps[: nexts[0]])
    assert all(step.missing for step in path.steps if step.state in (StepState.NEXT, StepState.LATER))


def test_every_step_has_a_name_and_every_sentence_is_said() -> None:
    assert list(PATH_WORDS.labels) == [step.name.lower() for step in Step]
    assert [step.label for step in lay_path({}, started=False).steps] == (
        ["准备", "导入", "抽样", "问卷与规则", "预览", "试扫", "开始", "发码", "交接", "进度", "回访", "结束", "结果"]
    )


def test_an_empty_store_begins_with_its_facts_and_names_them(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        path = walk(session)
    assert next_of(path) == "准备"
    assert path.next
    assert "常住人口" in path.next.missing
    assert "组织单位" in path.next.missing
    assert "评估标准" not in path.next.missing
    assert set(states(path).values()) == {"next", "later"}


def test_the_path_of_a_draft_goes_on_as_it_is_filled_in(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        store_draft(session, FILLED, actor="test", now=NOW)
        path = walk(session)
        assert (next_of(path), path.next and path.next.missing) == ("导入", "还没有导入学校名单")
        session.add(School(code="P01", name="第一小学", kind="primary", built_year=None))
        assert "名册" in (walk(session).next or path.steps[0]).missing
        store_frame(session, county_frame(), actor="test", now=NOW)
        path = walk(session)
        assert next_of(path) == "抽样"
        assert path.next
        assert "237人全部受邀" in path.next.missing
        session.execute(update(FrameRow).where(FrameRow.group == "parent").values(invited=5))
        path = walk(session)
        assert states(path)["抽样"] == "done"
        assert next_of(path) == "预览"
        store_draft(session, FILLED | {"previewed": "1"}, actor="test", now=NOW)
        assert next_of(walk(session)) == "试扫"
        make_slips(session, None, SITE, actor="test", now=NOW, random=token_bytes)
        session.execute(update(TrialSlip).where(TrialSlip.number == 1).values(opened_at=NOW))
        assert next_of(walk(session)) == "试扫"
        session.execute(update(TrialSlip).values(opened_at=NOW))
        assert (next_of(walk(session)), next_of(find_path(session, NOW, "https://new.example"))) == ("开始", "试扫")


def test_a_round_opened_without_a_trial_may_still_have_one_while_somebody_lacks_codes(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        path = walk(session)
        assert (next_of(path), states(path)["试扫"]) == ("发码", "optional")
        for unit in ("P01", "P02", "甲镇代表团", "乙镇"):
            issue(session, unit)
        assert states(walk(session))["试扫"] == "skipped"
        make_slips(session, session.scalars(select(Round)).one(), SITE, actor="test", now=NOW, random=token_bytes)
        session.execute(update(TrialSlip).values(opened_at=NOW))
        assert states(walk(session))["试扫"] == "done"


def test_a_field_that_is_filled_in_wrong_is_not_done(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        store_draft(session, FILLED | {"population": "四十万"}, actor="test", now=NOW)
        path = walk(session)
        assert (next_of(path), path.next and path.next.missing) == ("准备", "常住人口应是大于0的整数。")


def test_a_round_goes_on_from_its_codes_to_its_report(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        path = walk(session)
        assert (next_of(path), path.next and path.next.missing) == ("发码", "还有237人没有码")
        assert [states(path)[label] for label in ("抽样", "问卷与规则", "预览")] == ["skipped"] * 3
        assert states(path)["交接"] == "later"
        for unit in ("P01", "P02", "甲镇代表团", "乙镇"):
            issue(session, unit)
        path = walk(session)
        assert (next_of(path), path.next and path.next.missing) == ("交接", "还有4个单位237人的码没有登记交接")
        round_ = session.scalars(select(Round)).one()
        rows = list(session.scalars(select(FrameRow.id)))
        hand_over(session, round_, rows, "各校", actor="test", now=NOW)
        assert next_of(walk(session)) == "进度"
        late = walk(session, PLAN.closes + timedelta(hours=1))
        assert (next_of(late), states(late)["进度"]) == ("结束", "done")


def test_a_re_contact_may_be_left_out_and_once_drawn_is_waited_for(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    end = PLAN.closes
    until = end + timedelta(days=3)
    with Session(sqlite_engine) as session:
        for unit in ("P01", "P02", "甲镇代表团", "乙镇"):
            issue(session, unit)
        round_ = session.scalars(select(Round)).one()
        hand_over(session, round_, list(session.scalars(select(FrameRow.id))), "各校", actor="test", now=NOW)
        assert states(walk(session, end - timedelta(seconds=1)))["回访"] == "later"
        path = walk(session, end)
        assert (next_of(path), states(path)["回访"]) == ("结束", "optional")
        asked = RevisitDraw(group=Group.PARENT, people=36, seed="7", until=until)
        issue_revisits(session, round_, asked, actor="test", now=end, random=token_bytes)
        path = walk(session, until - timedelta(seconds=1))
        assert (next_of(path), path.next and path.next.missing) == (
            "回访",
            "回访答题条可用到11月27日 08:00，到时再结束",
        )
        path = walk(session, until)
        assert (next_of(path), states(path)["回访"]) == ("结束", "done")
        round_.state = "closed"
        assert states(walk(session, until))["回访"] == "done"


def test_the_end_of_a_day_is_named_as_the_pages_name_it(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine, replace(PLAN, closes=datetime(2025, 11, 25)))
    with Session(sqlite_engine) as session:
        missing = {step.label: step.missing for step in walk(session).steps}
    assert missing["进度"] == "11月24日 24:00结束，看哪些单位尚缺"


def test_a_key_that_only_the_server_keeps_is_reminded_of_until_it_was_exported_or_shared(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    try_address(sqlite_engine, SITE)
    with Session(sqlite_engine) as session:
        round_ = session.scalars(select(Round)).one()
        round_.public_key = bytes(32)
        assert [(step.label, step.page) for step in walk(session).reminders] == [("密钥", "/console/keys")]
        round_.custody = "shared"
        assert not walk(session).reminders
        round_.custody = "server"
        record(session, "test", "export_key", f"round {round_.name}", at=NOW, mark="x")
        assert not walk(session).reminders


def test_once_the_window_is_over_no_codes_are_asked_for(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        assert next_of(walk(session, PLAN.closes - timedelta(seconds=1))) == "发码"
        assert next_of(walk(session, PLAN.closes)) == "结束"


def test_a_re_contact_that_nobody_made_is_skipped_by_a_close(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        session.scalars(select(Round)).one().state = "closed"
        assert states(walk(session))["回访"] == "skipped"


@pytest.mark.parametrize(
    ("state", "upcoming"),
    [("waiting_for_sheets", "开始"), ("open", "发码"), ("paused", "发码"), ("closed", "结束"), ("cancelled", "准备")],
)
def test_the_state_of_the_round_says_what_is_next(sqlite_engine: Engine, state: str, upcoming: str) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        session.execute(update(Round).values(state=state))
        assert next_of(walk(session)) == upcoming


def test_a_round_of_a_draft_keeps_that_its_papers_were_looked_at(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        session.scalars(select(Round)).one().approver = "某某"
        record(session, "test", "confirm", f"round {session.scalars(select(Round.name)).one()}", at=NOW, previewed="1")
        path = walk(session)
        assert [states(path)[label] for label in ("问卷与规则", "预览")] == ["done"] * 2


def test_a_report_ends_the_path_and_the_next_draft_begins_one(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        round_ = session.scalars(select(Round)).one()
        round_.state = "closed"
        job = Job(
            kind="report", state="done", round_id=round_.id, unit="", about={}, asked_by="x", asked_at=NOW, done=0,
            total=0, problem="", file="",
        )  # fmt: skip
        session.add(Published(round_id=round_.id, name="recognition", content={}))
        assert next_of(walk(session)) == "结果"
        session.add(job)
        path = walk(session)
        assert path.next is None
        assert path.line == PATH_WORDS.all_done
        store_draft(session, {"county": "青山区"}, actor="test", now=NOW)
        assert next_of(walk(session)) == "准备"


@pytest.mark.parametrize(
    "page", ["setup", "import", "sample", "codes", "unit?unit=P01", "papers", "watch", "round", "keys", "results"]
)
def test_every_page_of_a_round_says_what_is_next_to_the_office_alone(
    sqlite_engine: Engine, tmp_path: Path, page: str
) -> None:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as console:
        shown = console.people["admin"].get(f"/console/{page}").text
        assert "第8步，共13步：发码" in shown
        assert "还有237人没有码" in shown
        assert 'class="path"' not in console.people["unit"].get("/console/watch").text


def test_the_templates_on_the_path_are_there() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.html")} >= ON_THE_PATH
