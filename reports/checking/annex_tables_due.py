"""The tables that an annex and a dimension's page should have, each with its title, head and rows."""

from collections.abc import Iterator, Sequence
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from analysis.indicators.sections import STAGE_NAMES
from questionnaires.vocabulary import Dimension, Stage
from reports.checking.annex_cells import Row
from reports.checking.annex_finding_rows import (
    list_conditions,
    list_conflicts,
    list_goals,
    list_indicator_years,
    list_indicators,
    list_met,
    list_recognition,
    list_school_years,
    list_unmet,
    year_heads,
)
from reports.checking.annex_plan_rows import list_milestones, list_targets, target_heads
from reports.checking.annex_round_rows import (
    list_checks,
    list_choices,
    list_former,
    list_headline,
    list_items,
    list_strata,
    list_topics,
    list_units,
    paper_heads,
    topic_heads,
)
from reports.checking.annex_school_rows import list_rooms, list_schools, list_sizes, list_variations, school_heads
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.published_round import PublishedRound

SHORT_IN = (Dimension.RESOURCES, Dimension.GUARANTEE)


class TableDue(Struct, frozen=True, kw_only=True):
    """A table: its number ("" in a page), sheet, title, head and rows; rows None are tested elsewhere.

    `kind` says which notes stand below; `of_round`: whether its source is the round's forms, not the county's figures.
    """

    kind: str
    number: str
    sheet: str
    title: str
    head: list[str]
    rows: list[Row] | None
    of_round: bool = False


def _due(kind: str, rows: list[Row] | None, heads: Sequence[str] = (), **details: object) -> TableDue:
    words = load_annex_table_words().tables[kind]
    return TableDue(
        kind=kind,
        number=words.number,
        sheet=words.sheet.format(**details),
        title=words.title.format(**details),
        head=[*words.head, *heads, *words.last],
        rows=rows,
    )


def _of_round(kind: str, rows: list[Row] | None, heads: Sequence[str] = ()) -> TableDue:
    words = load_annex_table_words().tables[kind]
    return TableDue(
        kind=kind,
        number=words.number,
        sheet=words.sheet,
        title=words.title,
        head=[*words.head, *heads, *words.last],
        rows=rows,
        of_round=True,
    )


def tables_of_workbook(round_: PublishedRound) -> list[TableDue]:
    """Every sheet behind the contents, in its order and with its number."""
    after = count(9)
    return [
        _number(table, table.number or str(next(after)))
        for table in (*_ministry(round_), *_beside(round_), *_round(round_))
    ]


def _number(table: TableDue, number: str) -> TableDue:
    return replace(table, number=load_annex_table_words().words.numbered.format(number=number))


def _ministry(round_: PublishedRound) -> Iterator[TableDue]:
    for part, stage in enumerate((Stage.PRIMARY, Stage.JUNIOR), 1):
        table = _schools(stage, round_)
        yield replace(table, number=f"{table.number}-{part}")
    yield _due("variations", list_variations(round_))
    yield from (_indicators(dimension, round_) for dimension in (Dimension.GUARANTEE, Dimension.QUALITY))
    yield _of_round("groups", None)
    yield _due("sizes", list_sizes(round_))
    yield _due("rooms", list_rooms(round_))
    yield _due("unmet", list_unmet(SHORT_IN, round_))
    yield _due("met", list_met(round_))


def _schools(stage: str, round_: PublishedRound) -> TableDue:
    heads = school_heads(stage, round_)
    return _due("schools", list_schools(stage, round_), heads, stage=STAGE_NAMES[stage])


def _indicators(dimension: str, round_: PublishedRound) -> TableDue:
    found = round_.published.judgement.dimensions.indicators(dimension)
    return _due(str(dimension), list_indicators(dimension, round_), count=len(found))


def _beside(round_: PublishedRound) -> Iterator[TableDue]:
    judgement = round_.published.judgement
    year = judgement.provenance.as_of
    yield _due("conditions", list_conditions(round_))
    if judgement.goals:
        yield _due("goals", list_goals(round_))
    if year and round_.facts.standard.targets:
        yield _due("targets", list_targets(round_), target_heads(round_), year=year)
    if judgement.roadmap and judgement.roadmap.milestones:
        yield _due("milestones", list_milestones(round_))
    if judgement.years:
        yield _due("years", list_school_years(round_), year_heads(round_))
        yield _due("indicator_years", list_indicator_years(round_))
    yield _due("contradictions", list_conflicts(round_))


def _round(round_: PublishedRound) -> Iterator[TableDue]:
    yield _of_round("headline", list_headline(round_))
    yield _of_round("topics", list_topics(round_), topic_heads(round_))
    yield _of_round("items", list_items(round_), paper_heads(round_))
    yield _of_round("choices", list_choices(round_))
    yield _of_round("strata", list_strata(round_))
    yield _of_round("units", list_units(round_))
    yield _of_round("checks", list_checks(round_))
    yield _of_round("former", list_former(round_))


def tables_of_page(dimension: Dimension, round_: PublishedRound) -> list[TableDue]:
    """The tables of one dimension's page that have any row, in their order."""
    return [table for table in list_page_tables(dimension, round_) if table.rows]


def list_page_tables(dimension: Dimension, round_: PublishedRound) -> Iterator[TableDue]:
    """Every table of one dimension's page, those without a row, too."""
    if dimension == Dimension.RECOGNITION:
        yield _due("recognition", list_recognition(round_))
        return
    short = _due("unmet", list_unmet((dimension.value,), round_))
    if dimension == Dimension.RESOURCES:
        yield from (_due("variations", list_variations(round_)), short)
        yield from (_schools(stage, round_) for stage in (Stage.PRIMARY, Stage.JUNIOR))
        return
    yield _indicators(dimension, round_)
    if dimension == Dimension.GUARANTEE:
        yield from (short, _due("sizes", list_sizes(round_)), _due("rooms", list_rooms(round_)))
