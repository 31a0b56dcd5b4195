"""kill -9 at random moments of an opening: whoever closes again finds every form once, on both databases."""

import multiprocessing
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.answering.box import REFUSED
from survey_app.closing import close as closing
from survey_app.core.db import connect
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, Box, BoxNumber, Form, Remark, RemarkBox, Spent
from survey_app.rounds.key_files import key_path
from survey_app.rounds.round_rows import find_round
from tests.attacks.known_answers import CLOSES, KnownRound, open_known
from tests.keyring import keys_of

FORMS = 50
REFUSALS = 5
RANDOM = Random(9)
_numbers = count()
Copies = Callable[[], str]


@pytest.fixture
def made(engine: Engine) -> KnownRound:
    """An open round whose answers are known; nobody writes to it any more."""
    known = open_known(engine, "new", 5)
    known.answer(FORMS)
    known.answer(REFUSALS, answers=REFUSED)
    known.writer.stop()
    engine.dispose()
    return known


@pytest.fixture
def copies(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Copies]:
    """Makes copies of the store, each with a key of its own, and names them."""
    if engine.dialect.name == "sqlite":
        store = Path(str(engine.url.database)).parent
        yield lambda: f"sqlite:///{shutil.copytree(store, tmp_path / f'copy {next(_numbers)}') / 'survey.db'}"
        return
    cluster = request.getfixturevalue("cluster")
    made: list[str] = []

    def copy() -> str:
        name = f"killed_{next(_numbers)}"
        with cluster.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {engine.url.database}")
        made.append(name)
        return str(cluster.url.format(name))

    yield copy
    with cluster.admin.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def close(url: str, keys: Path) -> None:
    """Close the store's round, in whatever process this is."""
    engine = connect(url)
    with suppress(ConflictError):  # it was closed to the end before the blow came
        closing.close_round(engine, None, keys=keys, actor="test", now=CLOSES)
    engine.dispose()


def close_and_be_killed(url: str, keys: Path, after: float) -> bool:
    """Close in a process of its own and kill it so many seconds later; tells whether it was still at work."""
    child = multiprocessing.get_context("fork").Process(target=close, args=(url, keys))
    child.start()
    time.sleep(after)
    at_work = child.is_alive()
    child.kill()
    child.join()
    return at_work


def copy_keys(made: KnownRound, folder: Path) -> Path:
    """A folder with the key of one copy of the store: what is destroyed there is kept for the next copy."""
    folder.mkdir(parents=True)
    shutil.copy2(key_path(keys_of(made.engine), made.public_key or b""), folder)
    return folder


def check(made: KnownRound, url: str, keys: Path) -> None:
    """Every form is there once, nothing is left of boxes and marks, and the key is gone."""
    engine = connect(url)
    with Session(engine) as session:
        forms = Counter(session.scalars(select(Form.answers)))
        remarks = Counter(session.scalars(select(Remark.text)))
        numbers = {bytes(number) for number in session.scalars(select(BoxNumber.id))}
        left = [session.scalar(select(table).limit(1)) for table in (Box, RemarkBox, Spent)]
        acts = Counter(session.scalars(select(Audit.action)))
        state = find_round(session).state
    engine.dispose()
    assert forms == Counter(answers for answers in made.given.values() if answers != REFUSED)
    assert remarks == Counter(made.remarks)
    assert numbers == set(made.boxes.values())
    assert left == [None, None, None]
    assert (acts["open_boxes"], acts["publish"], state) == (1, 1, "closed")
    assert list(keys.glob("*.key")) == []


def measure(made: KnownRound, copies: Copies, keys: Path) -> float:
    """How long an undisturbed close takes, in seconds."""
    whole = copy_keys(made, keys)
    url = copies()
    began = time.monotonic()
    close(url, whole)
    seconds = time.monotonic() - began
    check(made, url, whole)
    return seconds


def kill_at_moments(made: KnownRound, copies: Copies, folder: Path, moments: int, seconds: float) -> int:
    """Kill a close at so many random moments, each in a fresh copy, and close again; tells how many were at work."""
    at_work = 0
    for moment in range(moments):
        keys = copy_keys(made, folder / f"keys {moment}")
        url = copies()
        at_work += close_and_be_killed(url, keys, RANDOM.uniform(0, 1) * seconds)
        close(url, keys)
        check(made, url, keys)
    return at_work


def test_kill_9_at_a_few_moments_of_an_opening_loses_and_doubles_nothing(
    made: KnownRound, copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are computed once and remembered, so that the moments are those of opening, writing and dropping."""
    monkeypatch.setattr(closing, "evaluate", cache_first(closing.evaluate))
    measure(made, copies, tmp_path / "keys real")
    seconds = measure(made, copies, tmp_path / "keys measured")
    assert kill_at_moments(made, copies, tmp_path, 4, seconds) > 0


def cache_first(compute: Callable[..., Any]) -> Callable[..., Any]:
    """What was computed at the first call, at every call: the copies of one store have the same figures."""
    computed: list[Any] = []

    def remember(*about: Any) -> Any:
        if not computed:
            computed.append(compute(*about))
        return computed[0]

    return remember


@pytest.mark.soak
def test_kill_9_at_twenty_random_moments_of_an_opening_loses_and_doubles_nothing(
    made: KnownRound, copies: Copies, tmp_path: Path
) -> None:
    seconds = measure(made, copies, tmp_path / "keys measured")
    assert kill_at_moments(made, copies, tmp_path, 20, seconds) > 5
