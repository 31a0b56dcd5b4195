"""A PostgreSQL server of our own, on a socket in a folder of its own, with nothing left of it afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from sqlalchemy import Engine, create_engine

PATIENCE = 60
ON_POSTGRESQL_IN_SOAK = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True
)
"""For a test whose figures or texts no database could change: `make soak` runs it on PostgreSQL, too."""


@pytest.fixture(name="engine", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def engine_mostly_sqlite(request: pytest.FixtureRequest) -> Engine:
    """`engine` of a module that imports this, of whose tests that holds."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


class Cluster(NamedTuple):
    """A running PostgreSQL server: its files, its socket, and an engine for its maintenance database."""

    data: Path
    url: str
    admin: Engine


def find_postgresql() -> Path:
    """The newest server's programs, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail("PostgreSQL is not installed: run `apt-get install postgresql`.", pytrace=False)
    return found[-1].parent


class Server:
    """The server: its files, and its databases by URL; `copied`: its files are a base backup of that other one."""

    def __init__(self, folder: Path, settings: Sequence[str], copied: "Server | None" = None):
        self.folder, self.data = folder, folder / "data"
        self._options = [f"--{one}" for one in ("listen_addresses=", *settings, f"unix_socket_directories={folder}")]
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        if copied is None:
            self._run("initdb", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        else:
            self._run("pg_basebackup", "-h", str(copied.folder), "-U", "tests", "-X", "none", "-c", "fast", "--no-sync")

    def set(self, *settings: str) -> None:
        """Further settings from the next start on."""
        self._options += [f"--{setting}" for setting in settings]

    def touch(self, name: str) -> None:
        """Make an empty file among the server's, as its owner."""
        path = self.data / name
        path.touch()
        shutil.chown(path, *(self._identity.get(kind, os.geteuid()) for kind in ("user", "group")))

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tests@/{database}?host={self.folder}"

    def start(self) -> None:
        """As a child of this process, which alone can bury it: a dead postmaster's number must be free again."""
        command = [str(find_postgresql() / "postgres"), "-D", str(self.data), *self._options]
        with (self.folder / "log").open("ab") as log:
            self._postmaster = subprocess.Popen(command, stderr=log, cwd=self.folder, **self._identity)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._postmaster.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        self._postmaster.send_signal(signal.SIGQUIT)
        self._postmaster.wait(PATIENCE)

    def kill(self) -> None:
        """kill -9 for the postmaster and all its children."""
        children = children_of(self._postmaster.pid)
        self._postmaster.kill()
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._postmaster.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while any(_is_there(pid) for pid in children):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(f"host={self.folder} user=tests dbname=postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(find_postgresql() / program), "-D", str(self.data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._identity)


@contextmanager
def run_server(*settings: str) -> Iterator[Server]:
    """Start a fresh server with these settings; it listens on its socket alone, and anybody may enter."""
    with make_server(*settings) as server:
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def make_server(*settings: str, copied: Server | None = None) -> Iterator[Server]:
    """The files of such a server, fresh or those of a base backup, to be started."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        yield Server(folder, settings, copied)
    finally:
        shutil.rmtree(folder)


@contextmanager
def run_cluster(*settings: str) -> Iterator[Cluster]:
    """Such a server for those who only need its databases."""
    with run_server(*settings) as server:
        admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            yield Cluster(server.data, server.url("{}"), admin)
        finally:
            admin.dispose()


def children_of(parent: int) -> list[int]:
    """The numbers of a process's children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        if int(rest[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _is_there(pid: int) -> bool:
    """A zombie holds nothing any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
