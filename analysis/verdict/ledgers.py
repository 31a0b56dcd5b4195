"""Ledgers: what every school has reached, what it lacks, and the least that makes it pass (达标与未达标台账)."""

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations
from math import ceil
from typing import Literal, NamedTuple

from analysis.indicators.sections import ROOMS, THROUGH, Row
from analysis.standard import Standard

COUNTED = ("名", "间")
SHOWN = 9


class Repair(NamedTuple):
    """One indicator to lift: to its threshold, or to what the rule asks of the remainder (85 %).

    `amount` is what that takes in natural units, `lift` the same as a share of the threshold.
    """

    indicator: str
    target: Literal["threshold", "remainder"]
    amount: float
    lift: float
    unit: str


def cheapest_repairs(school: Row, standard: Standard) -> tuple[Repair, ...]:
    """The least that makes a school of the judgement pass its rule; empty where it passes or may yet pass.

    What a teacher or a square metre costs is not known and not invented: of all sets of indicators to lift,
    each to 100 % or to the remainder's 85 %, that let the school pass, the one with the fewest indicators
    is taken, among those the one with the smallest sum of lifts (shares of the thresholds), among those the
    first in the standard's order. What is not reported is taken to pass: `school["missing"]` says so.

    Of two indicators short, 6 of 7 leaves one at 85 %: the one at 90 % stays, the one at 50 % is lifted.

    >>> from analysis.standard import load_standard
    >>> short = [{"indicator": "R1", "ratio": 0.9, "lacks": 1.0, "unit": "名教师"},
    ...     {"indicator": "R5", "ratio": 0.5, "lacks": 750.0, "unit": "平方米"}]
    >>> school = {"verdict": "not_met", "short": short, "values": dict.fromkeys(f"R{k}" for k in range(1, 8))}
    >>> cheapest_repairs(school, load_standard("national-2017"))
    (Repair(indicator='R5', target='threshold', amount=750.0, lift=0.5, unit='平方米'),)
    """
    if school["verdict"] != "not_met":
        return ()
    short: list[Row] = school["short"]
    sets = (
        tuple(_repairs(short, left, standard))
        for size in range(len(short) + 1)
        for left in combinations(range(len(short)), size)
        if standard.school_rule.required.holds(len(school["values"]) - size)
    )
    return min(sets, key=_cost, default=())


def _repairs(short: list[Row], left: tuple[int, ...], standard: Standard) -> Iterator[Repair]:
    """What is lifted when the indicators in `left` may stay below their thresholds."""
    remainder = standard.school_rule.remainder
    for place, each in enumerate(short):
        if place not in left:
            yield Repair(each["indicator"], "threshold", each["lacks"], 1 - each["ratio"], each["unit"])
        elif not remainder.holds(each["ratio"]):
            lift = remainder.value - each["ratio"]
            amount = each["lacks"] * lift / (1 - each["ratio"])
            yield Repair(each["indicator"], "remainder", amount, lift, each["unit"])


def _cost(repairs: Iterable[Repair]) -> tuple[int, float]:
    lifts = [each.lift for each in repairs]
    return len(lifts), round(sum(lifts), SHOWN)


def say_lack(amount: float, unit: str) -> str:
    """What is lacking in natural units, never rounded to less than it is.

    >>> say_lack(2.4, "名骨干教师"), say_lack(317.2, "平方米体育运动场馆"), say_lack(1, "间音乐专用教室")
    ('2.4名骨干教师（至少3名）', '318平方米体育运动场馆', '1间音乐专用教室')
    """
    whole, tenths = ceil(round(amount, SHOWN)), ceil(round(10 * amount, SHOWN))
    if not unit.startswith(COUNTED) or tenths == 10 * whole:
        return f"{whole:,}{unit}"
    return f"{tenths / 10:,.1f}{unit}（至少{whole:,}{unit[0]}）"


def met_ledger(judgement: Row, standard: Standard) -> list[Row]:
    """已达标台账: a row for each school section and resource indicator at or above its threshold."""
    rows = []
    for school in judgement["dimensions"]["resources"]["schools"]:
        below = {each["indicator"] for each in school["short"]}.union(school["missing"])
        rows += [
            {
                **_school(school),
                "indicator": key,
                "title": standard.indicators[key].title,
                "value": value,
                "threshold": standard.threshold(key, school["stage"]).value,
            }
            for key, value in school["values"].items()
            if key not in below
        ]
    return rows


def unmet_ledger(judgement: Row, standard: Standard) -> list[Row]:
    """未达标台账: a row for each school section and indicator below its line, rooms, size and classes included.

    `lacks` in `unit`s (of a section: what a through-school shares is split first) and the same in words;
    `repair` tells whether the least set of repairs lifts it, to "threshold" or "remainder" ("" if not: then
    the school passes without), and `repair_text` by how much; `units` are those that answer for it.
    """
    rows = [*_resources_short(judgement, standard), *_counts_short(judgement, standard)]
    return [{**row, "units": standard.units(row["indicator"])} for row in rows]


def _school(school: Row) -> Row:
    return {key: school[key] for key in ("school", "name", "stage")}


def _resources_short(judgement: Row, standard: Standard) -> Iterator[Row]:
    for school in judgement["dimensions"]["resources"]["schools"]:
        repairs = {each.indicator: each for each in cheapest_repairs(school, standard)}
        for each in school["short"]:
            repair = repairs.get(each["indicator"])
            yield {
                **_school(school),
                "indicator": each["indicator"],
                "title": standard.indicators[each["indicator"]].title,
                "value": each["value"],
                "threshold": each["threshold"],
                "ratio": each["ratio"],
                "lacks": each["lacks"],
                "unit": each["unit"],
                "text": f"差{say_lack(each['lacks'], each['unit'])}",
                "verdict": school["verdict"],
                "repair": repair.target if repair else "",
                "repair_text": say_lack(repair.amount, repair.unit) if repair else "",
            }


def _counts_short(judgement: Row, standard: Standard) -> Iterator[Row]:
    """Rooms, sizes and classes (G3, G4, G5): each must be mended; what a through-school shares stands once."""
    schools = {(each["school"], each["stage"]): each for each in judgement["dimensions"]["resources"]["schools"]}
    seen = set()
    for key, indicator in judgement["dimensions"]["guarantee"]["indicators"].items():
        reads = {each.reads for each in standard.indicators[key].requires.values()}
        for part in indicator["parts"]:
            for short in part.get("short", ()):
                stage = _stage_of(reads, schools[short["school"], short["stage"]])
                place = (part["id"], short["school"], stage)
                if place not in seen:
                    seen.add(place)
                    yield _count_row(key, indicator, part, short | {"stage": stage})


def _stage_of(reads: Collection[str], school: Row) -> str:
    """ "whole" for what the stages of a school have together: its size, and rooms reported for all of it."""
    if "size" in reads and school["kind"] in THROUGH:
        return "whole"
    shared = any(room in reads for room in ROOMS) and school["counts"]["rooms_of"] == "whole"
    return "whole" if shared else str(school["stage"])


def _count_row(key: str, indicator: Row, part: Row, short: Row) -> Row:
    text = "有班级超过规定班额"
    if short["lacks"]:
        text = f"差{short['lacks']:g}间{part['title']}"
    elif short["exceeds"]:
        text = f"超出{short['exceeds']:g}人"
    return {
        **_school(short),
        "indicator": key,
        "title": part["title"] or indicator["title"],
        "value": short["value"],
        "threshold": short["threshold"],
        "ratio": None,
        "lacks": short["lacks"] or short["exceeds"],
        "unit": "间" if short["lacks"] else "人",
        "text": text,
        "verdict": "not_met",
        "repair": "threshold",
        "repair_text": text,
    }
