"""The lines `survey estimate` and `survey plan` print for a person."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from questionnaires.rule import Rule, load_papers
from questionnaires.vocabulary import Group
from reports.report.choices import name_choice, name_untested
from reports.setting.figures import count, percent, whole_percent
from reports.setting.findings import name_groups

Row = dict[str, Any]
VERDICTS = {"met": "达到", "not_met": "未达到", "undetermined": "暂不能判定"}
EVIDENCE = {
    "established_above": "现有样本足以说明高于{line}",
    "established_below": "现有样本足以说明低于{line}",
    "above_among_answered": "对已作答者，足以说明高于{line}；不能排除无应答影响",
    "below_among_answered": "对已作答者，足以说明低于{line}；不能排除无应答影响",
    "not_distinguishable": "现有样本尚不能判断高于还是低于{line}",
}
MOST = 0.9999
LOCALES = {"city": "城区", "town": "镇区", "village": "乡村"}


def estimate_lines(result: Row, rule: Rule) -> Iterator[str]:
    """What turns the verdict comes first, then the county, the groups, what is missing and what needs a second look."""
    found = result["recognition"]
    line = found["threshold"]
    turned = [one for one in result["sensitivity"] if one["verdict"] != found["verdict"]]
    if turned:
        papers = load_papers(rule)
        choices = "、".join(f"{name_choice(one['name'], rule, papers)} {percent(one['rate'], line)}" for one in turned)
        yield f"换用这些口径，结论会改变：{choices}"
    counts = f"收到答卷 {count(result['received'])} 份，有效 {count(result['valid'])} 份"
    yield counts + _returned(result["valid_return"])
    if found["rate"] is None:
        yield "没有可用于测算的有效答卷，暂不能判定"
    else:
        bounds = f"{percent(found['lower'], line)}—{percent(found['upper'], line)}"
        yield f"社会认可度 {percent(found['rate'], line)}（{bounds}），{VERDICTS[found['verdict']]}"
        yield EVIDENCE[found["evidence"]].format(line=whole_percent(line))
    if found["incomplete"]:
        missing = sorted(found["incomplete"], key=list(result["groups"]).index)
        yield f"结果不完整，缺：{'、'.join(map(name_groups, missing))}"
    for group, row in result["groups"].items():
        yield (
            f"{name_groups(group)}：{percent(row['rate'], line)}，收到 {row['received']}，有效 {row['valid']}，"
            f"有效回收率 {percent(row['response_rate'])}，不了解 {percent(row['unknown'])}"
        )
    yield from map(_shortfall, result["shortfalls"])
    yield f"需核实的答卷 {count(result['integrity']['flagged'])} 份"
    if untested := name_untested(result["integrity"]["checks"]):
        yield f"没有足够的答卷或题目可供比较、因而没有做的核查：{'、'.join(untested)}"


def _returned(found: Row) -> str:
    """The valid return, and whether it is what the rule asks for."""
    if found["rate"] is None:
        return ""
    told = f"，有效回收率 {percent(found['rate'], found['least'])}"
    if found["least"] is None:
        return told
    met = "达到" if found["met"] else "没有达到，结果照常计算"
    return f"{told}（规则要求不低于 {whole_percent(found['least'])}，{met}）"


def _shortfall(row: Row) -> str:
    return (
        f"{name_groups(row['group'])}只有 {count(row['population'])} 人，比规则要求的 {count(row['quota'])} 份"
        f"少 {count(row['shortfall'])} 份：全部调查，不用其他对象补足"
    )


def plan_lines(plan: Row, rule: Rule) -> Iterator[str]:
    """The county, the groups with what they can prove, and where a group is divided, its parts."""
    county = plan["county"]
    yield (
        f"常住人口 {count(plan['population'])} 人，规则要求 {count(county['quota'])} 份；"
        f"按回收率 {whole_percent(plan['return_rate'])} 印 {count(county['slips'])} 张答题条"
    )
    yield f"全区（县）：{_proof(county, plan['threshold'])}"
    for rate, chance in county["power"].items():
        yield (
            f"　真实情况为 {whole_percent(float(rate))} 时，有 {_chance(chance)} 的可能得出这样的结论；"
            f"要有 {whole_percent(rule.planning.power.value)} 的可能，需要 {count(county['forms_needed'][rate])} 份"
        )
    for group, row in plan["groups"].items():
        counts = f"{count(row['target'])} 份，印 {count(row['slips'])} 张"
        yield f"{Group(group).zh}：{counts}；{_proof(row, plan['threshold'])}"
        if row["shortfall"]:
            yield f"　{_shortfall({'group': group, **row})}"
        for part in plan["strata"]:
            if part["group"] == group and (name := _part(part)):
                yield f"　{name}：{count(part['target'])} 份，印 {count(part['slips'])} 张"


def _part(part: Row) -> str:
    band = part["band"].replace("-", "—") + "年级" if part["band"] else ""
    return " ".join(name for name in (band, LOCALES.get(part["locale"], "")) if name)


def _proof(row: Row, line: float) -> str:
    told = f"预计收回 {count(row['expected'])} 份，"
    if row["smallest_rate"] is None:
        return f"{told}即使全部认可，也不足以说明高于 {whole_percent(line)}"
    return f"{told}认可率达到 {percent(_not_below(row['smallest_rate']), line)} 才足以说明高于 {whole_percent(line)}"


def _chance(chance: float) -> str:
    """A chance in hundredths of a percent; none is called certain."""
    return f"{percent(MOST)} 以上" if chance > MOST else percent(chance)


def _not_below(rate: float) -> float:
    """The rate in hundredths of a percent, not rounded down: what is shown suffices."""
    return ceil(rate * 10_000) / 10_000
