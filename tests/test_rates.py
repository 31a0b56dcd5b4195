import json
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pandas as pd
import pytest

from questionnaires.rule import load_papers, load_rule
from survey_app.cli import main
from survey_app.frame.sheets import read_sheet

ITEMS = {name: list(load_papers(load_rule(name))[0].item_ids) for name in ("quality-2024", "basic-2012")}
BEST = {"quality-2024": 5, "basic-2012": 4}
ADULTS = ["parent", "teacher", "principal", "deputy", "cppcc", "public"]


class Said(NamedTuple):
    """What the program printed and the lines it complained with."""

    out: str
    problems: list[str]


Run = Callable[..., Said]


@pytest.fixture
def survey(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program; an exit status other than `code`, or any exception, fails the test."""

    def run(*arguments: object, code: int = 0) -> Said:
        monkeypatch.setattr(sys, "argv", ["survey", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.err
        assert all(any("一" <= sign <= "鿿" for sign in line) for line in printed.err.splitlines())
        return Said(printed.out, printed.err.splitlines())

    return run


def write_frame(path: Path, groups: list[str], invited: int = 30, **more: object) -> Path:
    rows = [
        (group, f"P{k}", "", 3 * k, invited, invited, "primary", "town" if k == 1 else "village", f"乡{k}")
        for group, k in product(groups, (1, 2))
    ]
    columns = ["group", "unit", "class", "grade", "population", "invited", "stage", "locale", "township"]
    pd.DataFrame(rows, columns=columns).assign(**more).to_csv(path, index=False)
    return path


def write_forms(path: Path, rule: str, groups: list[str], forms: int = 20, **answers: object) -> Path:
    rows = [(group, unit, "") for group in groups for unit in ("P1", "P2") for _ in range(forms)]
    table = pd.DataFrame(rows, columns=["group", "unit", "class"]).assign(**dict.fromkeys(ITEMS[rule], BEST[rule]))
    table.assign(**answers).to_csv(path, index=False)
    return path


def basic(tmp_path: Path, groups: list[str] = ADULTS, **answers: object) -> list[object]:
    """The options of `survey estimate` for two sound files of 2012."""
    frame = write_frame(tmp_path / "名册.csv", ADULTS)
    responses = write_forms(tmp_path / "答卷.csv", "basic-2012", groups, **answers)
    return ["estimate", "--rule", "basic-2012", "--frame", frame, "--coding", "best-is-5", "--responses", responses]


@pytest.mark.parametrize(("rule", "groups"), [("quality-2024", ["student", *ADULTS]), ("basic-2012", ADULTS)])
def test_every_rule_estimates_from_files(tmp_path: Path, survey: Run, rule: str, groups: list[str]) -> None:
    frame = write_frame(tmp_path / "frame.csv", groups)
    responses = write_forms(tmp_path / "responses.csv", rule, groups)
    files = ["--frame", frame, "--coding", "best-is-5", "--responses", responses, "--population", 445_012]
    found = json.loads(survey("estimate", "--rule", rule, *files, "--json").out)
    assert (found["rule"], found["received"], found["valid"]) == (rule, 40 * len(groups), 40 * len(groups))
    assert found["recognition"]["rate"] == 1.0
    assert list(found["items"]) == ITEMS[rule]
    assert {row["response_rate"] for row in found["groups"].values()} == {0.666666666667}
    assert found["provenance"]["papers"] == [paper.id for paper in load_papers(load_rule(rule))]
    assert {row["group"] for row in found["shortfalls"]} == ({"parent"} if rule == "quality-2024" else set(ADULTS))


def test_a_return_below_the_rules_is_said_and_changes_nothing(tmp_path: Path, survey: Run) -> None:
    found = json.loads(survey(*basic(tmp_path), "--json").out)
    assert found["valid_return"] == {"rate": 0.666666666667, "least": 0.7, "met": False}
    assert found["recognition"]["verdict"] == "met"
    assert "规则要求不低于 70%，没有达到，结果照常计算" in survey(*basic(tmp_path)).out


def test_what_turns_the_verdict_is_the_first_thing_said(tmp_path: Path, survey: Run) -> None:
    said = survey(*basic(tmp_path, enrolment_1=3, conditions_1=3)).out.splitlines()
    assert said[0].startswith("换用这些口径，结论会改变：只计满意 60%")
    assert "社会认可度 100%" in said[2]


def test_checks_that_nothing_could_be_tested_by_are_named(tmp_path: Path, survey: Run) -> None:
    said = survey(*basic(tmp_path)).out.splitlines()
    assert said[-2] == "需核实的答卷 0 份"
    assert said[-1].startswith("没有足够的答卷或题目可供比较、因而没有做的核查：")
    assert "同一方面两道题的一致程度" in said[-1]
    found = json.loads(survey(*basic(tmp_path), "--json").out)["integrity"]["checks"]
    assert (found["even_odd"]["tests"], found["even_odd"]["statistic"]) == (0, None)


def test_missing_groups_and_shortfalls_are_said(tmp_path: Path, survey: Run) -> None:
    said = survey(*basic(tmp_path, ["parent", "teacher"]), "--population", 445_012).out
    assert "结果不完整，缺：校长、人大代表、政协委员、其他群众" in said
    assert "家长只有 60 人，比规则要求的 334 份少 274 份：全部调查，不用其他对象补足" in said


def test_wholly_blank_forms_leave_the_verdict_open(tmp_path: Path, survey: Run) -> None:
    said = survey(*basic(tmp_path, **dict.fromkeys(ITEMS["basic-2012"], 0))).out
    assert "没有可用于测算的有效答卷，暂不作结论" in said


def test_forms_from_outside_the_frame_are_refused_by_row(tmp_path: Path, survey: Run) -> None:
    arguments = basic(tmp_path)
    table = pd.read_csv(tmp_path / "答卷.csv", keep_default_na=False)
    table.loc[0, "unit"], table.loc[3, "class"] = "P9", "三1班"
    table.to_csv(tmp_path / "答卷.csv", index=False)
    problems = survey(*arguments, code=2).problems
    assert [line.partition("：")[0] for line in problems] == ["答卷.csv，第 2 行", "答卷.csv，第 5 行"]
    assert "“家长 P9”" in problems[0]
    assert "“家长 P1 三1班”" in problems[1]


def test_forms_of_places_without_codes_or_of_groups_the_rule_does_not_ask_are_refused(
    tmp_path: Path, survey: Run
) -> None:
    frame = write_frame(tmp_path / "frame.csv", ["student", "parent"], invited=0)
    responses = write_forms(tmp_path / "responses.csv", "basic-2012", ["parent"], forms=2)
    files = ["--frame", frame, "--coding", "best-is-5", "--responses", responses]
    assert len(survey("estimate", "--rule", "basic-2012", *files, code=2).problems) == 4
    frame = write_frame(tmp_path / "frame.csv", ["student", "parent"])
    responses = write_forms(tmp_path / "responses.csv", "basic-2012", ["student"], forms=1)
    problems = survey("estimate", "--rule", "basic-2012", *files, code=2).problems
    assert len(problems) == 2
    assert all("学生" in line and "这套规则不调查这类对象" in line for line in problems)


def test_an_answer_its_paper_does_not_offer_is_refused_by_row_and_column(tmp_path: Path, survey: Run) -> None:
    problems = survey(*basic(tmp_path, ["parent"], choice_1=[5] + [4] * 38 + [1]), code=2).problems
    assert problems == [
        f"答卷.csv，第 {row} 行，“choice_1”列：不能写“{written}”，这份问卷的选项只有："
        "4 满意、3 基本满意、2 不满意、9 不了解；没有作答空着或写 0。"
        for row, written in ((2, 5), (41, 1))
    ]


def test_the_problems_of_both_files_are_said_at_once(tmp_path: Path, survey: Run) -> None:
    arguments = basic(tmp_path, overall=[7] + [4] * 239)
    write_frame(tmp_path / "名册.csv", ADULTS, population="许多")
    problems = survey(*arguments, code=2).problems
    assert sum(line.startswith("名册.csv") for line in problems) == 12
    assert [line.partition("：")[0] for line in problems if line.startswith("答卷.csv")] == [
        "答卷.csv，第 2 行，I列“overall”"
    ]


BAD_FRAMES = {
    "no rows": "group,unit,class,population\n",
    "wrong headers": "a,b,c\n1,2,3\n",
    "a column missing": "group,unit\nparent,P1\n",
    "nothing": "",
    "no text": "\x00\x01\x02",
    "pupils of grade 2": "group,unit,class,grade,population\nstudent,P1,C1,2,30\n",
    "more invited than people": "group,unit,class,population,invited\nparent,P1,,30,40\n",
    "negative people": "group,unit,class,population\nparent,P1,,-3\n",
    "an unknown group": "group,unit,class,population\nalien,P1,,3\n",
    "a row twice": "group,unit,class,population\nparent,P1,,3\nparent,P1,,3\n",
}


@pytest.mark.parametrize("content", BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_a_bad_frame_ends_estimate_and_plan_with_lines_a_person_can_act_on(
    tmp_path: Path, survey: Run, content: str
) -> None:
    arguments = basic(tmp_path)
    (tmp_path / "名册.csv").write_text(content, encoding="utf-8")
    assert survey(*arguments, code=2).problems
    plan = ["plan", "--rule", "basic-2012", "--population", 400_000, "--frame", tmp_path / "名册.csv"]
    assert survey(*plan, code=2).problems


BAD_FORMS = {
    "no rows": "group,unit,class,{items}\n",
    "the items of another paper": "group,unit,class,virtue_1,virtue_2\nparent,P1,,4,4\n",
    "words for numbers": "group,unit,class,{items}\nparent,P1,,很好,4,4,4,4,4\n",
    "half an option": "group,unit,class,{items}\nparent,P1,,3.5,4,4,4,4,4\n",
    "a cell too many": "group,unit,class,{items}\nparent,P1,,4,4,4,4,4,4,4\n",
    "an unknown group": "group,unit,class,{items}\nalien,P1,,4,4,4,4,4,4\n",
}


@pytest.mark.parametrize("content", BAD_FORMS.values(), ids=BAD_FORMS)
def test_bad_responses_end_with_lines_a_person_can_act_on(tmp_path: Path, survey: Run, content: str) -> None:
    arguments = basic(tmp_path)
    items = ",".join(ITEMS["basic-2012"])
    (tmp_path / "答卷.csv").write_text(content.format(items=items), encoding="utf-8")
    assert survey(*arguments, code=2).problems


@pytest.mark.parametrize("content", ["", "{", "[]", '{"recognition": 1}', '{"recognition": {"rate": "高"}}', "\x80"])
def test_judge_refuses_a_recognition_that_is_none(tmp_path: Path, survey: Run, content: str) -> None:
    for name in ("resources", "county"):
        survey("template", name, "--out", tmp_path / f"{name}.csv")
    pd.DataFrame({"school": ["P1"], "stage": ["primary"], "pupils": [100]}).to_csv(
        tmp_path / "resources.csv", index=False
    )
    pd.DataFrame({"indicator": ["G2"], "met": ["yes"]}).to_csv(tmp_path / "county.csv", index=False)
    (tmp_path / "r.json").write_bytes(content.encode("latin-1") if content == "\x80" else content.encode())
    files = ["--resources", tmp_path / "resources.csv", "--county", tmp_path / "county.csv"]
    refused = survey("judge", "--standard", "national-2017", *files, "--recognition", tmp_path / "r.json", code=2)
    assert refused.problems == ["r.json：打不开，或不是 survey estimate --json 的结果。"]


@pytest.mark.parametrize(("rule", "options"), [("quality-2024", "5,4,3,2,1,9,0"), ("basic-2012", "4,3,2,9,0")])
def test_the_sheet_for_responses_has_the_items_and_options_of_the_rules_papers(
    tmp_path: Path, survey: Run, rule: str, options: str
) -> None:
    survey("template", "responses", "--rule", rule, "--out", tmp_path / "答卷.xlsx")
    sheet, _ = openpyxl.load_workbook(tmp_path / "答卷.xlsx").worksheets
    assert [cell.value for cell in sheet[1]][3:-1] == ITEMS[rule]
    offered = {one.formula1 for one in sheet.data_validations.dataValidation}
    assert f'"{options}"' in offered


def test_the_plan_of_a_small_county_says_what_600_forms_can_prove(survey: Run) -> None:
    plan = json.loads(survey("plan", "--rule", "basic-2012", "--population", 300_000, "--json").out)
    assert (plan["county"]["target"], plan["groups"]["parent"]["target"]) == (600, 300)
    assert 0.87 < plan["county"]["smallest_rate"] < 0.89
    said = survey("plan", "--rule", "basic-2012", "--population", 300_000).out.splitlines()
    assert said[0] == "常住人口 300,000 人，规则要求 600 份；按回收率 70% 印 859 张答题条"
    assert "认可度达到 88.17% 才足以说明高于 85%" in said[1]
    assert "　1—3年级：100 份，印 143 张" in said


def test_a_plan_with_a_frame_tells_of_locales_and_of_groups_too_small(tmp_path: Path, survey: Run) -> None:
    frame = write_frame(tmp_path / "frame.csv", ["parent", "principal"], invited=9)
    arguments = ["plan", "--rule", "quality-2024", "--population", 445_012, "--frame", frame, "--return-rate", 0.5]
    said = survey(*arguments).out
    assert "　1—3年级 镇区：9 份，印 9 张" in said
    assert "　校长只有 18 人，比规则要求的 56 份少 38 份：全部调查，不用其他对象补足" in said
    assert "校长：18 份，印 18 张；预计收回 9 份，即使全部认可，也不足以说明高于 85%" in said
    plan = json.loads(survey(*arguments, "--json").out)
    assert {(row["group"], row["unit"]): row["target"] for row in plan["units"]}["principal", "P1"] == 9


@pytest.mark.parametrize(
    "arguments",
    [
        ["--population", "0", "--rule", "quality-2024"],
        ["--population", "many", "--rule", "quality-2024"],
        ["--population", "4000", "--rule", "nowhere-1999"],
        ["--population", "4000", "--rule", "quality-2024", "--return-rate", "0"],
        ["--population", "4000", "--rule", "quality-2024", "--return-rate", "60"],
    ],
)
def test_a_plan_for_nobody_or_by_no_rule_is_refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["survey", "plan", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_sound_frame_and_its_forms_pass_the_check_for_every_group(tmp_path: Path) -> None:
    frame = write_frame(tmp_path / "frame.csv", ["student", *ADULTS])
    assert len(read_sheet("frame", frame).places) == 14


FILES = Path(__file__).parent / "data" / "files"
ESTIMATE = ("estimate", "--rule", "quality-2024", "--frame", FILES / "option_frame.csv", "--json", "--responses")


def test_answers_in_numbers_are_asked_for_their_direction(survey: Run) -> None:
    problems = survey(*ESTIMATE, FILES / "option_numbers.xlsx", code=2).problems
    assert [problem for problem in problems if "--coding best-is-1" in problem] == problems
    assert len(problems) == 1


def test_numbers_that_count_from_the_best_give_the_rate_that_texts_give(survey: Run) -> None:
    numbers = json.loads(survey(*ESTIMATE, FILES / "option_numbers.xlsx", "--coding", "best-is-1").out)
    texts = json.loads(survey(*ESTIMATE, FILES / "option_texts.xlsx").out)
    assert numbers["recognition"] == texts["recognition"]
    assert round(texts["recognition"]["rate"], 4) == 0.9245
    assert (numbers["coding"], texts["coding"]) == ("best-is-1", "text")
