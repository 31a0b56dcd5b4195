"""Years: two school years side by side, by school and indicator; no school is dropped in silence (年度对照)."""

from collections.abc import Iterable, Mapping
from typing import Literal

from analysis.indicators.sections import STAGE_NAMES, Row, TableError

Status = Literal["continued", "merged", "new", "gone"]
Key = tuple[str, str]


def compare_years(before: Row, after: Row, *, merged: Mapping[str, str] | None = None) -> Row:
    """Two judgements of a county under one standard, the earlier first.

    `merged` names the school (in the later year) that took over each school of the earlier one; the earlier
    values of all that went into a school are joined, weighted by pupils, as if they had been one. Returns
    `schools` (a row per school section: status, pupils, met, verdict and each indicator's value before,
    after and change; None where there was or is none), `indicators` (schools that meet it, mean and CV, by
    stage) and `notes`: a sentence for each school that vanished, appeared or merged. Raises TableError on
    judgements under different standards and on mergers that name no school of their year.

    Two schools of 100 and 300 pupils with 2 and 4 per pupil became one: (100 x 2 + 300 x 4)/400 before.

    >>> def county(*schools):
    ...     rows = [{"school": code, "name": code, "stage": "primary", "pupils": pupils, "met": 1, "verdict": "met",
    ...         "values": {"R1": value}} for code, pupils, value in schools]
    ...     return {"standard": "x", "dimensions": {"resources": {"schools": rows, "indicators": {}}}}
    >>> before, after = county(("P1", 100, 2.0), ("P2", 300, 4.0)), county(("P1", 400, 4.0))
    >>> merged = compare_years(before, after, merged={"P2": "P1"})
    >>> merged["schools"][0]["indicators"]["R1"]
    {'before': 3.5, 'after': 4.0, 'change': 0.5}
    >>> merged["notes"]
    ['P1 P1（小学）：由P1、P2合并而成，前一年按学生数合计对照。']
    """
    merged = dict(merged or {})
    then, now = _sections(before), _sections(after)
    if problems := _problems(before, after, then, now, merged):
        raise TableError(problems)
    sources = _sources(then, now, merged)
    rows = [_compare(key, [then[each] for each in sources.get(key, ())], school) for key, school in now.items()]
    taken = {each for found in sources.values() for each in found}
    rows += [_compare(key, [school], None) for key, school in then.items() if key not in taken]
    return {
        "standard": after["standard"],
        "schools": rows,
        "indicators": _compare_indicators(before, after),
        "notes": list(_notes(rows, now)),
    }


def _sections(judgement: Row) -> dict[Key, Row]:
    return {(each["school"], each["stage"]): each for each in judgement["dimensions"]["resources"]["schools"]}


def _problems(before: Row, after: Row, then: Iterable[Key], now: Iterable[Key], merged: Mapping[str, str]) -> list[str]:
    earlier, later = {code for code, _ in then}, {code for code, _ in now}
    problems = []
    if before["standard"] != after["standard"]:
        problems.append(f"两年用的标准不同（{before['standard']}、{after['standard']}），不能直接对照。")
    problems += [f"合并前的学校“{old}”不在前一年的数据中。" for old in merged if old not in earlier]
    problems += [f"合并后的学校“{new}”不在后一年的数据中。" for new in merged.values() if new not in later]
    return problems


def _sources(then: Mapping[Key, Row], now: Mapping[Key, Row], merged: Mapping[str, str]) -> dict[Key, list[Key]]:
    """The earlier sections that each later section comes from: its own, and those merged into it."""
    sources: dict[Key, list[Key]] = {}
    for code, stage in then:
        key = (merged.get(code, code), stage)
        if key in now:
            sources.setdefault(key, []).append((code, stage))
    return sources


def _compare(key: Key, earlier: list[Row], school: Row | None) -> Row:
    code, stage = key
    others = [each["school"] for each in earlier if each["school"] != code]
    status: Status = "gone" if school is None else "merged" if others else "continued" if earlier else "new"
    pupils = sum(each["pupils"] or 0 for each in earlier) if earlier else None
    alone = earlier[0] if len(earlier) == 1 else None
    shown = school or earlier[0]
    return {
        "school": code,
        "name": shown["name"],
        "stage": stage,
        "status": status,
        "from": [each["school"] for each in earlier] if others else [],
        "pupils": {"before": pupils, "after": school and school["pupils"]},
        "met": {"before": alone and alone["met"], "after": school and school["met"]},
        "verdict": {"before": alone and alone["verdict"], "after": school and school["verdict"]},
        "indicators": {
            name: _change(_joined(earlier, name), school["values"][name] if school else None)
            for name in shown["values"]
        },
    }


def _joined(earlier: list[Row], indicator: str) -> float | None:
    """The value per pupil of several sections as one: weighted by pupils; None while one is not known."""
    parts = [(each["values"][indicator], each["pupils"]) for each in earlier]
    if not parts or any(None in part for part in parts):
        return None
    if len(parts) == 1:
        return float(parts[0][0])
    return float(sum(value * pupils for value, pupils in parts) / sum(pupils for _, pupils in parts))


def _change(before: float | None, after: float | None) -> Row:
    change = None if before is None or after is None else after - before
    return {"before": before, "after": after, "change": change}


def _compare_indicators(before: Row, after: Row) -> Row:
    earlier, later = (each["dimensions"]["resources"]["indicators"] for each in (before, after))
    return {
        key: {
            stage: {name: _change(earlier[key][stage][name], found[name]) for name in ("met", "schools", "mean", "cv")}
            for stage, found in stages.items()
        }
        for key, stages in later.items()
    }


def _notes(rows: list[Row], now: Mapping[Key, Row]) -> Iterable[str]:
    new = {(each["name"], each["stage"]): each["school"] for each in rows if each["status"] == "new"}
    for each in rows:
        place = f"{each['school']} {each['name']}".rstrip() + f"（{STAGE_NAMES[each['stage']]}）"
        if each["status"] == "new":
            yield f"{place}：前一年没有这所学校或学段，列为新增。"
        elif each["status"] == "merged":
            yield f"{place}：{_say_sources(each['from'])}。"
        elif each["status"] == "gone":
            twin = new.get((each["name"], each["stage"])) if each["name"] else None
            hint = f"后一年的{twin}与它同名，如为更改代码请按合并列出" if twin else "请核对是撤并、改类型还是漏报"
            yield f"{place}：后一年没有这所学校或学段，{hint}。"


def _say_sources(codes: list[str]) -> str:
    if len(codes) == 1:
        return f"前一年的代码是{codes[0]}，按同一所学校对照"
    return f"由{'、'.join(codes)}合并而成，前一年按学生数合计对照"
