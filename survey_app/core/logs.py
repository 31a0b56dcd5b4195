"""Logs: one JSON object a line, to stderr and to a file a day that is removed after six months; no line says who.

Where stderr is a terminal, people sit there: they get sentences (`log_sentences`), the file keeps the JSON.
"""

import logging
import os
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from errno import EACCES
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog

from survey_app.core.first_line import OURS, FirstLine
from survey_app.core.log_sentences import say_event
from survey_app.core.settings import BEIJING, Settings, beijing_now

SERVER = "_granian"
NAME = re.compile(r"survey-(\d{4}-\d\d-\d\d)\.log")
PLACES = 5
SERVER_LOGS: dict[str, Any] = {
    "handlers": {},
    "loggers": {
        SERVER: {"handlers": [], "level": "INFO", "propagate": True},
        "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
"""For granian: what it says goes where ours goes. No access log: an address beside a code could name a person."""


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose events go where those of the standard library go."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def start_logs(settings: Settings | None = None) -> None:
    """Send what this process logs to stderr, and with settings to the files of its data folder as well.

    Raises OSError where the files cannot be written.
    """
    ours = [_Stderr(), *([DailyFiles(log_folder(settings))] if settings else [])]
    root = logging.getLogger()
    root.handlers = [*(handler for handler in root.handlers if not isinstance(handler, BEGUN)), *ours]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    for handler in ours:
        spoken = isinstance(handler, _Stderr) and handler.stream.isatty()
        handler.setFormatter(
            _make_formatter(_speak if spoken else structlog.processors.JSONRenderer(ensure_ascii=False))
        )
        if spoken:
            handler.addFilter(_is_for_people)
    if settings:
        sys.excepthook = _end


def log_to_stderr(record: logging.LogRecord) -> None:
    """Start the logs of a command with this line."""
    start_logs()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Stderr):
            handler.handle(record)


def _make_formatter(render: structlog.typing.Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, _add_time, _say_less],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )


def _speak(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    return say_event(event)


def _is_for_people(record: logging.LogRecord) -> bool:
    """The server's own coming and going is told by `survey serve` itself."""
    return not record.name.startswith(SERVER) or record.levelno >= logging.WARNING


def log_folder(settings: Settings) -> Path:
    """Where the files are."""
    return settings.folder / "logs"


def remove_old_logs(settings: Settings, now: datetime) -> list[Path]:
    """Remove the files of days that are longer ago than the settings say; returns them."""
    oldest = now.date() - timedelta(days=settings.log_days)
    old = [path for path in log_folder(settings).glob("survey-*.log") if (day := _day_of(path)) and day < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return old


class DailyFiles(logging.Handler):
    """Adds each line to the file of its day, which its owner alone can read; several processes may share it."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = beijing_now):
        super().__init__()
        self._folder = folder
        self._clock = clock
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, "no log can be written", str(folder))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a disk that is full must not stop the service."""
        path = self._folder / f"survey-{self._clock():%Y-%m-%d}.log"
        try:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(file, "ab", buffering=0) as stream:
                stream.write(f"{self.format(record)}\n".encode())
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Stderr has the line already."""


class _Stderr(logging.StreamHandler[Any]):
    """Whatever stderr is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr


def _day_of(path: Path) -> date | None:
    found = NAME.fullmatch(path.name)
    return date.fromisoformat(found[1]) if found else None


def _add_time(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {"at": datetime.now(BEIJING).isoformat(timespec="seconds"), **event}


def _say_less(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of a library's record its first line without the values put into it, and of an error its kind and places."""
    record: logging.LogRecord = event["_record"]
    said = event["event"] if record.name.startswith(SERVER) else str(record.msg)
    error = (event.pop("exc_info", None) or (None, None))[1]
    about = describe_error(error) if error else {}
    return {**event, "event": said.split("\n")[0], "logger": record.name, **about}


def _end(_: Any, error: BaseException, __: Any) -> None:
    """What ends a process is logged like all else."""
    get_logger(OURS).critical("ended by an error", **describe_error(error))


def describe_error(error: BaseException) -> dict[str, Any]:
    """The kind of an error and where it came from; never its text, which could quote a code or an answer."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    return {"error": type(error).__name__, "places": places[-PLACES:]}


structlog.configure(
    processors=[structlog.stdlib.add_log_level, _add_time, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)
BEGUN = (FirstLine, _Stderr, DailyFiles)
