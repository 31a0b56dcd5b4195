"""The bar of a close on a terminal."""

import io
import re
from collections.abc import Callable

import pytest

from survey_app.cli.close_progress import show_close
from survey_app.closing.opening_progress import tell_audited, tell_opened


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shares(act: Callable[[], None], boxes: int) -> list[int]:
    """The percents that a terminal showed."""
    terminal = Terminal()
    with show_close(boxes, terminal):
        act()
    return [int(percent) for percent in re.findall(r"(\d+)%", terminal.getvalue())]


def test_boxes_fill_the_first_half_and_the_audit_the_second() -> None:
    def close() -> None:
        tell_opened(400)
        tell_opened(1000)
        for done in range(1, 51):
            tell_audited(done, 50)

    found = shares(close, 1000)
    assert found == sorted(found)
    assert {20, 50} <= set(found)
    assert found[-1] == 100
    assert len([share for share in found if share > 50]) >= 10


@pytest.mark.parametrize("boxes", [0, 3])
def test_a_close_that_tells_nothing_ends_at_the_end(boxes: int) -> None:
    assert shares(lambda: None, boxes)[-1] == 100


def test_without_a_terminal_nothing_but_the_label_is_written() -> None:
    written = io.StringIO()
    with show_close(10, written):
        tell_opened(5)
    assert written.getvalue().strip() == "启封、统计和核查"
