"""The lines that commands on standards and judgements print for a person."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from analysis.indicators.sections import STAGE_NAMES
from analysis.verdict.differences import Difference, Side, StandardDescription
from analysis.verdict.plan_findings import PaceFinding
from analysis.verdict.records import Disagreement
from questionnaires.pack import read_toml
from reports.annex.condition_tables import say_reading

FILE = Path(__file__).with_name("judge_lines.toml")


@cache
def load_lines() -> dict[str, str]:
    """The lines by their names."""
    return read_toml(FILE)


def say_line(name: str, /, **facts: object) -> str:
    """One line with what it is about filled in."""
    return load_lines()[name].format(**facts)


def describe_lines(described: StandardDescription) -> Iterator[str]:
    """One standard: its document, what differs from the one it extends, what disagrees, what is due late."""
    aside = say_line("standard_aside") if described.kind == "targets" else ""
    yield say_line("standard", standard=described.standard, title=described.title, aside=aside)
    yield say_line("document", number=described.document.number)
    if described.extends:
        yield say_line("extends", extends=described.extends)
    yield from map(_difference_line, described.differences)
    for conflict in described.contradictions:
        yield from (say_line("indent", line=line) for line in contradiction_lines(conflict))
    for pace in described.back_loaded:
        yield say_line("indent", line=late_line(pace))
    for remark in described.policy_notes:
        yield say_line("policy", indicator=remark.indicator, note=remark.note, clause=remark.clause)


def _difference_line(difference: Difference) -> str:
    return say_line(
        "difference",
        name=_name(difference.place),
        title=difference.title,
        own=_side(difference.own),
        parent=_side(difference.parent),
    )


def _name(place: str) -> str:
    indicator = place.split(".")[0]
    return f"{indicator} " if indicator[:1].isupper() else ""


def _side(side: Side | None) -> str:
    return say_line("side", words=side.words, clause=side.clause) if side else say_line("no_side")


def contradiction_lines(conflict: Disagreement) -> Iterator[str]:
    """What documents disagree about, every value with its clause, and the one used."""
    yield say_line("disagreement", name=_name(conflict.indicator), title=conflict.title)
    yield say_line("readings", readings="；".join(map(say_reading, conflict.values)))
    if conflict.used is None:
        yield say_line("not_used", reason=conflict.reason)
    else:
        yield say_line("used", used=f"{conflict.used:.10g}", reason=conflict.reason)


def late_line(pace: PaceFinding) -> str:
    """A target that leaves much of what remains to the plan's last year."""
    return say_line(
        "late",
        indicator=pace.indicator,
        stage=STAGE_NAMES.get(pace.stage, ""),
        remaining=f"{pace.remaining:g}{pace.unit}",
        due=f"{pace.due:g}{pace.unit}",
        year=pace.last_year,
        clause=pace.clause,
    )
