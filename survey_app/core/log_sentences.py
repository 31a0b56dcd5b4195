"""What somebody at a terminal reads of a log: a sentence a line, from `log_sentences.toml`."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("log_sentences.toml")
OTHER = "other"


@cache
def load_log_sentences() -> dict[str, str]:
    """The sentences by the events they stand for."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def say_event(event: Mapping[str, object]) -> str:
    """One line for a person: the time of day and what happened; what has no sentence is told as it is named.

    >>> say_event({"at": "2025-11-20T12:00:03+08:00", "event": "a job is done", "job": 7})
    '12:00:03 第7号任务已完成。'
    """
    sentences = load_log_sentences()
    sentence = sentences.get(str(event.get("event"))) or sentences[OTHER]
    time = str(event.get("at", ""))[11:19]
    return f"{time} {sentence.format_map(defaultdict(str, event))}".strip()
