"""Every fact and figure known of the five county plans is held to their packs, number by number."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from analysis.standard import Requirement, Standard, load_standard
from analysis.standard.inheritance import BY_ENTRY
from analysis.standard.limits import Limit
from analysis.standard.roadmap import Milestone, Target
from questionnaires.pack import read_toml
from questionnaires.vocabulary import Group

DATA = Path(__file__).parent / "data"
FACTS = json.loads((DATA / "county_facts.json").read_text(encoding="utf-8"))
NATIONAL = load_standard("national-2017")
QIANJIANG = load_standard("qianjiang-2020")
FENGJIE = load_standard("fengjie-2021")
DADUKOU = load_standard("dadukou-2021")
XIUSHAN = load_standard("xiushan-2020")
LATER = load_standard("qianjiang-2023")
PLANS = {
    "qianjiang_2020": QIANJIANG,
    "fengjie_2021": FENGJIE,
    "dadukou_2021": DADUKOU,
    "xiushan_2020": XIUSHAN,
    "qianjiang_2023": LATER,
}


def read_table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def figures(standard: Standard) -> dict[str, float]:
    return {each.id: each.value for each in standard.facts}


def limit_of(standard: Standard, place: str) -> tuple[str | None, float | None]:
    key, name = place.split(".")
    found = standard.entries[key].requires[name]
    return found.operator, found.value


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_of_its_county_with_its_year_its_date_and_its_document(name: str) -> None:
    standard, facts = PLANS[name], FACTS[name]
    assert standard.target_year == facts["target_year"]
    assert standard.county == facts["county"]
    assert standard.document.issued is not None
    assert standard.document.issued.isoformat() == facts["issued"]
    assert facts.get("doc_no", facts.get("index_no", "")) in standard.document.number
    assert list(standard.document.repeals) == [facts[key] for key in ("repeals",) if key in facts]
    printed = [facts[key] for key in ("printed", "published") if key in facts]
    assert printed in ([], [standard.document.published and standard.document.published.isoformat()])


@pytest.mark.parametrize("name", [name for name in PLANS if "phases" in FACTS[name]])
def test_a_plan_keeps_its_phases(name: str) -> None:
    assert [[each.name, each.start, each.end] for each in PLANS[name].phases] == FACTS[name]["phases"]


@pytest.mark.parametrize("name", ["qianjiang_2020", "fengjie_2021", "dadukou_2021"])
def test_the_table_of_phases_says_the_same(name: str) -> None:
    listed = [(row["phase"], row["start"], row["end"]) for row in read_table("phases.csv") if row["seed"] == name]
    assert [(each.name, each.start, each.end) for each in PLANS[name].phases] == listed


@pytest.mark.parametrize("name", [name for name in PLANS if "units" in FACTS[name]])
def test_every_unit_that_a_plan_names_answers_for_something(name: str) -> None:
    named = {unit for each in PLANS[name].duties for unit in each.everyone}
    assert set(FACTS[name]["units"]) <= named


def test_every_limit_a_file_sets_carries_the_scope_and_the_year_of_its_document() -> None:
    years = {"national-2017": 2017} | {each.id: each.document.year for each in PLANS.values()}
    assert years == {
        "national-2017": 2017, "qianjiang-2020": 2020, "fengjie-2021": 2021, "dadukou-2021": 2021,
        "xiushan-2020": 2020, "qianjiang-2023": 2023,
    }  # fmt: skip
    for standard in (NATIONAL, *PLANS.values()):
        own = read_toml(Path(__file__).parents[1] / "analysis" / "standards" / f"{standard.id}.toml")
        for place, limit in all_limits(standard):
            mine = not standard.extends or sets(own, place)
            scope = "county" if mine and standard.extends else "nation"
            assert (limit.scope, limit.year) == (scope, years[standard.id] if mine else 2017), place
            assert limit.clause


def all_limits(standard: Standard) -> list[tuple[str, Limit | Requirement]]:
    rules = [(key, name, getattr(getattr(standard, key), name)) for key, name in
             (("school_rule", "required"), ("school_rule", "remainder"),
              ("variation", "primary"), ("variation", "junior"))]  # fmt: skip
    requires = [(key, name, each) for key, entry in standard.entries.items() for name, each in entry.requires.items()]
    return [(f"{key}.{name}", limit) for key, name, limit in [*rules, *requires]]


def sets(own: dict[str, Any], place: str) -> bool:
    key, name = place.split(".")
    if key in BY_ENTRY:
        return name in own.get(key, {})
    return any(name in own.get(table, {}).get(key, {}).get("requires", {}) for table in ("indicators", "goals"))


def test_the_seven_groups_are_those_that_the_plan_asks() -> None:
    assert [group.zh for group in Group] == FACTS["qianjiang_2020"]["social_respondents"]


# What the plans demand, side by side


THRESHOLDS = {row["item"]: list(row.values())[1:] for row in read_table("county_thresholds.csv")}
COLUMNS = [NATIONAL, QIANJIANG, FENGJIE, DADUKOU, XIUSHAN, LATER]


def side_by_side(place: str) -> list[tuple[str | None, float | None]]:
    return [limit_of(standard, place) for standard in COLUMNS]


def test_target_years_stand_side_by_side() -> None:
    listed = [None if year == "—" else int(year) for year in THRESHOLDS["target year"]]
    assert [each.target_year for each in COLUMNS] == listed


def test_each_variation_is_limited_everywhere_and_the_composite_in_xiushan_alone() -> None:
    for cell, standard in zip(THRESHOLDS["CV rule"], COLUMNS, strict=True):
        assert (standard.variation.primary.operator, standard.variation.primary.value) == ("<=", 0.50)
        assert (standard.variation.junior.operator, standard.variation.junior.value) == ("<=", 0.45)
        assert cell.startswith("composite") == ("L1" in standard.goals)
    goal = FACTS["xiushan_2020"]["goal"]
    assert THRESHOLDS["CV rule"][4] == "composite <0.50 / <0.45"
    assert limit_of(XIUSHAN, "L1.primary") == ("<", goal["composite_CV_primary_lt"])
    assert limit_of(XIUSHAN, "L1.junior") == ("<", goal["composite_CV_junior_lt"])
    assert XIUSHAN.kind == "standard"


def test_training_hours_are_four_hundred_and_fifty_in_qianjiang_alone() -> None:
    hours = [float(cell) if cell != "—" else 360 for cell in THRESHOLDS["5-year training hours"]]
    assert side_by_side("G9.hours") == [(">=", each) for each in hours]
    assert FACTS["fengjie_2021"]["local_thresholds"]["training_hours_5y"] == 360
    assert FENGJIE.indicators["G9"].requires["hours"].clause.startswith("奉节府办发〔2021〕100号")


def test_the_quota_is_sixty_in_qianjiang_and_fengjie() -> None:
    assert side_by_side("G14.quota") == [(">=", each) for each in (50, 60, 60, 50, 50, 50)]
    assert [cell[:2] for cell in THRESHOLDS["senior-high quota %"][:3]] == ["50", "60", "60"]
    assert FACTS["fengjie_2021"]["local_thresholds"]["quota_pct"] == 60
    assert "合理分配" in next(each.task for each in LATER.duties if each.indicator == "G14")


def test_backbone_teachers_are_of_the_district_in_qianjiang_and_of_the_county_elsewhere() -> None:
    titles = [standard.indicators["R2"].title for standard in COLUMNS]
    for cell, title in zip(THRESHOLDS["backbone level"], titles, strict=True):
        assert (cell if cell != "—" else "县级以上") in title


def test_recognition_is_above_eighty_five_in_xiushan_and_at_least_that_elsewhere() -> None:
    cells = [cell if cell[0] in "<>" else ">=85" for cell in THRESHOLDS["social recognition %"]]
    assert [f"{operator}{value:g}" for operator, value in side_by_side("S1.rate")] == cells
    assert limit_of(XIUSHAN, "S1.rate") == (">", FACTS["xiushan_2020"]["goal"]["social_gt_pct"])
    assert limit_of(FENGJIE, "S1.rate") == (">=", FACTS["fengjie_2021"]["local_thresholds"]["social_pct"])


def test_special_schools_retention_and_difference_rates_are_the_nations_everywhere() -> None:
    assert set(THRESHOLDS["special school per pupil 元"]) == {"6000", "—"}
    assert set(side_by_side("G7.funds")) == {(">=", 6000)}
    assert set(side_by_side("Q1.retention")) == {(">=", 95)}
    assert set(side_by_side("Q9.difference")) == {("<", FACTS["xiushan_2020"]["thresholds"]["diff_rate_lt"])}
    assert set(side_by_side("Q2.enrolment")) == {(">=", FACTS["xiushan_2020"]["thresholds"]["disabled_pct"])}


def test_training_money_is_of_the_running_budget_and_in_the_later_plan_of_the_payroll_too() -> None:
    assert set(side_by_side("Q4.training")) == {(">=", 5)}
    assert THRESHOLDS["training budget"][5] == ">=1.5% of payroll"
    assert limit_of(LATER, "L3.training") == (
        ">=",
        FACTS["qianjiang_2023"]["construction"]["training_fund_share_of_payroll_pct"],
    )
    units = {LATER.indicators["Q4"].requires["training"].unit, LATER.goals["L3"].requires["training"].unit}
    assert units == {"%（占公用经费预算）", "%（占教师工资总额）"}


def test_retention_is_of_three_years_and_in_the_later_plan_of_nine_too() -> None:
    assert THRESHOLDS["retention %"][5] == "nine-year >=95"
    assert limit_of(LATER, "L2.retention") == (">=", FACTS["qianjiang_2023"]["targets_2025"]["nine_year_retention_pct"])
    assert LATER.goals["L2"].year == 2025
    assert LATER.kind == "targets"


def test_large_classes_and_large_schools_go_when_each_plan_says() -> None:
    goals = {(each.indicator, each.year) for each in XIUSHAN.milestones}
    thresholds = FACTS["xiushan_2020"]["thresholds"]
    assert {("G5", thresholds["large_class_gone"]), ("G4", thresholds["schools_over_2000_gone"])} <= goals
    assert THRESHOLDS["large classes"][1:5:3] == ["2022 gone; 2024 all standard", "2022 gone"]
    shares = {each.indicator: each.share[2025] for each in LATER.targets}
    assert shares == dict.fromkeys(("G4", "G5"), FACTS["qianjiang_2023"]["targets_2025"]["size_and_class_standard_pct"])
    assert {each.base for each in LATER.targets} == {"口径未注明"}
    full = {each.indicator: each.share[2024] for each in QIANJIANG.targets if each.indicator in shares}
    assert full == {"G4": 100, "G5": 100}


def test_size_limits_are_the_nations_everywhere() -> None:
    assert set(side_by_side("G4.school")) == {("<=", 2000)}
    assert set(side_by_side("G4.through")) == {("<=", 2500)}


def test_fengjie_repeats_the_rest_of_the_nations_demands_and_says_where() -> None:
    assert FACTS["fengjie_2021"]["local_thresholds"]["rest"] == "as national"
    assert set(FENGJIE.restated) == set(NATIONAL.indicators) - {"G9", "G14"}
    assert [FENGJIE.variation.primary.value, FENGJIE.variation.junior.value] == [
        *FACTS["fengjie_2021"]["local_thresholds"]["CV"]
    ]


@pytest.mark.parametrize("standard", PLANS.values(), ids=PLANS)
def test_what_a_plan_repeats_is_what_it_inherits(standard: Standard) -> None:
    for key in standard.restated:
        assert standard.indicators[key] == NATIONAL.indicators[key]


@pytest.mark.parametrize("standard", PLANS.values(), ids=PLANS)
def test_every_number_that_departs_from_the_nations_is_listed_as_a_contradiction_with_both(standard: Standard) -> None:
    theirs = dict(all_limits(NATIONAL))
    for place, limit in all_limits(standard):
        other = theirs.get(place, limit)
        if (limit.operator, limit.value) != (other.operator, other.value):
            found = next(each for each in standard.contradictions if place.startswith(each.indicator or "-"))
            assert {limit.value, other.value} <= {each.value for each in found.values}
            assert found.used == limit.value


# What single plans print


def test_fengjie_prints_its_finance_its_leading_group_and_no_present() -> None:
    facts = FACTS["fengjie_2021"]
    assert figures(FENGJIE) == {"land_transfer_share": facts["finance"]["land_transfer_share_pct"]}
    tasks = {each.task: each.everyone for each in FENGJIE.duties}
    group = facts["leading_group"]
    assert tasks["创建工作领导小组组长"] == (group["head"],)
    assert tasks["创建工作领导小组副组长"] == (group["deputy"],)
    assert tasks["领导小组办公室"] == (group["office"],)
    assert len(facts["units"]) == group["member_units_named"]
    assert any(group["plus"] in units for units in tasks.values())
    assert any("两个只增不减" in task for task in tasks) == facts["finance"]["two_only_increase"]
    assert (not FENGJIE.baseline and not FENGJIE.targets) == facts["no_current_state_figures"]


def test_dadukou_prints_its_schools_its_pupils_and_its_history_and_no_figure_on_an_indicator() -> None:
    facts, printed = FACTS["dadukou_2021"], figures(DADUKOU)
    schools = facts["schools"]
    kinds = ("primary", "junior", "nine_year", "complete_secondary")
    assert {key: printed[f"schools_{key}"] for key in ("total", *kinds)} == {
        key: schools[key] for key in ("total", *kinds)
    }
    assert sum(schools[key] for key in kinds) == schools["total"]
    pupils = ("pupils_primary", "pupils_junior", "pupils_total")
    assert [printed[key] for key in pupils] == [schools[key] for key in pupils]
    assert [each.when for each in DADUKOU.events] == list(facts["history"])
    assert printed["monitoring_years"] == {"三年动态监测": 3}[facts["after"]]
    assert all(any(ledger in each.task for each in DADUKOU.duties) for ledger in facts["ledgers"])
    assert (DADUKOU.baseline, DADUKOU.targets, DADUKOU.restated) == ((), (), {})
    assert DADUKOU.indicators == NATIONAL.indicators


def test_xiushan_prints_the_schools_that_are_short() -> None:
    facts = FACTS["xiushan_2020"]
    short = {
        (each.indicator, each.stage): each.short for each in XIUSHAN.baseline if each.short is not None and each.stage
    }
    assert short == {(key, stage): number for key, each in facts["schools_not_met"].items()
                     for stage, number in each.items()}  # fmt: skip
    rooms = {each.stage: each for each in XIUSHAN.baseline if each.indicator == "G3"}
    assert {stage: each.met for stage, each in rooms.items()} == facts["schools_met"]["G3"]
    assert {stage: each.total for stage, each in rooms.items()} == facts["derived_totals"]
    oversize = next(target for target in XIUSHAN.baseline if target.indicator == "G4")
    assert oversize.short == facts["oversize_schools"]


def test_xiushan_prints_two_scopes_of_each_subject() -> None:
    found = [
        {"subject": target.subject, "grade": target.grade, "scope": target.base, "value": target.mean}
        for target in XIUSHAN.baseline
        if target.indicator == "Q9b" and target.year == 2019
    ]
    assert found == FACTS["xiushan_2020"]["monitoring_2019"]
    recorded = [
        {stated.value for stated in conflict.values}
        for conflict in XIUSHAN.contradictions
        if conflict.indicator + conflict.stage == "Q9junior"
    ]
    assert recorded == [{0.2092, 0.1493}, {0.2056, 0.1552}]


def test_xiushan_prints_its_seats_its_radius_its_past_and_its_work_on_recognition() -> None:
    facts = FACTS["xiushan_2020"]
    assert figures(XIUSHAN) == facts["planning"]
    assert [each.when for each in XIUSHAN.events] == [facts["basic_balance_passed"]]
    tasks = "；".join(each.task for each in XIUSHAN.duties if each.indicator == "S1")
    assert all(action in tasks for action in facts["social_actions"])


SHARES = [row for row in read_table("xiushan_yearly_targets.csv") if row["unit"] == "%"]
GOALS = [row for row in read_table("xiushan_yearly_targets.csv") if row["unit"] != "%"]


@pytest.mark.parametrize(
    ("row", "key"),
    [(row, key) for row in SHARES for key in row["indicator"].split(";")],
    ids=lambda each: f"{each['year']}-{each['scope']}" if isinstance(each, dict) else each,
)
def test_the_shares_of_xiushan_are_as_printed_by_year_indicator_and_schools_meant(
    row: dict[str, str], key: str
) -> None:
    year = int(row["year"])
    found: list[Target] = [
        each for each in XIUSHAN.targets if each.indicator == key and each.base == row["scope"] and year in each.share
    ]
    assert [each.share[year] for each in found] == [float(row["value"].removeprefix(">="))]
    assert [each.text.get(year, "").endswith("以上") for each in found] == [row["value"].startswith(">=")]


def test_xiushan_promises_no_share_but_those() -> None:
    listed = {(int(row["year"]), key, row["scope"]) for row in SHARES for key in row["indicator"].split(";")}
    assert {(year, each.indicator, each.base) for each in XIUSHAN.targets for year in each.share} == listed


def test_the_other_goals_of_xiushan_are_as_printed() -> None:
    def as_row(each: Milestone) -> tuple[int, str, float | None, str]:
        counted = each.value if each.unit == "所" else None
        return each.year, each.goal, counted, each.base

    listed = [
        (int(row["year"]), row["goal"], float(row["value"]) if row["value"] else None, row["scope"]) for row in GOALS
    ]
    assert [as_row(milestone) for milestone in XIUSHAN.milestones if not milestone.figure] == listed


def test_the_later_plan_of_qianjiang_prints_its_targets_and_its_buildings() -> None:
    facts, printed = FACTS["qianjiang_2023"], figures(LATER)
    targets = facts["targets_2025"]
    ranges = {key: targets[key] for key in ("top_university_passes", "partner_projects")}
    elsewhere = {"size_and_class_standard_pct", "nine_year_retention_pct", *ranges}
    for key in targets.keys() - elsewhere:
        assert printed[key.removesuffix("_pct").removesuffix("_万")] == targets[key], key
    for key, limits in ranges.items():
        assert [printed[f"{key}_from"], printed[f"{key}_to"]] == limits
    buildings = {key: value for key, value in facts["construction"].items() if "payroll" not in key}
    assert {key: printed[key.removesuffix("_万㎡")] for key in buildings} == buildings
    assert {each.year for each in LATER.facts} == {2025}


def test_the_later_plan_names_its_groups_by_the_office_that_leads_them() -> None:
    tasks = {each.task: list(each.everyone) for each in LATER.duties}
    assert [[name, *tasks[name]] for name, _ in FACTS["qianjiang_2023"]["groups"]] == FACTS["qianjiang_2023"]["groups"]


OFFICES = ("委", "局", "办", "部", "室", "会", "联", "府", "位", "镇", "道", "）", "门", "长", "处", "院", "心", "校")


@pytest.mark.parametrize("standard", PLANS.values(), ids=PLANS)
def test_those_who_answer_are_offices_and_posts_and_never_persons(standard: Standard) -> None:
    assert all(unit.endswith(OFFICES) for each in standard.duties for unit in each.everyone)


def test_the_two_plans_of_qianjiang_disagree_on_size_money_retention_and_year() -> None:
    recorded = [{each.value for each in one.values} for one in LATER.contradictions]
    assert {90, 100} in recorded
    assert {5, 1.5} in recorded
    assert {2024, 2025} in recorded
    retention = next(each for each in LATER.contradictions if each.indicator == "Q1")
    assert {each.unit for each in retention.values} == {"%（初中三年）", "%（九年）"}


def test_dadukou_dates_its_plan_after_the_phase_it_begins_with() -> None:
    assert [{each.value for each in one.values} for one in DADUKOU.contradictions] == [{2021, 2020}]


def test_shares_without_a_stated_base_say_so() -> None:
    bare = [each for each in QIANJIANG.targets if each.indicator in {"G4", "G5", "Q3", "Q4"}]
    assert {each.base for each in bare} == {"口径未注明"}


def test_ten_of_the_printed_percentages_of_size_and_class_can_be_of_no_number_of_schools() -> None:
    """So the plan did not count its 71 and 23 schools, and nobody may take its percentages for shares of them."""
    now = [(state.stage, state.share) for state in QIANJIANG.baseline if state.indicator in {"G4", "G5"}]
    later = [
        (target.stage, share)
        for target in QIANJIANG.targets
        if target.indicator in {"G4", "G5"}
        for share in target.share.values()
    ]
    printed = [*now, *later]
    schools = {"primary": 71, "junior": 23}
    possible = {stage: {round(100 * met / total) for met in range(total + 1)} for stage, total in schools.items()}
    assert len(printed) == 24
    assert sum(value not in possible[stage] for stage, value in printed) == 10


def test_a_county_mean_above_the_line_stands_beside_schools_below_it_and_the_other_way_round() -> None:
    present = {each.indicator: each for each in QIANJIANG.baseline if each.stage == "primary"}
    above, below = present["R7"], present["R5"]
    assert above.mean is not None
    assert below.mean is not None
    assert above.mean > QIANJIANG.threshold("R7", "primary").value
    assert (above.met, above.total) == (67, 71)
    assert below.mean < QIANJIANG.threshold("R5", "primary").value
    assert (below.met, below.total) == (42, 71)


def test_the_exceptions_for_older_buildings_are_named_as_left_out() -> None:
    notes = {each.indicator: each.note for each in NATIONAL.policy_notes}
    assert "2016年" in notes["G3"]
    assert "2010年" in notes["G4"]


BRACKETS = {
    "正文四（一）1": ("区教委", "区财政局、区发展改革委、区规划自然资源局、区住房城乡建委"),
    "正文四（一）2": ("区教委", "区财政局、区扶贫办、区规划自然资源局、区住房城乡建委"),
    "正文四（一）3": (
        "区教委",
        "区公安局、区市场监管局、区规划自然资源局、区民政局、区残联、各乡镇街道",
    ),
    "正文四（二）1": ("区教委", "区财政局、区发展改革委、区规划自然资源局、区住房城乡建委"),
    "正文四（二）2": ("区教委", "区发展改革委、区财政局、区经济信息委、区住房城乡建委"),
    "正文四（三）1": ("区教委", "区委编办、区人力社保局"),
    "正文四（三）2": ("区教委", "区委编办、区人力社保局"),
    "正文四（三）3": ("区教委", "区财政局、区人力社保局"),
    "正文四（三）4": ("区财政局、区人力社保局", "区教委"),
    "正文四（四）": ("区财政局", "区教委"),
    "正文四（五）1": ("区教委", "区司法局"),
    "正文四（五）2": ("区教委", ""),
    "正文四（五）3": ("区教委", ""),
    "正文四（五）4": ("区教委", "区民政局、区扶贫办、各乡镇街道"),
    "正文四（五）5": ("区教委", ""),
}


@pytest.mark.parametrize("clause", BRACKETS)
def test_qianjiangs_fifteen_brackets_keep_lead_and_cooperating_units_apart(clause: str) -> None:
    [duty] = [duty for duty in PLANS["qianjiang_2020"].duties if duty.clause.split("（原文")[0] == clause]
    assert ("、".join(duty.lead), "、".join(duty.cooperating)) == BRACKETS[clause]


def test_who_leads_follows_from_the_task_that_an_indicator_belongs_to() -> None:
    plan = PLANS["qianjiang_2020"]
    assert plan.answering("G8") == (["区财政局", "区人力社保局"], ["区教委"])
    assert "区委编办" in plan.answering("G10")[1]
    assert "区委编办" in plan.answering("G11a")[1]
    assert plan.answering("G7") == (["区财政局"], ["区教委"])
    assert plan.answering("S1")[0] == ["区教委"]


def test_fengjie_says_who_leads_and_who_helps() -> None:
    town = "各乡镇人民政府（街道办事处）"
    assert FENGJIE.answering("Q1") == ([town], ["县公安局"])
    assert FENGJIE.answering("G10") == (["县委编办"], ["县教委"])
    assert FENGJIE.answering("G8a") == (["县财政局", "县人力社保局"], ["县教委"])
    assert FENGJIE.answering("Q2") == ([town, "县教委"], ["县残联"])
    assert FENGJIE.answering("G7") == (["县财政局"], [])


def test_dadukou_names_one_leading_office_and_three_goals_with_ids() -> None:
    assert [duty.lead for duty in DADUKOU.duties if duty.lead] == [("区教委",)]
    assert [milestone.year for milestone in DADUKOU.milestones_by_id.values()] == [2022, 2024, 2025]


def test_each_of_the_twenty_tasks_of_the_later_plan_names_those_who_answer() -> None:
    clauses = {duty.clause for duty in LATER.duties}
    assert {f"二{number}" for number in range(1, 21)} - clauses == {"二10"}
    [unsaid] = [clause for clause in clauses if clause.startswith("二10（")]
    assert "原文没有写责任单位" in unsaid
    answering = {duty.clause: duty.everyone for duty in LATER.duties}
    assert answering["二18"] == ("区教委", "区科技局")
    assert answering["二13"] == ("区教委", "区妇联", "党政机关和企事业单位")
    assert len(answering["二4"]) == 9


def test_what_the_plans_want_every_year_of_each_school_is_a_task() -> None:
    tasks = {name: "".join(duty.task for duty in PLANS[name].duties) for name in PLANS}
    assert "一校一策" in tasks["fengjie_2021"]
    assert "逐校检查" in tasks["fengjie_2021"]
    assert "一校一台账，一校一方案" in tasks["xiushan_2020"]
    assert "零增量" in tasks["xiushan_2020"]
    assert "每年自评" in tasks["qianjiang_2020"]
    assert "联席会议" in tasks["qianjiang_2020"]


def test_each_office_of_fengjies_annex_has_a_task_of_its_own() -> None:
    own = {unit for duty in FENGJIE.duties for unit in (duty.lead or duty.units) if duty.clause.endswith("附件2")}
    helping = {"县残联"}
    assert {*FACTS["fengjie_2021"]["units"], FACTS["fengjie_2021"]["leading_group"]["plus"]} - own == helping


def test_what_xiushans_plan_says_otherwise_than_the_nation_is_recorded_and_who_assigns_posts_is_named() -> None:
    recorded = {(conflict.indicator, conflict.stage) for conflict in XIUSHAN.contradictions}
    assert {("Q9", ""), ("G4", ""), ("S1", "")} <= recorded
    assert XIUSHAN.answering("G10") == (["县教委"], ["县委编办", "县人力社保局"])


def test_an_office_that_the_plan_says_leads_a_group_leads_it() -> None:
    groups = [duty for duty in LATER.duties if duty.clause.startswith("附件三")]
    assert [duty.lead for duty in groups] == [(unit,) for _, unit in FACTS["qianjiang_2023"]["groups"]]


@pytest.mark.parametrize("name", ["qianjiang_2020", "qianjiang_2023"])
def test_budgets_that_only_rise_are_a_task_of_the_plan_with_an_id(name: str) -> None:
    goals = {key: milestone.goal for key, milestone in PLANS[name].milestones_by_id.items()}
    assert [key for key, goal in goals.items() if "只增不减" in goal]


def test_what_qianjiangs_text_says_otherwise_than_its_annex_is_recorded() -> None:
    recorded = {conflict.indicator for conflict in PLANS["qianjiang_2020"].contradictions}
    assert {"Q9", "G13", "G4", "R1", "R2", "R3", "R6", "R7", "G11"} <= recorded


def test_wherever_qianjiangs_text_and_annex_name_other_units_it_is_recorded() -> None:
    plan = PLANS["qianjiang_2020"]
    annex = {duty.indicator: {*duty.everyone} for duty in plan.duties if duty.indicator}
    text = {key: {*duty.everyone} for duty in plan.duties for key in duty.about}
    recorded = {conflict.indicator for conflict in plan.contradictions if conflict.title.startswith("责任单位")}
    assert recorded == {key for key, units in text.items() if units != annex[key]}
