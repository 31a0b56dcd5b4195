"""People at a terminal read sentences; the log file keeps one JSON object a line."""

import ast
import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from survey_app.core.log_sentences import load_log_sentences, say_event
from survey_app.core.logs import start_logs
from survey_app.core.settings import Settings

PROGRAM = Path(__file__).parents[1] / "survey_app"
LOGGING = {"info", "warning", "error", "critical"}


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@contextmanager
def at_terminal(folder: Path) -> Iterator[Terminal]:
    """A terminal as stderr, with the logs of this process going there and into the folder."""
    handlers, hook, level = logging.getLogger().handlers[:], sys.excepthook, logging.getLogger().level
    shown = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", shown)
        start_logs(Settings(folder, "", ""))
        yield shown
    logging.getLogger().handlers, sys.excepthook = handlers, hook
    logging.getLogger().setLevel(level)


def test_a_terminal_shows_a_sentence_and_the_file_keeps_json(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as terminal:
        structlog.get_logger("survey_app.answering").error("forms not stored", forms=3, problem="OperationalError")
    [shown] = terminal.getvalue().splitlines()
    assert shown[9:] == "有3份答卷暂时没有存入，手机会自动再发。请看磁盘和数据库是否正常。"
    [kept] = (line for path in (tmp_path / "logs").iterdir() for line in path.read_text().splitlines())
    assert json.loads(kept)["forms"] == 3


def test_the_servers_own_coming_and_going_is_not_shown_to_people_but_kept(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as terminal:
        logging.getLogger("_granian").setLevel(logging.INFO)
        logging.getLogger("_granian").info("Starting granian (main PID: 7)")
    assert terminal.getvalue() == ""
    assert "Starting granian" in next((tmp_path / "logs").iterdir()).read_text()


def test_every_event_the_program_logs_has_a_sentence() -> None:
    events = {event for path in PROGRAM.rglob("*.py") for event in events_in(ast.parse(path.read_text()))}
    assert "forms not stored" in events
    assert events <= load_log_sentences().keys()


def test_what_has_no_sentence_is_named() -> None:
    assert say_event({"event": "something new"}) == "服务记下一件事：something new。"


def events_in(tree: ast.AST) -> Iterator[str]:
    """The first words of each call that logs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name == "log_failure" or (name in LOGGING and "log" in ast.unparse(called).lower()):
                yield str(node.args[0].value)
