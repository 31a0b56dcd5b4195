"""Annex tables of two school years side by side, by school and by indicator (年度对照)."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Standard
from reports.annex.tables import AnnexTable, Cell, build_table, figure, load_annex_words, verdict_cell


def year_tables(judgement: Row, standard: Standard) -> Iterator[AnnexTable]:
    """年度对照 by school and by indicator, where the judgement holds an earlier year (`years`)."""
    if years := judgement.get("years"):
        yield schools_by_year(years, standard)
        yield indicators_by_year(years, standard)


def schools_by_year(years: Row, standard: Standard) -> AnnexTable:
    """Every school section of either year: new, merged, vanished or still there, each value before and after."""
    words = load_annex_words()["years"]
    heads = [
        [words["value"].format(title=each.title, year=words[year]), words["width"]]
        for each in standard.of("resources").values()
        for year in ("before", "after")
    ]
    rows = [_school_row(number, each, standard) for number, each in enumerate(years["schools"], 1)]
    return build_table(words, rows, columns=[*words["columns"], *heads], notes=_say_changes(years["notes"]))


def _say_changes(notes: list[str]) -> list[str]:
    words = load_annex_words()["years"]
    return [words["change"].format(note=note) for note in notes] or [words["no_change"]]


def _school_row(number: int, row: Row, standard: Standard) -> list[Cell]:
    words = load_annex_words()["years"]
    status = words["statuses"][row["status"]].format(schools="、".join(row["from"]))
    return [
        Cell(number),
        Cell(row["school"]),
        Cell(row["name"]),
        Cell(STAGE_NAMES[row["stage"]]),
        Cell(status),
        *(Cell(row[name][year]) for name in ("pupils", "met") for year in ("before", "after")),
        *(_verdict(row["verdict"][year]) for year in ("before", "after")),
        *(
            figure(values[year], _decimals(standard, key), standard.threshold(key, row["stage"]))
            for key, values in row["indicators"].items()
            for year in ("before", "after")
        ),
    ]


def _verdict(verdict: str | None) -> Cell:
    return verdict_cell(verdict) if verdict else Cell(None)


def indicators_by_year(years: Row, standard: Standard) -> AnnexTable:
    """Every resource indicator and stage: schools that meet it, mean and coefficient of variation, then and now."""
    rows = [
        [
            Cell(standard.indicators[key].title),
            Cell(STAGE_NAMES[stage]),
            *(Cell(found[name][year]) for name in ("met", "schools") for year in ("before", "after")),
            *_figures(found["mean"], _decimals(standard, key)),
            *_figures(found["cv"], 3),
        ]
        for key, stages in years["indicators"].items()
        for stage, found in stages.items()
    ]
    return build_table(load_annex_words()["indicator_years"], rows)


def _decimals(standard: Standard, key: str) -> int:
    measure = standard.indicators[key].measure
    return measure.decimals if measure else 0


def _figures(change: Row, decimals: int) -> list[Cell]:
    return [figure(change[name], decimals) for name in ("before", "after", "change")]
