"""A plain page for each of the four dimensions: files that open anywhere, without a server or a script."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Standard
from reports.annex.ledger_tables import indicators_table, recognition_table, unmet_table
from reports.annex.school_tables import rooms_table, schools_table, sizes_table, variations_table
from reports.annex.tables import AnnexFacts, AnnexTable, Cell, load_annex_words, say_source
from reports.setting.typesetting import TEMPLATES


def write_dimension_pages(folder: Path, judgement: Row, standard: Standard, facts: AnnexFacts) -> list[Path]:
    """Write one HTML file a dimension, linked to each other; the same input gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for dimension, name in load_annex_words()["dimensions"].items():
        path = folder / f"{name}.html"
        path.write_text(dimension_page(dimension, judgement, standard, facts), encoding="utf-8")
        paths.append(path)
    return paths


def dimension_page(dimension: str, judgement: Row, standard: Standard, facts: AnnexFacts) -> str:
    """The page of one dimension: its verdict first, then what is missing, then the tables behind it."""
    words = load_annex_words()
    found = judgement["dimensions"][dimension]
    own = set(standard.of(dimension))
    own |= {each for key in own for one in standard.indicators[key].requires.values() for each in one.ids}
    return _template().render(
        css=(TEMPLATES / "dimension.css").read_text(encoding="utf-8"),
        dimension=dimension,
        names=words["dimensions"],
        marks=words["marks"],
        verdicts=words["verdicts"],
        none=words["none"],
        facts=facts,
        found=found,
        summary=say_summary(dimension, found),
        missing=[say_missing(one, standard) for one in judgement["missing"] if one["indicator"] in own],
        tables=[show_table(each) for each in dimension_tables(dimension, judgement, standard)],
        conflicts=[one for one in judgement["contradictions"] if one["indicator"] in own],
        source=say_source(standard, facts),
        self_check=words["self_check"],
    )


def say_summary(dimension: str, found: Row) -> str:
    """What a dimension of a judgement comes to, in one sentence."""
    words = load_annex_words()["summaries"]
    if dimension == "resources":
        schools = [one["verdict"] for one in found["schools"]]
        limits = [one["cv_verdict"] for stages in found["indicators"].values() for one in stages.values()]
        counts = {"met": schools.count("met"), "cv_met": limits.count("met"), "cv_total": len(limits)}
        return str(words["schools"].format(total=len(schools), **counts))
    if dimension == "recognition":
        return f"{found['reason']}。"
    verdicts = [one["verdict"] for one in found["indicators"].values()]
    counts = {verdict: verdicts.count(verdict) for verdict in ("met", "not_met", "undetermined")}
    return str(words["indicators"].format(total=len(verdicts), **counts))


def say_missing(missing: Row, standard: Standard) -> str:
    """One thing that stands between a judgement and a full one; a condition's reason names it itself."""
    stage = STAGE_NAMES.get(missing.get("stage", ""), "")
    entry = standard.entries.get(standard.whole(missing["indicator"]))
    if entry is None:
        return str(missing["why"])
    title = entry.title
    return f"{title}{f'（{stage}）' if stage else ''}：{missing['why']}"


def dimension_tables(dimension: str, judgement: Row, standard: Standard) -> list[AnnexTable]:
    """The tables behind the verdict of one dimension."""
    if dimension == "resources":
        schools = [schools_table(judgement, standard, stage) for stage in ("primary", "junior")]
        return [variations_table(judgement, standard), unmet_table(judgement, standard, dimension), *schools]
    if dimension == "recognition":
        return [recognition_table(judgement)]
    indicators = indicators_table(judgement, standard, dimension)
    if dimension == "quality":
        return [indicators]
    counts = [sizes_table(judgement, standard), rooms_table(judgement, standard)]
    return [indicators, unmet_table(judgement, standard, dimension), *counts]


def show_table(table: AnnexTable) -> Row:
    """A table as templates write it: every cell a text, numbers right-aligned."""
    rows = [[_show_cell(cell) for cell in row] for row in table.rows]
    numeric = [any(cell["number"] for cell in cells) for cells in zip(*rows, strict=True)]
    heads = [(*column, number) for column, number in zip(table.columns, numeric, strict=bool(rows))]
    return {"title": table.title, "heads": heads, "rows": rows, "notes": table.notes}


def _show_cell(cell: Cell) -> Row:
    if isinstance(cell.value, str):
        return {"text": cell.value, "number": False, "short": False}
    shown = "—" if cell.value is None else f"{cell.sign}{cell.value:,.{cell.decimals}f}"
    return {"text": f"{shown} ※" if cell.short else shown, "number": True, "short": cell.short}


@cache
def _template() -> Template:
    words = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return words.get_template("dimension.html")
