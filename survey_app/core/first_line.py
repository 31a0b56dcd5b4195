"""The logs of a command, begun with the first line for them: most have none, and need not read what writes it."""

import logging

OURS = "survey_app"


def await_first_line() -> None:
    """Begin the logs when there is a line for them."""
    root = logging.getLogger()
    if not any(isinstance(handler, FirstLine) for handler in root.handlers):
        root.addHandler(FirstLine())
    logging.getLogger(OURS).setLevel(logging.INFO)


class FirstLine(logging.Handler):
    """Begins the logs, which take its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log this line as all that follow."""
        from survey_app.core.logs import log_to_stderr

        log_to_stderr(record)
