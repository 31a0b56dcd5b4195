"""The bulletin (进度通报): on one page how many take part in a round, those furthest behind first; counts only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from questionnaires.county_words import name_whole
from reports.document.document import Document, read_document
from reports.handouts.handout_words import load_handout_words
from reports.handouts.notices import Notice, describe_notice, find_last_day
from reports.setting.figures import NONE, count, percent
from reports.setting.texts import fill
from reports.setting.typesetting import compile_png

ROOM = 18  # rows of tables that stand on the first page beside title, lead, captions and notes
PIXELS_PER_POINT = 2  # bulletin.typ is 540 points wide: 1080 pixels
FILE = "进度通报（第{number}期）"
TITLE = "义务教育社会认可度调查进度通报"


class Line(NamedTuple):
    """Counts of one row: people invited, forms, those of the last day, the smallest sample, and what it still lacks.

    What lacks is summed over groups: too many of one stand in for none of another. `said` stands in the place of forms
    where no count is shown.
    """

    label: str
    invited: int
    forms: int
    recent: int
    target: int
    needed: int
    said: str = ""


@dataclass(frozen=True)
class BulletinFacts:
    """What a bulletin says about the round; `scope` is the township it is about, empty for the whole county."""

    county: str
    organiser: str
    number: int
    at: datetime
    opens: datetime
    closes: datetime
    invented: bool
    scope: str = ""
    telephone: str = ""


@dataclass(frozen=True)
class Counts:
    """The rows of a bulletin, those furthest behind first (groups in their usual order)."""

    whole: Line
    groups: Sequence[Line]
    townships: Sequence[Line]
    units: Sequence[Line]


def fit_page(counts: Counts) -> Counts:
    """As many townships and units as fit on the page beside all groups: a third of the room for townships.

    >>> lines = [Line(str(n), 9, 1, 0, 5, 4) for n in range(94)]
    >>> shown = fit_page(Counts(lines[0], lines[:7], lines[:30], lines))
    >>> len(shown.townships), len(shown.units)
    (3, 7)
    """
    left = ROOM - len(counts.groups) - 1
    townships = min(len(counts.townships), max(left // 3, left - len(counts.units)))
    return replace(counts, townships=counts.townships[:townships], units=counts.units[: left - townships])


def bulletin(facts: BulletinFacts, counts: Counts) -> Document:
    """The bulletin as a document: one page, and the complete lists after it where they do not fit.

    Raises:
        WordingError: a name given for the round holds a word that must not reach respondents.
    """
    text = fill("bulletin.jinja", **_describe(facts, counts), every=_rows(facts, counts))
    mark = load_handout_words().invented if facts.invented else ""
    return read_document(text, {}, author=facts.organiser, day=facts.at.date(), mark=mark)


def write_text(facts: BulletinFacts, counts: Counts) -> str:
    """What the bulletin says of the whole, as text to copy into a group chat.

    Raises:
        WordingError: a name given for the round holds a word that must not reach respondents.
    """
    mark = load_handout_words().invented if facts.invented else ""
    return fill("bulletin_text.jinja", **_describe(facts, counts), mark=mark)


def draw_bulletin(facts: BulletinFacts, counts: Counts) -> bytes:
    """The bulletin's one page as a picture for a group chat, 1080 pixels wide.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a name given for the round holds a word that must not reach respondents.
    """
    return compile_png("bulletin.typ", _describe(facts, counts), pixels_per_point=PIXELS_PER_POINT)


def _describe(facts: BulletinFacts, counts: Counts) -> dict[str, object]:
    notice = Notice(
        *(facts.county, facts.organiser, TITLE, facts.opens.date(), find_last_day(facts.closes), facts.invented),
        telephone=facts.telephone,
    )
    said = describe_notice(notice)
    whole = counts.whole
    return {
        "notice": said,
        "number": facts.number,
        "scope": facts.scope or name_whole(facts.county),
        "at": f"{facts.at.month}月{facts.at.day}日{facts.at:%H:%M}",
        "self_check": said.self_check,
        "voluntary": load_handout_words().voluntary,
        "whole": _cells(facts, whole),
        "needed": count(whole.needed),
        "behind": sum(line.needed > 0 for line in counts.units),
        "numbers": {"townships": len(counts.townships), "units": len(counts.units)},
        "rows": _rows(facts, fit_page(counts)),
    }


def _rows(facts: BulletinFacts, counts: Counts) -> dict[str, list[tuple[str, ...]]]:
    """Cells of each table; that of groups ends with the sum."""
    tables = {"groups": [*counts.groups, counts.whole], "townships": counts.townships, "units": counts.units}
    return {name: [_cells(facts, line) for line in lines] for name, lines in tables.items()}


def _cells(facts: BulletinFacts, line: Line) -> tuple[str, ...]:
    """受邀人数, 已参与, 参与率, 较昨日, 最低样本, 是否完成 after the name; on the first day there is no yesterday."""
    done = NONE if not line.target else "未完成" if line.needed else "已完成"
    recent = f"+{count(line.recent)}" if facts.number > 1 else NONE
    if line.said:
        return line.label, count(line.invited), line.said, NONE, NONE, count(line.target), done if line.needed else NONE
    return line.label, count(line.invited), count(line.forms), say_share(line), recent, count(line.target), done


def say_share(line: Line) -> str:
    """Forms of those invited in percent, rounded as the report rounds them; 100 % is said only when it is reached.

    >>> [say_share(Line("", invited, forms, 0, 0, 0)) for invited, forms in ((3, 2), (0, 0), (20, 23), (30000, 29999))]
    ['66.67%', '—', '115%', '99.997%']
    """
    return percent(line.forms / line.invited, 1.0) if line.invited else NONE
