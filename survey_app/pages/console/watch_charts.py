"""Small charts, drawn light: a bar against its target, and bars by hour. They say in words what they show."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from markupsafe import Markup

from survey_app.watching.live_counts import start_of

FULL = 100
MOST = 125
BAR = Markup(
    '<svg class="bar" viewBox="0 0 125 10" preserveAspectRatio="none" aria-hidden="true">'
    '<rect class="rail" width="100" height="10"/><rect class="fill{over}" data-bar="{key}" data-of="{of}" '
    'width="{width}" height="10"/><path class="line" d="M100 0v10"/></svg>'
)
HOURS = Markup(
    '<svg class="hours" viewBox="0 0 {width} 64" preserveAspectRatio="none" role="img" aria-label="{label}">'
    "{days}{bars}</svg>"
)


def draw_bar(forms: int, of: int, key: str = "") -> Markup:
    """How far `forms` are on the way to `of`; beyond it up to 125 %."""
    share = FULL * forms / of if of else 0
    return BAR.format(over=" over" if share > FULL else "", key=key, of=of, width=f"{min(MOST, share):.4g}")


def draw_hours(hours: Mapping[int, int], first: int, last: int) -> Markup:
    """Forms by hour from the first to the last, a line where a day begins."""
    span = range(first, last + 1)
    top = max([*(hours.get(hour, 0) for hour in span), 1])
    bars = [
        Markup('<rect x="{x}" y="{y}" width="4" height="{h}"/>').format(x=5 * place, y=f"{64 - h:.4g}", h=f"{h:.4g}")
        for place, hour in enumerate(span)
        if (h := 60 * hours.get(hour, 0) / top)
    ]
    days = [
        Markup('<path class="day" d="M{x} 0v64"/>').format(x=5 * place - 0.5)
        for place, hour in enumerate(span)
        if place and start_of(hour).hour == 0
    ]
    label = f"每小时收到的答卷，最多的一小时{top}份" if any(hours.values()) else "还没有收到答卷"
    return HOURS.format(width=5 * len(span), label=label, days=Markup().join(days), bars=Markup().join(bars))


def find_peak(hours: Mapping[int, int]) -> tuple[datetime, int] | None:
    """The busiest hour and its forms."""
    if not hours:
        return None
    hour = max(hours, key=lambda hour: (hours[hour], hour))
    return start_of(hour), hours[hour]


def name_days(first: int, last: int) -> Sequence[tuple[float, str]]:
    """Where each day begins, in percent of the width, and its date."""
    width = last - first + 1
    starts = [start_of(hour) for hour in range(first, last + 1)]
    return [
        (100 * place / width, f"{start.month}月{start.day}日")
        for place, start in enumerate(starts)
        if place == 0 or start.hour == 0
    ]
