"""The real service in a process of its own, for tests that need a network between."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import httpx

PATIENCE = 60


class Service(NamedTuple):
    """A running service: its address, and its process, to be stopped."""

    address: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """kill -9 for the process and its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(
    folder: Path,
    port: int,
    database_url: str = "",
    papers: Path | None = None,
    said: IO[bytes] | None = None,
    only: str | None = None,
    patched: str = "",
) -> Iterator[Service]:
    """`survey serve` on the store in this folder, or at a database URL; `papers` in place of those that ship.

    `patched` is run before it, for what a test cannot wait for.

    All that it prints goes into `said`. `only="phones"` is there in half the time: nothing that calculates is read.
    """
    address = f"http://127.0.0.1:{port}"
    command = f"{patched or 'pass'}; from survey_app.cli import main; main()"
    if papers:
        command = f"import pathlib, questionnaires.paper as p; p.FOLDER = pathlib.Path({str(papers)!r}); {command}"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            command,
            "serve",
            "--dir",
            str(folder),
            "--port",
            str(port),
            *(["--only", only] if only else []),
        ],
        env=os.environ | {"SURVEY_DATABASE_URL": database_url, "SURVEY_PUBLIC_URL": address},
        stdout=said or subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )
    try:
        _wait_until_open(address, process)
        yield Service(address, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def is_open(address: str) -> bool:
    """Whether anything answers there."""
    try:
        httpx.get(address)
    except httpx.TransportError:
        return False
    return True


def _wait_until_open(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if is_open(address):
            return
        time.sleep(0.1)
    raise TimeoutError(f"the service did not open; exit status {process.poll()}")
