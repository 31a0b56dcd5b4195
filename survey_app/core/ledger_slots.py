"""Time as the ledger knows it: five minutes, or an hour for few people."""

from datetime import datetime

from survey_app.core.settings import BEIJING

FEW = 10
SLOTS_AN_HOUR = 12
NO_TIME = -2 * SLOTS_AN_HOUR
"""The slot of what was counted without a time, before every hour: refusals from before they were sealed like forms."""


def five_minutes(now: datetime) -> int:
    """How many five minutes have passed since 1970 at a Beijing time: all that the ledger knows of time."""
    return int(now.replace(tzinfo=BEIJING).timestamp()) // 300


def full_hour(now: datetime) -> datetime:
    """The hour a Beijing time is in: what may be told of when a single form was handled.

    >>> full_hour(datetime(2025, 5, 6, 9, 59, 30))
    datetime.datetime(2025, 5, 6, 9, 0)
    """
    return now.replace(minute=0, second=0, microsecond=0)


def ledger_slot(now: datetime, people: int) -> int:
    """The slot a form is counted in: the first of its hour where a batch is for fewer than FEW people."""
    slot = five_minutes(now)
    return slot if people >= FEW else slot - slot % SLOTS_AN_HOUR
