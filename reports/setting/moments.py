"""Moments as people say them."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

DAY = timedelta(days=1)


def say_moment(moment: datetime) -> str:
    """A moment as people say it, 11月20日 08:30."""
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def say_end(moment: datetime, say: Callable[[datetime], str] = say_moment) -> str:
    """The moment until which something lasts: midnight belongs to the day that ends.

    >>> say_end(datetime(2026, 11, 20)), say_end(datetime(2026, 11, 20, 8))
    ('11月19日 24:00', '11月20日 08:00')
    """
    return say(moment) if moment.time() > time.min else f"{say(moment - DAY)[:-5]}24:00"
