"""The lines `survey standards` prints for a person."""

from collections.abc import Iterator
from typing import Any

from analysis.indicators.sections import STAGE_NAMES
from reports.annex.condition_tables import say_reading

Row = dict[str, Any]


def describe_lines(row: Row) -> Iterator[str]:
    """One standard: its document, what differs from the one it extends, what disagrees, what is due late."""
    kind = "（只作目标对照的工作方案）" if row["kind"] == "targets" else ""
    yield f"{row['standard']}　{row['title']}{kind}"
    yield f"　文件：{row['document']['number']}"
    if row["extends"]:
        yield f"　沿用：{row['extends']}，以下另有规定"
    for one in row["differences"]:
        yield f"　　{_name(one['place'])}{one['title']}：{_side(one['own'])}；沿用标准：{_side(one['parent'])}"
    for one in row["contradictions"]:
        yield from (f"　{line}" for line in contradiction_lines(one))
    for one in row["back_loaded"]:
        yield f"　{late_line(one)}"
    for one in row["policy_notes"]:
        yield f"　提示：{one['indicator']} {one['note']}（{one['clause']}）"


def _name(place: str) -> str:
    indicator = place.split(".")[0]
    return f"{indicator} " if indicator[:1].isupper() else ""


def _side(side: Row | None) -> str:
    return f"{side['words']}（{side['clause']}）" if side else "没有这一项"


def contradiction_lines(one: Row) -> Iterator[str]:
    """What documents disagree about, every value with its clause, and the one used."""
    yield f"不一致：{_name(one['indicator'])}{one['title']}"
    yield f"　{'；'.join(map(say_reading, one['values']))}"
    used = "" if one["used"] is None else f"采用{one['used']:.10g}。"
    yield f"　{used}{one['reason']}"


def late_line(one: Row) -> str:
    """A target that leaves much of what remains to the plan's last year."""
    remaining, due = (f"{one[key]:g}{one['unit']}" for key in ("remaining", "due"))
    late = f"余下{remaining}中有{due}安排在最后一年（{one['last_year']}年；{one['clause']}）"
    return f"进度靠后：{one['indicator']}{STAGE_NAMES.get(one['stage'], '')}，{late}"
