"""Watching and one unit's page: what is said, to whom, and how soon."""

import asyncio
import io
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group
from survey_app.accounts.signing_in import Person
from survey_app.core.db import reading
from survey_app.core.models import Batch, Round
from survey_app.jobs.running import Jobs
from survey_app.pages.console import watch_pages as watch
from survey_app.pages.console.console_drawing import say_share
from survey_app.pages.console.live_events import LiveCounts
from survey_app.pages.console.live_figures import Cell, CountedCells, add_grown, live, read_cells
from survey_app.pages.console.progress_lines import ProgressLine
from survey_app.pages.console.unit_pages import UnitLine, remind
from survey_app.pages.console.watch_charts import draw_bar, draw_hours
from survey_app.pages.console.watch_pages import View
from survey_app.rounds.round_rows import find_round
from survey_app.watching.grown_counts import WHOLE, Glance, GroupWatch
from survey_app.watching.live_counts import Pace, Seen, Watch
from survey_app.watching.outlook import Outlook
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, OPENS, answer, issue, open_county, row_id
from tests.postgresql import engine_mostly_sqlite

__all__ = ["engine_mostly_sqlite"]

COUNTY = Person("county", "county", "", must_change=False)
UNIT = Person("unit", "unit", "P01", must_change=False)


@pytest.fixture
def console(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    look = Watch.look

    def look_after_restart(watch: Watch, round_: Round, now: datetime, *, afresh: bool = False) -> Seen:
        watch._known.clear()
        return look(watch, round_, now, afresh=True)

    monkeypatch.setattr(Watch, "look", look_after_restart)
    open_county(engine)
    with open_console(engine, tmp_path / "store") as opened:
        yield opened


def answered(engine: Engine, unit: str, n: int) -> None:
    with Session(engine) as session, session.begin():
        answer(session, issue(session, unit)[:n])


def test_those_furthest_behind_stand_first_and_more_than_all_is_shown(console: Console) -> None:
    answered(console.engine, "P01", 120)
    page = console.people["county"].get("/console/watch").text
    order = re.findall('data-row="(.*?)"', page)
    assert order[-1] == "第一小学"
    shares = [int(share) for share in re.findall(r'data-share="unit:P01" data-of="\d+">(\d+)%', page)]
    assert shares[0] > 100


def test_a_class_with_more_forms_than_people_is_to_be_looked_into(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        [code] = issue(session, "P02", "class")
        answer(session, [code] * 53)
    page = console.people["county"].get("/console/watch?by=class").text
    assert "多于名册50人，需核实" in page


def test_the_workbook_holds_every_view_with_the_same_forms(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        answer(session, issue(session, "P01")[::2][:61])
    content = console.people["county"].get("/console/watch.xlsx").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["单位", "调查对象", "学段", "年级段", "城乡", "乡镇", "班级"]
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python()
        place = rows[1].index("已回收答卷")
        assert sum(float(str(row[place])) for row in rows[2:] if "少于3份" not in str(row[0])) == 61
        assert all(row[place] == "" for row in rows[2:] if "少于3份" in str(row[0]))


def test_a_unit_contact_makes_the_codes_of_their_unit_alone(console: Console) -> None:
    unit = console.people["unit"]
    job = unit.post("/console/unit/issue", {"unit": "P01", "kind": "slips"}).headers["location"]
    assert unit.post(f"{job}/take").content.startswith(b"%PDF")
    page = unit.get("/console/unit").text
    assert page.count("已制作") == 4
    part = page.split("班级和对象")[1].split("群通知")[0]
    assert "作废" not in part.replace("作废、重印、加印和纸质问卷要先勾选", "")


def test_codes_are_handed_over_and_a_lost_batch_is_void_after_a_question(console: Console) -> None:
    answered(console.engine, "P02", 8)
    with Session(console.engine) as session:
        row = row_id(session, "parent", "P02", "七年级1班")
    county = console.people["county"]
    assert county.post("/console/unit/hand-over", {"unit": "P02", "office": "教务处"}).status_code == 303
    assert county.get("/console/unit?unit=P02").text.count("教务处<") == 2
    question = county.post("/console/unit/void", {"unit": "P02", "row": row})
    assert "作废第二小学的42个未使用的码？" in question.text
    assert "已作废" not in county.get("/console/unit?unit=P02").text
    assert county.post("/console/unit/void", {"unit": "P02", "row": row, "sure": "1"}).status_code == 303
    assert "已作废" in county.get("/console/unit?unit=P02").text
    job = county.post("/console/unit/issue", {"unit": "P02", "kind": "slips"}).headers["location"]
    assert "已完成" in county.get(job).text
    assert "一人一码（42人）" in county.get("/console/unit?unit=P02").text


def test_more_slips_and_a_reprint(console: Console) -> None:
    answered(console.engine, "P02", 8)
    with Session(console.engine) as session:
        row = row_id(session, "parent", "P02", "七年级1班")
    county = console.people["county"]
    asked = {"unit": "P02", "row": row, "kind": "slips"}
    assert "42个未使用的码" in county.post("/console/unit/reprint", asked).text
    job = county.post("/console/unit/reprint", asked | {"sure": "1"}).headers["location"]
    assert "已完成" in county.get(job).text
    more = county.post("/console/unit/more", asked | {"people": "1"}).headers["location"]
    assert "还可以加印 0 张" in county.get(more).text
    assert county.post("/console/unit/more", {"unit": "P02", "people": "3"}).status_code == 400


names = st.sampled_from(["一班", "85班", "满意班", "得分 班", "三年级1班", "第八十五班", ""])


def unit_line(class_name: str, group: str, forms: int) -> UnitLine:
    nothing: Any = dict.fromkeys(
        ("population", "invited", "target", "issued", "recent", "needed", "forecast", "short"), 0
    )
    rates: Any = dict.fromkeys(("share", "rate", "hourly"), 0.0)
    counts = ProgressLine(class_name=class_name, group=group, forms=forms, **nothing, **rates)
    return UnitLine(counts=counts, batch=None, papers=[])


@given(
    st.lists(st.tuples(names, st.sampled_from(list(Group)), st.integers(0, 900)), max_size=12),
    st.datetimes(),
    st.booleans(),
)
def test_no_reminder_names_an_option_a_target_or_a_score(
    rows: list[tuple[str, str, int]], closes: Any, invented: bool
) -> None:
    lines = [unit_line(*row) for row in rows]
    about = {"county": "青山区", "organiser": "青山区督导室", "telephone": "023-79220000"}
    round_ = Round(closes=closes.replace(minute=0), invented=invented, **about)
    text = remind(View(round_, Seen(pd.DataFrame(), {}, NOW, Pace(1, 1)), pd.DataFrame(), Outlook()), lines)
    assert not re.search("满意|85|得分", text)
    assert "不是教育部的调查" in text
    assert "任何人不得要求您怎么选" in text


def test_the_unit_page_holds_its_reminder(console: Console) -> None:
    page = console.people["unit"].get("/console/unit").text
    text = page.split('<textarea id="reminder"')[1].split("</textarea>")[0]
    assert "答卷还很少的有：三年级1班 家长、" in text
    assert not re.search("满意|85|得分", text)


def seen_by(engine: Engine, clock: Sequence[datetime] = (NOW,), *, remembering: bool = False) -> Any:
    """Looks at the counts; without a memory it reads the ledger's arrivals again though no ten-minute mark passed."""
    kept = GroupWatch(reading(engine), Watch(reading(engine)))

    def look() -> Glance:
        groups = kept if remembering else GroupWatch(reading(engine), Watch(reading(engine)))
        with Session(engine) as session:
            return groups.glance(find_round(session), clock[0])

    return look


async def first(events: AsyncIterator[str]) -> dict[str, Any]:
    async for event in events:
        if event:
            return dict(json.loads(event))
    raise AssertionError("no event")


@pytest.mark.parametrize("remembering", [False, True])
def test_each_watcher_hears_only_what_changed_of_their_own(engine: Engine, remembering: bool) -> None:
    open_county(engine)
    with Session(engine) as session, session.begin():
        mine, others = issue(session, "P01"), issue(session, "P02")

    async def play() -> list[dict[str, Any]]:
        clock = [NOW]
        live_counts = LiveCounts(seen_by(engine, clock, remembering=remembering))
        county, unit = live_counts.follow(COUNTY, 0, 30), live_counts.follow(UNIT, 0, 30)
        waiting = [asyncio.ensure_future(first(viewer)) for viewer in (county, unit)]
        await asyncio.sleep(0.5)
        await asyncio.to_thread(answer_with, engine, others[:2])
        await live_counts._count()
        heard = [await waiting[0]]
        assert not waiting[1].done()
        await asyncio.to_thread(answer_with, engine, mine[:3])
        await live_counts._count()
        assert not waiting[1].done()
        clock[0] = NOW + timedelta(minutes=20)
        await live_counts._count()
        heard.append(await asyncio.wait_for(waiting[1], 10))
        return heard

    county, unit = asyncio.run(play())
    assert county["figures"]["all"] == 2
    assert not any("P02" in key for key in county["figures"] if not key.startswith("lack:"))
    assert unit["figures"]["all"] == 3
    assert not any("P02" in key for key in unit["figures"])
    assert unit["at"] == "18:20:00"


def test_between_two_marks_groups_are_counted_alone_and_say_what_a_whole_look_says(engine: Engine) -> None:
    """Every second all cells of a county used to be gathered and worked out anew: a fifth of a core."""
    open_county(engine)
    with Session(engine) as session, session.begin():
        codes = [*issue(session, "P01"), *issue(session, "P02")]
    watch = Watch(reading(engine))
    looks: list[datetime] = []
    whole = watch.look
    watch.look = lambda *about, **more: looks.append(NOW) or whole(*about, **more)  # type: ignore[method-assign,func-returns-value]
    groups = GroupWatch(reading(engine), watch)
    for some in (codes[:1], codes[1:6], codes[6:9]):
        with Session(engine) as session:
            rested = groups.glance(find_round(session), NOW)
        answer_with(engine, some)
        with Session(engine) as session:
            round_ = find_round(session)
            quick = groups.glance(round_, NOW)
            wanted = read_cells(Watch(reading(engine)).look(round_, NOW))
        assert quick.seen is rested.seen
        cells = read_cells(quick.seen)
        told = add_grown(
            live(cells, COUNTY), CountedCells(cells=cells.cells, mark=cells.mark, grown=quick.grown), COUNTY
        )
        exact = live(wanted, COUNTY)
        assert {name: told[name] for name in told if "unit" not in name and "cell" not in name} == {
            name: exact[name] for name in exact if "unit" not in name and "cell" not in name
        }
    assert len(looks) == 1


@pytest.mark.parametrize(
    ("change", "later"),
    [("issue", timedelta(0)), ("void", timedelta(0)), ("none", WHOLE), ("none", timedelta(minutes=10))],
)
def test_the_whole_is_looked_at_when_more_than_counts_changed_or_after_a_while(
    engine: Engine, change: str, later: timedelta
) -> None:
    open_county(engine)
    groups = GroupWatch(reading(engine), Watch(reading(engine)))
    with Session(engine) as session, session.begin():
        issue(session, "P01")
        before = groups.glance(find_round(session), NOW)
    with Session(engine) as session, session.begin():
        if change == "issue":
            issue(session, "P02")
        elif change == "void":
            session.execute(update(Batch).values(state="void"))
    with Session(engine) as session:
        assert groups.glance(find_round(session), NOW + later).seen is not before.seen


def answer_with(engine: Engine, codes: Any) -> None:
    with Session(engine) as session, session.begin():
        answer(session, codes, NOW)


def test_a_page_that_is_behind_is_told_everything_at_once(engine: Engine) -> None:
    open_county(engine)
    answered(engine, "P01", 5)

    async def play(known: int) -> dict[str, Any]:
        events = LiveCounts(seen_by(engine)).follow(UNIT, known, 0.2)
        return await first(events)

    assert asyncio.run(play(3))["figures"]["unit:P01"] == 5
    with pytest.raises(AssertionError, match="no event"):
        asyncio.run(play(5))


def test_a_hundred_who_begin_to_watch_at_once_are_one_look_and_hold_nobody_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each used to look for itself and to work its figures out on the loop that answers phones."""
    open_county(engine)
    answered(engine, "P01", 5)
    look = seen_by(engine)
    looks: list[int] = []
    on_the_loop: list[bool] = []
    work_out = live

    def look_and_note() -> Glance:
        looks.append(1)
        return look()  # type: ignore[no-any-return]

    def work_out_and_note(counted: CountedCells, person: Person) -> dict[str, int]:
        on_the_loop.append(threading.current_thread() is threading.main_thread())
        return work_out(counted, person)

    monkeypatch.setattr("survey_app.pages.console.live_events.live", work_out_and_note)

    async def play() -> list[dict[str, Any]]:
        live_counts = LiveCounts(look_and_note)
        return await asyncio.gather(*(first(live_counts.follow(COUNTY, 0, 30)) for _ in range(100)))

    heard = asyncio.run(play())
    assert [event["figures"]["all"] for event in heard] == [5] * 100
    assert (len(looks), on_the_loop) == (1, [False])


def test_a_look_that_fails_does_not_end_the_pulse(engine: Engine) -> None:
    open_county(engine)
    look, calls = seen_by(engine), []

    def failing() -> Glance:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError
        return look()  # type: ignore[no-any-return]

    async def play() -> dict[str, Any]:
        live_counts = LiveCounts(failing)
        running = asyncio.create_task(live_counts.run())
        waiting = asyncio.ensure_future(first(live_counts.follow(COUNTY, 0, 30)))
        await asyncio.sleep(1.5)
        await asyncio.to_thread(answered, engine, "P01", 4)
        heard = await asyncio.wait_for(waiting, 10)
        running.cancel()
        return heard

    assert asyncio.run(play())["figures"]["all"] == 4


def test_events_come_over_the_wire_uncompressed_and_confined(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(console.engine, "P01", 5)
    answered(console.engine, "P02", 9)
    monkeypatch.setattr(watch, "STREAM_SECONDS", 0.3)
    stream = console.people["unit"].get("/console/events?since=0")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in stream.headers
    assert '"all": 5' in stream.text
    assert "P02" not in stream.text


def test_pages_that_came_at_once_do_not_all_come_back_at_once(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting: list[float] = []

    async def follow(_: LiveCounts, __: Person, ___: int, seconds: float) -> AsyncIterator[str]:
        lasting.append(seconds)
        yield ""

    monkeypatch.setattr(LiveCounts, "follow", follow)
    for _ in range(20):
        console.people["county"].get("/console/events?since=0")
    assert min(lasting) >= watch.STREAM_SECONDS / 2
    assert max(lasting) <= watch.STREAM_SECONDS
    assert max(lasting) - min(lasting) > watch.STREAM_SECONDS / 10


def exact(cells: dict[tuple[str, str, str], tuple[int, int]]) -> CountedCells:
    return CountedCells(cells={key: Cell(forms=forms, target=target) for key, (forms, target) in cells.items()})


def test_a_live_figure_counts_what_a_person_may_see() -> None:
    cells = exact({("P01", "parent", "甲镇"): (3, 5), ("P02", "parent", "乙镇"): (4, 4)})
    assert live(cells, COUNTY)["all"] == 7
    assert live(cells, UNIT) == {
        **{"all": 3, "group:parent": 3, "unit:P01": 3, "cell:P01|parent": 3},
        **{"lack:all": 2, "lack:group:parent": 2, "lack:unit:P01": 2},
    }
    assert live(cells, Person("t", "township", "乙镇", must_change=False))["all"] == 4


def test_what_is_lacking_is_counted_group_by_group_live_as_on_the_page(engine: Engine) -> None:
    cells = exact(
        {
            ("P01", "parent", "甲镇"): (0, 15),
            ("P01", "teacher", "甲镇"): (9, 5),
            ("P02", "parent", "乙镇"): (20, 15),
        }
    )
    figures = live(cells, COUNTY)
    assert (figures["lack:unit:P01"], figures["lack:unit:P02"]) == (15, 0)
    assert (figures["lack:group:parent"], figures["lack:group:teacher"], figures["lack:all"]) == (10, 0, 10)


def test_a_closed_round_has_no_forecast(console: Console) -> None:
    answered(console.engine, "P01", 9)
    open_page = console.people["county"].get("/console/watch").text
    assert "照此预计到结束" in open_page
    with Session(console.engine) as session, session.begin():
        find_round(session).state = "closed"
    page = console.people["county"].get("/console/watch").text
    assert re.search("结束时比最低样本少[0-9]+份</h1>", page)
    assert "照此预计到结束" not in page
    assert "此后每小时" not in page


def at_later(console: Console, monkeypatch: pytest.MonkeyPatch, days: float) -> str:
    look = Watch.look
    later = OPENS + timedelta(days=days)
    monkeypatch.setattr(Watch, "look", lambda watch, round_, _, **how: look(watch, round_, later, **how))
    return console.people["county"].get("/console/watch").text


def test_the_end_is_estimated_from_the_second_day_on_with_two_ends_and_no_promise(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(console.engine, "P01", 20)
    first = at_later(console, monkeypatch, 0.9)
    assert "开始满24小时后才能估计" in first
    assert "此刻一般已有" in first
    monkeypatch.undo()
    second = at_later(console, monkeypatch, 1.5)
    low, high = map(int, re.search(r"照此预计到结束</dt><dd>(\d+)—(\d+)", second).groups())
    assert 20 <= low <= high
    assert "是估计，不是保证" in second
    low, high, said = re.search(r"此刻一般已有(\d+)—(\d+)份，(?:<[^>]*>)?现在(..)", second).groups()
    assert said == ("偏少" if int(low) > 20 else "偏多" if int(high) < 20 else "正常")


def test_a_unit_says_for_how_many_days_nothing_came(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(console.engine, "P01", 20)
    assert "天没有新答卷" not in at_later(console, monkeypatch, 0.9)
    monkeypatch.undo()
    assert "2天没有新答卷" in at_later(console, monkeypatch, 2.5)


def test_counts_of_codes_are_whole_numbers(console: Console) -> None:
    answered(console.engine, "P01", 1)
    page = console.people["county"].get("/console/codes").text
    assert re.findall(r'class="behind">(.*?)<', page) == ["65", "30", "12"]


def test_a_bar_ends_at_a_hundred_and_twenty_five_percent() -> None:
    assert 'width="50"' in draw_bar(5, 10)
    assert 'width="125"' in draw_bar(30, 10)
    assert 'class="fill over"' in draw_bar(11, 10)
    assert 'width="0"' in draw_bar(3, 0)


def test_a_chart_of_hours_says_its_peak_in_words() -> None:
    assert "最多的一小时7份" in draw_hours({100: 7, 101: 2}, 99, 103)
    assert "还没有收到答卷" in draw_hours({}, 99, 103)


def test_a_share_is_full_only_when_it_is() -> None:
    assert [say_share(share) for share in (0.9999, 1.0, 1.5)] == ["99%", "100%", "150%"]


def test_the_first_view_is_small(console: Console) -> None:
    page = console.client.get(
        "/console/watch",
        headers={"cookie": f"console={console.people['county'].token}", "accept-encoding": "br"},
    )
    assert int(page.headers["content-length"]) < 60_000


def test_the_enter_key_makes_no_codes_on_the_page_of_a_unit(console: Console) -> None:
    """HTML 4.10.21.2: a form whose first button is disabled is not sent by Enter."""
    form = console.people["county"].get("/console/unit?unit=P01").text.split('action="/console/unit/issue"')[1]
    assert re.findall("<button[^>]*>", form)[0] == "<button disabled hidden>"
