"""The port that a service listens on: looked at before the service starts, so that one sentence says what is wrong."""

import errno
import socket
from itertools import count

from survey_app.cli.command_lines import say_command
from survey_app.core.errors import SurveyError

TRIES = 100
HIGHEST = 65_535
REFUSALS: dict[int | None, str] = {errno.EADDRINUSE: "port_taken", errno.EACCES: "port_refused"}
"""The line for each reason that lies with the port; any other lies with the address."""


def check_port(host: str, port: int) -> None:
    """Raise SurveyError when nothing can listen at this address and port."""
    try:
        _listen(host, port)
    except (OSError, UnicodeError) as error:  # UnicodeError: no name of a machine can be written so
        line = REFUSALS.get(getattr(error, "errno", None), "host_refused")
        raise SurveyError(say_command(line, host=host, port=port)) from None


def next_free_port(host: str, port: int) -> int:
    """This port, or the next one above it that nobody listens on; raises SurveyError when a hundred are taken."""
    for candidate in count(port):
        try:
            _listen(host, candidate)
            return candidate
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) != errno.EADDRINUSE or candidate in (port + TRIES, HIGHEST):
                check_port(host, port)
    raise AssertionError(port)


def _listen(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
