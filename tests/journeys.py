"""People who answer over the network and try again until they have a receipt, and what the store must hold then."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from random import Random
from threading import Event, Lock, Thread

import httpx
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.core.models import Ledger, Spent
from tests.keyring import open_answers, open_remarks

ITEMS = load_paper("social-2026").item_ids
PHONES = 6
PAUSE = 0.05
RECEIPT, AGAIN = 200, (None, 500, 502, 503)


@dataclass
class Journey:
    """One person: a code, the number of their phone, and answers and a remark like nobody else's."""

    code: str
    answers: str
    number: str = field(default_factory=lambda: secrets.token_hex(16))
    sent: bool = False
    receipt: bool = False

    @property
    def remark(self) -> str:
        return f"意见{self.answers}"

    def fields(self) -> dict[str, str]:
        """The form as a browser sends it."""
        return dict(zip(ITEMS, self.answers, strict=True)) | {"remark": self.remark}

    def post(self, client: httpx.Client, address: str) -> int | None:
        """Open the paper and send it; returns the status, None if no answer came."""
        cookies = {"cookie": f"number={self.number}"}
        try:
            page = client.get(f"{address}/q/{self.code}", headers=cookies)
            if page.status_code != 200:
                return page.status_code
            self.sent = True
            return client.post(f"{address}/q/{self.code}", data=self.fields(), headers=cookies).status_code
        except httpx.TransportError:
            return None


def plan_journeys(codes: Sequence[str], seed: int = 2025) -> list[Journey]:
    """One journey a code; nobody answers as somebody else does."""
    return list(_walk_up(codes, seed))


def keep_coming(slips: Sequence[str], shared: str, seed: int = 2025) -> Iterator[Journey]:
    """Journeys without end: with a slip and with the class code in turn, and with the class code from then on."""
    return _walk_up(chain(chain.from_iterable(zip(slips, repeat(shared))), repeat(shared)), seed)


def _walk_up(codes: Iterable[str], seed: int) -> Iterator[Journey]:
    random = Random(seed)
    for code in codes:
        yield Journey(code, "".join(random.choices("12345", k=len(ITEMS))))


class Crowd:
    """Journeys under way: each phone begins the next one when it has a receipt for the last.

    `journeys` are those that were begun; `addresses` tells where the service can be reached just now.
    """

    def __init__(self, waiting: Iterator[Journey], addresses: Callable[[], Sequence[str]], phones: int = PHONES):
        self.journeys: list[Journey] = []
        self.refused: list[tuple[Journey, int]] = []
        self._addresses = addresses
        self._waiting = waiting
        self._next = Lock()
        self._stop = Event()
        self._end = float("inf")
        self._threads = [Thread(target=self._walk, args=(Random(one),)) for one in range(phones)]

    def receipts(self) -> list[Journey]:
        """Who has a receipt by now."""
        return [journey for journey in tuple(self.journeys) if journey.receipt]

    def finish(self, patience: float = 60) -> None:
        """Begin no new journey; who is under way goes on until there is a receipt, but not for ever."""
        self._end = time.monotonic() + patience
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _walk(self, random: Random) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._stop.is_set():
                journey = self._begin()
                while not journey.receipt and time.monotonic() < self._end:
                    status = journey.post(client, random.choice(self._addresses()))
                    journey.receipt = status == RECEIPT
                    if status not in (RECEIPT, *AGAIN):
                        self.refused.append((journey, int(status or 0)))
                        break
                    time.sleep(0 if journey.receipt else PAUSE)

    def _begin(self) -> Journey:
        with self._next:
            journey = next(self._waiting)
        self.journeys.append(journey)
        return journey


@contextmanager
def crowd(waiting: Iterator[Journey], addresses: Callable[[], Sequence[str]]) -> Iterator[Crowd]:
    """Journeys that go on while the block does, and all who are under way end with a receipt."""
    people = Crowd(waiting, addresses)
    people.start()
    try:
        yield people
    except BaseException:
        people.finish(patience=0)
        raise
    people.finish()
    assert [one for one in people.journeys if one.sent and not one.receipt] == []


def wait_for_receipts(people: Crowd, n: int) -> None:
    """Until so many more have one."""
    goal, deadline = len(people.receipts()) + n, time.monotonic() + 60
    while len(people.receipts()) < goal:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def reconcile(engine: Engine, journeys: Sequence[Journey], receipts: Sequence[Journey]) -> int:
    """Receipt by receipt: every receipted form is there, none twice, none that nobody sent; returns how many."""
    forms = Counter(open_answers(engine))
    remarks = Counter(open_remarks(engine))
    with Session(engine) as session:
        spent = session.scalar(select(func.count()).select_from(Spent))
        counted = session.scalar(select(func.coalesce(func.sum(Ledger.n), 0)))
    assert {one.answers for one in receipts} <= set(forms)
    assert set(forms) <= {one.answers for one in journeys if one.sent}
    assert set(forms.values()) <= {1}
    assert remarks == Counter(f"意见{answers}" for answers in forms)
    assert spent == counted == forms.total()
    return forms.total()
