"""A code looked up for a phone: by the driver's own cursor, with what hangs on its batch remembered.

Whether the rounds still stand as they did is asked once a second for all batches together: a county has thousands, and
each by itself would be asked for almost every time.
"""

from datetime import datetime
from math import inf
from time import monotonic

from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from questionnaires.vocabulary import CodeKind
from survey_app.answering.access import CodeAccess, find_access
from survey_app.answering.code_text import hash_code, ticket_of
from survey_app.answering.trial_access import find_trial_access
from survey_app.core.db.row_statements import FIND_CODE, FIND_TICKET, ROUNDS, ask

REMEMBERED = 1.0
"""Seconds for which a round is taken to be open; the writer asks again under a lock before it stores."""
MOST_BATCHES = 16_384


class CodeLookup:
    """The accesses behind codes, for one thread; a code, its batch's state and its ticket are asked for anew each time.

    Whatever is no unspent slip or class code of a batch that stands, in a round that was open a moment ago, goes the
    full way, `find_access`.
    """

    def __init__(self, store: Engine):
        self._store = store
        self._held: Connection | None = None
        self._open: dict[int, CodeAccess] = {}
        self._rounds: object = None
        self._believed_until = -inf

    def find(self, code: str, number: str | None, now: datetime, group: str = "") -> CodeAccess:
        """The access behind a code, as `clean_code` gives it, the same as `access.find_access` finds."""
        digest = hash_code(code)
        try:
            found = self._find_open(digest, number, now)
        except self._store.dialect.loaded_dbapi.Error:
            self.close()
            found = None
        return found or self.find_anew(code, number, now, group)

    def find_anew(self, code: str, number: str | None, now: datetime, group: str = "") -> CodeAccess:
        """The same from the store alone, for whoever was told that what is remembered is no longer true."""
        with self._store.connect() as connection:
            access = find_access(connection, code, number, now, group)
            if access.state == "unknown":
                access = find_trial_access(connection, code)
        if access.state == "open" and access.kind in (CodeKind.SLIP, CodeKind.CLASS):
            self._remember(access)
        return access

    def close(self) -> None:
        """Give the connection back; the next look-up takes another."""
        held = self._held
        self._held = None
        self._forget(None)
        if held is not None:
            held.invalidate()
            held.close()

    def _find_open(self, digest: bytes, number: str | None, now: datetime) -> CodeAccess | None:
        if self._believed_until < monotonic():
            self._look_at_rounds()
        rows = self._ask(FIND_CODE, (digest,))
        access = self._open.get(rows[0][0]) if rows else None
        if access is None:
            return None
        spent = rows[0][1] is not None
        if access.kind != CodeKind.SLIP and number is not None:
            spent = bool(self._ask(FIND_TICKET, (ticket_of(access.kind, digest, number),)))
        return None if spent or not access.opens <= now < access.closes else replace(access, digest=digest)

    def _look_at_rounds(self) -> None:
        """Forget every batch unless all rounds stand as they did."""
        believed_until = monotonic() + REMEMBERED
        rounds: object = self._ask(ROUNDS)
        if rounds != self._rounds:
            self._forget(rounds)
        self._believed_until = believed_until

    def _forget(self, rounds: object) -> None:
        self._open.clear()
        self._rounds = rounds
        self._believed_until = -inf

    def _ask(self, question: str, values: tuple[bytes, ...] = ()) -> list[tuple[int, bytes | None]]:
        if self._held is None:
            self._held = self._store.connect()
        return ask(self._held, question, values)

    def _remember(self, access: CodeAccess) -> None:
        if len(self._open) >= MOST_BATCHES:
            self._open.clear()
        self._open[access.batch_id] = access
