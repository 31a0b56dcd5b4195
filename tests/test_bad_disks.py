"""The real service on a disk that is full, takes nothing or is slow, and on a clock that jumps."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import NamedTuple

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine

from survey_app import app
from survey_app.core.db import connect
from survey_app.core.settings import Settings, beijing_now
from tests.conftest import NOON, make_round
from tests.journeys import RECEIPT, Journey, plan_journeys, reconcile
from tests.keyring import open_answers
from tests.postgresql import children_of
from tests.serving import Service, free_port, serving

SIZE = "16m"
AGAIN = "请再提交一次，不会重复计数"


class Disk(NamedTuple):
    """A small disk with a store on it that is being served."""

    folder: Path
    engine: Engine
    service: Service

    def plan(self, people: int) -> list[Journey]:
        now = beijing_now()
        window = {"opens": now - timedelta(days=1), "closes": now + timedelta(days=1)}
        return plan_journeys(make_round(self.engine, codes=people, **window).codes, seed=time.monotonic_ns())

    def post(self, journey: Journey) -> int | None:
        with httpx.Client(timeout=60) as client:
            status = journey.post(client, self.service.address)
        journey.receipt |= status == RECEIPT
        return status

    def empty_wal(self) -> None:
        with self.engine.connect() as connection:
            connection.rollback()
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def disk(mounted: Path | None, tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Disk]:
    folder = mounted or tmp_path_factory.mktemp("disk")
    shutil.copyfile(sqlite_model, folder / "survey.db")
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    with serving(folder, free_port(), only="phones") as service:
        yield Disk(folder, engine, service)
    engine.dispose()


def check_nothing_is_taken_and_papers_are_shown(disk: Disk, journey: Journey) -> None:
    paper = httpx.get(f"{disk.service.address}/q/{journey.code}")
    assert paper.status_code == 200
    journey.sent, cookies = True, {"cookie": f"number={journey.number}"}
    page = httpx.post(f"{disk.service.address}/q/{journey.code}", data=journey.fields(), headers=cookies, timeout=60)
    assert page.status_code == 503
    assert AGAIN in page.text
    assert page.text.count(" checked") == len(journey.answers)


def test_while_a_disk_takes_nothing_everyone_is_told_to_send_again_and_then_everyone_is_stored(disk: Disk) -> None:
    journeys = disk.plan(6)
    assert [disk.post(one) for one in journeys[:3]] == [RECEIPT] * 3
    workers = children_of(disk.service.process.pid)
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for journey in journeys[3:]:
        check_nothing_is_taken_and_papers_are_shown(disk, journey)
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert [disk.post(one) for one in journeys] == [RECEIPT] * 6
    check_stored(disk, journeys)


def test_on_a_full_disk_everyone_is_told_to_send_again_and_with_room_everyone_is_stored(
    disk: Disk, mounted: Path | None
) -> None:
    if mounted is None:
        pytest.skip("no small disk can be mounted here: it takes root and the right to mount")
    journeys = disk.plan(6)
    assert [disk.post(one) for one in journeys[:3]] == [RECEIPT] * 3
    filler = disk.folder / "filler"
    for _ in range(2):  # an emptied write-ahead file gives room, which is filled as well
        disk.empty_wal()
        fill(filler)
    for journey in journeys[3:]:
        check_nothing_is_taken_and_papers_are_shown(disk, journey)
    filler.unlink()
    assert [disk.post(one) for one in journeys] == [RECEIPT] * 6
    check_stored(disk, journeys)


def test_on_a_slow_disk_papers_do_not_wait_and_receipts_come_late(disk: Disk) -> None:
    [journey] = disk.plan(1)
    with disk.engine.connect() as slow:
        slow.begin()
        Timer(2, slow.rollback).start()
        began = time.monotonic()
        assert httpx.get(f"{disk.service.address}/q/{journey.code}").status_code == 200
        assert time.monotonic() - began < 2
        assert disk.post(journey) == RECEIPT
        assert time.monotonic() - began >= 2
    check_stored(disk, [journey])


def test_a_clock_that_jumps_loses_and_doubles_nothing(engine: Engine, tmp_path: Path) -> None:
    now = [NOON]

    def clock() -> datetime:
        return now[0]

    journeys = plan_journeys(make_round(engine, codes=4).codes)
    built = app.build(Settings(tmp_path, "", "http://testserver"), engine, clock)
    statuses = []
    with TestClient(built) as client:
        client.follow_redirects = False
        for journey, moment in zip(
            journeys, (NOON, NOON + timedelta(days=300), NOON - timedelta(hours=3), NOON), strict=True
        ):
            now[0] = moment
            client.cookies.clear()
            statuses.append(journey.post(client, ""))
            journey.receipt = statuses[-1] == RECEIPT
        now[0] = NOON
        client.cookies.clear()
        statuses += [one.post(client, "") for one in journeys]
    assert statuses == [200, 410, 200, 200, 200, 200, 200, 200]
    assert reconcile(engine, journeys, journeys) == 4


def fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 9):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def check_stored(disk: Disk, journeys: list[Journey]) -> None:
    """Of these journeys each one is stored once; the disk holds those of the other tests as well."""
    forms = open_answers(disk.engine)
    with disk.engine.connect() as connection:
        spent, counted = (
            connection.exec_driver_sql(query).scalar_one()
            for query in ("SELECT count(*) FROM spent", "SELECT sum(n) FROM ledger")
        )
    assert [forms.count(one.answers) for one in journeys] == [1] * len(journeys)
    assert spent == counted == len(forms)
