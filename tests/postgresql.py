"""A PostgreSQL server of our own, on a socket in a folder of its own, with nothing left of it afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, create_engine


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


@contextmanager
def run_cluster(*settings: str) -> Iterator[Cluster]:
    """Start a server with these settings; it listens on its socket alone, and anybody may enter."""
    programs = find_postgresql()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data = folder / "data"
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **identity)

    run("initdb", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = " ".join(f"-c {one}" for one in ("listen_addresses=''", *settings, f"unix_socket_directories={folder}"))
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    url = f"postgresql+psycopg://tests@/{{}}?host={folder}"
    admin = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    try:
        yield Cluster(data, url, admin)
    finally:
        admin.dispose()
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)
