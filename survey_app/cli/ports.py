"""What one service alone may have, held from before its start to its end: the port, and on SQLite the county.

The kernel lets go of both with the last process that has a copy: the service, or its child that answers.
"""

import errno
import os
import socket
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import count
from pathlib import Path

import click

from survey_app.cli.command_lines import say_command
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.settings import read_settings

TRIES = 100
HIGHEST = 65_535
REFUSALS: dict[int | None, str] = {errno.EADDRINUSE: "port_taken", errno.EACCES: "port_refused"}
"""The line for each reason that lies with the port; any other lies with the address."""


def find_address(_: click.Context, __: click.Parameter, host: str) -> str:
    """The address of this machine that `--host` names, since the server takes no names; raises SurveyError."""
    if not host:
        raise SurveyError(say_command("host_missing"))
    try:
        found = [str(where[0]) for *_, where in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        address = min(found, key=lambda address: ":" in address).partition("%")[0]
        _listen(address, 0)
    except (OSError, UnicodeError):  # UnicodeError: no name of a machine can be written so
        raise SurveyError(say_command("host_refused", host=host)) from None
    return address


def hold_port(host: str, port: int) -> None:
    """Keep this port of this address; raises SurveyError when another service has it or nothing can listen there."""
    try:
        _hold(host, port)
    except OSError as error:
        raise _refuse(error, host, port) from None


def hold_next_port(host: str, port: int) -> int:
    """Keep this port, or the next one above it that nobody has; raises SurveyError when a hundred are taken."""
    for candidate in count(port):
        try:
            _hold(host, candidate)
            return candidate
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate in (port + TRIES, HIGHEST):
                raise _refuse(error, host, port) from None
    raise AssertionError(port)


def hold_county(folder: Path) -> None:
    """Keep the data folder, if the store is there; raises ConflictError when a service with everything runs on it.

    Raises SurveyError where the folder cannot be made or written.
    """
    is_file = read_settings(os.environ | {"SURVEY_DIR": str(folder)}).database_url.startswith("sqlite")
    directory = _open_folder(folder)  # never closed: that would let go of it
    try:
        if is_file:
            flock(directory, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        raise ConflictError(say_command("already_served", folder=folder)) from None
    except OSError:
        return  # a file system without such locks


def _open_folder(folder: Path) -> int:
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return os.open(folder, os.O_RDONLY)
    raise SurveyError(say_command("place_refused", place=folder))


def _refuse(error: OSError, host: str, port: int) -> SurveyError:
    return SurveyError(say_command(REFUSALS.get(error.errno, "host_refused"), host=host, port=port))


def _hold(host: str, port: int) -> None:
    """Granian listens seconds later and lets others listen beside it; of this name the kernel knows one alone."""
    with socket.socket(socket.AF_UNIX) as holder:
        holder.bind(f"\0survey-port-{port}")
        _listen(host, port)
        holder.detach()


def _listen(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
