"""The port that a service listens on: looked at before the service starts, so that one sentence says what is wrong."""

import errno
import socket
from itertools import count

from survey_app.cli.command_lines import say_command
from survey_app.core.errors import SurveyError

TRIES = 100
HIGHEST = 65_535


def check_port(host: str, port: int) -> None:
    """Raise SurveyError when nothing can listen at this address and port."""
    try:
        _listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SurveyError(say_command("port_taken", port=port)) from None
        raise SurveyError(say_command("port_refused", port=port, why=error.strerror)) from None


def next_free_port(host: str, port: int) -> int:
    """This port, or the next one above it that nobody listens on; raises SurveyError when a hundred are taken."""
    for candidate in count(port):
        try:
            _listen(host, candidate)
            return candidate
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate in (port + TRIES, HIGHEST):
                check_port(host, port)
    raise AssertionError(port)


def _listen(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
