"""Annex tables of two school years side by side, by school and by indicator (年度对照)."""

from collections.abc import Iterator, Sequence

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.year_findings import SchoolChange, YearChange, YearComparison
from reports.annex.annex_words import load_annex_words
from reports.annex.tables import AnnexTable, Cell, build_table, figure, verdict_cell


def year_tables(judgement: Judgement, standard: Standard) -> Iterator[AnnexTable]:
    """年度对照 by school and by indicator, where the judgement holds an earlier year (`years`)."""
    if judgement.years:
        yield schools_by_year(judgement.years, standard)
        yield indicators_by_year(judgement.years, standard)


def schools_by_year(years: YearComparison, standard: Standard) -> AnnexTable:
    """Every school section of either year: new, merged, vanished or still there, each value before and after."""
    words = load_annex_words().years
    heads = tuple(
        (words.value.format(title=indicator.title, year=year), words.width)
        for indicator in standard.of("resources").values()
        for year in (words.before, words.after)
    )
    rows = [_school_row(number, school, standard) for number, school in enumerate(years.schools, 1)]
    return build_table(words, rows, columns=(*words.columns, *heads), notes=_say_changes(years.notes))


def _say_changes(notes: Sequence[str]) -> list[str]:
    words = load_annex_words().years
    return [words.change.format(note=note) for note in notes] or [words.no_change]


def _school_row(number: int, school: SchoolChange, standard: Standard) -> list[Cell]:
    status = load_annex_words().years.statuses[school.status].format(schools="、".join(school.sources))
    return [
        Cell(number),
        Cell(school.school),
        Cell(school.name),
        Cell(STAGE_NAMES[school.stage]),
        Cell(status),
        Cell(school.pupils.before),
        Cell(school.pupils.after),
        Cell(school.met.before),
        Cell(school.met.after),
        _verdict(school.verdict.before),
        _verdict(school.verdict.after),
        *(
            figure(value, _decimals(standard, key), standard.threshold(key, school.stage))
            for key, change in school.indicators.items()
            for value in (change.before, change.after)
        ),
    ]


def _verdict(verdict: str | None) -> Cell:
    return verdict_cell(verdict) if verdict else Cell(None)


def indicators_by_year(years: YearComparison, standard: Standard) -> AnnexTable:
    """Every resource indicator and stage: schools that meet it, mean and coefficient of variation, then and now."""
    rows = [
        [
            Cell(standard.indicators[key].title),
            Cell(STAGE_NAMES[stage]),
            Cell(change.met.before),
            Cell(change.met.after),
            Cell(change.schools.before),
            Cell(change.schools.after),
            *_figures(change.mean, _decimals(standard, key)),
            *_figures(change.cv, 3),
        ]
        for key, stages in years.indicators.items()
        for stage, change in stages.items()
    ]
    return build_table(load_annex_words().indicator_years, rows)


def _decimals(standard: Standard, key: str) -> int:
    measure = standard.indicators[key].measure
    return measure.decimals if measure else 0


def _figures(change: YearChange, decimals: int) -> list[Cell]:
    return [figure(value, decimals) for value in (change.before, change.after, change.change)]
