"""Q9 from scores: each monitored subject's level and between-school share, and whether the year is whole (质量监测)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.indicators.between import BetweenShare, Interval, between_school_share
from analysis.indicators.reported import TableRow, table_rows, text_of
from analysis.sentences import say
from questionnaires.pack import Pack, Text, read_pack
from questionnaires.vocabulary import Stage

FILE = Path(__file__).with_name("monitoring.toml")
LEVEL, DIFFERENCE, WHOLE = "Q9a", "Q9b", "Q9"
LAST_PRIMARY_GRADE = 6
NO_LEVEL = "none"


class Monitoring(Pack):
    """The areas that are monitored in each year of a cycle, what else they are called, and its first year."""

    first: int
    cycle: tuple[tuple[Text, ...], ...]
    also: dict[str, tuple[Text, ...]]

    def areas(self, year: int) -> tuple[str, ...]:
        """The areas of a year; none of one before the first cycle."""
        return self.cycle[(year - self.first) % len(self.cycle)] if year >= self.first else ()


class Subject(NamedTuple):
    """A subject in a grade of the year that is judged: what the county's row says, and its schools' rows."""

    year: int
    grade: int
    subject: str
    level: str
    schools: tuple[TableRow, ...]

    @property
    def stage(self) -> str:
        """The stage that the grade belongs to."""
        return Stage.PRIMARY.value if self.grade <= LAST_PRIMARY_GRADE else Stage.JUNIOR.value


@cache
def load_monitoring() -> Monitoring:
    """The cycle of monitoring.toml."""
    return read_pack(FILE, Monitoring)


def score_rows(scores: pd.DataFrame, typed: Sequence[TableRow]) -> tuple[list[TableRow], list[TableRow]]:
    """The county's rows on Q9 that scores give, and the typed rows that stay beside them.

    The latest monitored year is judged. A typed figure that is better than what is computed gives way; one that is not
    is heard, as is a typed no. Without scores everything typed stays.
    """
    subjects = _gather(scores)
    if not subjects:
        return [], list(typed)
    computed = [row for subject in subjects for row in (*_say_level(subject), *_say_difference(subject, typed))]
    computed += _say_missing_areas(subjects)
    return computed, [row for row in typed if not _gives_way(row, computed)]


def _gather(scores: pd.DataFrame) -> list[Subject]:
    rows = [row for row in table_rows(scores) if _number(row, "monitored")]
    latest = max((_number(row, "monitored") or 0 for row in rows), default=0)
    found: dict[tuple[int, str], list[TableRow]] = {}
    for row in rows:
        if _number(row, "monitored") == latest:
            found.setdefault((int(_number(row, "grade") or 0), text_of(row.get("subject"))), []).append(row)
    return [
        Subject(
            year=int(latest),
            grade=grade,
            subject=subject,
            level=next((text_of(row.get("level")) for row in own if not text_of(row.get("school"))), ""),
            schools=tuple(row for row in own if text_of(row.get("school"))),
        )
        for (grade, subject), own in sorted(found.items())
    ]


def _say_level(subject: Subject) -> Iterator[TableRow]:
    """The level that the county was told; none is asked where the report gives none."""
    if subject.level == NO_LEVEL:
        return
    if not subject.level:
        yield _row(subject, LEVEL, lacking=say("scores.no_level", year=subject.year))
        return
    yield _row(subject, LEVEL, value=float(subject.level), formula=say("scores.level", year=subject.year))


def _say_difference(subject: Subject, typed: Sequence[TableRow]) -> Iterator[TableRow]:
    """The between-school share by both formulas; without schools' scores the reported rate has to be there."""
    if not subject.schools:
        told = any(_is_about(row, subject, {DIFFERENCE, WHOLE}) for row in typed)
        if subject.level != NO_LEVEL and not told:
            yield _row(subject, DIFFERENCE, lacking=say("scores.no_scores", year=subject.year))
        return
    sums = [_sum_school(row) for row in subject.schools]
    known = [found for found in sums if found is not None]
    if len(known) < len(sums):
        away = len(sums) - len(known)
        yield _row(subject, DIFFERENCE, lacking=say("scores.not_whole", year=subject.year, count=away))
        return
    share = between_school_share(pd.DataFrame(known, columns=["n", "total", "total_sq"]))
    if share.icc is None or share.eta2 is None:
        yield _row(subject, DIFFERENCE, lacking=say("scores.nothing_to_compare", year=subject.year))
        return
    for name, interval in (("icc", share.icc), ("eta2", share.eta2)):
        scope = say(f"scores.{name}")
        formula = f"{scope}：{_say_share(subject, share, interval)}"
        yield _row(subject, DIFFERENCE, value=max(interval.estimate, 0.0), scope=scope, formula=formula)


def _say_share(subject: Subject, share: BetweenShare, interval: Interval) -> str:
    return say(
        "scores.share",
        year=subject.year,
        schools=share.schools,
        pupils=share.pupils,
        estimate=f"{interval.estimate:.4f}",
        lower=f"{interval.lower:.4f}",
        upper=f"{interval.upper:.4f}",
    )


def _sum_school(row: TableRow) -> tuple[float, float, float] | None:
    """Pupils, the sum of their scores and of their squares; None where the row does not say it."""
    n, mean, deviation = (_number(row, name) for name in ("tested", "mean", "deviation"))
    if n is None or n < 1 or mean is None or (deviation is None and n > 1):
        return None
    spread = 0.0 if n == 1 or deviation is None else deviation
    root = sqrt(n) * mean
    return n, n * mean, (n - 1) * spread**2 + root**2


def _say_missing_areas(subjects: Sequence[Subject]) -> Iterator[TableRow]:
    """What the year's cycle monitors and the table has not; open, too, where the year's areas are not known."""
    monitoring = load_monitoring()
    year = subjects[0].year
    areas = monitoring.areas(year)
    there = {subject.subject for subject in subjects}
    missing = [area for area in areas if there.isdisjoint({area, *monitoring.also.get(area, ())})]
    if not areas:
        yield {"indicator": LEVEL, "source": say("scores.source"), "lacking": say("scores.unknown_year", year=year)}
    elif missing:
        lacking = say("scores.missing", year=year, areas="、".join(areas), missing="、".join(missing))
        yield {"indicator": LEVEL, "source": say("scores.source"), "lacking": lacking}


def _row(subject: Subject, indicator: str, **said: str | float) -> TableRow:
    """A row of the county on a subject in its grade."""
    return {
        "indicator": indicator,
        "stage": subject.stage,
        "subject": subject.subject,
        "grade": float(subject.grade),
        "source": say("scores.source"),
        **said,
    }


def _is_about(row: Mapping[str, object], subject: Subject, ids: set[str]) -> bool:
    return (
        row.get("indicator") in ids
        and row.get("value") is not None
        and row.get("subject") == subject.subject
        and row.get("grade") in {None, "", float(subject.grade)}
    )


def _gives_way(row: TableRow, computed: Sequence[TableRow]) -> bool:
    """Whether a typed figure is no worse than what is computed of the same; what it is not of is no reason."""
    name = text_of(row.get("indicator"))
    ids = {LEVEL} if name == LEVEL else {DIFFERENCE} if name in {DIFFERENCE, WHOLE} else set()
    value = _number(row, "value")
    if not ids or row.get("met") == "no":
        return False
    subject, grade = text_of(row.get("subject")), _number(row, "grade")
    beside = [
        found
        for other in computed
        if other["indicator"] in ids
        and (not subject or other.get("subject") == subject)
        and (grade is None or other.get("grade") == grade)
        and (found := _number(other, "value")) is not None
    ]
    if not beside:
        return False
    return value is None or (value >= min(beside) if name == LEVEL else value <= max(beside))


def _number(row: Mapping[str, object], name: str) -> float | None:
    cell = row.get(name)
    return float(cell) if isinstance(cell, int | float) else None
