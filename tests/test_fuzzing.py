"""Parsers and console under whatever is drawn for as long as one likes: FUZZ_MINUTES, five for each.

.venv/bin/pytest -m soak tests/test_fuzzing.py
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, product
from random import SystemRandom

import pytest
from sqlalchemy.orm import Session

from tests import test_bad_inputs, test_parsers
from tests.console import Console
from tests.county import issue
from tests.test_bad_inputs import FIELDS, OF_A_BROKEN_BODY, Sent, answer_to, count, list_served

console = test_bad_inputs.console  # its console, with nothing in it that starts by itself
MINUTES = float(os.environ.get("FUZZ_MINUTES", "5"))
pytestmark = pytest.mark.soak(minutes=MINUTES + 15)
Draw = Callable[[], None]


def list_draws() -> Iterator[tuple[str, Draw]]:
    """Every drawn test of the parsers, with each of its parameters: each call draws other examples."""
    for name, test in vars(test_parsers).items():
        if getattr(test, "is_hypothesis_test", False):
            given = [(mark.args[0], mark.args[1]) for mark in getattr(test, "pytestmark", [])]
            for values in product(*(values for _, values in given)):
                named = dict(zip([argument for argument, _ in given], values, strict=True))
                yield f"{name} {named}", partial(test, **named)


def test_parsers_answer_with_a_result_or_with_sentences_for_minutes() -> None:
    ended, drawn = time.monotonic() + 60 * MINUTES, 0
    for name, draw in cycle(list_draws()):
        try:
            draw()
        except Exception as problem:
            raise AssertionError(name) from problem
        drawn += 1
        if time.monotonic() > ended:
            break
    print(f"{drawn} times one of {len(list(list_draws()))} tests")


@OF_A_BROKEN_BODY
def test_the_console_answers_bad_requests_and_keeps_nothing_for_minutes(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        codes = [issued.code for unit in ("P01", "P02") for issued in issue(session, unit)[:5]]
    app, before, ended = console.client.app, count(console.engine), time.monotonic() + 60 * MINUTES
    ways = [*(("POST", path) for path in FIELDS), *(way for way in list_served(app) if way[1] != "/console/logout")]

    async def send_all() -> int:
        number = 0
        while time.monotonic() < ended:
            sent = Sent(SystemRandom(), codes, console, ways)
            status = await answer_to(app, sent)
            assert 200 <= status < 500, (status, sent.method, sent.path, sent.query, sent.type, sent.body)
            number += 1
        return number

    print(f"{asyncio.run(send_all())} requests")
    assert count(console.engine) == before
