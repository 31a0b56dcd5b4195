"""Paper forms: typed in twice, compared, stored once; and nothing of the first time outlives its purpose."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from questionnaires.answers import encode_answers
from questionnaires.paper import load_paper
from survey_app.answering.box import open_box
from survey_app.closing.cancelling import cancel_round
from survey_app.closing.close import close_round
from survey_app.codes.custody import list_batches
from survey_app.codes.issuing import issue_codes, issue_more, issue_paper, void_batches
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Box, Form, Ledger, PaperEntry, Spent
from survey_app.printed_forms.entry_lock import LOCKED, destroy_lock, lock_path
from survey_app.printed_forms.transcribing import (
    Entry,
    drop_first,
    list_stacks,
    list_waiting,
    read_entry,
    sitting_of,
    store_first,
    store_second,
)
from survey_app.rounds.key_custody import Given, find_seed
from survey_app.rounds.keys import private_key
from survey_app.rounds.opening import check_paper_until, set_paper_until, set_paused
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status
from tests.county import NOW, PLAN, answer, issue, open_county, row_id
from tests.keyring import keys_of

UNTIL = PLAN.closes - timedelta(days=1)
ONE, OTHER = sitting_of("one sign-in"), sitting_of("another sign-in")
GIVEN = tuple(int(digit) for digit in "54321954321954320")
PAPER = load_paper("social-2026")


@pytest.fixture
def store(engine: Engine) -> Engine:
    open_county(engine, replace(PLAN, paper_until=UNTIL))
    return engine


def act(store: Engine, do: Callable[[Session], Any]) -> Any:
    with Session(store, expire_on_commit=False) as session, session.begin():
        return do(session)


def printed(store: Engine, people: int = 5, group: str = "public", unit: str = "乙镇", class_name: str = "") -> int:
    def do(session: Session) -> int:
        row = row_id(session, group, unit, class_name)
        return issue_paper(session, find_round(session), row, people, actor="王", now=NOW, random=token_bytes)

    return int(act(store, do))


def first(store: Engine, entry: Entry, now: Any = NOW) -> None:
    act(
        store,
        lambda session: store_first(session, find_round(session), entry, keys=keys_of(store), actor="王", now=now),
    )


def second(store: Engine, entry: Entry, settled: dict[str, int] | None = None, now: Any = NOW) -> Any:
    return act(
        store,
        lambda session: store_second(
            session,
            find_round(session),
            entry,
            settled or {},
            keys=keys_of(store),
            actor="李",
            now=now,
            random=token_bytes,
        ),
    )


def opened(store: Engine) -> list[str]:
    """What the round's key finds in its boxes."""
    with Session(store) as session:
        seed = find_seed(find_round(session), keys_of(store), Given())
        private = bytes(private_key(seed))
        return [open_box(box, private).answers for box in session.scalars(select(Box.sealed))]


def counted(store: Engine) -> tuple[int, int, int, int]:
    """Sealed forms, spent codes, forms of the ledger, and entries that wait."""
    with Session(store) as session:
        return (
            session.scalar(select(func.count()).select_from(Box)) or 0,
            session.scalar(select(func.count()).select_from(Spent)) or 0,
            session.scalar(select(func.coalesce(func.sum(Ledger.n), 0))) or 0,
            session.scalar(select(func.count()).select_from(PaperEntry)) or 0,
        )


def test_a_sheet_typed_in_twice_is_one_form_and_spends_one_code(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 1, GIVEN, ONE))
    assert counted(store) == (0, 0, 0, 1)
    assert second(store, Entry(batch, 1, GIVEN, OTHER)) == []
    assert counted(store) == (1, 1, 1, 0)
    with Session(store) as session:
        status = load_status(session, find_round(session))
    assert opened(store) == ["54321954321954320"]
    [row] = [unit for unit in status.units if unit.unit == "乙镇"]
    assert (status.forms, row.issued, row.spent) == (1, 5, 1)


def test_where_the_two_differ_nothing_is_stored_until_each_item_is_settled(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 1, GIVEN, ONE))
    again = Entry(batch, 1, (1, 4, 3, 0, *GIVEN[4:]), OTHER)
    found = second(store, again)
    assert [tuple(one) for one in found] == [("virtue_1", 5, 1), ("fairness_2", 2, 0)]
    assert second(store, again, {"virtue_1": 5}) == found
    assert counted(store) == (0, 0, 0, 1)
    assert second(store, again, {"virtue_1": 5, "fairness_2": 4}) == []
    assert counted(store) == (1, 1, 1, 0)
    assert opened(store) == ["54341954321954320"]


def test_one_sitting_never_types_a_sheet_in_twice(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 1, GIVEN, ONE))
    with pytest.raises(ConflictError, match="换一个人"):
        second(store, Entry(batch, 1, GIVEN, ONE))
    with pytest.raises(ConflictError, match="已经录过第一遍"):
        first(store, Entry(batch, 1, GIVEN, OTHER))
    with pytest.raises(ConflictError, match="没有等待第二遍"):
        second(store, Entry(batch, 2, GIVEN, OTHER))
    assert counted(store) == (0, 0, 0, 1)


def test_a_second_time_sent_twice_at_once_stores_one_form(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 1, GIVEN, ONE))

    def send(_: int) -> str:
        try:
            second(store, Entry(batch, 1, GIVEN, OTHER))
        except ConflictError:
            return "refused"
        return "stored"

    with ThreadPoolExecutor(6) as threads:
        outcomes = sorted(threads.map(send, range(6)))
    assert outcomes == ["refused"] * 5 + ["stored"]
    assert counted(store) == (1, 1, 1, 0)


def test_no_more_forms_than_printed_sheets_are_typed_in(store: Engine) -> None:
    batch = printed(store, people=2)
    for sheet in (1, 2):
        first(store, Entry(batch, sheet, GIVEN, ONE))
        second(store, Entry(batch, sheet, GIVEN, OTHER))
    first(store, Entry(batch, 2, GIVEN, ONE))
    with pytest.raises(ConflictError, match="已经全部入库"):
        second(store, Entry(batch, 2, GIVEN, OTHER))
    with pytest.raises(SurveyError, match="编号应在1到2之间"):
        first(store, Entry(batch, 3, GIVEN, ONE))
    assert counted(store) == (2, 2, 2, 1)


def test_after_its_date_while_paused_void_or_closed_nothing_is_typed_in(store: Engine) -> None:
    batch = printed(store)
    entry = Entry(batch, 1, GIVEN, ONE)
    first(store, entry)
    for late in (UNTIL, UNTIL + timedelta(hours=5)):
        with pytest.raises(ConflictError, match="的录入已于11月23日08:00截止"):
            second(store, entry._replace(sitting=OTHER), now=late)
        with pytest.raises(ConflictError, match="截止"):
            first(store, entry._replace(sheet=2), now=late)
    act(store, lambda session: set_paused(session, find_round(session), True, actor="王", now=NOW))
    with pytest.raises(ConflictError, match="暂停"):
        second(store, entry._replace(sitting=OTHER))
    act(store, lambda session: set_paused(session, find_round(session), False, actor="王", now=NOW))
    act(store, lambda s: void_batches(s, [row_id(s, "public", "乙镇")], paper=True, actor="王", now=NOW))
    with pytest.raises(ConflictError, match="已经作废"):
        second(store, entry._replace(sitting=OTHER))
    assert counted(store) == (0, 0, 0, 0)


def test_a_round_without_a_date_takes_no_paper_forms_until_one_is_set_once(engine: Engine) -> None:
    open_county(engine)
    with pytest.raises(ConflictError, match="还没有定"):
        printed(engine)
    for wrong in (PLAN.closes, NOW):
        with pytest.raises(ConflictError, match="之前"):
            act(engine, lambda s, at=wrong: set_paper_until(s, find_round(s), at, actor="王", now=NOW))
    act(engine, lambda session: set_paper_until(session, find_round(session), UNTIL, actor="王", now=NOW))
    printed(engine)
    with pytest.raises(ConflictError, match="不能再改"):
        act(engine, lambda session: set_paper_until(session, find_round(session), UNTIL, actor="王", now=NOW))


def test_a_date_after_closing_opens_no_round() -> None:
    assert check_paper_until(PLAN.closes, PLAN.opens, PLAN.closes) != []
    assert check_paper_until(None, PLAN.opens, PLAN.closes) == []


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"virtue_2": ""}, "第2题：还没有录，没有勾选的录0。"),
        ({"overall": "7"}, "第17题：“7”不是这一题可以录的数字。"),
        ({"overall": "６"}, "第17题"),
        (dict.fromkeys(PAPER.item_ids, "0"), "整张没有一题可以录"),
    ],
)
def test_what_cannot_be_on_the_paper_is_refused(typed: dict[str, str], problem: str) -> None:
    with pytest.raises(SurveyError, match=problem):
        read_entry(PAPER, dict.fromkeys(PAPER.item_ids, "4") | typed)


def test_every_problem_of_a_sheet_is_named_at_once() -> None:
    with pytest.raises(SurveyError) as refused:
        read_entry(PAPER, {})
    assert len(refused.value.problems) == 17


def test_people_with_a_paper_form_get_no_slip_as_well(store: Engine) -> None:
    printed(store, people=12)
    with Session(store) as session, session.begin():
        codes = issue(session, "乙镇")
        assert len(codes) == 18
        answer(session, codes[:3])
    assert self_counts(store) == (30, 3)
    with pytest.raises(ConflictError, match="还可以加印 0 张"):
        printed(store, people=1)
    with Session(store) as session, session.begin():
        row = row_id(session, "public", "乙镇")
        with pytest.raises(ConflictError, match="还可以加印 0 张"):
            issue_more(session, find_round(session), row, 1, actor="王", now=NOW, random=token_bytes)


def self_counts(store: Engine) -> tuple[int, int]:
    with Session(store) as session:
        [row] = [unit for unit in load_status(session, find_round(session)).units if unit.unit == "乙镇"]
    return row.issued, row.spent


def test_who_shares_a_code_may_have_paper_and_is_counted_once(store: Engine) -> None:
    with Session(store) as session, session.begin():
        issue_codes(session, find_round(session), "public", unit="乙镇", actor="王", now=NOW, random=token_bytes)
    batch = printed(store, people=4)
    first(store, Entry(batch, 4, GIVEN, ONE))
    second(store, Entry(batch, 4, GIVEN, OTHER))
    assert self_counts(store) == (30, 1)
    with Session(store) as session:
        assert load_status(session, find_round(session)).more_than_people == ()


def test_void_and_reprint_of_codes_leave_paper_forms_and_the_other_way_round(store: Engine) -> None:
    printed(store, people=12)
    with Session(store) as session, session.begin():
        issue(session, "乙镇")
        row = row_id(session, "public", "乙镇")
        assert void_batches(session, [row], actor="王", now=NOW) == 18
        kept = {one.kind: one for one in list_batches(session, find_round(session), "乙镇")}
        assert (kept["paper"].state, kept["slip"].state, kept["paper"].people) == ("made", "void", 12)
        assert len(issue(session, "乙镇")) == 18
        assert void_batches(session, [row], paper=True, actor="王", now=NOW) == 12
        assert list_stacks(session, find_round(session)) == []


def test_a_first_time_can_be_dropped(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 3, GIVEN, ONE))
    with Session(store) as session:
        assert list_waiting(session, batch) == {3: ONE}
    act(store, lambda session: drop_first(session, find_round(session), batch, 3, actor="王", now=NOW))
    assert counted(store) == (0, 0, 0, 0)
    with pytest.raises(ConflictError):
        act(store, lambda session: drop_first(session, find_round(session), batch, 3, actor="王", now=NOW))


def test_codes_of_phones_are_no_bundles_of_paper(store: Engine) -> None:
    with Session(store) as session, session.begin():
        issue(session, "乙镇")
        [slips] = list_batches(session, find_round(session), "乙镇")
    for number in (slips.id, 999_999, 0):
        with pytest.raises(NotFoundError):
            first(store, Entry(number, 1, GIVEN, ONE))


def test_the_audit_counts_by_the_hour_and_tells_no_answer_and_no_number(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 4, GIVEN, ONE), NOW + timedelta(minutes=17, seconds=4))
    second(store, Entry(batch, 4, (1, *GIVEN[1:]), OTHER), {"virtue_1": 5}, NOW + timedelta(minutes=90))
    with Session(store) as session:
        rows = [(row.at, row.actor, row.action, row.subject, row.detail) for row in load_audit(session)][-2:]
    assert rows == [
        (NOW, "王", "paper_first", f"batch {batch}", {}),
        (NOW + timedelta(hours=1), "李", "paper_stored", f"batch {batch}", {"settled": 1}),
    ]


@pytest.fixture
def files(store: Engine, request: pytest.FixtureRequest) -> Callable[[], Iterator[bytes]]:
    """Reads every file of the database, write-ahead files too; the folder of keys is another."""
    if store.dialect.name == "postgresql":
        folder = request.getfixturevalue("cluster").data
    else:
        folder = Path(str(store.url.database)).parent
    keys = keys_of(store)
    return lambda: (path.read_bytes() for path in folder.rglob("*") if path.is_file() and keys not in path.parents)


@pytest.fixture
def tables(
    store: Engine, files: Callable[[], Iterator[bytes]], request: pytest.FixtureRequest
) -> Callable[[], Iterator[bytes]]:
    """The same without PostgreSQL's write-ahead files, which go when it is done with them."""
    if store.dialect.name != "postgresql":
        return files
    base = request.getfixturevalue("cluster").data / "base"
    return lambda: (path.read_bytes() for path in base.rglob("*") if path.is_file())


def ways_to_write(answers: tuple[int, ...]) -> list[bytes]:
    """The answers of a sheet as digits, as bytes and as half bytes, from either side."""
    digits = "".join(map(str, answers))
    return [digits.encode(), bytes(answers), bytes.fromhex(f"{digits}0"), bytes.fromhex(f"0{digits}")]


def flush(store: Engine) -> None:
    """Have tables, statistics and write-ahead files on disk."""
    if store.dialect.name == "postgresql":
        with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE paper_entry")
            connection.exec_driver_sql("CHECKPOINT")


def test_what_was_typed_in_once_is_readable_in_no_file_before_or_after_the_second_time(
    store: Engine, files: Callable[[], Iterator[bytes]]
) -> None:
    readable, typed = GIVEN, tuple(GIVEN[::-1])
    batch = printed(store, people=12)
    act(store, lambda session: session.connection().execute(text(KEEP_READABLE), {"answers": encode_answers(readable)}))
    for sheet in range(1, 13):
        first(store, Entry(batch, sheet, typed, ONE))
    flush(store)
    assert any(way in data for way in ways_to_write(readable) for data in files())  # what the search finds
    assert not any(way in data for way in ways_to_write(typed) for data in files())
    for sheet in range(1, 7):
        second(store, Entry(batch, sheet, typed, OTHER))
    drop = {"actor": "王", "now": NOW}
    act(store, lambda session: drop_first(session, find_round(session), batch, 7, **drop))
    flush(store)
    assert counted(store) == (6, 6, 6, 5)
    assert not any(way in data for way in ways_to_write(typed) for data in files())


KEEP_READABLE = "UPDATE round SET document = :answers"
"""How an entry was kept before: its digits in a row."""


def test_entries_have_one_length_and_one_sheets_entry_is_no_others(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 1, GIVEN, ONE))
    first(store, Entry(batch, 2, (1,) * 17, ONE))
    with Session(store) as session, session.begin():
        entries = {entry.sheet: entry for entry in session.scalars(select(PaperEntry))}
        assert {len(entry.locked) for entry in entries.values()} == {LOCKED}
        entries[2].locked = entries[1].locked
    assert second(store, Entry(batch, 1, GIVEN, OTHER)) == []
    with pytest.raises(ConflictError, match="读不出来"):
        second(store, Entry(batch, 2, GIVEN, OTHER))


def test_an_entry_whose_key_is_gone_is_dropped_and_typed_in_a_first_time_again(store: Engine) -> None:
    batch = printed(store)
    first(store, Entry(batch, 1, GIVEN, ONE))
    with Session(store) as session:
        destroy_lock(keys_of(store), find_round(session).public_key or b"")
    with pytest.raises(ConflictError, match="请删掉这一号的第一遍重录"):
        second(store, Entry(batch, 1, GIVEN, OTHER))
    act(store, lambda session: drop_first(session, find_round(session), batch, 1, actor="王", now=NOW))
    first(store, Entry(batch, 1, GIVEN, ONE))
    assert second(store, Entry(batch, 1, GIVEN, OTHER)) == []


@pytest.mark.parametrize("end", ["close", "cancel"])
def test_the_key_of_entries_is_a_file_of_its_owner_that_goes_with_the_round(store: Engine, end: str) -> None:
    batch = printed(store, people=12)
    for sheet in range(1, 13):
        first(store, Entry(batch, sheet, GIVEN, ONE))
    for sheet in range(1, 11):
        second(store, Entry(batch, sheet, GIVEN, OTHER))
    with Session(store) as session:
        path = lock_path(keys_of(store), find_round(session).public_key or b"")
    assert path.stat().st_mode & 0o777 == 0o600
    if end == "close":
        close_round(store, None, keys=keys_of(store), actor="王、李", now=NOW)
    else:
        cancel_round(store, None, keys=keys_of(store), actor="王", now=NOW)
    assert not path.exists()
    with Session(store) as session:
        assert session.scalar(select(func.count()).select_from(PaperEntry)) == 0


def test_after_close_not_even_who_typed_an_entry_is_left_in_the_files_of_tables(
    store: Engine, tables: Callable[[], Iterator[bytes]]
) -> None:
    batch = printed(store, people=12)
    sittings = [sitting_of(f"sign-in {n}") for n in range(12)]
    for sheet, sitting in enumerate(sittings, 1):
        first(store, Entry(batch, sheet, GIVEN, sitting))
    for sheet in range(1, 7):
        second(store, Entry(batch, sheet, GIVEN, OTHER))
    flush(store)
    assert all(any(sitting in data for data in tables()) for sitting in sittings[6:])
    close_round(store, None, keys=keys_of(store), actor="王、李", now=NOW)
    assert counted(store) == (0, 0, 6, 0)  # boxes and spent marks go with the close
    with Session(store) as session:
        assert session.scalar(select(func.count()).select_from(Form)) == 6
    assert not any(sitting in data for data in tables() for sitting in sittings)
