"""Targets: what the plan promised for a year, beside what the judgement found (规划对照)."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from analysis.indicators.sections import Row
from analysis.standard import Requirement, Standard
from analysis.standard.limits import Verdict, holds, worst
from analysis.standard.roadmap import Milestone, Target
from analysis.verdict.school_counts import VERDICTS, applies_to, check_section

FROM_SCHOOLS = {"music_rooms", "art_rooms", "size", "largest_class"}
PERCENT = "%"
STATUS: dict[Verdict, "Status"] = {"met": "on_track", "not_met": "behind", "undetermined": "missing"}
Status = Literal["on_track", "behind", "missing"]


class Actual(NamedTuple):
    """What was found: so many of so many schools, a percentage, or only whether it is met."""

    met: int | None = None
    total: int | None = None
    missing: int | None = None
    share: float | None = None
    verdict: Verdict = "undetermined"


def compare_targets(standard: Standard, year: int, sections: list[Row], dimensions: dict[str, Row]) -> list[Row]:
    """One row per target: what was due by the year (its last target until then), what was found, and status.

    `sections` are rows of `resource_values` with the `locale` of the school. Shares are compared, not
    counts, because schools merge and open. A target in words, or one whose percentage is not what the county
    reports, is on track when the judgement found it met, and behind when it found it is not.
    """
    compared = []
    for target in standard.targets:
        if due := [each for each in sorted({*target.years, *target.text}) if each <= year]:
            actual = find_actual(target, standard, sections, dimensions)
            compared.append(_compare(target, due[-1], actual, standard))
    return compared


def _compare(target: Target, due: int, actual: Actual, standard: Standard) -> Row:
    planned = target.planned(due)
    status = STATUS[actual.verdict]
    if planned is not None and actual.share is not None:
        status = "on_track" if holds(actual.share, ">=", planned) else "behind"
    return {
        "indicator": target.indicator,
        "stage": target.stage,
        "base": target.base,
        "year": due,
        "planned": {
            "met": target.met.get(due),
            "total": target.total,
            "share": planned,
            "text": target.text.get(due),
        },
        "actual": actual._asdict(),
        "status": status,
        "units": standard.units(target.indicator),
        "clause": target.clause,
    }


def find_actual(target: Target, standard: Standard, sections: list[Row], dimensions: dict[str, Row]) -> Actual:
    """What was found of the schools, or of the county, that the target means."""
    if counts_schools(standard, target.indicator):
        return _count(target, standard, sections)
    if target.indicator in standard.of("recognition"):
        return Actual(verdict=dimensions["recognition"]["verdict"])
    judged = {**dimensions["guarantee"]["indicators"], **dimensions["quality"]["indicators"]}
    whole = judged[standard.whole(target.indicator)]
    parts = [each for each in whole["parts"] if target.indicator in {each["id"], standard.whole(each["id"])}]
    parts = [each for each in parts if each["stage"] in {"", target.stage} or not target.stage]
    values = [each["value"] for each in parts if each["unit"] == PERCENT and each["value"] is not None]
    return Actual(share=min(values, default=None), verdict=worst(each["verdict"] for each in parts))


def counts_schools(standard: Standard, name: str) -> bool:
    """Whether the indicator (or sub-id) is met or not by each school."""
    return name in standard.of("resources") or any(_room_size_class(standard, name))


def _room_size_class(standard: Standard, name: str) -> Iterator[Requirement]:
    for key, indicator in standard.indicators.items():
        for each in indicator.requires.values():
            if each.reads in FROM_SCHOOLS and name in {key, *each.ids}:
                yield each


def _count(target: Target, standard: Standard, sections: list[Row]) -> Actual:
    meant = [each for each in sections if target.stage in {"", each["stage"]}]
    if target.kinds:
        meant = [each for each in meant if each["kind"] in target.kinds]
    if target.locales and not all(each["locale"] for each in meant):
        return Actual()
    if target.locales:
        meant = [each for each in meant if each["locale"] in target.locales]
    found = [verdict for each in meant if (verdict := _judge_section(each, target.indicator, standard))]
    met, missing = found.count("met"), found.count("undetermined")
    share = 100 * met / len(found) if found and not missing else None
    return Actual(met, len(found), missing, share)


def _judge_section(section: Row, name: str, standard: Standard) -> Verdict | None:
    """One section against one indicator; None where the indicator is not about such a school."""
    if name in standard.of("resources"):
        return standard.threshold(name, section["stage"]).verdict(section[name])
    requires = [each for each in _room_size_class(standard, name) if applies_to(each, section)]
    if not requires:
        return None
    return worst(VERDICTS[check_section(section, each).passes] for each in requires)


def compare_milestones(standard: Standard, year: int, resources: list[Row]) -> list[Row]:
    """The plan's other goals that are due by the year; `status` is null where a person has to tell."""
    return [
        each.model_dump() | _find_classes(each, resources) | {"units": standard.units(each.indicator)}
        for each in standard.milestones
        if each.year <= year
    ]


def _find_classes(milestone: Milestone, resources: list[Row]) -> Row:
    """The crowded classes of all schools, counted or as a percentage, against the milestone."""
    if not milestone.reads:
        return {"actual": None, "status": None}
    crowded, classes = (_sum_schools(resources, column) for column in (milestone.reads, "classes"))
    actual = crowded
    if milestone.unit == PERCENT:
        actual = 100 * crowded / classes if crowded is not None and classes else None
    if actual is None or milestone.operator is None or milestone.value is None:
        return {"actual": actual, "status": "missing"}
    status = "on_track" if holds(actual, milestone.operator, milestone.value) else "behind"
    return {"actual": actual, "status": status}


def _sum_schools(resources: list[Row], column: str) -> float | None:
    """A column over all schools, a whole row before its parts; None where a school leaves it blank."""
    schools: dict[str, dict[str, float | None]] = {}
    for row in resources:
        schools.setdefault(str(row["school"]), {})[str(row["stage"])] = row.get(column)
    total = 0.0
    for cells in schools.values():
        whole = cells.pop("whole", None)
        parts = [whole] if whole is not None else list(cells.values())
        if not parts or None in parts:
            return None
        total += sum(each for each in parts if each is not None)
    return total if schools else None
