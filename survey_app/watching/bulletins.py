"""The bulletin of a round: how many have taken part by now, from the counts that the console watches."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd

from questionnaires.vocabulary import Group
from reports.handouts.handout_words import load_handout_words
from reports.progress.bulletin import BulletinFacts, Counts, Line
from reports.progress.progress_sheet import load_said
from reports.setting.figures import NONE
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Round
from survey_app.watching.live_counts import Pace, Seen, summarise
from survey_app.watching.shown_counts import Word


class News(NamedTuple):
    """What reports.bulletin sets on paper."""

    facts: BulletinFacts
    counts: Counts


def prepare_bulletin(round_: Round, seen: Seen, rows: pd.DataFrame, scope: str = "") -> News:
    """The bulletin of the rows that somebody may see; `scope` names the township they are confined to.

    Raises ConflictError before the round opens, NotFoundError without rows.
    """
    if seen.at < round_.opens:
        raise ConflictError(f"调查批次 {round_.name} 还没有到开始时间，还没有进度可以通报。")
    if rows.empty:
        raise NotFoundError("名册里没有您负责的单位，请联系管理员核对账号负责的范围。")
    at = min(seen.at, round_.closes)
    names = dict(zip(rows["unit"], rows["name"], strict=True))
    [whole] = _list_lines(rows.assign(whole=""), "whole", seen.pace, lambda _: "合计")
    groups = _list_lines(rows, "group", seen.pace, lambda group: Group(group).zh)
    return News(
        BulletinFacts(
            county=round_.county,
            organiser=round_.organiser,
            number=number_issue(round_.opens, at),
            at=at,
            opens=round_.opens,
            closes=round_.closes,
            invented=round_.invented,
            scope=scope,
            telephone=round_.telephone,
        ),
        Counts(
            whole,
            sorted(groups, key=lambda line: [group.zh for group in Group].index(line.label)),
            _list_lines(rows, "township", seen.pace, lambda name: _say(name) if name else "未注明"),
            _list_lines(rows, "unit", seen.pace, lambda unit: _say(names[unit], unit)),
        ),
    )


def number_issue(opens: datetime, at: datetime) -> int:
    """One issue a day, the first on the day of opening: nothing is stored, and the same day has the same number.

    >>> number_issue(datetime(2025, 11, 20, 8), datetime(2025, 11, 22, 7, 30))
    3
    """
    return (at.date() - opens.date()).days + 1


def _list_lines(rows: pd.DataFrame, key: str, pace: Pace, name: Callable[[Any], str]) -> list[Line]:
    """Rows where somebody takes part, those furthest behind first; no unit with too few codes for a count."""
    table = summarise(rows, [key], pace)
    return [
        Line(
            label=name(row[key]),
            **{column: int(row[column]) for column in ("invited", "forms", "recent", "target", "needed")},
            said=load_said().get(row["word"], ""),
        )
        for row in table.to_dict("records")
        if key == "whole" or row["invited"] or row["forms"]
        if key != "unit" or row["word"] not in (Word.ISSUED, Word.BEGUN)
    ]


def _say(*names: str) -> str:
    """The first name without a word that must not reach respondents."""
    forbidden = load_handout_words().forbidden
    return next((name for name in names if not any(word in name for word in forbidden)), NONE)
