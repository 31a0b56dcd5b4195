"""What opening the drafted round would do, in numbers, and what of it is unusual: said before it cannot be undone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Group, place_in_list
from survey_app.rounds.draft import plan_draft, read_time
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.frame_rows import load_waiting

LONG = timedelta(days=10)
MANY = 2
"""A frame that invites more than so many times the slips that the plan asks for is asked about."""


class OpeningQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """People invited, rows of the frame, people by group, the window; `unusual` are sentences to read twice."""

    invited: int
    rows: int
    groups: dict[str, int]
    opens: datetime
    closes: datetime
    days: int
    unusual: list[str]


def ask_opening(session: Session, fields: Mapping[str, str]) -> OpeningQuestion:
    """The question for a draft without problems."""
    rows = load_waiting(session)
    groups: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: place_in_list(Group, row.group)):
        groups[row.group] = groups.get(row.group, 0) + row.invited
    opens = read_time(fields["opens"]) or datetime.min
    closes = read_time(fields["closes"]) or datetime.min
    return OpeningQuestion(
        invited=sum(groups.values()),
        rows=len(rows),
        groups=groups,
        opens=opens,
        closes=closes,
        days=-(-(closes - opens) // timedelta(days=1)),
        unusual=list(_find_unusual(session, fields, sum(groups.values()), closes - opens)),
    )


def _find_unusual(session: Session, fields: Mapping[str, str], invited: int, window: timedelta) -> Iterator[str]:
    if window > LONG:
        yield DRAFT_WORDS.long_window.format(days=window.days)
    plan = plan_draft(session, fields)
    if plan and invited > MANY * plan.county.slips:
        county = plan.county
        yield DRAFT_WORDS.many_invited.format(target=county.target, slips=county.slips, invited=invited)
