"""What a connection may cost: how many there may be, and how long one is kept that sends no request.

docs/deployment.md says what one attacker can still do, tests/attacks/test_connections.py tries it.
"""

import resource
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings

MOST_CONNECTIONS = 16_384
WAITING_TO_BE_TAKEN = 4096
OPEN_FILES_BESIDE = 512
"""What a process opens besides connections: the database, logs, documents."""
HEAD_SECONDS = 10
"""From the connection, or from the answer before, to a whole head; deploy/nginx.conf lets go of its own after 8."""


def bound_connections() -> dict[str, Any]:
    """The settings of the server, as many connections as this process may hold once it asked for all it can get.

    HTTP/1.1 alone: the timer of a head does not run while a server waits to see which of two protocols it is.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_CONNECTIONS + OPEN_FILES_BESIDE
    allowed = files if most == resource.RLIM_INFINITY else min(files, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return {
        "http": HTTPModes.http1,
        "http1_settings": HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        "websockets": False,
        "backlog": WAITING_TO_BE_TAKEN,
        "backpressure": max(allowed - OPEN_FILES_BESIDE, allowed // 2),
    }
