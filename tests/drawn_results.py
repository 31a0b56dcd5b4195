"""Published results drawn at random, without a form behind them: a county in milliseconds, true to every rule of what
is published, for what is said of it.

Ties, all equal, everybody contented, joined groups, missing ones, capped plans, every standard and rule, coached
schools, no form at all, awkward names, rounds before.
"""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from msgspec.structs import replace

from analysis.plan import group_quotas
from analysis.published import (
    Former,
    FormerGroup,
    FormerProblem,
    FormerRound,
    GroupRelease,
    Published,
    ReleaseRecord,
    UnitRow,
    Units,
    former_group,
    former_topics,
)
from analysis.results import (
    COUNTY,
    CheckOutcome,
    Choice,
    CountyRate,
    Coverage,
    Domains,
    Estimate,
    GroupRate,
    IntegrityOutcome,
    ItemRate,
    Provenance,
    Shortfall,
    Suppressed,
    ValidReturn,
)
from analysis.round_counts import GroupCounts, Status, StratumCounts, UnitCounts
from analysis.standard import Standard, hold_to_standard, load_standard
from analysis.verdict import Judgement, take_surveyed
from analysis.verdict.judged import Judged, judge_tables
from questionnaires.rule import Rule, load_papers, load_rule
from questionnaires.vocabulary import Evidence, ProblemState, RoundState, Verdict
from reports.report.choices import load_choice_words
from reports.report.telling import RoundFacts
from tests.test_section import SCHOOL, VALUES, YES

STANDARDS = ("national-2017", "qianjiang-2020", "fengjie-2021", "dadukou-2021", "xiushan-2020", "qianjiang-2023")
Rated = GroupRate | FormerGroup
COUNTY_NAMES = (
    "明江县",
    "秀山土家族苗族自治县",
    "黔江区",
    "㵲阳市",
    "A&B县",
    "双鸭山（示范）区",
    "积石山保安族东乡族撒拉族自治县",
)
SCHOOL_NAMES = (
    "城关第一小学",
    "A&B<实验>小学",
    "“育才”小学",
    "㵲阳镇中心小学",
    "鿍岭乡小学（2025年新建）",
    "第85中学",
    "100%希望小学",
    "河东|分校",
)
KINDS = ("usual", "same", "full", "low", "close", "none", "at_line", "ties")


class Drawing:
    """The random choices of one county."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.kind = KINDS[seed % len(KINDS)]

    def chance(self, share: float) -> bool:
        """Whether something happens."""
        return bool(self.rng.random() < share)

    def one_of(self, *things: str) -> str:
        """One of some things."""
        return things[int(self.rng.integers(len(things)))]

    def whole(self, least: int, most: int) -> int:
        """A whole number, `most` left out."""
        return int(self.rng.integers(least, most))

    def share(self) -> float:
        """A rate as groups, topics and items are printed."""
        if self.kind == "full":
            return 1.0
        if self.kind == "same":
            return 0.873
        if self.kind == "at_line":
            return 0.85
        middle = {"usual": 0.9, "low": 0.8, "close": 0.85, "ties": 0.86}.get(self.kind, 0.9)
        places = 2 if self.kind == "ties" else 3
        return round(float(np.clip(middle + self.rng.normal(0, 0.04), 0, 1)), places)

    def width(self) -> float:
        """Half an interval."""
        return round(float(self.rng.choice([0.004, 0.01, 0.03, 0.08])), 3)


def draw_results(seed: int) -> tuple[RoundFacts, Published]:
    """The facts of a round and what was published of it; the same seed gives the same."""
    drawing = Drawing(seed)
    facts = _draw_facts(drawing)
    status, labels = _draw_status(drawing, facts)
    estimate = _draw_estimate(drawing, facts, status, labels)
    as_of = int(facts.school_year[:4])
    judgement = _judge(facts.standard, estimate, as_of, drawing.whole(0, 6))
    return facts, Published(
        status=status,
        estimate=estimate,
        judgement=judgement,
        units=Units(rows=tuple(_draw_units(drawing, estimate))),
        release=_draw_release(drawing, estimate) if drawing.chance(0.8) else None,
        former=Former(rounds=tuple(_draw_former(drawing, facts, estimate)), problems=_draw_problems(drawing)),
    )


def _draw_facts(drawing: Drawing) -> RoundFacts:
    standard = load_standard(drawing.one_of(*STANDARDS))
    rule = hold_to_standard(load_rule(drawing.one_of("quality-2024", "quality-2024", "basic-2012")), standard)
    year = drawing.whole(2020, 2027)
    opens = date(year, drawing.whole(1, 13), 10)
    first = year - (1 if drawing.chance(0.6) else drawing.whole(0, 7))
    return RoundFacts(
        county=drawing.one_of(*COUNTY_NAMES),
        organiser="明江县人民政府教育督导室",
        name=f"{year}-1",
        school_year=f"{first}-{first + 1}",
        opens=opens,
        closes=opens.replace(day=14),
        population=drawing.whole(20_000, 1_200_000),
        population_source="2020年第七次人口普查",
        rule=rule,
        standard=standard,
        papers=tuple(load_papers(rule)),
        invented=drawing.chance(0.5),
        generated=opens.replace(day=14),
        document="明教督〔2026〕3号" if drawing.chance(0.5) else "",
        approver="县统计局" if drawing.chance(0.5) else "",
        telephone="0000-1234567",
    )


def _draw_status(drawing: Drawing, facts: RoundFacts) -> tuple[Status, list[str]]:
    """The counts of every group, and the groups as they are shown: some joined, some without a form."""
    quotas = group_quotas(facts.rule, facts.population)
    groups: dict[str, GroupCounts] = {}
    for group, quota in quotas.items():
        population = quota * drawing.whole(1, 30) if drawing.chance(0.8) else max(1, quota // drawing.whole(2, 6))
        issued = min(population, quota * drawing.whole(1, 4))
        silent = drawing.kind == "none" or drawing.chance(0.06)
        forms = 0 if silent else drawing.whole(min(10, issued), issued + 1)
        groups[group] = GroupCounts(population=population, target=min(quota, population), issued=issued, forms=forms)
    labels = list(groups)
    if "deputy" in labels and drawing.chance(0.3):
        labels = [label for label in labels if label not in ("deputy", "cppcc")] + ["deputy+cppcc"]
    units = tuple(_draw_counts(drawing, group) for group in groups for _ in range(2))
    strata = tuple(
        StratumCounts(stage=stage, locale=locale, group="parent", invited=200, issued=180, forms=drawing.whole(0, 180))
        for stage, locale in (("primary", "city"), ("junior", "town"), ("", ""))
    )
    status = Status(
        round=facts.name,
        state=RoundState.CLOSED,
        forms=sum(counts.forms for counts in groups.values()),
        groups=groups,
        units=units if drawing.chance(0.9) else (),
        strata=strata if drawing.chance(0.9) else (),
        **({"imported": drawing.whole(10, 90), "codings": ("best-is-5", "text")} if drawing.chance(0.3) else {}),
        **({"opinions": drawing.whole(10, 90)} if drawing.chance(0.2) else {}),
    )
    return status, labels


def _draw_counts(drawing: Drawing, group: str) -> UnitCounts:
    return UnitCounts(
        unit=f"P{drawing.whole(1, 20):02}", group=group, population=100, target=drawing.whole(0, 30), issued=40,
        spent=drawing.whole(0, 41),
    )  # fmt: skip


def _draw_estimate(drawing: Drawing, facts: RoundFacts, status: Status, labels: list[str]) -> Estimate:
    groups = {label: _draw_group(drawing, label, status) for label in labels}
    there = [label for label in labels if groups[label].valid]
    weights = _weigh(facts.rule, labels)
    paper = facts.papers[0]
    county = _draw_county(drawing, facts.rule, groups, weights)
    flagged = drawing.whole(1, 60) if county.rate is not None and drawing.chance(0.4) else 0
    return Estimate(
        rule=facts.rule.id,
        received=status.forms,
        valid=sum(groups[label].valid for label in labels),
        valid_return=_draw_return(drawing, facts.rule, groups, status),
        county=county,
        groups=groups,
        items={item.id: _draw_domains(drawing, there) for item in paper.items},
        topics={topic.id: _draw_domains(drawing, there) for topic in paper.topics},
        sensitivity=tuple(_draw_choices(drawing, county, facts.rule, there)),
        tipping_point=None
        if county.rate is None or drawing.chance(0.3)
        else round(float(drawing.rng.normal(0.7, 0.3)), 2),
        integrity=_draw_integrity(drawing, flagged, county),
        shortfalls=tuple(_list_shortfalls(facts, status)),
        suppressed=tuple(_list_joined(labels, status)),
        provenance=Provenance(
            rule=facts.rule.id,
            papers=tuple(paper.id for paper in facts.papers),
            population=facts.population,
            weights=weights,
            people_out_of_reach={"parent": drawing.whole(0, 3) * 100},
            coverage=Coverage(promised=drawing.chance(0.5)) if drawing.chance(0.8) else None,
            open_groups=("public",) if drawing.chance(0.1) else (),
            everyone=("teacher",) if drawing.chance(0.1) else (),
        ),
    )


def _weigh(rule: Rule, labels: list[str]) -> dict[str, float]:
    given = rule.weights.value
    return {label: float(sum(given[group] for group in label.split("+"))) for label in labels}


def _draw_group(drawing: Drawing, label: str, status: Status) -> GroupRate:
    own = [status.groups[group] for group in label.split("+")]
    received = sum(counts.forms for counts in own)
    valid = received - (drawing.whole(0, 3) if received > 12 else 0)
    issued = sum(counts.issued for counts in own)
    bare = GroupRate(
        rate=None, lower=None, upper=None, received=received, valid=valid, target=sum(counts.target for counts in own),
        response_rate=valid / issued if issued else None, unknown=None,
    )  # fmt: skip
    if not valid or drawing.chance(0.05):
        return bare
    if drawing.chance(0.2):
        low = round(float(drawing.rng.choice([0.5, 0.75, 0.8, 0.9, 0.95])), 2)
        high = None if low > 0.85 or drawing.kind == "full" else low + 0.05
        return replace(bare, at_least=low, at_most=None if high is None else round(high, 2), deff=1.0)
    rate = drawing.share()
    lower = max(0.0, round(rate - drawing.width(), 3))
    upper = min(1.0, round(rate + drawing.width(), 3))
    worst = float(drawing.rng.choice([0.001, 0.01, 0.05, 1.0]))
    return replace(bare, rate=rate, lower=lower, upper=upper, deff=1.5, p_holm=worst, unknown=0.012)


def _draw_county(drawing: Drawing, rule: Rule, groups: dict[str, GroupRate], weights: dict[str, float]) -> CountyRate:
    line = rule.threshold.value
    missing = tuple(label for label, rate in groups.items() if not rate.valid)
    known = {label: weights[label] for label, rate in groups.items() if rate.valid}
    none = CountyRate(
        rate=None, se=None, lower=None, upper=None, lower95=None, upper95=None, threshold=line,
        verdict=Verdict.UNDETERMINED, evidence=Evidence.NOT_DISTINGUISHABLE, probability_above=None,
        incomplete=missing,
    )  # fmt: skip
    if not known:
        return none
    mean = sum(weight * (groups[label].rank or drawing.share()) for label, weight in known.items()) / sum(
        known.values()
    )
    rate = {"at_line": 0.85, "full": 1.0, "close": 0.84996}.get(drawing.kind, round(mean, 4))
    reach = drawing.width()
    lower = max(0.0, round(rate - reach, 4))
    upper = min(1.0, round(rate + reach, 4))
    lower95 = max(0.0, round(rate - 0.84 * reach, 4))
    upper95 = min(1.0, round(rate + 0.84 * reach, 4))
    evidence, ratio = _draw_evidence(drawing, lower95 - line, line - upper95, bool(missing))
    return replace(
        none, rate=rate, se=0.004, lower=lower, upper=upper, lower95=lower95, upper95=upper95,
        verdict=_judge_rate(rate, rule, bool(missing)), evidence=evidence, ratio=ratio,
        probability_above=float(np.clip(drawing.rng.choice([0.0, 1.0, 0.5, 0.9731]), 0, 1)),
    )  # fmt: skip


def _draw_evidence(drawing: Drawing, above: float, below: float, missing: bool) -> tuple[Evidence, float | None]:
    if above <= 0 and below <= 0:
        return Evidence.NOT_DISTINGUISHABLE, None
    ratio = round(float(drawing.rng.choice([0.1, 0.3, 0.5, 0.6, 0.9, 1.0])), 1)
    sure = ratio <= 0.5 and not missing
    if above > 0:
        return (Evidence.ESTABLISHED_ABOVE if sure else Evidence.ABOVE_AMONG_ANSWERED), ratio
    return (Evidence.ESTABLISHED_BELOW if sure else Evidence.BELOW_AMONG_ANSWERED), ratio


def _judge_rate(rate: float, rule: Rule, missing: bool) -> Verdict:
    beyond = rate > rule.threshold.value + 1e-12
    at = abs(rate - rule.threshold.value) <= 1e-12 and rule.threshold.operator == ">="
    if not (beyond or at):
        return Verdict.NOT_MET
    return Verdict.UNDETERMINED if missing else Verdict.MET


def _draw_return(drawing: Drawing, rule: Rule, groups: dict[str, GroupRate], status: Status) -> ValidReturn:
    issued = sum(counts.issued for counts in status.groups.values())
    rate = sum(own.valid for own in groups.values()) / issued
    least = rule.valid_return.value if rule.valid_return else None
    return ValidReturn(rate=rate, least=least, met=None if least is None else rate >= least)


def _draw_domains(drawing: Drawing, there: list[str]) -> Domains:
    """A rate of the county and of each group; now and then a bound instead."""
    return {label: _draw_item(drawing) for label in (COUNTY, *there)} if there else {}


def _draw_item(drawing: Drawing) -> ItemRate:
    if drawing.chance(0.25):
        low = round(float(drawing.rng.choice([0.5, 0.771, 0.85, 0.95])), 3)
        return ItemRate(rate=None, at_least=low, at_most=round(low + 0.04, 3) if low < 0.9 else None, n=60)
    rate = drawing.share()
    width = drawing.width()
    return ItemRate(rate=rate, lower=max(0.0, round(rate - width, 3)), upper=min(1.0, round(rate + width, 3)), n=90)


def _draw_choices(drawing: Drawing, county: CountyRate, rule: Rule, there: list[str]) -> list[Choice]:
    if county.rate is None or drawing.chance(0.05):
        return []
    names = [name for name in load_choice_words().choices if name != "without"]
    names += [f"without_{label}" for label in there] if len(there) > 1 else []
    choices = []
    for name in names:
        rate = (
            county.rate
            if drawing.chance(0.6)
            else round(float(np.clip(county.rate + drawing.rng.normal(0, 0.05), 0, 1)), 2)
        )
        missing = bool([label for label in county.incomplete if f"without_{label}" != name])
        verdict = None if name == "mean_score" else _judge_rate(rate, rule, missing)
        choices.append(Choice(name=name, rate=None if drawing.chance(0.2) else rate, verdict=verdict))
    return choices


def _draw_integrity(drawing: Drawing, flagged: int, county: CountyRate) -> IntegrityOutcome:
    names = load_choice_words().checks
    tested = county.rate is not None
    checks = {
        name: CheckOutcome(
            tests=drawing.whole(0, 40) if tested else 0,
            flagged_places=1 if flagged and name == "spread" else 0,
            flagged_forms=flagged if name == "spread" else 0,
            clause="比同类对象其他地方高出20个百分点（按模拟结果取值，本系统的选择）",
        )
        for name in names
    }
    if tested and drawing.chance(0.4):
        listed = drawing.whole(1, 12)
        checks["all_highest"] = replace(checks["all_highest"], listed_places=listed, listed_forms=listed * 17)
    return IntegrityOutcome(flagged=flagged, checks=checks)


def _list_shortfalls(facts: RoundFacts, status: Status) -> list[Shortfall]:
    quotas = group_quotas(facts.rule, facts.population)
    return [
        Shortfall(group=group, population=own.population, quota=quotas[group], target=own.target,
                  shortfall=quotas[group] - own.population)
        for group, own in status.groups.items()
        if own.population < quotas[group]
    ]  # fmt: skip


def _list_joined(labels: list[str], status: Status) -> list[Suppressed]:
    joined = [(group, label) for label in labels if "+" in label for group in label.split("+")]
    return [
        Suppressed(group=group, measure=None, why="joined", shown_in=label, invited=status.groups[group].issued,
                   valid=status.groups[group].forms if group == "cppcc" else None)
        for group, label in joined
    ]  # fmt: skip


def _draw_units(drawing: Drawing, estimate: Estimate) -> list[UnitRow]:
    """Stages and localities of families, as far as they are told."""
    parent = estimate.groups.get("parent")
    if parent is None or parent.rate is None or drawing.chance(0.2):
        return []
    places = [
        ("stage", "stage/primary"),
        ("stage", "stage/junior"),
        ("locale", "locale/city"),
        ("locale", "locale/village"),
    ]
    rows = []
    for level, place in places:
        rate = round(drawing.share(), 2)
        width = drawing.width() + 0.01
        rows.append(
            UnitRow(group="parent", place=place, level=level, scope="whole", n=90, rate=rate,
                    lower=max(0.0, round(rate - width, 2)), upper=min(1.0, round(rate + width, 2)), state="shown")
        )  # fmt: skip
    return rows


def _draw_release(drawing: Drawing, estimate: Estimate) -> ReleaseRecord:
    groups = {
        label: GroupRelease(step=0.001, least=3, deff=1.0, numbers=9, statements=drawing.whole(0, 4), coarsened=1,
                            withheld=2, statement_items=5, narrowest=0.042 if drawing.chance(0.5) else None, holds=True)
        for label in estimate.groups
    }  # fmt: skip
    return ReleaseRecord(county_step=0.0001, groups=groups)


def _draw_former(drawing: Drawing, facts: RoundFacts, estimate: Estimate) -> list[FormerRound]:
    if drawing.chance(0.4):
        return []
    before = estimate.county
    if before.rate is not None:
        moved = float(drawing.rng.choice([0.0, -0.002, 0.06, -0.06]))
        shift = {name: float(np.clip(round(value + moved, 4), 0, 1)) for name, value in (
            ("rate", before.rate), ("lower", before.lower or 0.0), ("upper", before.upper or 0.0))}  # fmt: skip
        before = replace(before, **shift)
    rule = facts.rule.id if drawing.chance(0.8) else "another"
    year = facts.opens.year - 1
    former = FormerRound(
        name=f"{year}-1",
        opens=date(year, 4, 10),
        closes=date(year, 4, 14),
        rule=rule,
        papers=tuple(paper.id for paper in facts.papers),
        valid=estimate.valid,
        county=before,
        groups={label: former_group(_shift(drawing, rate)) for label, rate in estimate.groups.items()},
        topics={key: former_group(_shift(drawing, rate)) for key, rate in former_topics(estimate).items()},
    )
    return [former]


def _shift(drawing: Drawing, rate: Rated) -> Rated:
    """A rate as it was before: the same, or up to ten points away."""
    if rate.rate is None or rate.lower is None or rate.upper is None:
        return rate
    moved = float(drawing.rng.choice([0.0, 0.01, -0.1, 0.1]))
    shares = (rate.rate, rate.lower, rate.upper)
    then, lower, upper = (round(float(np.clip(share + moved, 0, 1)), 3) for share in shares)
    return replace(rate, rate=then, lower=lower, upper=upper)


def _draw_problems(drawing: Drawing) -> tuple[FormerProblem, ...]:
    states = [ProblemState(drawing.one_of(*ProblemState)) for _ in range(drawing.whole(0, 5))]
    return tuple(
        FormerProblem(
            text=f"生均体育运动场馆面积低于标准0.{place}平方米",
            school=drawing.one_of("", *SCHOOL_NAMES),
            lead=drawing.one_of("", "县教委"),
            state=state,
            reopened=drawing.whole(0, 2),
        )
        for place, state in enumerate(states)
    )


@cache
def _tables(variant: int) -> Judged:
    """The tables of a county of eight schools, which meets more or less by the variant."""
    stages = ("primary",) * 5 + ("junior",) * 3
    named = zip(SCHOOL_NAMES, stages, strict=True)
    schools = [{"code": f"P{place:02}", "name": name, "kind": stage} for place, (name, stage) in enumerate(named)]
    rows = [{"school": school["code"], "stage": school["kind"]} | SCHOOL for school in schools]
    if variant % 2:
        rows[0]["sports_area"] = 9_300
        rows[6]["largest_class"] = 56
    if variant >= 4:
        rows[3]["teaching_area"] = None
    county = [{"indicator": key, "met": "no" if variant == 3 and key == "Q5" else "yes"} for key in YES]
    values = VALUES | ({"Q9b": None, "V1": None} if variant == 2 else {}) | ({"Q3": 97.4} if variant == 1 else {})
    county += [{"indicator": key, "value": value} for key, value in values.items() if value is not None]
    county.append({"indicator": "G9", "value": 100, "hours": 450})
    return Judged(
        pd.DataFrame(schools),
        pd.DataFrame(rows),
        pd.DataFrame(county) if variant != 5 else pd.DataFrame(columns=["indicator"]),
        pd.DataFrame(columns=["school", "stage"]),
        pd.DataFrame(columns=["indicator"]),
    )


def _judge(standard: Standard, estimate: Estimate, as_of: int, variant: int) -> Judgement:
    return judge_tables(standard, _tables(variant), take_surveyed(estimate), as_of=as_of)
