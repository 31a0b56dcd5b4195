"""What every slip, poster and letter of a round says about the round."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from questionnaires.bad_input import BadInputError
from reports.handouts.handout_words import load_handout_words, say_whose


@dataclass(frozen=True)
class Notice:
    """What every slip and poster of a round says about the round; `revisit_until` is the end of re-contact slips."""

    county: str
    organiser: str
    title: str
    opens: date
    closes: date
    invented: bool
    revisit_until: datetime | None = None
    telephone: str = ""


@dataclass(frozen=True)
class NoticeTexts:
    """A notice as templates print it: its texts, and the window as one Chinese phrase."""

    title: str
    organiser: str
    county: str
    invented: bool
    window: str
    self_check: str


class WordingError(BadInputError, ValueError):
    """A name given for a round hints at an answer or a target; each of `args` is one problem in Chinese."""

    def __str__(self) -> str:
        return "\n".join(self.args)


def describe_notice(notice: Notice) -> NoticeTexts:
    """Turn `notice` into what templates print: its texts, and the window as one Chinese phrase.

    Raises:
        WordingError: a text holds a word that must not reach respondents.
    """
    words = load_handout_words()
    problems = [
        words.refused.format(field=field, text=text, word=word)
        for text, field in ((str(getattr(notice, name)), field) for name, field in words.fields.items())
        for word in words.forbidden
        if word in text
    ]
    if problems:
        raise WordingError(*problems)
    days = say_days(notice.opens, notice.closes)
    return NoticeTexts(
        title=notice.title,
        organiser=notice.organiser,
        county=notice.county,
        invented=notice.invented,
        window=words.revisit.format(until=notice.revisit_until) if notice.revisit_until else days,
        self_check=say_whose(notice.county, notice.organiser, notice.telephone),
    )


def say_days(opens: date, closes: date) -> str:
    """The days from one to another, the year once where it is one.

    >>> say_days(date(2026, 4, 20), date(2026, 4, 24)), say_days(date(2026, 12, 28), date(2027, 1, 3))
    ('2026年4月20日至4月24日', '2026年12月28日至2027年1月3日')
    """
    words = load_handout_words()
    form = words.within_year if opens.year == closes.year else words.across_years
    return form.format(opens=opens, closes=closes)


def find_last_day(closes: datetime) -> date:
    """The last day on which people answer in a window that ends at `closes`: midnight ends the day before.

    >>> find_last_day(datetime(2026, 12, 12)), find_last_day(datetime(2026, 12, 12, 18))
    (datetime.date(2026, 12, 11), datetime.date(2026, 12, 12))
    """
    return (closes - timedelta(microseconds=1)).date()
