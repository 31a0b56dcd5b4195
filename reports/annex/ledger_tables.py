"""Annex tables by indicator: government guarantee, education quality, and the two ledgers."""

from collections.abc import Iterator

from msgspec.structs import replace

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.verdict import Judgement
from analysis.verdict.judgement import PartFinding
from analysis.verdict.ledgers import MetRow, UnmetRow, met_ledger, unmet_ledger
from questionnaires.vocabulary import Evidence, Verdict, words
from reports.annex.annex_words import load_annex_words
from reports.annex.tables import (
    AnnexTable,
    Cell,
    build_table,
    figure,
    join_units,
    limit_figure,
    plain_figure,
    share,
    verdict_cell,
)


def indicators_table(judgement: Judgement, standard: Standard, dimension: str) -> AnnexTable:
    """政府保障 or 教育质量: a row for each requirement of each indicator, with its clause and who answers for it."""
    annex = load_annex_words()
    indicators = judgement.dimensions.indicators(dimension)
    rows = [
        part_row(indicator.title, part, join_units(standard.units(key)))
        for key, indicator in indicators.items()
        for part in indicator.parts
    ]
    own = annex.guarantee if dimension == "guarantee" else annex.quality
    section = replace(own, columns=annex.indicators.columns, notes=annex.indicators.notes)
    return build_table(section, rows, notes=[annex.short], count=len(indicators))


def part_row(title: str, part: PartFinding, units: Cell) -> list[Cell]:
    """One requirement of an indicator or goal: what was reported, what is demanded, the verdict and why."""
    short = part.value is not None and part.verdict == Verdict.NOT_MET
    sign = load_annex_words().signs.get(part.operator or "", "")
    return [
        Cell(part.id),
        Cell(title),
        Cell(part.title),
        Cell(STAGE_NAMES.get(part.stage, "")),
        plain_figure(part.value)._replace(short=short),
        plain_figure(part.threshold)._replace(sign=sign),
        Cell(part.unit),
        verdict_cell(part.verdict),
        Cell(part.reason),
        Cell(part.clause),
        units,
    ]


def unmet_table(judgement: Judgement, standard: Standard, *dimensions: str) -> AnnexTable:
    """未达标及整改台账 of these dimensions: what each school lacks, the least that mends it, who answers."""
    annex = load_annex_words()
    rule = standard.school_rule
    ledger = unmet_ledger(judgement, standard)
    own = [row for row in ledger if standard.indicators[row.indicator].dimension in dimensions]
    rows = [_unmet_row(number, row, standard) for number, row in enumerate(own, 1)]
    return build_table(
        annex.unmet,
        rows,
        notes=[annex.short, *_borderline(judgement)],
        required=f"{rule.required.value:g}",
        share=f"{100 * rule.remainder.value:g}",
    )


def _borderline(judgement: Judgement) -> Iterator[str]:
    if found := judgement.dimensions.resources.borderline:
        schools = "、".join(school.name or school.school for school in found)
        yield load_annex_words().unmet.borderline.format(schools=schools)


def _unmet_row(number: int, row: UnmetRow, standard: Standard) -> list[Cell]:
    ratio = None if row.ratio is None else 100 * row.ratio
    return [
        *_place(number, row),
        _ledger_value(row, standard),
        plain_figure(row.threshold),
        figure(ratio, 1),
        Cell(row.text),
        verdict_cell(row.verdict),
        Cell(row.repair_text),
        Cell(_lift_to(row, standard)),
        join_units(row.units),
    ]


def _lift_to(row: UnmetRow, standard: Standard) -> str:
    unmet = load_annex_words().unmet
    if row.repair == "threshold":
        return unmet.threshold
    if row.repair == "remainder":
        return unmet.remainder.format(share=f"{100 * standard.school_rule.remainder.value:g}")
    return unmet.open if row.verdict == Verdict.UNDETERMINED else unmet.optional


def _ledger_value(row: MetRow | UnmetRow, standard: Standard) -> Cell:
    measure = standard.indicators[row.indicator].measure
    if measure is None:
        return plain_figure(row.value)
    return figure(row.value, measure.decimals, standard.threshold(row.indicator, row.stage))


def met_table(judgement: Judgement, standard: Standard) -> AnnexTable:
    """已达标台账: a row for each school section and resource indicator that is met."""
    rows = [
        [
            *_place(number, row),
            _ledger_value(row, standard),
            limit_figure(standard.threshold(row.indicator, row.stage)),
            Cell(standard.threshold(row.indicator, row.stage).unit),
        ]
        for number, row in enumerate(met_ledger(judgement, standard), 1)
    ]
    return build_table(load_annex_words().met, rows)


def _place(number: int, row: MetRow | UnmetRow) -> list[Cell]:
    return [
        Cell(number),
        Cell(row.school),
        Cell(row.name),
        Cell(STAGE_NAMES[row.stage]),
        Cell(row.title),
    ]


def recognition_table(judgement: Judgement) -> AnnexTable:
    """社会认可度: the rate against the standard's line, how sure the sample makes of it, and by which rule."""
    found = judgement.dimensions.recognition
    line = Limit.model_validate({"operator": found.operator, "value": 100 * found.threshold, "clause": found.clause})
    row = [
        share(found.rate, line),
        limit_figure(line),
        verdict_cell(found.verdict),
        Cell(words(Evidence).get(found.evidence or "", "")),
        Cell(found.rule or ""),
        Cell(found.reason),
        Cell(found.clause),
    ]
    return build_table(load_annex_words().recognition, [row])
