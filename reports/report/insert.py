"""The insert: the part on social recognition that drops into the county's own report, in one to two pages."""

from reports.document.document import Document, hold_names, read_document
from reports.report.point_words import say_word
from reports.report.points import Points, describe_points
from reports.report.standings import COUNTY_BELOW, list_lowest
from reports.report.telling import RoundFacts, RoundResults, describe_round
from reports.setting.figures import whole_percent
from reports.setting.texts import fill

FILE = "自评报告（四）社会认可度"
USUAL_LEVEL = 2
LOWEST_LEVEL = 3
PLACE = 4  # of social recognition among the four dimensions


def insert(facts: RoundFacts, found: RoundResults, *, level: int = USUAL_LEVEL) -> Document:
    """Write the insert; its heading stands at `level` (1 to 3), its five parts one below."""
    told = describe_round(facts, found)
    points = describe_points(told)
    text = fill(
        "insert.jinja",
        **told.names(),
        points=points,
        plan=list_repairs(points, facts),
        level=level,
        place=PLACE,
    )
    document = read_document(text, {}, author=facts.organiser, day=facts.generated, mark=facts.mark)
    return hold_names(document, told.held)


def list_repairs(points: Points, facts: RoundFacts) -> list[str]:
    """What is to be mended, a row each: all groups and topics below the line, the lowest items; or the county."""
    line = whole_percent(facts.rule.threshold.value)
    weak = points.weak
    names = [
        *(group.name for group in weak.groups),
        *(name for name, _ in weak.topics),
        *(name for name, _ in list_lowest(weak.items)),
    ]
    county = [claim.said["need"] for claim in points.problems if claim.form == COUNTY_BELOW]
    return [
        *(say_word("repair_county", need=need) for need in county),
        *(say_word("repair", name=name, line=line) for name in names),
    ]
