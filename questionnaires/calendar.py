"""What has to be done before a round begins: a calendar counted back from the day on which answering begins."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import Field

from questionnaires.pack import Cited, Pack, Text, read_pack

FILE = Path(__file__).parent / "calendar.toml"


class CalendarItem(Pack):
    """One thing to do: how many days before, how, what its number is called, and what about it nobody verified."""

    id: Text
    name: Text
    days: Cited[Annotated[int, Field(ge=1)]]
    how: Text
    number: Text
    doubt: str = ""


class Calendar(Pack):
    """All that has to be done."""

    items: tuple[CalendarItem, ...]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody noted of an item: the day it was done (None while it is not), its number, a note, who and when."""

    done: date | None = None
    number: str = ""
    note: str = ""
    actor: str = ""
    at: date | None = None


class LineState(StrEnum):
    """Where an item stands."""

    OVERDUE = "overdue"
    OPEN = "open"
    DONE = "done"


class CalendarLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item, its last day (None while no opening day is known), what was noted of it, how many days it is late."""

    item: CalendarItem
    due: date | None
    mark: Mark
    state: LineState
    late: int


@cache
def load_calendar() -> tuple[CalendarItem, ...]:
    """The items, the earliest first."""
    items = read_pack(FILE, Calendar).items
    return tuple(sorted(items, key=lambda item: -item.days.value))


def lay_calendar(opens: date | None, marks: Mapping[str, Mark], today: date | None = None) -> list[CalendarLine]:
    """Every item with its last day, counted back from the opening day; what is late first, what is done last.

    Without `today` they stand by their days and none is late: a sheet of paper does not know when it is read.

    >>> [f"{line.due:%m-%d}" for line in lay_calendar(date(2026, 1, 10), {})]
    ['11-11', '11-26', '12-11', '12-27', '01-03']
    """
    lines = [_lay(item, opens, marks.get(item.id, Mark()), today) for item in load_calendar()]
    return lines if today is None else sorted(lines, key=lambda line: list(LineState).index(line.state))


def _lay(item: CalendarItem, opens: date | None, mark: Mark, today: date | None) -> CalendarLine:
    due = opens - timedelta(days=item.days.value) if opens else None
    late = max(0, (today - due).days) if today and due and not mark.done else 0
    state = LineState.DONE if mark.done else LineState.OVERDUE if late else LineState.OPEN
    return CalendarLine(item=item, due=due, mark=mark, state=state, late=late)
