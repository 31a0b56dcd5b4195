"""The old way, which every attack must break: answers are stored as they are, in the commit that spends the ticket."""

from collections.abc import Sequence
from secrets import token_bytes

from sqlalchemy import Connection, Engine, insert, select, update

from survey_app.answering import REFUSED, Submission
from survey_app.answering.code_text import hash_holder, ticket_of
from survey_app.core.ledger_slots import five_minutes
from survey_app.core.models import Form, Ledger, Refusal, Remark, Spent


def store_readable(connection: Connection, submissions: Sequence[Submission]) -> None:
    """Spend the tickets, add forms and remarks, count them; refusals are counted apart."""
    for submission in submissions:
        access = submission.access
        spent = {"ticket": ticket_of(access.kind, access.digest, submission.number), "batch_id": access.batch_id}
        connection.execute(insert(Spent), spent | {"holder": hash_holder(submission.number)})
        if submission.answers == REFUSED:
            _raise(connection, Refusal, {"batch_id": access.batch_id})
            continue
        form = {"place_id": access.place_id, "paper": access.paper, "answers": submission.answers}
        connection.execute(insert(Form), form | {"key": token_bytes(16)})
        if submission.remark:
            remark = {"round_id": access.round_id, "group": access.group, "text": submission.remark}
            connection.execute(insert(Remark), remark | {"key": token_bytes(16)})
        _raise(connection, Ledger, {"batch_id": access.batch_id, "five_minutes": five_minutes(submission.now)})


def _raise(connection: Connection, table: type[Ledger] | type[Refusal], row: dict[str, int]) -> None:
    """Count one more in a row, which is made if it is not there."""
    found = [getattr(table, name) == value for name, value in row.items()]
    if connection.execute(select(table.n).where(*found)).first() is None:
        connection.execute(insert(table), row | {"n": 1})
    else:
        connection.execute(update(table).where(*found).values(n=table.n + 1))


def send_readable(engine: Engine, submission: Submission) -> str:
    """The same in a commit of its own; what a phone is told."""
    with engine.begin() as connection:
        store_readable(connection, [submission])
    return "stored"
