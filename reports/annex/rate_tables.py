"""Annex tables of a round: returns, rates by group, topic and item, other choices, checks, former rounds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from msgspec import Struct, convert

from analysis.standard.limits import Limit
from questionnaires.pack import read_toml
from reports.annex.annex_words import Columns, TableWords
from reports.annex.tables import AnnexTable, Cell, build_table, figure, verdict_cell
from reports.setting.typesetting import TEMPLATES

Row = dict[str, Any]


class HeadlineWords(TableWords, frozen=True, kw_only=True):
    """What the county's figure rests on: label and unit of each row."""

    rows: dict[str, tuple[str, str]]


class ItemsWords(TableWords, frozen=True, kw_only=True):
    """The items; the papers' columns come before `last`."""

    last: Columns


class RateWords(Struct, frozen=True, kw_only=True):
    """Every Chinese word of these tables."""

    county: str
    own_rule: str
    tuned: str
    source: str
    headline: HeadlineWords
    stages: dict[str, str]
    locales: dict[str, str]
    groups: TableWords
    topics: TableWords
    items: ItemsWords
    choices: TableWords
    strata: TableWords
    units: TableWords
    checks: TableWords
    former: TableWords


@cache
def load_rate_words() -> RateWords:
    """Every Chinese word of these tables."""
    return convert(read_toml(TEMPLATES / "annex_rates.toml"), RateWords)


def rate_tables(told: Row) -> Iterator[AnnexTable]:
    """The tables of a round from what its report tells (`section.describe_round`)."""
    source = say_rate_source(told)
    return (replace(table, source=source) for table in _tables(told))


def say_rate_source(told: Row) -> str:
    """Where a round's figures come from, and what they are judged by."""
    facts, rule = told["facts"], told["rule"]
    days = {"opens": facts.opens.isoformat(), "closes": facts.closes.isoformat()}
    return str(load_rate_words().source.format(name=facts.name, title=rule.title, rule=rule.id, **days))


def _tables(told: Row) -> Iterator[AnnexTable]:
    words = load_rate_words()
    line = Limit(operator=told["rule"].threshold.operator, value=100 * told["rule"].threshold.value, clause="-")
    yield build_table(words.headline, _headline_rows(told, line))
    yield build_table(words.groups, [*_group_rows(told, line), _county_row(told, line)])
    yield _topics_table(told, line)
    yield _items_table(told, line)
    yield build_table(words.choices, _choice_rows(told, line))
    yield build_table(words.strata, _strata_rows(told))
    yield build_table(words.units, map(_unit_row, told["units"]))
    yield build_table(words.checks, _check_rows(told))
    yield build_table(words.former, _former_rows(told, line))


def share(value: float | None, line: Limit | None = None) -> Cell:
    """A share in hundredths with two decimals, more where they would reach the line.

    >>> share(0.84996, Limit(operator=">=", value=85.0, clause="-"))
    Cell(value=84.996, decimals=3, sign='', short=True)
    """
    return figure(None if value is None else round(100 * value, 10), 2, line)


def _headline_rows(told: Row, line: Limit) -> Iterator[list[Cell]]:
    recognition, totals = told["recognition"], told["totals"]
    found, received = recognition["recognition"], recognition["received"]
    counts = {"population": told["facts"].population, "received": received, "valid": recognition["valid"]}
    counts |= {"target": totals["target"], "issued": totals["issued"]}
    shares = {
        "return": received / totals["issued"] if totals["issued"] else None,
        "validity": recognition["valid"] / received if received else None,
        "tipping_point": recognition["tipping_point"],
    }
    for name, (label, unit) in load_rate_words().headline.rows.items():
        value = share(shares.get(name, found.get(name)), line if name == "rate" else None)
        yield [Cell(label), Cell(counts[name]) if name in counts else value, Cell(unit)]


def _group_rows(told: Row, line: Limit) -> Iterator[list[Cell]]:
    weights = told["recognition"]["provenance"].get("weights", {})
    for one in told["sample"]:
        yield [
            Cell(one["name"]),
            *(Cell(one[name]) for name in ("population", "target", "issued", "received", "valid")),
            share(one["response_rate"]),
            *(share(one.get(name), line if name == "rate" else None) for name in ("rate", "lower", "upper")),
            Cell(None),
            Cell(None),
            share(one.get("unknown")),
            figure(weights.get(one["key"]), 4),
            share(one.get("se")),
            figure(one.get("df"), 0),
            figure(one.get("deff"), 2),
            figure(one.get("n_eff"), 0),
            figure(one.get("p_holm"), 4),
        ]


def _county_row(told: Row, line: Limit) -> list[Cell]:
    found, totals, recognition = told["recognition"]["recognition"], told["totals"], told["recognition"]
    returned = recognition.get("valid_return") or {"rate": None}
    return [
        Cell(load_rate_words().county),
        Cell(None),
        *(Cell(each) for each in (totals["target"], totals["issued"], recognition["received"], recognition["valid"])),
        share(returned["rate"]),
        *(share(found[name], line if name == "rate" else None) for name in ("rate", "lower", "upper")),
        *(share(found[name]) for name in ("lower95", "upper95")),
        *[Cell(None)] * 2,
        share(found["se"]),
        *[Cell(None)] * 4,
    ]


def _topics_table(told: Row, line: Limit) -> AnnexTable:
    words = load_rate_words()
    heads = [words.county, *(one["name"] for one in told["groups"])]
    rows = [
        [
            Cell(one["name"]),
            share(one["county"], line),
            *(share(one["rates"][each["key"]], line) for each in told["groups"]),
        ]
        for one in told["topics"]
    ]
    columns = (*words.topics.columns, *((head, 12.0) for head in heads))
    return build_table(words.topics, rows, columns=columns)


def _items_table(told: Row, line: Limit) -> AnnexTable:
    words = load_rate_words().items
    papers = tuple((paper.title, 30.0) for paper in told["facts"].papers)
    rows = [[Cell(one["topic"]), *map(Cell, one["texts"]), share(one["rate"], line)] for one in told["items"]]
    return build_table(words, rows, columns=(*words.columns, *papers, *words.last))


def _choice_rows(told: Row, line: Limit) -> Iterator[list[Cell]]:
    found = told["recognition"]["recognition"]
    if found["rate"] is not None:
        yield [Cell(load_rate_words().own_rule), share(found["rate"], line), verdict_cell(found["verdict"])]
    for one in told["recognition"]["sensitivity"]:
        yield [Cell(told["choice"](one["name"])), share(one["rate"], line), verdict_cell(one["verdict"])]


def _strata_rows(told: Row) -> Iterable[list[Cell]]:
    words = load_rate_words()
    for names, strata in ((words.stages, told["stages"]), (words.locales, told["locales"])):
        for one in strata:
            counts = (Cell(one[name]) for name in ("invited", "issued", "forms"))
            yield [Cell(names[one["key"]]), *counts, share(one["share"])]


def _unit_row(one: Row) -> list[Cell]:
    counts = (Cell(one[name]) for name in ("target", "issued", "forms", "lacks"))
    return [Cell(one["unit"]), Cell(one["name"]), *counts]


def _check_rows(told: Row) -> Iterator[list[Cell]]:
    for name, one in told["recognition"]["integrity"]["checks"].items():
        counts = (Cell(one[each]) for each in ("tests", "flagged_places", "flagged_forms"))
        yield [Cell(told["checks"][name]), *counts, Cell(one["clause"].replace(load_rate_words().tuned, ""))]


def _former_rows(told: Row, line: Limit) -> Iterator[list[Cell]]:
    for one in told["former"]:
        yield [
            Cell(one["name"]),
            *(Cell(one[day].isoformat()) for day in ("opens", "closes")),
            Cell(one["valid"]),
            share(one["rate"], line),
            *(share(one[name]) for name in ("lower", "upper")),
            share(one["change"].difference if one["change"] else None),
            Cell(one["rule"]),
        ]
