"""Three services that share nothing but a PostgreSQL database."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from itertools import cycle, islice
from threading import Barrier
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.answering.code_lookup import REMEMBERED
from survey_app.core.db import connect
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.rounds.opening import set_paused
from tests.conftest import OpenRound, make_round
from tests.county import NOW
from tests.journeys import RECEIPT, Journey, plan_journeys
from tests.postgresql import Cluster
from tests.serving import free_port, serving

AT_ONCE = 20


class Street(NamedTuple):
    """One store behind three codes."""

    engine: Engine
    addresses: list[str]

    def open(self, codes: int) -> OpenRound:
        now = beijing_now()
        return make_round(self.engine, codes=codes, opens=now - timedelta(days=1), closes=now + timedelta(days=1))


@pytest.fixture(scope="module")
def street(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """The services make the tables themselves, all three at once."""
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE street")
    engine = connect(cluster.url.format("street"))
    url = engine.url.render_as_string(hide_password=False)
    with ExitStack() as stack, ThreadPoolExecutor(3) as starting:
        folders = [tmp_path_factory.mktemp("service") for _ in range(3)]
        opened = starting.map(
            lambda folder: stack.enter_context(serving(folder, free_port(), url, only="phones")), folders
        )
        yield Street(engine, [one.address for one in opened])
    engine.dispose()


def post_at_once(street: Street, journeys: list[Journey]) -> Counter[int | None]:
    """All at the same moment, to each service in turn."""
    ready = Barrier(len(journeys))

    def post(journey: Journey, address: str) -> int | None:
        cookies = {"cookie": f"number={journey.number}"}
        with httpx.Client(timeout=60, headers=cookies) as phone:
            phone.get(f"{address}/q/{journey.code}")
            journey.sent = True
            ready.wait(60)
            return phone.post(f"{address}/q/{journey.code}", data=journey.fields()).status_code

    with ThreadPoolExecutor(len(journeys)) as phones:
        return Counter(phones.map(post, journeys, islice(cycle(street.addresses), len(journeys))))


@pytest.mark.parametrize("times", [6, pytest.param(200, marks=pytest.mark.soak)])
def test_one_ticket_posted_twenty_times_at_once_over_three_processes_counts_once(street: Street, times: int) -> None:
    """In turn by twenty phones, of which one has a receipt, and by one phone twenty times, which has it each time."""
    before = count(street)
    for number, first in enumerate(plan_journeys(street.open(times).codes, seed=times)):
        phones = [Journey(first.code, first.answers) for _ in range(AT_ONCE)]
        if number % 2:
            assert post_at_once(street, phones) == {RECEIPT: 1, 409: AT_ONCE - 1}
        else:
            assert post_at_once(street, [first] * AT_ONCE) == {RECEIPT: AT_ONCE}
        assert count(street) == before + number + 1


def test_a_pause_in_one_process_holds_in_the_others_from_its_commit_on_and_shows_a_second_later(
    street: Street,
) -> None:
    """Every page was looked at just before, so that each process remembers the round as open: none stores a form."""
    made = street.open(1)
    journey = plan_journeys(made.codes, seed=1)[0]

    def look() -> list[int]:
        return [httpx.get(f"{address}/q/{journey.code}").status_code for address in street.addresses]

    def send() -> list[int]:
        sent = [httpx.post(f"{address}/q/{journey.code}", data=journey.fields()) for address in street.addresses]
        return [answer.status_code for answer in sent]

    before = count(street)
    assert look() == [200] * 3
    pause(street, made, True)
    assert send() == [503] * 3
    time.sleep(REMEMBERED)
    assert look() == [503] * 3
    assert count(street) == before
    pause(street, made, False)
    assert look() == [200] * 3


def pause(street: Street, made: OpenRound, paused: bool) -> None:
    with Session(street.engine) as session, session.begin():
        set_paused(session, session.get_one(Round, made.round_id), paused, actor="test", now=NOW)


def test_a_database_that_takes_nothing_for_a_while_costs_nothing(street: Street) -> None:
    journeys = plan_journeys(street.open(6).codes, seed=4)
    before = count(street)
    turn(street, "on")
    with httpx.Client(timeout=60) as client:
        said = [one.post(client, address) for one, address in zip(journeys, cycle(street.addresses), strict=False)]
        assert said == [503] * 6
        turn(street, "off")
        said = [one.post(client, address) for one, address in zip(journeys, cycle(street.addresses), strict=False)]
    assert said == [RECEIPT] * 6
    assert count(street) == before + 6


def turn(street: Street, read_only: str) -> None:
    """As in a standby: sessions from now on may read alone."""
    with street.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.exec_driver_sql(f"ALTER DATABASE street SET default_transaction_read_only = {read_only}")
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'street' AND pid <> pg_backend_pid()"
        )
    street.engine.dispose()


def count(street: Street) -> int:
    """How many forms there are; each one has its spent ticket and was counted."""
    with street.engine.connect() as connection:
        forms, spent, counted = (
            connection.exec_driver_sql(f"SELECT coalesce({what}, 0) FROM {table}").scalar_one()
            for what, table in (("count(*)", "box"), ("count(*)", "spent"), ("sum(n)", "ledger"))
        )
    assert forms == spent == counted
    return int(forms)
