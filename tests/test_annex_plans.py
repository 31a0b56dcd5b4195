"""Annex tables beside the indicators: the plan's targets, goals and tasks, and two school years side by side."""

from typing import Any

import pandas as pd

from analysis.results import as_json
from analysis.standard import Standard, load_standard
from analysis.verdict.year_findings import YearComparison
from analysis.verdict.years import compare_years
from reports.annex.plan_tables import goals_table, milestones_table, plan_tables, targets_table
from reports.annex.tables import AnnexTable, Cell
from reports.annex.year_tables import indicators_by_year, schools_by_year, year_tables
from tests.judged_json import judge, typed
from tests.test_verdict import JUNIOR, PRIMARY, RECOGNITION, Rows, county_rows

QIANJIANG = load_standard("qianjiang-2020")
POOR = JUNIOR | {"backbone_teachers": 9, "classes_56": 1, "classes_66": 0}


def judged(standard: Standard = QIANJIANG, year: int | None = 2022, rows: Rows | None = None) -> dict[str, Any]:
    found = [PRIMARY | {"classes_56": 0, "classes_66": 0}, POOR] if rows is None else rows
    tables = (pd.DataFrame(), pd.DataFrame(found), pd.DataFrame(county_rows()))
    return judge(standard, *tables, RECOGNITION, as_of=year)


def named(table: AnnexTable) -> list[dict[str, Cell]]:
    heads = [head for head, _ in table.columns]
    return [dict(zip(heads, cells, strict=True)) for cells in table.rows]


def test_every_target_stands_year_by_year_beside_what_was_found() -> None:
    table = named(targets_table(typed(judged()), QIANJIANG))
    assert len(table) == len(QIANJIANG.targets)
    row = next(row for row in table if (row["编号"].value, row["学段"].value) == ("R2", "初中"))
    assert [row[f"{year}年规划"].value for year in range(2020, 2025)] == [5, 9, 13, 17, 23]
    assert (row["对照年度"].value, row["现状：达标校数"].value, row["现状（%）"].value) == ("2022", 0, 0)
    assert (row["进度"].value, row["现状（%）"].short, row["责任单位"].value) == ("落后", True, "区教委、区人力社保局")


def test_a_target_of_a_later_year_is_not_due_yet() -> None:
    standard = load_standard("qianjiang-2023")
    assert {row["进度"].value for row in named(targets_table(typed(judged(standard, 2024)), standard))} == {"未到期"}


def test_what_is_left_to_the_last_year_is_marked_from_a_third_on() -> None:
    table = named(targets_table(typed(judged()), QIANJIANG))
    head = "最后一年占余下任务的比例（%）"
    late = {(row["编号"].value, row["学段"].value): row[head].decimals for row in table if row[head].short}
    assert set(late) == {("R4", "小学"), ("R4", "初中"), ("R5", "小学")}


def test_a_goal_says_its_verdict_and_whether_it_decides() -> None:
    xiushan, later = load_standard("xiushan-2020"), load_standard("qianjiang-2023")
    goals = goals_table(typed(judged(xiushan)), xiushan)
    assert {row["编号"].value for row in named(goals)} == {"L1"}
    assert any("参加判定" in note and "不参加" not in note for note in goals.notes)
    assert any("不参加判定" in note for note in goals_table(typed(judged(later)), later).notes)


def test_a_task_that_cannot_be_counted_is_left_to_a_person() -> None:
    table = milestones_table(typed(judged()))
    found = [(row["年度"].value, row["现状"].value, row["进度"].value) for row in named(table)]
    assert found[0] == ("2020", 0, "进度正常")
    lacking = [("2020", None, "缺数据")] * 5
    assert found[2:] == [*lacking, ("2021", None, "须人工核实"), ("2022", 1, "落后")]
    assert any("创建实施" in note for note in table.notes)


def test_without_a_year_or_a_plan_there_is_no_table_of_targets() -> None:
    assert list(plan_tables(typed(judged(year=None)), QIANJIANG)) == []
    national = load_standard("national-2017")
    assert list(plan_tables(typed(judged(national)), national)) == []


def compared() -> YearComparison:
    before = [PRIMARY, PRIMARY | {"school": "P02", "sports_area": 7000}, PRIMARY | {"school": "P03"}, POOR]
    after = [PRIMARY, PRIMARY | {"school": "P04"}, POOR]
    return compare_years(typed(judged(rows=before)), typed(judged(rows=after)), merged={"P03": "P01"})


def test_schools_that_vanished_appeared_or_merged_are_said_in_their_row_and_below() -> None:
    table = schools_by_year(compared(), QIANJIANG)
    changes = {row["学校代码"].value: row["变动"].value for row in named(table)}
    assert changes == {"P01": "合并（P01、P03）", "P04": "新增", "J01": "", "P02": "本年没有"}
    assert [note[:5] for note in table.notes[:3]] == ["注：P01", "注：P04", "注：P02"]
    gone = next(row for row in named(table) if row["学校代码"].value == "P02")
    assert gone["生均体育运动场馆面积：前一年"] == Cell(7.0, 2, short=True)
    assert gone["生均体育运动场馆面积：本年"].value is None


def test_indicators_show_both_years_and_the_change() -> None:
    found = named(indicators_by_year(compared(), QIANJIANG))
    row = next(row for row in found if (row["指标"].value, row["学段"].value) == ("生均体育运动场馆面积", "小学"))
    assert (row["达标校数：前一年"].value, row["达标校数：本年"].value, row["学校数：前一年"].value) == (2, 2, 3)
    assert row["均值：变化"].value == row["均值：本年"].value - row["均值：前一年"].value


def test_two_years_without_any_change_say_so_and_one_year_has_no_table() -> None:
    same = compare_years(typed(judged()), typed(judged()))
    assert schools_by_year(same, QIANJIANG).notes[0] == "注：两年的学校和学段相同，没有新增、合并或减少。"
    assert list(year_tables(typed(judged()), QIANJIANG)) == []
    assert len(list(year_tables(typed(judged() | {"years": as_json(same)}), QIANJIANG))) == 2
