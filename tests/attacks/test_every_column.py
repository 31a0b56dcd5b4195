"""Every column of every table that belongs to a closed round: a change is found, or there is a reason why it may be."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Column, Connection, Engine, Table, and_, delete, select, update
from sqlalchemy.orm import Session

from reports.evidence.minute_record import check_record, minute_sum, write_record
from survey_app.cli import survey
from survey_app.closing.closing_minute import EVIDENCE, find_minute, verify_store
from survey_app.closing.round_tables import load_parts
from survey_app.core.audit import record
from survey_app.core.db import connect
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Audit, Batch, FollowUp, Form, FrameRow, Model, Published, Refusal, Remark, Round
from survey_app.results.minute_pages import describe_minute, write_closing_minute
from survey_app.rounds.round_rows import find_round
from tests.attacks.test_forged_results import bundle_of, cover_up, members_of, paper
from tests.conftest import copy_store, drop_triggers
from tests.test_closing import CLOSES, close, hold
from tests.test_releasing import export, release

AFTER = "asked for, done or put right after the close, each with an act of its own in the log"
GONE = "emptied by the close itself"
MAY_CHANGE = {
    "round.own_words": "the office writes its own texts after the close; the log says who changed which",
    "batch.state": "paper that was not used goes on: a failed print job voids its codes; nothing published reads it",
    "code": "opens nothing once the round is closed, and goes when the forms' time is over",
    "correction": AFTER,
    "custody": "who has which slips is kept up until they are destroyed; nothing published reads it",
    "day_count": "a day is written when it ends, that of the close too; what was found is in the evidence",
    "job": AFTER,
    "paper_entry": GONE,
    "proposal": AFTER,
    "spent": GONE,
    "trial_slip": "a phone that has the slip's page open may press its button after the close; no code that counts",
}
"""Tables and columns that are not under the minute's sum, and why."""
ROWS = {"round", "place", "frame_row", "batch", "ledger", "refusal", "follow_up", "remark"}
"""Tables whose rows are fixed as they are; what else is fixed, test_forged_results covers up."""


def tables_of_round() -> dict[str, Table]:
    """The round's table and all that hang on it, whether directly or by another one."""
    found = {"round": Model.metadata.tables["round"]}
    while True:
        more = {
            name: table
            for name, table in Model.metadata.tables.items()
            if name not in found and any(key.column.table.name in found for key in table.foreign_keys)
        }
        if not more:
            return found
        found |= more


def fixed_columns() -> list[tuple[str, str]]:
    """Table and column of everything that the minute has to fix."""
    return [
        (name, column.name)
        for name, table in sorted(tables_of_round().items())
        for column in table.columns
        if name not in MAY_CHANGE and f"{name}.{column.name}" not in MAY_CHANGE
    ]


@pytest.fixture(scope="module")
def closed_file(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    """A store with a closed round that has a row in every table, its owner's hands free, to be copied."""
    path = tmp_path_factory.mktemp("closed") / "survey.db"
    shutil.copyfile(sqlite_model, path)
    engine = connect(f"sqlite:///{path}")
    hold(engine, {"parent": 12, "teacher": 12})
    with Session(engine) as session, session.begin():
        round_ = find_round(session)
        row = session.scalars(select(FrameRow).order_by(FrameRow.id)).first()
        batch = session.scalars(select(Batch).order_by(Batch.id)).first()
        assert row
        assert batch
        session.add(Remark(key=b"r" * 16, round_id=round_.id, group="parent", text="食堂要改进。"))
        session.add(FollowUp(frame_row_id=row.id, asked=10, said_yes=6, said_no=3))
        session.add(Refusal(batch_id=batch.id, n=4))
    close(engine)
    drop_triggers(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def closed(closed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """That store; every test takes back what it changed."""
    with copy_store(closed_file, tmp_path_factory.mktemp("every")) as engine:
        yield engine


@pytest.fixture
def changed(closed_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """That store, to be changed for good."""
    with copy_store(closed_file, tmp_path / "data") as engine:
        yield engine


def other(value: Any, column: Column[Any]) -> Any:
    """Another value of the column's kind."""
    match value:
        case None:
            return CLOSES if column.type.python_type in (date, datetime) else 7
        case bool():
            return not value
        case int():
            return value + 1000
        case datetime():
            return value + timedelta(days=1)
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case list():
            return [*value, "x"]
        case dict():
            return value | {"x": 1}
    return f"{value}x"


def change(connection: Connection, table: Table, name: str) -> None:
    """Another value in that column of the table's first row, whatever hangs on it."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    row = connection.execute(select(table).order_by(*table.primary_key)).first()
    assert row, f"no row in {table.name}"
    kept = row._mapping
    found = and_(*(column == kept[column] for column in table.primary_key))
    column = table.columns[name]
    connection.execute(update(table).where(found).values({column: other(kept[column], column)}))


def tell(session: Session, sum_: str) -> list[str]:
    """What `survey audit --minute` says."""
    try:
        return list(verify_store(session, session.scalars(select(Round)).one(), sum_))
    except NotFoundError as problem:
        return [str(problem)]


def is_found(engine: Engine, table: str, column: str) -> bool:
    """Whether a change is found, also once every sum in the store is made anew."""
    with Session(engine) as session:
        sum_ = paper(session)
        change(session.connection(), tables_of_round()[table], column)
        session.expire_all()
        found = tell(session, sum_) != []
        if table in ROWS:
            cover_up(session, session.scalars(select(Round)).one())
            found = found and tell(session, sum_) != []
        session.rollback()
    return found


def test_a_change_in_any_column_is_found_by_the_minute(closed: Engine) -> None:
    assert [".".join(column) for column in fixed_columns() if not is_found(closed, *column)] == []


def test_each_exception_is_a_table_or_column_of_a_round() -> None:
    known = {f"{name}.{column.name}" for name, table in tables_of_round().items() for column in table.columns}
    assert {*MAY_CHANGE} <= known | {*tables_of_round()}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE round SET invented = 1 - invented", "批次基本情况"),
        ("UPDATE round SET organiser = '另一机关'", "批次基本情况"),
        ("UPDATE place SET \"group\" = 'public' WHERE \"group\" = 'parent'", "名册"),
        ("UPDATE frame_row SET population = population + 1", "名册"),
        ("UPDATE ledger SET n = n + 5", "发码和收到份数的登记"),
        ("UPDATE remark SET text = '很满意。'", "留言"),
    ],
)
def test_nothing_leaves_a_round_that_was_changed_by_one_statement(
    changed: Engine, tmp_path: Path, statement: str, what: str
) -> None:
    with changed.begin() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(ConflictError, match=what):
        release(changed, tmp_path, "张三", "李四")
    with pytest.raises(ConflictError, match=what):
        export(changed, tmp_path)
    with Session(changed) as session, pytest.raises(ConflictError, match=what):
        write_closing_minute(session, find_round(session), tmp_path)
    folder = str(Path(changed.url.database or "").parent)
    command = ["report", "--dir", folder, "--part", "citizen", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""})
    assert done.exit_code != 0
    assert what in f"{done.output}{done.exception}"


def test_no_page_shows_a_round_whose_facts_were_changed(changed: Engine) -> None:
    with changed.begin() as connection:
        connection.exec_driver_sql("UPDATE round SET invented = 1 - invented")
    with Session(changed) as session:
        for show in (load_parts, describe_minute):
            with pytest.raises(ConflictError, match="批次基本情况"):
                show(session, find_round(session))


def test_a_bundle_that_says_something_else_of_the_round_fails_with_the_minute(closed: Engine) -> None:
    with Session(closed) as session:
        sum_ = paper(session)
        members = members_of(bundle_of(session, find_round(session)))
    assert list(check_record(members, sum_)) == []
    for name in ("README.txt", "round.json"):
        forged = members | {name: members[name].replace("青山区".encode(), "另一区".encode())}
        assert list(check_record(forged, sum_)) == [f"{name}：与结束时登记的不同。"]


def test_the_sum_of_a_round_closed_before_there_were_such_sums_comes_out_as_it_was(changed: Engine) -> None:
    """The record of then, written as that program wrote it."""
    with Session(changed) as session, session.begin():
        seal = session.scalars(select(Audit).where(Audit.action == "seal")).one()
        seal.detail = {name: value for name, value in seal.detail.items() if name != "sums"}
        minute = find_minute(session, find_round(session))
        assert minute
        kept = {name: getattr(minute, name) for name in minute.__struct_fields__ if name != "sums"}
        of_then = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        assert write_record(minute) == of_then
        assert tell(session, minute_sum(of_then)) == []
        assert describe_minute(session, find_round(session)).fixed == ()


def test_after_the_purge_what_stays_is_still_compared(changed: Engine) -> None:
    with Session(changed) as session, session.begin():
        sum_ = paper(session)
        session.execute(delete(Form))
        session.execute(delete(Remark))
        session.execute(delete(Published).where(Published.name == EVIDENCE))
        record(session, "test", "purge", f"round {find_round(session).name}", at=CLOSES)
        session.flush()
        assert tell(session, sum_) == []
        session.execute(update(FrameRow).values(population=FrameRow.population + 1))
        assert tell(session, sum_) == ["名册与结束时登记的不同。"]
