"""`survey judge` and `survey import` on resources: a question refuses until checked, and nothing is half imported."""

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.program import survey
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

ROWS = [
    PRIMARY,
    PRIMARY | {"school": "P02"},
    PRIMARY | {"school": "P03"},
    JUNIOR,
    JUNIOR | {"school": "J02", "equipment_value": 250},
]
JUDGE = ("judge", "--standard", "national-2017", "--resources", "resources.csv", "--county", "county.csv",
         "--schools", "schools.csv")  # fmt: skip


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A folder with the three tables; the last school has 万元 in a column of 元."""
    pd.DataFrame(
        [
            {"code": row["school"], "name": "学校", "kind": "primary" if row["school"][0] == "P" else "junior"}
            for row in ROWS
        ]
    ).to_csv(tmp_path / "schools.csv", index=False)
    pd.DataFrame(ROWS).to_csv(tmp_path / "resources.csv", index=False)
    pd.DataFrame(county_rows()).to_csv(tmp_path / "county.csv", index=False)
    return tmp_path


def test_a_figure_in_another_unit_refuses_the_judgement_until_it_was_checked(county: Path) -> None:
    refused = survey(*JUDGE, folder=county, code=2)
    assert refused.stderr.startswith("resources.csv，第 6 行：J02")
    assert refused.stderr.count("\n") == 1
    judged = json.loads(survey(*JUDGE, "--checked", "--json", folder=county, code=1).stdout)
    assert judged["verdict"] == "not_met"


def test_the_problems_of_all_files_are_told_at_once_each_in_its_line(county: Path) -> None:
    for name, column, value in (("schools", "kind", "palace"), ("resources", "pupils", -5), ("county", "met", "maybe")):
        table = pd.read_csv(county / f"{name}.csv")
        table[column] = table[column].astype(object)
        table.loc[0, column] = value
        table.to_csv(county / f"{name}.csv", index=False)
    told = survey(*JUDGE, folder=county, code=2).stderr.splitlines()
    assert [line.split("，第 2 行，")[0] for line in told] == ["schools.csv", "resources.csv", "county.csv"]


def test_files_of_the_yearly_statistics_are_judged_by_a_mapping_and_schools_named_in_full(county: Path) -> None:
    plain = json.loads(survey(*JUDGE, "--checked", "--json", folder=county, code=1).stdout)
    schools = pd.read_csv(county / "schools.csv")
    codes = schools.code.map({"P01": "211小学", "P02": "211", "P03": "211-小学"}).fillna("311初级中学")
    names = [f"第{n}学校" for n in range(len(schools))]
    yearly = schools.assign(kind=codes, name=names).rename(columns={"name": "学校（机构）名称", "kind": "办学类型代码"})
    yearly.to_csv(county / "schools.csv", index=False)
    resources = pd.read_csv(county / "resources.csv")
    resources.assign(school=names).to_csv(county / "resources.csv", index=False)
    assert "没有找到表头" in survey(*JUDGE, "--checked", folder=county, code=2).stderr
    told = survey(*JUDGE, "--mapping", "moe-statistics", "--checked", "--json", folder=county, code=1).stdout
    judged = json.loads(re.sub("第[0-9]学校", "学校", told))
    differs = {key for key in plain if judged[key] != plain[key]}
    assert differs == {"provenance"}


def test_a_column_that_is_not_read_is_named_and_one_in_another_unit_is_converted(county: Path) -> None:
    table = pd.read_csv(county / "resources.csv")
    table["教学仪器设备值（万元）"] = table.pop("equipment_value") / 10_000
    plain = json.loads(survey(*JUDGE, "--checked", "--json", folder=county, code=1).stdout)
    table.assign(phone="138").to_csv(county / "resources.csv", index=False)
    judged = survey(*JUDGE, "--checked", "--json", folder=county, code=1)
    again = json.loads(judged.stdout)
    assert again["provenance"].pop("inputs") != plain["provenance"].pop("inputs")
    assert again == plain
    told = judged.stderr.splitlines()
    assert "resources.csv：这些列没有读入：phone。" in told
    assert any(line.endswith("列“教学仪器设备值（万元）”已换算成元。") for line in told)


def test_the_annex_and_a_page_for_each_dimension_are_written_on_request(county: Path) -> None:
    survey(*JUDGE, "--checked", "--out", "annex", "--source", "教育事业统计", "--json", folder=county, code=1)
    assert {path.name for path in (county / "annex").iterdir()} == {
        "附表.xlsx", "资源配置.html", "政府保障程度.html", "教育质量.html", "社会认可度.html",
    }  # fmt: skip
    assert "数据口径：教育事业统计" in (county / "annex" / "资源配置.html").read_text(encoding="utf-8")


def test_nothing_is_half_imported(county: Path) -> None:
    survey("import", "schools", "schools.csv", folder=county)
    before = survey("audit", "--json", folder=county).stdout
    (county / "first.csv").write_text(pd.DataFrame(ROWS[:2]).to_csv(index=False))
    (county / "rest.csv").write_text(pd.DataFrame(ROWS[2:]).to_csv(index=False))
    command = ("import", "resources", "first.csv", "rest.csv", "--year", "2025-2026")
    assert survey(*command, folder=county, code=2).stderr.startswith("rest.csv，第 4 行：J02")
    assert survey("audit", "--json", folder=county).stdout == before
    assert "导入 5 行" in survey(*command, "--checked", folder=county).stdout
    assert json.loads(survey("audit", "--json", folder=county).stdout)[-1]["detail"] == {"rows": 5, "checked": True}


def test_resources_that_no_standard_can_judge_by_are_not_imported(county: Path) -> None:
    survey("import", "schools", "schools.csv", folder=county)
    rows = [PRIMARY | {"pupils": 0, "largest_class": 0}, PRIMARY | {"school": "P02", "stage": "junior"}]
    pd.DataFrame(rows).to_csv(county / "bad.csv", index=False)
    refused = survey("import", "resources", "bad.csv", "--year", "2025-2026", folder=county, code=2)
    assert [line[:14] for line in refused.stderr.splitlines()] == ["bad.csv，第 2 行：", "bad.csv，第 3 行："]


def test_an_earlier_year_stands_beside_this_one_in_the_json_the_lines_and_the_annex(county: Path) -> None:
    before = survey(*JUDGE, "--checked", "--json", folder=county, code=1).stdout
    (county / "before.json").write_text(before, encoding="utf-8")
    renamed = {"P03": "P09"}
    for name, column in (("schools", "code"), ("resources", "school")):
        table = pd.read_csv(county / f"{name}.csv").replace({column: renamed})
        table[table[column] != "P02"].to_csv(county / f"{name}.csv", index=False)
    pd.DataFrame({"old": renamed.keys(), "new": renamed.values()}).to_csv(county / "mergers.csv", index=False)
    compare = (*JUDGE, "--checked", "--earlier", "before.json", "--merged", "mergers.csv")
    found = json.loads(survey(*compare, "--json", "--out", "annex", folder=county, code=1).stdout)["years"]
    statuses = {row["school"]: row["status"] for row in found["schools"]}
    assert statuses == {"P01": "continued", "P09": "merged", "J01": "continued", "J02": "continued", "P02": "gone"}
    said = survey(*compare, folder=county, code=1).stdout.splitlines()
    assert "与前一年对照（学校按学段计）：延续 3，合并 1，新增 0，本年没有 1" in said
    assert "　P09 学校（小学）：前一年的代码是P03，按同一所学校对照。" in said
    assert {"年度对照", "年度对照（指标）"} <= set(openpyxl.load_workbook(county / "annex" / "附表.xlsx").sheetnames)


def test_an_earlier_year_that_is_none_or_does_not_fit_is_refused(county: Path) -> None:
    (county / "before.json").write_text(survey(*JUDGE, "--checked", "--json", folder=county, code=1).stdout)
    (county / "mergers.csv").write_text("old,new\nP77,P78\n")
    compare = (*JUDGE, "--checked", "--earlier")
    unknown = survey(*compare, "before.json", "--merged", "mergers.csv", folder=county, code=2).stderr.splitlines()
    assert unknown == ["合并前的学校“P77”不在前一年的数据中。", "合并后的学校“P78”不在后一年的数据中。"]
    for content in ("[]", "{}", '{"dimensions": {"resources": {"schools": [{}], "indicators": {}}}, "standard": 1}'):
        (county / "before.json").write_text(content)
        refused = survey(*compare, "before.json", folder=county, code=2).stderr
        assert refused == "before.json：打不开，或不是 survey judge --json 的结果。\n"


def test_the_plan_of_a_year_goals_and_contradictions_are_told_in_lines(county: Path) -> None:
    judge = ("judge", "--standard", "qianjiang-2020", *JUDGE[3:], "--checked", "--as-of", "2022")
    said = survey(*judge, folder=county, code=1).stdout.splitlines()
    assert said[0] == "qianjiang-2020：未达到"
    assert "规划阶段：创建实施（2021-06起，2023-06止）" in said
    assert any(line.startswith("规划目标（2022年）：进度正常") for line in said)
    assert "　落后：R6 生均教学仪器设备值（初中），2022年应为78.26%，现为50%" in said
    assert any(line.startswith("规划任务（2021年）：基本消除大班额，须人工核实") for line in said)
    assert any(line.startswith("进度靠后：R4小学，余下16所中有9所安排在最后一年") for line in said)
    assert "不一致：G14 优质高中招生名额分配比例，同一文件写法不同" in said
    assert "尚缺：社会认可度：没有社会认可度调查结果" in said
    goal = survey("judge", "--standard", "xiushan-2020", *JUDGE[3:], "--checked", folder=county, code=1).stdout
    assert "附加目标：" in goal
