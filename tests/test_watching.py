from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from analysis.plan import sample_plan
from questionnaires.rule import load_rule
from survey_app.core.db import reading
from survey_app.core.models import Batch, FrameRow
from survey_app.rounds.round_rows import find_round
from survey_app.watching import live_counts
from survey_app.watching.live_counts import (
    VIEWS,
    Pace,
    Seen,
    Watch,
    add_hours,
    confine,
    find_pace,
    load_targets,
    summarise,
)
from survey_app.watching.slots import read_slots
from survey_app.watching.status import load_status
from tests.county import NOW, OPENS, PLAN, answer, county_frame, issue, open_county, row_id

HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine: Engine) -> Session:
    open_county(engine)
    return Session(engine)


def see(engine: Engine, at: object = NOW, watch: Watch | None = None) -> Seen:
    with Session(engine) as session:
        round_ = find_round(session)
        return (watch or Watch(reading(engine))).look(round_, at)  # type: ignore[arg-type]


def test_targets_of_rows_add_up_to_the_plan(engine: Engine, session: Session) -> None:
    with session:
        targets = load_targets(session, find_round(session))
    plan = sample_plan(load_rule(PLAN.rule), county_frame(), PLAN.population)
    expected = plan[plan["unit"] == ""].set_index("group")["target"]
    found = targets.groupby("group")["target"].sum()
    assert found.sum() > 0
    assert found.to_dict() == {group: n for group, n in expected.items() if group in found.index}


def test_what_a_stratum_owes_falls_on_those_who_are_invited(engine: Engine, session: Session) -> None:
    with session, session.begin():
        asked = session.get_one(FrameRow, row_id(session, "parent", "P01", "四年级1班"))
        for row in session.scalars(select(FrameRow).where(FrameRow.group == "teacher", FrameRow.unit == "P02")):
            row.invited = 0
        asked.invited = 3
        targets = load_targets(session, find_round(session))
    teachers = targets[targets["group"] == "teacher"]
    assert teachers.set_index("unit")["target"].to_dict()["P02"] > 0  # nobody of the villages is invited: it is seen
    parents = targets[(targets["group"] == "parent") & (targets["band"] == "4-6")]
    assert parents["target"].sum() > 0


def test_every_view_counts_every_form(engine: Engine, session: Session) -> None:
    with session, session.begin():
        answer(session, issue(session, "P01")[:50])
        answer(session, issue(session, "P02")[:7])
    seen = see(engine)
    for keys in VIEWS.values():
        assert summarise(seen.rows, keys, seen.pace)["forms"].sum() == 57
    assert sum(add_hours(seen, seen.rows).values()) == 57


def test_it_says_the_same_as_the_status_command(engine: Engine, session: Session) -> None:
    with session, session.begin():
        codes = issue(session, "P01")
        answer(session, codes[:50])
        session.scalars(select(Batch)).first().state = "void"  # type: ignore[union-attr]
    with Session(engine) as again:
        status = load_status(again, find_round(again), now=NOW)
    seen = see(engine)
    table = summarise(seen.rows, ["group", "unit"], seen.pace).set_index(["unit", "group"])
    for row in status.units:
        found = table.loc[(row.unit, row.group)]
        assert [found[name] for name in ("population", "issued", "forms")] == [
            getattr(row, name) for name in ("population", "issued", "spent")
        ]


def test_those_furthest_behind_come_first_and_more_than_all_is_said_so(engine: Engine, session: Session) -> None:
    with session, session.begin():
        answer(session, issue(session, "P01"))
        answer(session, issue(session, "P02")[:3])
    seen = see(engine)
    table = summarise(seen.rows, ["unit"], seen.pace)
    shares = table["share"].dropna().tolist()
    assert shares == sorted(shares)
    assert table["unit"].tolist()[0] in ("乙镇", "甲镇代表团")
    assert table.loc[table["unit"] == "P01", "share"].gt(1).all()


def test_a_forecast_adds_what_is_still_to_come_for_each_form_of_the_last_day() -> None:
    rows = county_frame().assign(target=10, issued=60, forms=30, recent=20, id=0, name="", band="")
    [row] = summarise(rows.head(1), ["unit"], Pace(elapsed=10, left=6, more=0.6)).to_dict("records")
    assert (row["rate"], row["forecast"], row["needed"]) == (2, 42, 0)
    [row] = summarise(rows.head(1).assign(target=90), ["unit"], Pace(10, 6)).to_dict("records")
    assert (row["needed"], row["hourly"]) == (60, 10)
    [row] = summarise(rows.head(1).assign(issued=35), ["unit"], Pace(10, 6, 0.6)).to_dict("records")
    assert row["forecast"] == 35
    [row] = summarise(rows.head(1), ["unit"], Pace(10, 6)).to_dict("records")
    assert row["forecast"] == 30


def test_too_many_of_one_group_stand_in_for_none_of_another() -> None:
    rows = county_frame().assign(issued=60, recent=0, id=0, name="", band="", target=0, forms=0)
    rows.loc[rows["group"] == "parent", ["target", "forms"]] = [(10, 0), (5, 0), (15, 20)]
    rows.loc[rows["group"] == "teacher", ["target", "forms"]] = [(5, 9), (5, 5)]
    table = summarise(rows, ["unit"], Pace(10, 6)).set_index("unit")
    assert table.loc["P01", ["target", "forms", "needed", "short"]].tolist() == [20, 9, 15, 15]
    assert table.loc["P01", "share"] == 0.25
    assert table.loc["P02", ["needed", "share"]].tolist() == [0, 1.25]
    [whole] = summarise(rows.assign(county=""), ["county"], Pace(10, 6)).to_dict("records")
    assert whole["needed"] == 10


def test_pace_counts_open_hours_alone(engine: Engine, session: Session) -> None:
    with session:
        round_ = find_round(session)
        assert find_pace(round_, OPENS - HOUR) == Pace(1, 96)
        assert find_pace(round_, OPENS + HOUR / 2) == Pace(1, 95.5)
        assert find_pace(round_, OPENS + 3 * HOUR) == Pace(3, 93)
        assert find_pace(round_, OPENS + 50 * HOUR + HOUR / 2) == Pace(23.5, 45.5)
        assert find_pace(round_, round_.closes + HOUR).left == 0
        round_.state = "closed"
        assert find_pace(round_, OPENS + 3 * HOUR).left == 0


def test_forms_are_counted_once_however_often_one_looks(engine: Engine, session: Session) -> None:
    watch = Watch(reading(engine))
    codes = {}
    with session, session.begin():
        codes = {unit: issue(session, unit) for unit in ("P01", "P02")}
    total = 0
    for step in range(6):
        at = OPENS + step * timedelta(minutes=7)
        with Session(engine) as again, again.begin():
            answer(again, codes["P01"][step * 3 : step * 3 + 3], at)
        total += 3
        assert see(engine, at, watch).rows["forms"].sum() == total
        assert see(engine, at + timedelta(seconds=2), watch).rows["forms"].sum() == total


def test_what_is_long_past_is_read_once_and_the_newest_once_a_second(engine: Engine, session: Session) -> None:
    with session, session.begin():
        answer(session, issue(session, "P01")[:40], OPENS)
    watch, read = Watch(reading(engine)), []
    see(engine, NOW, watch)

    def hear(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
        if "FROM ledger" in statement:
            read.append(parameters)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        for milliseconds in (100, 500, 900):
            see(engine, NOW + timedelta(milliseconds=milliseconds), watch)
        assert read == []
        see(engine, NOW + timedelta(seconds=1), watch)
        assert len(read) == 1
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert watch._known[next(iter(watch._known))].since > 0


def test_codes_of_a_void_batch_count_as_issued_only_where_answered(engine: Engine, session: Session) -> None:
    with session, session.begin():
        codes = issue(session, "P02")
        answer(session, [one for one in codes if one.group == "parent"][:8])
        row = row_id(session, "parent", "P02", "七年级1班")
        session.scalars(select(Batch).where(Batch.frame_row_id == row)).one().state = "void"
    seen = see(engine)
    assert seen.rows.set_index("id").loc[row, ["issued", "forms"]].tolist() == [8, 8]


def test_counts_are_replayed_once_a_mark_and_of_batches_the_void_ones_alone(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look used to replay every batch, and each page every unit: seconds with a million forms."""
    with session, session.begin():
        answer(session, issue(session, "P01")[:9], OPENS)
        row = row_id(session, "parent", "P02", "七年级1班")
        issue(session, "P02")
        session.scalars(select(Batch).where(Batch.frame_row_id == row)).one().state = "void"
    replays: list[str] = []
    for module, name in (("counted_rows", "find_figure"), ("shown_figures", "replay")):
        replay = getattr(import_module(f"survey_app.watching.{module}"), name)

        def note(*about: object, replay: Callable[..., object] = replay, name: str = name) -> object:
            replays.append(name)
            return replay(*about)

        monkeypatch.setattr(f"survey_app.watching.{module}.{name}", note)
    watch = Watch(reading(engine))
    shown = []
    units = []
    for seconds in range(2):
        seen = see(engine, NOW + timedelta(seconds=seconds), watch)
        shown.append(summarise(seen.rows, ["unit"], seen.pace)["forms"].tolist())
        units.append(replays.count("replay"))
    assert shown[0] == shown[1]
    assert replays.count("find_figure") == 2  # the void batch, at each look
    assert units[0] == units[1] > 0


def test_a_new_mark_reads_only_what_is_new_unless_something_came_very_late(engine: Engine, session: Session) -> None:
    """Each ten-minute mark used to read the whole ledger: ten seconds of a processor with a million forms."""
    with session, session.begin():
        codes = issue(session, "P01")
        answer(session, codes[:9], OPENS)
    watch = Watch(reading(engine))
    read: list[int | None] = []
    seen = [see(engine, NOW, watch)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            live_counts, "read_slots", lambda session, first=None: read.append(first) or read_slots(session, first)
        )
        seen.append(see(engine, NOW + HOUR / 2, watch))
        assert None not in read
        with Session(engine) as again, again.begin():
            answer(again, codes[9:13], OPENS)  # committed now: the writer's queue had it since
        seen.append(see(engine, NOW + HOUR, watch))
    assert read.count(None) == 1
    assert [counts.rows["forms"].sum() for counts in seen] == [9, 9, 13]
    assert [summarise(counts.rows, ["unit"], counts.pace)["forms"].sum() for counts in seen] == [9, 9, 13]


@pytest.mark.parametrize(
    ("role", "scope", "units"),
    [
        ("unit", "P02", {"P02"}),
        ("township", "甲镇", {"P01", "甲镇代表团"}),
        ("county", "", {"P01", "P02", "甲镇代表团", "乙镇"}),
        ("administrator", "", {"P01", "P02", "甲镇代表团", "乙镇"}),
        ("analyst", "", {"P01", "P02", "甲镇代表团", "乙镇"}),
        ("unit", "nowhere", set()),
    ],
)
def test_each_role_sees_its_own(engine: Engine, session: Session, role: str, scope: str, units: set[str]) -> None:
    assert set(confine(see(engine).rows, role, scope)["unit"]) == units
