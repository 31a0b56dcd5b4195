"""Annex tables of a round: returns, rates by group, topic and item, other choices, checks, former rounds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from msgspec import Struct, convert

from analysis.plan import group_quotas
from analysis.results import Figure
from analysis.standard.limits import Limit
from questionnaires.pack import read_toml
from questionnaires.vocabulary import Operator
from reports.annex.annex_words import Columns, TableWords
from reports.annex.tables import (
    AnnexTable,
    Cell,
    build_table,
    count_places,
    figure,
    plain_figure,
    share,
    verdict_cell,
)
from reports.handouts.notices import say_days
from reports.report.choices import load_choice_words
from reports.report.comparison import FormerLine
from reports.report.point_words import say_word
from reports.report.returns import UnitLine
from reports.report.telling import RoundFacts, Telling
from reports.setting.figures import whole_percent
from reports.setting.told_figures import tell_figure
from reports.setting.typesetting import TEMPLATES

NEARLY = 0.9999


class HeadlineWords(TableWords, frozen=True, kw_only=True):
    """What the county's figure rests on: label and unit of each row."""

    rows: dict[str, tuple[str, str]]


class ItemsWords(TableWords, frozen=True, kw_only=True):
    """The items; the papers' columns come before `last`."""

    last: Columns


class RateWords(Struct, frozen=True, kw_only=True):
    """Every Chinese word of these tables."""

    own_rule: str
    beyond: tuple[str, str]
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


def rate_tables(told: Telling) -> Iterator[AnnexTable]:
    """The tables of a round from what its report tells (`telling.describe_round`)."""
    source = say_rate_source(told.facts)
    return (replace(table, source=source) for table in _tables(told))


def say_rate_source(facts: RoundFacts) -> str:
    """Where a round's figures come from, and what they are judged by."""
    return load_rate_words().source.format(
        name=facts.name,
        rule=say_word("own_rule", id=facts.rule.id),
        window=say_days(facts.opens, facts.closes),
    )


def _tables(told: Telling) -> Iterator[AnnexTable]:
    words = load_rate_words()
    threshold = told.facts.rule.threshold
    need = Operator(threshold.operator).zh + whole_percent(threshold.value)
    line = Limit(operator=threshold.operator, value=100 * threshold.value, clause="-")
    yield build_table(words.headline, _headline_rows(told, line), need=need)
    yield build_table(
        words.groups, [*_group_rows(told, line), _county_row(told, line)], need=need, whole=told.facts.whole
    )
    yield _topics_table(told, line, need)
    yield _items_table(told, line, need)
    yield build_table(words.choices, _choice_rows(told, line), need=need)
    yield build_table(words.strata, _strata_rows(told))
    yield build_table(words.units, map(_unit_row, told.unit_returns.units))
    yield build_table(words.checks, _check_rows(told))
    yield build_table(words.former, _former_rows(told, line), need=need)


def told_as(figure: Figure, line: Limit) -> Cell:
    """A published rate with the decimals that it has, or its statement in words."""
    if figure.rate is None:
        return Cell(tell_figure(figure, sign=""), is_bound=True) if figure.is_statement else Cell(None)
    value = round(100 * figure.rate, 10)
    return Cell(value, plain_figure(value).decimals, short=not line.holds(value))


def _headline_rows(told: Telling, line: Limit) -> Iterator[list[Cell]]:
    cells = _headline_cells(told, line)
    for name, (label, unit) in load_rate_words().headline.rows.items():
        yield [Cell(label), cells[name], Cell(unit)]


def _headline_cells(told: Telling, line: Limit) -> dict[str, Cell]:
    """What the county's figure rests on, by the name of its row."""
    estimate = told.estimate
    county = estimate.county
    totals = told.returns.totals
    received = estimate.received
    return {
        "population": Cell(told.facts.population),
        "quota": Cell(sum(group_quotas(told.facts.rule, told.facts.population).values())),
        "target": Cell(totals.target),
        "issued": Cell(totals.issued),
        "received": Cell(received),
        "return": share(received / totals.issued if totals.issued else None),
        "valid": Cell(estimate.valid),
        "validity": share(estimate.valid / received if received else None),
        "rate": share(county.rate, line),
        "lower": share(county.lower),
        "upper": share(county.upper),
        "lower95": share(county.lower95),
        "upper95": share(county.upper95),
        "probability_above": _chance(county.probability_above),
        "tipping_point": share(estimate.tipping_point),
    }


def _chance(chance: float | None) -> Cell:
    """A probability, which no sample makes certain: at the ends what it is more or less than."""
    if chance is None or 1 - NEARLY <= chance <= NEARLY:
        return share(chance)
    over = chance > NEARLY
    return share(NEARLY if over else 1 - NEARLY)._replace(sign=load_rate_words().beyond[over])


def _group_rows(told: Telling, line: Limit) -> Iterator[list[Cell]]:
    weights = told.estimate.provenance.weights
    for group in told.returns.sample:
        counts = (group.population, group.target, group.issued, group.received, group.valid)
        yield [
            Cell(group.name),
            *map(Cell, counts),
            share(group.response_rate),
            told_as(group, line),
            share(group.lower),
            share(group.upper),
            Cell(None),
            Cell(None),
            share(group.unknown),
            figure(weights.get(group.key), 4),
            share(group.se),
            figure(group.df, 0),
            figure(group.deff, 2),
            figure(group.n_eff, 0),
            figure(group.p_holm, 4),
        ]


def _county_row(told: Telling, line: Limit) -> list[Cell]:
    estimate = told.estimate
    county = estimate.county
    totals = told.returns.totals
    returned = estimate.valid_return.rate if estimate.valid_return else None
    return [
        Cell(told.facts.whole),
        Cell(None),
        *map(Cell, (totals.target, totals.issued, estimate.received, estimate.valid)),
        share(returned),
        share(county.rate, line),
        share(county.lower),
        share(county.upper),
        share(county.lower95),
        share(county.upper95),
        *[Cell(None)] * 2,
        share(county.se),
        *[Cell(None)] * 4,
    ]


def _topics_table(told: Telling, line: Limit, need: str) -> AnnexTable:
    words = load_rate_words()
    heads = [told.facts.whole, *(group.name for group in told.groups)]
    rows = [
        [
            Cell(topic.name),
            told_as(topic.county, line),
            *(told_as(topic.rates[group.key], line) for group in told.groups),
        ]
        for topic in told.rates.topics
    ]
    columns = (*words.topics.columns, *((head, 13.0) for head in heads))
    return build_table(words.topics, rows, columns=columns, need=need)


def _items_table(told: Telling, line: Limit, need: str) -> AnnexTable:
    words = load_rate_words().items
    papers = tuple((paper.title, 30.0) for paper in told.facts.papers)
    rows = [[Cell(item.topic), *map(Cell, item.texts), told_as(item.rate, line)] for item in told.rates.items]
    columns = (*words.columns, *papers, *words.last)
    return build_table(words, rows, columns=columns, need=need, whole=told.facts.whole)


def _choice_rows(told: Telling, line: Limit) -> Iterator[list[Cell]]:
    county = told.estimate.county
    if county.rate is not None:
        yield [Cell(load_rate_words().own_rule), share(county.rate, line), verdict_cell(county.verdict)]
    for choice in told.estimate.sensitivity:
        verdict = Cell(None) if choice.verdict is None else verdict_cell(choice.verdict)
        # A mean of scores is no share: no line was drawn for it.
        yield [Cell(told.choice(choice.name)), share(choice.rate, line if choice.verdict else None), verdict]


def _strata_rows(told: Telling) -> Iterable[list[Cell]]:
    words = load_rate_words()
    for names, strata in ((words.stages, told.strata.stages), (words.locales, told.strata.locales)):
        for stratum in strata:
            counts = map(Cell, (stratum.invited, stratum.issued, stratum.forms))
            yield [Cell(names[stratum.key]), *counts, share(stratum.share)]


def _unit_row(unit: UnitLine) -> list[Cell]:
    return [Cell(unit.unit), Cell(unit.name), *map(Cell, (unit.target, unit.issued, unit.forms, unit.lacks))]


def _check_rows(told: Telling) -> Iterator[list[Cell]]:
    names = load_choice_words().checks
    for name, check in told.estimate.integrity.checks.items():
        counts = map(Cell, (check.tests, check.flagged_places, check.flagged_forms))
        yield [Cell(names[name]), *counts, Cell(check.clause.replace(load_rate_words().tuned, ""))]


def _changed(former: FormerLine) -> Cell:
    """The change in hundredths, shown no finer than both rounds are told."""
    if former.change is None:
        return Cell(None)
    return Cell(round(100 * former.change.difference, 10), count_places(former.difference))


def _former_rows(told: Telling, line: Limit) -> Iterator[list[Cell]]:
    for former in told.former:
        yield [
            Cell(former.name),
            Cell(former.opens.isoformat()),
            Cell(former.closes.isoformat()),
            Cell(former.valid),
            share(former.rate, line),
            share(former.lower),
            share(former.upper),
            _changed(former),
            Cell(former.rule),
        ]
