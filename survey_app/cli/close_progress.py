"""How far a close is, as a bar on the terminal: the first half is boxes opened, the second what was audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from survey_app.cli.command_lines import say_command
from survey_app.closing.opening_progress import listening

HALF = 100


@contextmanager
def show_close(boxes: int, terminal: TextIO) -> Iterator[None]:
    """Show the bar while inside; where there is no terminal, its label once."""
    label = say_command("close_progress")
    with click.progressbar(length=2 * HALF, label=label, show_percent=True, file=terminal) as bar:

        def go_to(step: int) -> None:
            bar.update(max(0, step - bar.pos))

        with listening(lambda opened: go_to(HALF * opened // max(boxes, 1)), lambda percent: go_to(HALF + percent)):
            yield
        go_to(2 * HALF)
