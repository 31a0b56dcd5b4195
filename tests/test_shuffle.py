from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from survey_app.answering import Submission, Writer, find_access, hash_code
from survey_app.closing.shuffle import shuffle, shuffle_if_due
from survey_app.core.audit import load_audit
from survey_app.core.db import connect, reading
from survey_app.core.errors import StorageError
from survey_app.core.models import Form, Remark, Spent
from tests.county import NOW

OpenRound = Callable[..., Any]
Tokens = dict[str, list[bytes]]
HOUR = timedelta(hours=1)
FORMS = 300
CHANCE = 10  # one match in 300 is expected of a blind guess; more than ten once in 100 million runs

ORDERS = {
    "sqlite": ["1"],
    "postgresql": ["1", "ctid", "xmin::text::bigint, ctid"],
}
COLUMNS = {"ticket": "spent", "answers": "form", "text": "remark"}


@pytest.fixture
def files(engine: Engine, request: pytest.FixtureRequest) -> Callable[[], Iterator[bytes]]:
    """Reads every file of the store."""
    if engine.dialect.name == "postgresql":
        folder = request.getfixturevalue("cluster").data
    else:
        folder = Path(str(engine.url.database)).parent
    return lambda: (path.read_bytes().rstrip(b"\0") for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def answer(engine: Engine) -> Iterator[Callable[..., Tokens]]:
    """Answers each code in turn, a commit each, with answers and a remark like no other's."""
    writer = Writer(engine)
    random = Random(2025)

    def post(codes: list[str], now: datetime) -> Tokens:
        tokens: Tokens = {"ticket": [hash_code(code) for code in codes], "answers": [], "text": []}
        for code in codes:
            with engine.connect() as connection:
                access = find_access(connection, code, None, now)
            answers, remark = "".join(random.choices("123459", k=17)), f"意见{random.getrandbits(64):016x}"
            assert writer.submit(Submission(access, "phone", answers, now, remark)).result() == "stored"
            tokens["answers"].append(answers.encode())
            tokens["text"].append(remark.encode())
        return tokens

    yield post
    writer.stop()


def attack(engine: Engine, files: Callable[[], Iterator[bytes]], tokens: Tokens) -> dict[str, int]:
    """How many of each kind of token every way of reading the store pairs rightly with another kind."""
    right: Counter[str] = Counter()
    for order in ORDERS[engine.dialect.name]:
        ranked = {kind: read_in_order(engine, kind, order, tokens[kind]) for kind in tokens}
        for one, other in combinations(tokens, 2):
            right[f"{one}-{other} by {order}"] = sum(map(int.__eq__, ranked[one], ranked[other]))
    for data in files():
        places = {kind: find_all(data, tokens[kind]) for kind in tokens}
        for one, other in combinations(tokens, 2):
            for way, pairs in match_by_place(places[one], places[other]).items():
                name = f"{one}-{other} by {way} in a file"
                right[name] = max(right[name], sum(a == b for a, b in pairs))
    return right


def read_in_order(engine: Engine, column: str, order: str, tokens: list[bytes]) -> list[int]:
    """Which token stands in each row, in one order of the rows (1 is the key)."""
    key = "key, " if column != "ticket" else ""
    number = {token: index for index, token in enumerate(tokens)}
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {key}{column} FROM {COLUMNS[column]} ORDER BY {order}"))
        return [number[row[-1].encode() if isinstance(row[-1], str) else row[-1]] for row in rows]


def find_all(data: bytes, tokens: Sequence[bytes]) -> list[tuple[int, int]]:
    """Every place of every token (all of one length), as (offset, token), in the order of the file."""
    number = {token: index for index, token in enumerate(tokens)}
    length = len(tokens[0])
    begins = np.zeros(1 << 16, dtype=bool)
    begins[[int.from_bytes(token[:2], "little") for token in tokens]] = True
    single = np.frombuffer(data, dtype=np.uint8).astype(np.uint16)
    likely = np.flatnonzero(begins[single[:-1] | single[1:] << 8])
    return [(at, number[data[at : at + length]]) for at in likely.tolist() if data[at : at + length] in number]


def match_by_place(ones: list[tuple[int, int]], others: list[tuple[int, int]]) -> dict[str, list[tuple[int, int]]]:
    """Pairs of tokens by the rank of their first and last places, and by which place is nearest to which."""
    first, others_first = rank(ones[::-1])[::-1], rank(others[::-1])[::-1]
    offsets = [offset for offset, _ in others]
    after = [(one, others[place][1]) for offset, one in ones if (place := bisect(offsets, offset)) < len(others)]
    before = [(one, others[place - 1][1]) for offset, one in ones if (place := bisect(offsets, offset)) > 0]
    return {
        "first place": list(zip(first, others_first, strict=False)),
        "last place": list(zip(rank(ones), rank(others), strict=False)),
        "next": list(dict(after).items()),
        "before": list(dict(before[::-1]).items()),
    }


def rank(places: list[tuple[int, int]]) -> list[int]:
    """Tokens by their last place in the list."""
    return list(dict.fromkeys(token for _, token in reversed(places)))[::-1]


def contents(engine: Engine) -> list[Counter[Any]]:
    with Session(engine) as session:
        return [
            Counter(map(tuple, session.execute(select(*columns))))
            for columns in (
                (Form.place_id, Form.paper, Form.answers),
                (Remark.round_id, Remark.group, Remark.text),
                (Spent.ticket, Spent.holder, Spent.batch_id),
            )
        ]


def keys(engine: Engine) -> Sequence[bytes]:
    with Session(engine) as session:
        return session.scalars(select(Form.key).union_all(select(Remark.key))).all()


def test_the_shuffled_store_pairs_no_code_with_its_form_and_the_live_store_shows_that_this_could_fail(
    engine: Engine, open_round: OpenRound, answer: Callable[..., Tokens], files: Callable[[], Iterator[bytes]]
) -> None:
    made = open_round(codes=FORMS)
    tokens = answer(made.codes, made.now)
    live = attack(engine, files, tokens)
    for pair in ("ticket-answers", "ticket-text", "answers-text"):
        assert max(right for name, right in live.items() if name.startswith(pair)) > FORMS / 4
    assert shuffle(engine, made.now).remains == ()
    assert {name: right for name, right in attack(engine, files, tokens).items() if right > CHANCE} == {}
    engine.dispose()
    assert {name: right for name, right in attack(engine, files, tokens).items() if right > CHANCE} == {}


def test_no_file_keeps_a_row_as_it_was_before_the_shuffle(
    engine: Engine, open_round: OpenRound, answer: Callable[..., Tokens], files: Callable[[], Iterator[bytes]]
) -> None:
    made = open_round(codes=100)
    answer(made.codes, made.now)
    old = keys(engine)
    assert any(find_all(data, old) for data in files())
    shuffle(engine, made.now)
    new = keys(engine)
    assert any(find_all(data, new) for data in files())
    assert not any(find_all(data, old) for data in files())


def test_a_shuffle_keeps_every_form_remark_and_spent_mark(
    engine: Engine, open_round: OpenRound, answer: Callable[..., Tokens]
) -> None:
    made = open_round(codes=20)
    answer(made.codes, made.now)
    before = contents(engine)
    assert shuffle(engine, made.now).forms == 20
    assert contents(engine) == before


def test_answers_that_arrive_during_a_shuffle_are_stored_once_each(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(codes=200)
    writers = [Writer(engine) for _ in range(2)]
    with engine.connect() as connection:
        accesses = [find_access(connection, code, None, made.now) for code in made.codes]
    futures = [
        writers[index % 2].submit(Submission(access, "phone", "5" * 17, made.now))
        for index, access in enumerate(accesses)
    ]
    for _ in range(5):
        shuffle(engine, made.now)
    assert Counter(future.result() for future in futures) == {"stored": 200}
    for writer in writers:
        writer.stop()
    assert [table.total() for table in contents(engine)] == [200, 0, 200]


def test_a_shuffle_is_due_after_an_hour_in_which_ten_forms_came(
    engine: Engine, open_round: OpenRound, answer: Callable[..., Tokens]
) -> None:
    made = open_round(codes=30)
    answer(made.codes[:9], made.now)
    assert shuffle_if_due(engine, made.now) is None
    answer(made.codes[9:10], made.now)
    assert shuffle_if_due(engine, made.now) == (10, ())
    answer(made.codes[10:19], made.now)
    assert shuffle_if_due(engine, made.now + HOUR) is None
    answer(made.codes[19:20], made.now)
    assert shuffle_if_due(engine, made.now + HOUR - timedelta(seconds=1)) is None
    assert shuffle_if_due(engine, made.now + HOUR) == (20, ())


def test_a_clock_that_was_set_back_does_not_put_the_shuffle_off(
    engine: Engine, open_round: OpenRound, answer: Callable[..., Tokens]
) -> None:
    made = open_round(codes=20)
    answer(made.codes[:10], made.now)
    assert shuffle_if_due(engine, made.now + timedelta(days=300)) == (10, ())
    answer(made.codes[10:], made.now)
    assert shuffle_if_due(engine, made.now) == (20, ())


def test_of_several_processes_that_find_the_shuffle_due_one_does_it(
    engine: Engine, open_round: OpenRound, answer: Callable[..., Tokens]
) -> None:
    made = open_round(codes=10)
    answer(made.codes, made.now)
    together = Barrier(3)

    def try_it(_: int) -> bool:
        together.wait()
        return shuffle_if_due(engine, made.now) is not None

    with ThreadPoolExecutor(3) as threads:
        assert sum(threads.map(try_it, range(3))) == 1


def test_a_shuffle_is_recorded(engine: Engine, open_round: OpenRound) -> None:
    made = open_round()
    shuffle(engine, made.now)
    with Session(engine) as session:
        [row] = load_audit(session)
    assert (row.at, row.actor, row.action, row.detail) == (made.now, "service", "shuffle", {"forms": 0})


def test_a_long_reader_puts_the_shuffle_off_on_postgresql(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey_app.closing.shuffle.PATIENCE", 50)
    with postgresql_engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM form"))
        with pytest.raises(StorageError):
            shuffle(postgresql_engine, NOW)


def test_a_long_reader_leaves_the_wal_on_sqlite_and_the_shuffle_says_so(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey_app.closing.shuffle.PATIENCE", 50)
    with reading(sqlite_engine).begin() as reader:
        reader.execute(text("SELECT count(*) FROM form"))
        assert shuffle(sqlite_engine, NOW).remains
    assert shuffle(sqlite_engine, NOW).remains == ()


def test_a_shuffle_says_when_it_may_not_drop_the_wal(cluster: Any, postgresql_engine: Engine) -> None:
    name = postgresql_engine.url.database
    with postgresql_engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE clerk_{name} LOGIN"))
        for kind in ("TABLES", "SEQUENCES"):
            connection.execute(text(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO clerk_{name}"))
    clerk = connect(cluster.url.format(name).replace("tests@", f"clerk_{name}@"))
    [sentence] = shuffle(clerk, NOW).remains
    clerk.dispose()
    assert "CHECKPOINT" in sentence
