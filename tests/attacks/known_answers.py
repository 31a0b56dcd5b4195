"""Forms whose answers the attacker's judge knows, and what somebody reads who holds a copy of the store."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from secrets import token_bytes
from typing import Literal

import pandas as pd
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.answering import Submission, Writer, find_access, hash_code, new_number
from survey_app.answering.box import box_number
from survey_app.codes.issuing import issue_codes
from survey_app.core.models import Batch, Box, Form, FrameRow, Spent
from survey_app.frame.schools import store_frame
from survey_app.rounds.key_files import destroy_key
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.round_rows import find_round
from tests.attacks.readable_store import send_readable
from tests.keyring import keys_of

Way = Literal["old", "new"]
OPENS = datetime(2025, 11, 20, 8)
NOW = OPENS + timedelta(hours=10)
CLOSES = OPENS + timedelta(days=4)
PEOPLE = 12
ITEMS = 17


@dataclass(kw_only=True)
class KnownRound:
    """An open round: codes nobody used yet, and the answers and the box of each spent ticket's holder."""

    engine: Engine
    writer: Writer
    public_key: bytes | None
    unused: list[str]
    given: dict[bytes, str] = field(default_factory=dict)
    boxes: dict[bytes, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    random: Random

    def answer(self, people: int, answers: str | None = None) -> None:
        """So many people answer one after another, a commit each; unless given, answers are like no other's."""
        for _ in range(people):
            code = self.unused.pop()
            number = new_number(token_bytes)
            with self.engine.connect() as connection:
                access = find_access(connection, code, number, NOW)
            own = "".join(self.random.choices("12345", k=ITEMS)) if answers is None else answers
            remark = f"意见{self.random.getrandbits(64):016x}"
            assert self.send(Submission(access, number, own, NOW, remark)) == "stored"
            self.given[hash_code(code)] = own
            self.remarks.append(remark)
            if self.public_key is not None:
                self.boxes[hash_code(code)] = box_number(number, hash_code(code), self.public_key)

    def send(self, submission: Submission) -> str:
        """As the program stores it or, in a round without a key, as it did before answers were sealed."""
        if self.public_key is None:
            return send_readable(self.engine, submission)
        return self.writer.submit(submission).result()

    def count_right(self, links: dict[bytes, str]) -> int:
        """How many tickets are linked to the answers that their holder gave."""
        return sum(self.given[ticket] == answers for ticket, answers in links.items())


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a copy shows to somebody without a key: the place of each spent ticket, forms by place, and boxes."""

    spent: dict[bytes, int]
    forms: Counter[tuple[int, str]]
    boxes: dict[bytes, bytes]


def open_known(engine: Engine, way: Way, classes: int) -> KnownRound:
    """A round of classes of twelve parents with slips for all; the old way it has no key."""
    names = [f"三年级{number}班" for number in range(1, classes + 1)]
    frame = pd.DataFrame({"class": names, "group": "parent", "unit": "P01", "grade": 3.0, "stage": "primary"})
    frame = frame.assign(population=PEOPLE, invited=PEOPLE, locale="town", township="")
    plan = RoundPlan(
        county="青山区", organiser="督导室", population=40_000, population_source="普查", school_year=SchoolYear(2025),
        standard="national-2017", rule="quality-2024", papers=PAPERS, opens=OPENS, closes=CLOSES,
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        store_frame(session, frame, actor="test", now=NOW)
        round_ = open_round(session, plan, keys=keys_of(engine), actor="test", now=OPENS)
        round_.remarks = True
        if way == "old":
            destroy_key(keys_of(engine), round_.public_key or b"")
            round_.public_key = None
        made = issue_codes(session, round_, "slip", actor="test", now=OPENS, random=token_bytes)
    codes = [code.code for code in made]
    Random(60).shuffle(codes)
    with Session(engine) as session:
        public_key = find_round(session).public_key
    own = Random(f"2025 {engine.url.database}")  # a cluster still holds what another test's round was answered
    return KnownRound(engine=engine, writer=Writer(engine), public_key=public_key, unused=codes, random=own)


def look(connection: Connection) -> Seen:
    """Read a copy of the store, or the store itself, without any key."""
    places = select(Spent.ticket, FrameRow.place_id).join(Batch, Spent.batch_id == Batch.id).join(FrameRow)
    forms = connection.execute(select(Form.place_id, Form.answers)).all()
    return Seen(
        spent=dict(connection.execute(places).all()),
        forms=Counter((form.place_id, form.answers) for form in forms),
        boxes=dict(connection.execute(select(Box.id, Box.sealed)).all()),
    )


def link_between(before: Seen, after: Seen) -> dict[bytes, str]:
    """Codes and answers that are new in both tables between two copies, where a place has one new ticket alone."""
    tickets = {ticket: place for ticket, place in after.spent.items() if ticket not in before.spent}
    forms = after.forms - before.forms
    alone = Counter(tickets.values())
    answers = {place: form for place, form in forms if alone[place] == 1}
    return {ticket: answers[place] for ticket, place in tickets.items() if place in answers}


def shows(box: bytes, answers: str) -> bool:
    """Whether a box shows answers to somebody without the key, as digits, bytes or half bytes."""
    return any(form in box for form in ways_to_write(answers))


def ways_to_write(answers: str) -> tuple[bytes, ...]:
    """Answers as digits, as a byte an answer, and as half bytes from the first and from the second answer on."""
    return (
        answers.encode(),
        bytes(map(int, answers)),
        bytes.fromhex(answers[: len(answers) // 2 * 2]),
        bytes.fromhex(answers[1 : 1 + (len(answers) - 1) // 2 * 2]),
    )
