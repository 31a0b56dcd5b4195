"""The school rule: enough indicators met, and the rest near their thresholds (6 of 7, the seventh 85 %)."""

from collections.abc import Mapping

from analysis.indicators.sections import Row
from analysis.standard import Standard
from analysis.standard.limits import Limit, Verdict

Limits = Mapping[str, Limit]
FACTS = ("school", "name", "kind", "stage", "pupils")
COUNTS = (
    *("size", "classes", "largest_class", "classes_over", "classes_56", "classes_66"),
    *("rooms_of", "music_rooms", "art_rooms", "music_rooms_all", "art_rooms_all"),
)


def school_limits(standard: Standard, stage: str) -> dict[str, Limit]:
    """What each resource indicator demands of a school of one stage.

    >>> from analysis.standard import load_standard
    >>> school_limits(load_standard("national-2017"), "primary")["R1"].value
    4.2
    """
    return {key: standard.threshold(key, stage) for key in standard.of("resources")}


def judge_school(section: Row, standard: Standard, limits: Limits) -> Row:
    """One section (a row of `resource_values`, blanks None) against the school rule, unrounded.

    `limits` are those of the section's stage. A value that is not known neither passes nor fails. `short`
    names each indicator below its threshold, its share of the threshold, and what it lacks in natural
    units; `counts` repeats what was reported of size, classes and rooms.
    """
    values = {key: section[key] for key in limits}
    verdicts = {key: limit.verdict(values[key]) for key, limit in limits.items()}
    short = [_shortfall(key, section, limits[key], standard) for key in values if verdicts[key] == "not_met"]
    missing = [key for key in values if verdicts[key] == "undetermined"]
    met = len(values) - len(short) - len(missing)
    verdict, reason = _apply_rule(standard, met, short, missing)
    return {
        **{key: section[key] for key in FACTS},
        "met": met,
        "verdict": verdict,
        "values": values,
        "short": short,
        "missing": missing,
        "counts": {key: section[key] for key in COUNTS},
        "reason": reason,
    }


def _shortfall(key: str, section: Row, limit: Limit, standard: Standard) -> Row:
    measure = standard.indicators[key].measure
    assert measure is not None
    value = section[key]
    return {
        "indicator": key,
        "value": value,
        "threshold": limit.value,
        "ratio": value / limit.value,
        "lacks": (limit.value - value) * section["pupils"] / measure.per,
        "unit": measure.lacks,
    }


def _apply_rule(standard: Standard, met: int, short: list[Row], missing: list[str]) -> tuple[Verdict, str]:
    required, remainder = standard.school_rule.required, standard.school_rule.remainder
    total = met + len(short) + len(missing)
    count = f"{total}项中{met}项达标"
    low = [each for each in short if not remainder.holds(each["ratio"])]
    if low:
        worst_one = min(low, key=lambda each: float(each["ratio"]))
        title = standard.indicators[worst_one["indicator"]].title
        shown = remainder.show(worst_one["ratio"], 3)
        return "not_met", f"{count}，“{title}”只有要求的{_percent(shown)}，低于{remainder.value:.0%}"
    if not required.holds(met + len(missing)):
        return "not_met", f"{count}，少于要求的{required.value:g}项"
    if missing:
        return "undetermined", f"{count}，还有{len(missing)}项缺数据，暂不能判定"
    rest = f"，其余项不低于要求的{remainder.value:.0%}" if short else ""
    return "met", count + rest


def _percent(ratio: str) -> str:
    return f"{float(ratio) * 100:.10g}%"


def borderline_schools(sections: list[Row], schools: list[Row], standard: Standard) -> list[Row]:
    """Schools whose count or verdict would turn if their values were rounded as they are shown.

    `sections` are rows of `resource_values` (blanks None), `schools` the same judged, in the same order. Each
    row: school, name, stage, verdict, rounded_verdict, and the indicators that rounding carries across.
    """
    decimals = {key: each.measure.decimals for key, each in standard.of("resources").items() if each.measure}
    limits = {stage: school_limits(standard, stage) for stage in {section["stage"] for section in sections}}
    turned = []
    for section, school in zip(sections, schools, strict=True):
        own = limits[section["stage"]]
        rounded = _round_across(section, own, decimals, standard.school_rule.remainder)
        if not rounded:
            continue
        again = judge_school({**section, **rounded}, standard, own)
        now, then = ({each["indicator"] for each in result["short"]} for result in (school, again))
        if now != then or school["verdict"] != again["verdict"]:
            turned.append(
                {key: school[key] for key in ("school", "name", "stage", "verdict")}
                | {"rounded_verdict": again["verdict"], "indicators": sorted(now ^ then)}
            )
    return turned


def _round_across(section: Row, limits: Limits, decimals: Mapping[str, int], remainder: Limit) -> Row:
    """The rounded values of those indicators that rounding carries across a line."""
    rounded = {}
    for key, limit in limits.items():
        value = section[key]
        if value is not None:
            shown = round(value, decimals[key])
            crosses = limit.holds(shown) != limit.holds(value)
            if crosses or remainder.holds(shown / limit.value) != remainder.holds(value / limit.value):
                rounded[key] = shown
    return rounded
