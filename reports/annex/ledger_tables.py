"""Annex tables by indicator: government guarantee, education quality, and the two ledgers."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.verdict.ledgers import met_ledger, unmet_ledger
from reports.annex.tables import (
    AnnexTable,
    Cell,
    build_table,
    figure,
    limit_figure,
    load_annex_words,
    plain_figure,
    verdict_cell,
)


def indicators_table(judgement: Row, standard: Standard, dimension: str) -> AnnexTable:
    """政府保障 or 教育质量: a row for each requirement of each indicator, with its clause and who answers for it."""
    words = load_annex_words()
    indicators = judgement["dimensions"][dimension]["indicators"]
    rows = [
        part_row(key, indicator, part, "、".join(standard.units(key)))
        for key, indicator in indicators.items()
        for part in indicator["parts"]
    ]
    columns = words["indicators"]["columns"]
    section = words[dimension] | {"notes": words["indicators"]["notes"]}
    return build_table(section, rows, columns=columns, notes=[words["short"]], count=len(indicators))


def part_row(key: str, indicator: Row, part: Row, units: str) -> list[Cell]:
    """One requirement of an indicator or goal: what was reported, what is demanded, the verdict and why."""
    sign = load_annex_words()["signs"].get(part["operator"], "")
    return [
        Cell(part["id"] or key),
        Cell(indicator["title"]),
        Cell(part["title"]),
        Cell(STAGE_NAMES.get(part["stage"], "")),
        plain_figure(part["value"])._replace(short=part["value"] is not None and part["verdict"] == "not_met"),
        plain_figure(part["threshold"])._replace(sign=sign),
        Cell(part["unit"]),
        verdict_cell(part["verdict"]),
        Cell(part["reason"]),
        Cell(part["clause"]),
        Cell(units),
    ]


def unmet_table(judgement: Row, standard: Standard, *dimensions: str) -> AnnexTable:
    """未达标及整改台账 of these dimensions: what each school lacks, the least that mends it, who answers."""
    words = load_annex_words()
    rule = standard.school_rule
    ledger = unmet_ledger(judgement, standard)
    own = [row for row in ledger if standard.indicators[row["indicator"]].dimension in dimensions]
    rows = [_unmet_row(number, row, standard) for number, row in enumerate(own, 1)]
    return build_table(
        words["unmet"],
        rows,
        notes=[words["short"], *_borderline(judgement)],
        required=f"{rule.required.value:g}",
        share=f"{100 * rule.remainder.value:g}",
    )


def _borderline(judgement: Row) -> Iterator[str]:
    if found := judgement["dimensions"]["resources"]["borderline"]:
        schools = "、".join(each["name"] or each["school"] for each in found)
        yield load_annex_words()["unmet"]["borderline"].format(schools=schools)


def _unmet_row(number: int, row: Row, standard: Standard) -> list[Cell]:
    words = load_annex_words()["unmet"]
    share = f"{100 * standard.school_rule.remainder.value:g}"
    ratio = None if row["ratio"] is None else 100 * row["ratio"]
    unplanned = "open" if row["verdict"] == "undetermined" else "optional"
    target = words[row["repair"] or unplanned].format(share=share)
    return [
        *_place(number, row),
        _ledger_value(row, standard),
        plain_figure(row["threshold"]),
        figure(ratio, 1),
        Cell(row["text"]),
        verdict_cell(row["verdict"]),
        Cell(row["repair_text"]),
        Cell(target),
        Cell("、".join(row["units"])),
    ]


def _ledger_value(row: Row, standard: Standard) -> Cell:
    measure = standard.indicators[row["indicator"]].measure
    if measure is None:
        return plain_figure(row["value"])
    return figure(row["value"], measure.decimals, standard.threshold(row["indicator"], row["stage"]))


def met_table(judgement: Row, standard: Standard) -> AnnexTable:
    """已达标台账: a row for each school section and resource indicator that is met."""
    rows = [
        [
            *_place(number, row),
            _ledger_value(row, standard),
            limit_figure(standard.threshold(row["indicator"], row["stage"])),
            Cell(standard.threshold(row["indicator"], row["stage"]).unit),
        ]
        for number, row in enumerate(met_ledger(judgement, standard), 1)
    ]
    return build_table(load_annex_words()["met"], rows)


def _place(number: int, row: Row) -> list[Cell]:
    cells = [row["school"], row["name"], STAGE_NAMES[row["stage"]], row["title"]]
    return [Cell(number), *map(Cell, cells)]


def recognition_table(judgement: Row) -> AnnexTable:
    """社会认可度: the rate against the standard's line, how sure the sample makes of it, and by which rule."""
    words = load_annex_words()
    found = judgement["dimensions"]["recognition"]
    line = Limit(operator=found["operator"], value=100 * found["threshold"], clause=found["clause"])
    row = [
        figure(None if found["rate"] is None else 100 * found["rate"], 2, line),
        limit_figure(line),
        verdict_cell(found["verdict"]),
        Cell(words["evidence"].get(found["evidence"], "")),
        Cell(found["rule"] or ""),
        Cell(found["reason"]),
        Cell(found["clause"]),
    ]
    return build_table(words["recognition"], [row])
