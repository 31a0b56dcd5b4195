"""The insert: the part on social recognition that drops into the county's own report, in one to two pages."""

from collections.abc import Sequence
from dataclasses import replace

from reports.document.document import Document, read_document
from reports.report.section import RoundFacts, RoundResults, describe_round
from reports.setting.findings import GroupLine
from reports.setting.texts import fill

FILE = "自评报告（四）社会认可度"
USUAL_LEVEL = 2
LOWEST_LEVEL = 3
PLACE = 4  # of social recognition among the four dimensions
WEAK_GROUPS = 2
WEAK_ITEMS = 2


def insert(facts: RoundFacts, found: RoundResults, *, level: int = USUAL_LEVEL) -> Document:
    """Write the insert; its heading stands at `level` (1 to 3), its five parts one below."""
    told = describe_round(facts, replace(found, former=()))
    weak = find_weak_groups(told.groups, facts.rule.threshold.value)
    items = told.rates.lowest_items[:WEAK_ITEMS]
    text = fill("insert.jinja", **told.names(), level=level, place=PLACE, weak_groups=weak, weak_items=items)
    return read_document(text, {}, author=facts.organiser, day=facts.generated, mark=facts.mark)


def find_weak_groups(groups: Sequence[GroupLine], line: float) -> list[GroupLine]:
    """The groups below the line, lowest first; where none is, the lowest one. At most two."""
    rated = sorted((group for group in groups if group.rank is not None), key=lambda group: group.rank or 0.0)
    return [group for group in rated if group.span[0] < line][:WEAK_GROUPS] or rated[:1]
