"""From the first released schema, with data in each of its tables, to the newest: nothing lost, and all goes on."""

from pathlib import Path
from secrets import token_bytes

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_parts
from survey_app.core.audit import find_breaks, find_chain_end
from survey_app.core.db import connect, migrations, upgrade
from survey_app.core.db.parts import read_own_parts, read_parts
from survey_app.core.models import Audit, Model
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.earlier_rounds import bring_up_to_date
from tests.county import NOW
from tests.first_release import FIRST, UNSPENT, read_rows
from tests.keyring import keys_of


def test_the_first_release_had_a_row_in_each_of_its_tables(released: Engine) -> None:
    assert [name for name, rows in read_rows(released).items() if not rows] == []


def test_the_first_migration_still_makes_the_tables_of_the_first_release(released: Engine, tmp_path: Path) -> None:
    made = connect(f"sqlite:///{tmp_path / 'made.db'}")
    with made.begin() as connection:
        command.upgrade(migrations(connection), FIRST)
    query = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    with made.connect() as now, released.connect() as then:
        assert dict(now.execute(query).all()) == dict(then.execute(query).all())
    made.dispose()


def test_every_row_is_there_after_the_upgrade_as_it_was(released_store: Engine) -> None:
    before = read_rows(released_store)
    upgrade(released_store)
    after = read_rows(released_store)
    assert sum(map(len, before.values())) > 400
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[name]]
        assert sorted(kept, key=repr) == sorted(rows, key=repr)


def test_the_upgraded_store_is_what_the_models_say(released_store: Engine) -> None:
    upgrade(released_store)
    with released_store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []
        assert read_parts(connection) == read_own_parts(connection)
    assert {*Model.metadata.tables} <= {*inspect(released_store).get_table_names()}


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"])
def test_the_upgraded_audit_still_keeps_what_was_written(released_store: Engine, statement: str) -> None:
    upgrade(released_store)
    with pytest.raises(DBAPIError, match="only added to"), released_store.begin() as connection:
        connection.execute(text(statement))


def test_the_open_round_goes_on_and_closes_and_the_closed_one_is_shown(released_store: Engine) -> None:
    before = read_rows(released_store)
    bring_up_to_date(released_store, keys_of(released_store), NOW)
    with Session(released_store) as session, session.begin():
        number = new_number(token_bytes)
        submission = Submission(find_access(session, UNSPENT, number, NOW), number, "4" * 17, NOW)
        assert store_forms(session.connection(), [submission]) == ["stored"]
        assert find_access(session, UNSPENT, new_number(token_bytes), NOW).state == "used"
    closed = close_round(released_store, None, keys=keys_of(released_store), actor="test", now=NOW)
    assert closed.published.estimate.received == 22
    [former] = closed.published.former.rounds
    assert former.name == "2024-1"
    rates = (former.county.rate, former.county.lower, former.county.upper, former.county.se)
    assert [rate for rate in rates if rate is not None and round(rate, 4) != rate] == []
    with Session(released_store) as session:
        earlier = load_parts(session, find_round(session, "2024-1"))
        assert session.scalars(select(Audit.id).where(Audit.action == "publish")).all()[-1] > len(before["audit"])
    assert earlier == {row["name"]: row["content"] for row in before["published"]}


def test_what_was_recorded_before_is_in_the_chain_of_the_audit(released_store: Engine) -> None:
    upgrade(released_store)
    with Session(released_store) as session:
        assert find_chain_end(session).rows == session.scalar(select(func.count()).select_from(Audit)) > 0
        assert list(find_breaks(session)) == []
