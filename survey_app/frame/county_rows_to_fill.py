"""The rows of a county file before anybody wrote in them: every id that a standard asks for, with its wording."""

from collections.abc import Iterator

from analysis.indicators.computed_figures import BALANCED
from analysis.indicators.raw_figures import load_raw_figures
from analysis.standard import Standard, load_standard
from analysis.standard.edition import Requirement
from questionnaires.vocabulary import Stage
from survey_app.frame.sheets.columns import accepted_words
from survey_app.frame.sheets.sheet_problems import TEMPLATE_WORDS
from survey_app.frame.sheets.template import FilledRows

STAGES_APART = tuple(stage.zh for stage in Stage)


def county_rows(standard: str) -> FilledRows:
    """Id and stage of each test that the county answers, its preconditions and vetoes; beside them wording and unit."""
    rules = load_standard(standard)
    rows = [*_asked(rules), *_conditions(rules)]
    return FilledRows(
        columns=("indicator", "stage"),
        rows=tuple(row[:2] for row in rows),
        beside_heads=tuple(TEMPLATE_WORDS.beside),
        beside=tuple(row[2:] for row in rows),
    )


def figure_rows() -> FilledRows:
    """Each raw figure in words; beside it the indicators that it serves, and its unit."""
    raw = load_raw_figures()
    priced = {figure: name for name, figure in raw.prices.items()}
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, figure in raw.figures.items():
        meant = [formula for formula in raw.formulas if name in formula.figures]
        ids = "、".join(dict.fromkeys(formula.indicator for formula in meant)) or priced.get(name, BALANCED)
        for stage in STAGES_APART if any(formula.by_stage for formula in meant) else ("",):
            rows[figure.zh, stage] = (ids, figure.unit, "")
    return FilledRows(
        columns=("figure", "stage"),
        rows=tuple(rows),
        beside_heads=tuple(TEMPLATE_WORDS.beside),
        beside=tuple(rows.values()),
    )


def _asked(rules: Standard) -> Iterator[tuple[str, ...]]:
    """Each id once: hours stand in the row of the value they belong to."""
    stages = {value: words[0] for value, words in accepted_words("county_stage").items()}
    for name, entry in rules.entries.items():
        for requirement in entry.requires.values():
            if requirement.reads == "county" and requirement.column == "value" and not getattr(entry, "measure", None):
                own = (requirement.ids or (name,))[0]
                title = requirement.title or entry.title
                stage = stages.get(requirement.stage, "") if requirement.stage else ""
                yield own, stage, title, _unit(requirement), _line(requirement)


def _unit(requirement: Requirement) -> str:
    """What the value is in; a test without a line is answered with yes or no."""
    return requirement.unit if requirement.limit else TEMPLATE_WORDS.answered


def _line(requirement: Requirement) -> str:
    limit = requirement.limit
    return f"{limit.operator} {limit.value:g}" if limit else ""


def _conditions(rules: Standard) -> Iterator[tuple[str, ...]]:
    for name, condition in {**rules.preconditions, **rules.vetoes}.items():
        yield name, "", condition.title, TEMPLATE_WORDS.answered, ""
