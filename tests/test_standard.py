"""Every number of the published tables is held to the packs; every invalid pack breaks the rule it is named after."""

import csv
import json
from pathlib import Path

import pytest

from analysis.standard import (
    Requirement,
    Standard,
    check_standards,
    list_standards,
    load_standard,
    read_standard,
)
from analysis.standard.roadmap import Baseline, Target
from questionnaires.pack import PackError

DATA = Path(__file__).parent / "data"
PACKS = Path(__file__).parent / "packs" / "standards"
YEARS = ("2020", "2021", "2022", "2023", "2024")
ROOMS = {"音乐": "G3a", "美术": "G3b"}
FACTS = json.loads((DATA / "county_facts.json").read_text(encoding="utf-8"))["qianjiang_2020"]
THRESHOLDS = FACTS["local_thresholds"]


def read_table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


PLAN = read_table("qianjiang_plan.csv")
INDICATORS = read_table("indicators.csv")


def row_name(row: dict[str, str]) -> str:
    return "-".join(row[key] for key in ("id", "subitem", "stage", "period", "threshold") if row.get(key))


@pytest.fixture
def national() -> Standard:
    return load_standard("national-2017")


@pytest.fixture
def qianjiang() -> Standard:
    return load_standard("qianjiang-2020")


def requirement(standard: Standard, name: str, stage: str = "") -> Requirement:
    """The requirement that a county row of this id and stage speaks to."""
    for key, indicator in standard.indicators.items():
        for requirement in indicator.requires.values():
            if name in (requirement.ids or (key,)) and requirement.stage in {"", stage}:
                return requirement
    raise LookupError(name)


def of_stage(row: dict[str, str]) -> str:
    return "" if row["stage"] == "district" else row["stage"]


def test_the_national_standard_and_five_county_plans_ship_and_hold_together() -> None:
    plans = ["dadukou-2021", "fengjie-2021", "qianjiang-2020", "qianjiang-2023", "xiushan-2020"]
    assert sorted([*plans, "national-2017"]) == list_standards()
    assert {load_standard(name).extends for name in plans} == {"national-2017"}
    assert check_standards() == []


def test_there_are_seven_fifteen_nine_and_one_indicators_six_vetoes_and_two_preconditions(
    national: Standard,
) -> None:
    dimensions = ("resources", "guarantee", "quality", "recognition")
    assert [len(national.of(each)) for each in dimensions] == [7, 15, 9, 1]
    assert list(national.vetoes) == ["V1", "V2", "V3", "V4", "V5", "V6"]
    assert list(national.preconditions) == ["P1", "P2"]
    titles = [veto.title for veto in national.vetoes.values()]
    assert all(title in listed.replace("和", "或") for title, listed in zip(titles, FACTS["veto"], strict=True))


@pytest.mark.parametrize(
    "row", [row for row in INDICATORS if row["id"][0] == "R" and row["id"][1:].isdigit()], ids=row_name
)
def test_resource_thresholds_are_the_national_ones(row: dict[str, str], national: Standard) -> None:
    limit = national.threshold(row["id"], row["stage"])
    assert (limit.operator, limit.value) == (row["operator"], float(row["threshold"]))


@pytest.mark.parametrize("row", [row for row in INDICATORS if row["id"].endswith("-CV")], ids=row_name)
def test_every_indicator_has_the_national_limit_on_its_variation(row: dict[str, str], national: Standard) -> None:
    limit = getattr(national.variation, row["stage"])
    assert row["id"].removesuffix("-CV") in national.of("resources")
    assert (limit.operator, limit.value) == (row["operator"], float(row["threshold"]))


def test_a_school_meets_six_and_the_seventh_reaches_eighty_five_percent(national: Standard) -> None:
    listed = {row["id"]: (row["operator"], float(row["threshold"])) for row in INDICATORS if row["id"].startswith("R-")}
    required, remainder = national.school_rule.required, national.school_rule.remainder
    assert (required.operator, required.value) == listed["R-6of7"]
    assert (remainder.operator, remainder.value) == listed["R-85"]


LEVELS = {"Ⅲ级": 3.0}
STAGE_OF = {"both": "primary", "9y/12y": "primary"}


@pytest.mark.parametrize(
    "row", [row for row in INDICATORS if row["id"][0] in "GQS" and row["operator"] != "judge"], ids=row_name
)
def test_measured_requirements_are_the_national_ones(row: dict[str, str], national: Standard) -> None:
    if row["id"].startswith("G3"):
        assert requirement(national, row["id"]).value == 12
        return
    name, stage = row["id"].removesuffix("n"), STAGE_OF.get(row["stage"], row["stage"])
    found = requirement(national, {"G14": "G14a", "G15": "G15b", "G8": "G8a"}.get(name, name), stage)
    if row["id"] == "G4n":
        found = national.indicators["G4"].requires["through"]
    threshold = LEVELS.get(row["threshold"]) or float(row["threshold"])
    assert (found.operator, found.value) == (row["operator"], threshold)


@pytest.mark.parametrize(
    "row", [row for row in INDICATORS if row["id"][0] in "GQ" and row["operator"] == "judge"], ids=row_name
)
def test_judged_requirements_have_no_number(row: dict[str, str], national: Standard) -> None:
    assert [each.operator for each in national.indicators[row["id"]].requires.values()] == [None]


def is_of_row(each: Baseline | Target, row: dict[str, str], standard: Standard) -> bool:
    same = each.stage == of_stage(row) and indicator_of(each.indicator, standard) == row["id"]
    return same and each.indicator == ROOMS.get(row["subitem"], each.indicator)


@pytest.mark.parametrize("row", [row for row in PLAN if row["period"] == "现状"], ids=row_name)
def test_the_present_of_qianjiang_is_as_printed(row: dict[str, str], qianjiang: Standard) -> None:
    found = [each for each in qianjiang.baseline if is_of_row(each, row, qianjiang)]
    if row["schools_met"]:
        assert [(each.met, each.total) for each in found] == [(int(row["schools_met"]), int(row["schools_total"]))]
    if row["unit"] in {"人", "㎡", "元", "间"}:
        assert [each.mean for each in found] == [float(row["value"])]
    elif row["unit"].startswith("%"):
        assert [each.share for each in found] == [float(each) for each in row["value"].split(";")]
    elif row["id"] in {"G8", "G9"}:
        assert all(number in (found[0].text or "") for number in row["value"].split(";"))
    elif not row["schools_met"]:
        assert all(each.text for each in found)
    assert found


@pytest.mark.parametrize("row", [row for row in PLAN if row["period"] in YEARS], ids=row_name)
def test_the_targets_of_qianjiang_are_as_printed(row: dict[str, str], qianjiang: Standard) -> None:
    year = int(row["period"])
    found = [each for each in qianjiang.targets if is_of_row(each, row, qianjiang)]
    if row["schools_met"]:
        planned = [(each.met[year], each.total) for each in found]
        assert planned == [(int(row["schools_met"]), int(row["schools_total"]))]
    elif row["unit"].startswith("%"):
        assert [each.share[year] for each in found] == [float(row["value"])]
    else:
        assert all(row["value"] in each.text[year] for each in found)
    assert found


@pytest.mark.parametrize("row", [row for row in PLAN if row["period"] == "现状"], ids=row_name)
def test_every_indicator_names_the_units_that_answer_for_it(row: dict[str, str], qianjiang: Standard) -> None:
    units = {each.indicator: each.everyone for each in qianjiang.duties if each.indicator}
    assert units[row["id"]] == tuple(row["responsible_units"].split("、"))


def indicator_of(name: str, standard: Standard) -> str:
    """The indicator that an id, or the id of a part, belongs to."""
    parts = {
        part: key for key, each in standard.indicators.items() for one in each.requires.values() for part in one.ids
    }
    return name if name in standard.indicators else parts[name]


@pytest.mark.parametrize("indicator", ["R1", "R2", "R3", "R4", "R5", "R6", "R7"])
def test_qianjiang_asks_of_a_school_what_its_text_says(indicator: str, qianjiang: Standard) -> None:
    limits = [qianjiang.threshold(indicator, stage).value for stage in ("primary", "junior")]
    assert limits == THRESHOLDS[indicator]


@pytest.mark.parametrize(
    ("name", "stage", "fact"),
    [
        ("G7", "special", "special_per_pupil"),
        ("G11a", "", "rotation_pct"),
        ("G11b", "", "rotation_backbone_pct"),
        ("G13", "primary", "nearby_primary_pct"),
        ("G13", "junior", "nearby_junior_pct"),
        ("G14a", "junior", "quota_text_pct"),
        ("G15b", "", "migrant_pct"),
        ("G5", "primary", "class_primary"),
        ("G5", "junior", "class_junior"),
        ("Q1", "junior", "retention_pct"),
        ("Q2", "", "disabled_pct"),
        ("Q4", "", "training_share_of_running_budget_pct"),
        ("Q9b", "", "diff_rate_lt"),
        ("S1", "", "social_pct"),
    ],
)
def test_qianjiang_asks_of_the_county_what_its_text_says(name: str, stage: str, fact: str, qianjiang: Standard) -> None:
    assert requirement(qianjiang, name, stage).value == THRESHOLDS[fact]


def test_qianjiang_limits_schools_rooms_hours_and_variation_as_its_text_says(qianjiang: Standard) -> None:
    sizes, rooms = qianjiang.indicators["G4"].requires, qianjiang.indicators["G3"].requires
    assert sizes["school"].value == THRESHOLDS["G4_primary_junior_max"]
    assert sizes["through"].value == THRESHOLDS["G4_nine_year_max"]
    assert rooms["music"].room_area == THRESHOLDS["music_room_m2"]
    assert rooms["art"].room_area == THRESHOLDS["art_room_m2"]
    assert qianjiang.indicators["G9"].requires["hours"].value == THRESHOLDS["training_hours_5y"]
    assert [qianjiang.variation.primary.value, qianjiang.variation.junior.value] == THRESHOLDS["CV"]


def test_qianjiang_prints_its_schools_its_projects_and_its_pay(qianjiang: Standard) -> None:
    facts = {each.id: each.value for each in qianjiang.facts}
    schools, projects, pay = FACTS["schools"], FACTS["project_totals"], FACTS["baseline_text"]
    assert {key: facts[f"schools_{key}"] for key in ("primary", "junior", "nine_year", "special")} == {
        key: schools[key] for key in ("primary", "junior", "nine_year", "special")
    }
    assert facts["schools_private_twelve_year"] == schools["private_twelve_year"]
    assert {key: facts[f"denominator_{key}"] for key in ("primary", "junior")} == schools["plan_denominators"]
    assert {key: facts[key.removesuffix("_万㎡")] for key in projects} == projects
    assert facts["teacher_pay_2019"] == pay["teacher_pay_2019"]
    assert facts["pay_above_civil_servants_2019"] == pay["above_civil_servant"]
    assert facts["teacher_pay_2019"] - facts["pay_above_civil_servants_2019"] == pay["implied_civil_servant"]
    assert facts["training_hours_per_year"] == THRESHOLDS["training_hours_per_year"]


def test_qianjiang_keeps_its_document_its_phases_and_its_milestones(qianjiang: Standard) -> None:
    assert qianjiang.document.number == FACTS["doc_no"]
    assert qianjiang.document.issued is not None
    assert qianjiang.document.issued.isoformat() == FACTS["issued"]
    assert list(qianjiang.document.basis) == FACTS["basis"]
    assert (qianjiang.county, qianjiang.target_year) == (FACTS["county"], FACTS["target_year"])
    assert [[each.name, each.start, each.end] for each in qianjiang.phases] == FACTS["phases"]
    assert list(dict.fromkeys(str(each.year) for each in qianjiang.milestones)) == list(FACTS["class_size_milestones"])
    crowded = [milestone for milestone in qianjiang.milestones if milestone.unit == "%" and milestone.indicator == "G5"]
    shares = [(milestone.operator, milestone.value) for milestone in crowded]
    assert shares == [("<=", 1)]


def test_the_quota_stands_at_sixty_in_the_text_and_fifty_in_the_annex_and_sixty_is_used(
    qianjiang: Standard,
) -> None:
    found = next(each for each in qianjiang.contradictions if each.indicator == "G14")
    values = {each.value: each.clause for each in found.values}
    assert list(values) == [THRESHOLDS["quota_text_pct"], THRESHOLDS["quota_annex_rule_pct"]]
    assert values[60].startswith("正文")
    assert values[50].startswith("附件")
    assert found.used == requirement(qianjiang, "G14a", "junior").value == 60


def test_hours_art_rooms_and_denominators_that_disagree_are_all_recorded(qianjiang: Standard) -> None:
    recorded = [{each.value for each in one.values} for one in qianjiang.contradictions]
    assert {450, 360} in recorded
    assert {61, 60} in recorded
    assert any({71, 23} <= values for values in recorded)


def test_only_qianjiang_leaves_the_primary_parts_of_through_schools_out(
    national: Standard, qianjiang: Standard
) -> None:
    assert national.through_school_primary.value == "counted"
    assert qianjiang.through_school_primary.value == "not_counted"


def test_a_standard_inherits_what_it_does_not_override(national: Standard, qianjiang: Standard) -> None:
    assert qianjiang.vetoes == national.vetoes
    assert qianjiang.indicators["G14"].requires["tilt"] == national.indicators["G14"].requires["tilt"]
    assert national.indicators["G9"].requires["hours"].value == 360
    assert national.baseline == ()


def test_an_overriding_threshold_names_its_own_document_scope_and_year(qianjiang: Standard) -> None:
    quota = requirement(qianjiang, "G14a", "junior")
    assert quota.clause.startswith(FACTS["doc_no"])
    assert (quota.scope, quota.year) == ("county", 2020)
    assert requirement(qianjiang, "G15b").scope == "nation"


def bad_files() -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted(PACKS.glob("invalid_*.toml"))]


@pytest.mark.parametrize("path", bad_files())
def test_a_bad_standard_is_refused_with_its_file_and_place_and_nothing_else(path: Path) -> None:
    broken = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# breaks: ")
    with pytest.raises(PackError) as refused:
        read_standard(path)
    assert refused.value.problems == [f"{path.name}: {broken}"]


def test_the_standard_that_the_bad_ones_are_made_from_is_good() -> None:
    assert read_standard(PACKS / "valid.toml").vetoes


def test_all_problems_of_a_standard_are_reported_at_once(tmp_path: Path) -> None:
    text = (PACKS / "valid.toml").read_text(encoding="utf-8")
    path = tmp_path / "valid.toml"
    path.write_text(
        text.replace("[document]", 'colour = "red"\n[document]')
        + '\n[vetoes]\nV7 = { title = "自拟", clause = "自拟" }'
        + '\n[split_indicators]\nvalue = ["R8"]\nclause = "自拟"'
        + '\n[through_school_primary]\nvalue = "half"\nclause = "自拟"\n',
        encoding="utf-8",
    )
    with pytest.raises(PackError) as refused:
        read_standard(path)
    assert [problem.split(": ")[1] for problem in refused.value.problems] == [
        "vetoes.V7",
        "split_indicators",
        "through_school_primary.value",
        "colour",
    ]
