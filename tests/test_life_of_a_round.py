"""A round's life in any order, with commits that fail in between: what must hold, holds at every step."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from analysis.results import as_json
from questionnaires.rule import load_rule
from survey_app.answering import REFUSED, Outcome, Submission, Writer, find_access, new_number
from survey_app.closing.close import close_round
from survey_app.codes.custody import hand_over
from survey_app.codes.issuing import issue_codes, void_batches
from survey_app.core.db import connect
from survey_app.core.errors import ConflictError, StorageError
from survey_app.core.models import Audit, Box, Form, FrameRow, Ledger, Place, Refusal, Round, Spent
from survey_app.core.settings import Settings
from survey_app.rounds.opening import set_paused
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.purge import purge_date, purge_round
from survey_app.watching.status import load_status
from tests.county import NOW, PLAN, SCHOOLS, open_county
from tests.keyring import keys_of

SMALLEST = load_rule(PLAN.rule).smallest
OFFICES = (*SCHOOLS, "甲镇代表团", "乙镇")
LATER = PLAN.closes + timedelta(days=1)
MODEL: list[Path] = []
fails = st.sampled_from([False, False, False, True])


class Life(RuleBasedStateMachine):
    """One round from its opening to its purge; `codes` are all that were ever printed, with who used them."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        shutil.copyfile(MODEL[0], self.folder / "survey.db")
        self.engine = connect(f"sqlite:///{self.folder / 'survey.db'}")
        open_county(self.engine)
        self.writer = Writer(self.engine)
        self.state, self.most, self.forms, self.refused = "open", 0, 0, 0
        self.codes: list[str] = []
        self.phone: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            self.end()
        finally:
            self.writer.stop()
            self.engine.dispose()
            shutil.rmtree(self.folder)

    def end(self) -> None:
        """Every life ends: the rest is issued, enough people answer, the round is closed, and purged in its time."""
        if self.state == "paused":
            self.pause_or_go_on(failing=False)
        if self.state == "open":
            for unit in OFFICES:
                self.issue(unit=unit, reprint=True, failing=False)
            for code in self.codes[-60:]:
                number = new_number(token_bytes)
                self.count(code, number, "4" * 17, self.post(code, number, "4" * 17, False))
            self.close(failing=True)
        self.every_form_was_counted_and_lies_sealed_until_the_close()
        if self.state == "closed":
            self.purge(early=True)
            self.purge(early=False)
        self.every_form_was_counted_and_lies_sealed_until_the_close()

    @precondition(lambda self: self.state != "purged")
    @rule(unit=st.sampled_from(OFFICES), reprint=st.booleans(), failing=fails)
    def issue(self, unit: str, reprint: bool, failing: bool) -> None:
        def make(session: Session, round_: Round) -> list[Any]:
            return issue_codes(
                session, round_, "slip", unit=unit, reprint=reprint, actor="test", now=NOW, random=token_bytes
            )

        self.codes += [one.code for one in self.do(make, failing) or []]

    @rule(unit=st.sampled_from(OFFICES), failing=fails)
    def give(self, unit: str, failing: bool) -> None:
        self.do(lambda s, r: hand_over(s, r, self.rows(s, unit), "教务处", actor="test", now=NOW), failing)

    @rule(unit=st.sampled_from(OFFICES), failing=fails)
    def void(self, unit: str, failing: bool) -> None:
        self.do(lambda s, r: void_batches(s, self.rows(s, unit), actor="test", now=NOW), failing)

    @precondition(lambda self: self.codes)
    @rule(data=st.data(), people=st.integers(1, 25), failing=fails)
    def answer(self, data: st.DataObject, people: int, failing: bool) -> None:
        """Some people answer, each with a phone of their own; whoever is not told that it is stored sends again."""
        start = data.draw(st.integers(0, len(self.codes) - 1))
        answers = data.draw(st.sampled_from(["4" * 17, "1" * 17, "5" * 16 + "9", REFUSED]))
        for code in self.codes[start : start + people]:
            number = new_number(token_bytes)
            outcome = self.post(code, number, answers, failing)
            if outcome is None:
                outcome = self.post(code, number, answers, False)
            self.count(code, number, answers, outcome)

    @precondition(lambda self: self.phone)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """The same phone gets its receipt again until the purge; another one is turned away."""
        code = data.draw(st.sampled_from(sorted(self.phone)))
        again, other = (self.post(code, one, "1" * 17, False) for one in (self.phone[code], new_number(token_bytes)))
        told = {"closed": ("received", "closed"), "purged": ("unknown", "unknown")}
        assert (again, other) == told.get(self.state, ("received", "used"))

    @precondition(lambda self: self.state in ("open", "paused"))
    @rule(failing=fails)
    def pause_or_go_on(self, failing: bool) -> None:
        pausing = self.state == "open"
        with self.commits_fail(failing), suppress(OperationalError), Session(self.engine) as session, session.begin():
            set_paused(session, find_round(session), pausing, actor="test", now=NOW)
        with Session(self.engine) as session:
            self.state = find_round(session).state

    @precondition(lambda self: self.state in ("open", "paused") and self.forms > 2 * SMALLEST)
    @rule(failing=fails)
    def close(self, failing: bool) -> None:
        """A close that was cut short is finished by closing again.

        Who refused is told apart or among the received; in a group of which nothing is shown, nowhere.
        """
        if failing:
            with self.commits_fail(True), pytest.raises((OperationalError, StorageError)):
                close_round(self.engine, None, keys=keys_of(self.engine), actor="test", now=LATER)
        published = as_json(
            close_round(self.engine, None, keys=keys_of(self.engine), actor="test", now=LATER).published
        )
        with Session(self.engine) as session:
            opened = session.scalars(select(Audit).where(Audit.action == "open_boxes")).one()
        told = sum(opened.detail["refused"].values())
        assert self.forms <= published["recognition"]["received"] + told <= self.forms + self.refused
        assert told <= self.refused
        assert [row for row in shown(published) if row < SMALLEST] == []
        self.state = "closed"

    @rule(early=st.booleans())
    def purge(self, early: bool) -> None:
        with Session(self.engine) as session:
            end = purge_date(find_round(session))
        now = end - timedelta(seconds=1) if early else end
        if early or self.state in ("open", "paused"):
            with pytest.raises(ConflictError):
                purge_round(self.engine, Settings(self.folder, "", ""), None, actor="test", now=now)
        else:
            purge_round(self.engine, Settings(self.folder, "", ""), None, actor="test", now=now)
            self.state = "purged"

    @invariant()
    def every_form_was_counted_and_lies_sealed_until_the_close(self) -> None:
        """Open: a box and a spent ticket for each sending. Closed: the forms, no box, no ticket. Purged: nothing.

        Who takes no part counts as sent in, and is counted nowhere apart.
        """
        tables = (Form, Box, Spent)
        with Session(self.engine) as session:
            stored = tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
            apart = session.scalar(select(func.sum(Refusal.n))) or 0
            counted = session.scalar(select(func.sum(Ledger.n))) or 0
            shown = load_status(session, find_round(session)).forms
        sent = self.forms + self.refused
        assert (counted, apart) == (sent, 0)
        assert stored == {"closed": (self.forms, 0, 0), "purged": (0, 0, 0)}.get(self.state, (0, sent, sent))
        assert shown == counted >= self.most
        self.most = counted

    @invariant()
    def no_form_lies_in_a_place_of_another_round_or_none(self) -> None:
        with Session(self.engine) as session:
            stray = select(func.count()).select_from(Form).outerjoin(Place, Form.place_id == Place.id)
            assert session.scalar(stray.where(Place.id.is_(None))) == 0

    def do(self, work: Callable[[Session, Round], Any], failing: bool) -> Any:
        """One transaction; what the state does not allow, or a failing commit, leaves nothing."""
        with (
            self.commits_fail(failing),
            suppress(ConflictError, OperationalError),
            Session(self.engine) as session,
            session.begin(),
        ):
            return work(session, find_round(session))
        return None

    def post(self, code: str, number: str, answers: str, failing: bool) -> Outcome | str | None:
        """What the phone is told; None if it is asked to send again."""
        now: datetime = NOW
        with self.engine.connect() as connection:
            access = find_access(connection, code, number, now)
        if access.state not in ("open", "paused"):
            return access.state
        with self.commits_fail(failing):
            try:
                return self.writer.submit(Submission(access, number, answers, now)).result()
            except StorageError:
                return None

    def count(self, code: str, number: str, answers: str, outcome: Outcome | str | None) -> None:
        if outcome == "stored":
            assert code not in self.phone
            self.phone[code] = number
            self.forms += answers != REFUSED
            self.refused += answers == REFUSED

    @contextmanager
    def commits_fail(self, failing: bool) -> Iterator[None]:
        def refuse(_: Connection) -> None:
            raise OperationalError("COMMIT", None, Exception("disk I/O error"))

        if failing:
            event.listen(self.engine, "commit", refuse)
        try:
            yield
        finally:
            if failing:
                event.remove(self.engine, "commit", refuse)

    def rows(self, session: Session, unit: str) -> list[int]:
        return list(session.scalars(select(FrameRow.id).where(FrameRow.unit == unit)))


def shown(content: Any) -> Iterator[int]:
    """How many forms stand behind each rate, or side of a bound, that is shown anywhere."""
    if isinstance(content, dict):
        if content.get("rate") is not None or content.get("state") in ("above", "below"):
            yield from (content[name] for name in ("n", "valid") if content.get(name) is not None)
        for part in content.values():
            yield from shown(part)
    elif isinstance(content, list):
        for part in content:
            yield from shown(part)


@pytest.mark.parametrize(
    ("lives", "steps"), [(3, 20), pytest.param(60, 50, marks=pytest.mark.soak)], ids=["short", "long"]
)
def test_a_round_keeps_its_promises_whatever_happens_in_which_order(sqlite_model: Path, lives: int, steps: int) -> None:
    MODEL[:] = [sqlite_model]
    run_state_machine_as_test(
        Life, settings=settings(max_examples=lives, stateful_step_count=steps, deadline=None, derandomize=lives < 60)
    )
