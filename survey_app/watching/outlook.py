"""Where an open round will end and what is usual by now, from the hours in which the shown figures moved."""

from datetime import timedelta
from math import ceil

import msgspec
import pandas as pd

from analysis.column_values import whole_numbers
from analysis.return_curve import Days, Span, expect_by_now, expect_end, split_days
from survey_app.core.models import Round
from survey_app.watching.live_counts import DAY, HOUR, Pace, Seen, add_hours, hour_of, start_of

KNOWN_AFTER = timedelta(days=1)


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be expected of some rows together; `rest`: forms still to come, None before the second day.

    `most`: people with codes; `more`: forms still to come for each form of the last day.
    """

    days: Days | None = None
    rest: Span | None = None
    most: int = 0
    more: float | None = None

    def end(self, forms: int) -> Span | None:
        """How many there will be at the end, where `forms` are shown by now."""
        if self.rest is None:
            return None
        most = max(self.most, forms)
        low, middle, high = (min(most, forms + n) for n in (self.rest.low, self.rest.middle, self.rest.high))
        return Span(low=low, middle=middle, high=high)

    def usual(self, target: int) -> Span | None:
        """How many are usually in by now where the target will be reached at the end; None without a target."""
        return expect_by_now(self.days, target) if self.days and target else None

    def quicken(self, pace: Pace) -> Pace:
        """The pace with what is known of the rest."""
        return pace._replace(more=self.more)


def find_outlook(round_: Round, seen: Seen, rows: pd.DataFrame) -> Outlook:
    """The outlook of these rows of a round; nothing before it opens and after its window."""
    if rows.empty or not seen.pace.left or seen.at <= round_.opens:
        return Outlook()
    first, now = hour_of(round_.opens), hour_of(seen.at)
    hours = add_hours(seen, rows)
    by_hour = [hours.get(hour, 0) for hour in range(first, now + 1)]
    begun = start_of(first)
    days = split_days(by_hour, (seen.at - begun) / HOUR, ceil((round_.closes - begun) / HOUR), begun.hour)
    most = sum(whole_numbers(rows.issued))
    if seen.at < round_.opens + KNOWN_AFTER:
        return Outlook(days=days, most=most)
    end, forms, late = expect_end(days, most), sum(by_hour), sum(by_hour[-DAY:])
    rest = Span(low=end.low - forms, middle=end.middle - forms, high=end.high - forms)
    return Outlook(days=days, rest=rest, most=most, more=rest.middle / late if late else 0.0)
