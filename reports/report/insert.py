"""The insert: the part on social recognition that drops into the county's own report, in one to two pages."""

from typing import Any

from analysis.verdict import Judgement
from reports.document.document import Document, read_document
from reports.report.section import RoundFacts, describe_round
from reports.setting.texts import fill

FILE = "自评报告（四）社会认可度"
USUAL_LEVEL, LOWEST_LEVEL = 2, 3
PLACE = 4  # of social recognition among the four dimensions
WEAK_GROUPS, WEAK_ITEMS = 2, 2
Row = dict[str, Any]


def insert(
    facts: RoundFacts, status: Row, recognition: Row, judgement: Judgement, *, level: int = USUAL_LEVEL
) -> Document:
    """Write the insert; its heading stands at `level` (1 to 3), its five parts one below."""
    told = describe_round(facts, status, recognition, judgement, [])
    weak = find_weak_groups(told["groups"], facts.rule.threshold.value)
    items = told["lowest_items"][:WEAK_ITEMS]
    text = fill("insert.jinja", **told, level=level, place=PLACE, weak_groups=weak, weak_items=items)
    return read_document(text, {}, author=facts.organiser, day=facts.generated, mark=facts.mark)


def find_weak_groups(groups: list[Row], line: float) -> list[Row]:
    """The groups below the line, lowest first; where none is, the lowest one. At most two.

    >>> [one["name"] for one in find_weak_groups([{"name": "家长", "rate": 0.9}, {"name": "学生", "rate": 0.95}], 0.85)]
    ['家长']
    """
    rated = sorted((one for one in groups if one["rate"] is not None), key=lambda one: float(one["rate"]))
    return [one for one in rated if one["rate"] < line][:WEAK_GROUPS] or rated[:1]
