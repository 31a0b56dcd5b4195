"""A plain page for each of the four dimensions: files that open anywhere, without a server or a script."""

from dataclasses import dataclass
from pathlib import Path

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.judgement import Missing
from questionnaires.vocabulary import Dimension, Verdict, words
from reports.annex.annex_words import load_annex_words
from reports.annex.ledger_tables import indicators_table, recognition_table, unmet_table
from reports.annex.school_tables import rooms_table, schools_table, sizes_table, variations_table
from reports.annex.tables import AnnexFacts, AnnexTable, Cell, say_self_check, say_source
from reports.setting.page_templates import load_page
from reports.setting.typesetting import TEMPLATES


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """A cell as text; numbers are right-aligned, what is short is marked."""

    text: str
    number: bool = False
    short: bool = False


@dataclass(frozen=True, kw_only=True)
class ShownHead:
    """The head of a column, its width in characters, and whether numbers stand under it."""

    text: str
    width: float
    number: bool


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """A table as templates write it."""

    title: str
    heads: tuple[ShownHead, ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    notes: tuple[str, ...]


def write_dimension_pages(folder: Path, judgement: Judgement, standard: Standard, facts: AnnexFacts) -> list[Path]:
    """Write one HTML file a dimension, linked to each other; the same input gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for dimension in Dimension:
        path = folder / f"{dimension.zh}.html"
        path.write_text(dimension_page(dimension, judgement, standard, facts), encoding="utf-8")
        paths.append(path)
    return paths


def dimension_page(dimension: str, judgement: Judgement, standard: Standard, facts: AnnexFacts) -> str:
    """The page of one dimension: its verdict first, then what is missing, then the tables behind it."""
    annex = load_annex_words()
    own = set(standard.of(dimension))
    for key in standard.of(dimension):
        own |= {name for requirement in standard.indicators[key].requires.values() for name in requirement.ids}
    return load_page("dimension.html").render(
        css=(TEMPLATES / "dimension.css").read_text(encoding="utf-8"),
        dimension=dimension,
        names=words(Dimension),
        marks=annex.marks,
        verdicts=words(Verdict),
        nothing=annex.none,
        facts=facts,
        verdict=judgement.dimensions.verdict(dimension).value,
        summary=say_summary(dimension, judgement),
        missing=[say_missing(missing, standard) for missing in judgement.missing if missing.indicator in own],
        tables=[show_table(table) for table in dimension_tables(dimension, judgement, standard)],
        conflicts=[conflict for conflict in judgement.contradictions if conflict.indicator in own],
        source=say_source(standard, facts),
        self_check=say_self_check(facts),
    )


def say_summary(dimension: str, judgement: Judgement) -> str:
    """What a dimension of a judgement comes to, in one sentence."""
    summaries = load_annex_words().summaries
    found = judgement.dimensions
    if dimension == Dimension.RESOURCES:
        schools = [school.verdict for school in found.resources.schools]
        limits = [finding.cv_verdict for stages in found.resources.indicators.values() for finding in stages.values()]
        return summaries.schools.format(
            total=len(schools),
            met=schools.count(Verdict.MET),
            cv_met=limits.count(Verdict.MET),
            cv_total=len(limits),
        )
    if dimension == Dimension.RECOGNITION:
        return summaries.recognition.format(reason=found.recognition.reason)
    verdicts = [indicator.verdict for indicator in found.indicators(dimension).values()]
    counts = {verdict.value: verdicts.count(verdict) for verdict in Verdict}
    return summaries.indicators.format(total=len(verdicts), **counts)


def say_missing(missing: Missing, standard: Standard) -> str:
    """One thing that stands between a judgement and a full one; a condition's reason names it itself."""
    annex = load_annex_words()
    entry = standard.entries.get(standard.whole(missing.indicator))
    if entry is None:
        return missing.why
    stage = STAGE_NAMES.get(missing.stage, "")
    sentence = annex.missing_of_stage if stage else annex.missing
    return sentence.format(title=entry.title, stage=stage, why=missing.why)


def dimension_tables(dimension: str, judgement: Judgement, standard: Standard) -> list[AnnexTable]:
    """The tables behind the verdict of one dimension."""
    if dimension == Dimension.RESOURCES:
        schools = [schools_table(judgement, standard, stage) for stage in ("primary", "junior")]
        return [variations_table(judgement, standard), unmet_table(judgement, standard, dimension), *schools]
    if dimension == Dimension.RECOGNITION:
        return [recognition_table(judgement)]
    indicators = indicators_table(judgement, standard, dimension)
    if dimension == Dimension.QUALITY:
        return [indicators]
    counts = [sizes_table(judgement, standard), rooms_table(judgement, standard)]
    return [indicators, unmet_table(judgement, standard, dimension), *counts]


def show_table(table: AnnexTable) -> ShownTable:
    """A table as templates write it: every cell a text, numbers right-aligned."""
    rows = tuple(tuple(_show_cell(cell) for cell in row) for row in table.rows)
    numeric = [any(cell.number for cell in cells) for cells in zip(*rows, strict=True)] or [False] * len(table.columns)
    return ShownTable(
        title=table.title,
        heads=tuple(
            ShownHead(text=text, width=width, number=number)
            for (text, width), number in zip(table.columns, numeric, strict=True)
        ),
        rows=rows,
        notes=table.notes,
    )


def _show_cell(cell: Cell) -> ShownCell:
    if isinstance(cell.value, str):
        return ShownCell(text=cell.value)
    shown = "—" if cell.value is None else f"{cell.sign}{cell.value:,.{cell.decimals}f}"
    return ShownCell(text=f"{shown} ※" if cell.short else shown, number=True, short=cell.short)
