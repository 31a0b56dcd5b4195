"""The logs of a command, begun with the first line for them: most have none, and need not read what writes it."""

import logging
from collections.abc import Callable

OURS = "survey_app"
Begin = Callable[[logging.LogRecord], None]


def await_first_line(begin: Begin) -> None:
    """Call this with the first line for the logs, which begins them and logs it."""
    root = logging.getLogger()
    if not any(isinstance(handler, FirstLine) for handler in root.handlers):
        root.addHandler(FirstLine(begin))
    logging.getLogger(OURS).setLevel(logging.INFO)


class FirstLine(logging.Handler):
    """Stands where the handlers of the logs will, until they take its place."""

    def __init__(self, begin: Begin):
        super().__init__()
        self._begin = begin

    def emit(self, record: logging.LogRecord) -> None:
        """Begin with this line."""
        self._begin(record)
