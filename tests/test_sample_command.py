"""`survey sample`: from a frame to a signed list, and one sentence for whatever cannot be drawn."""

import json

import pandas as pd
import pytest
from sqlalchemy.orm import Session, SessionTransaction

from analysis.sample.sample_plan import SamplePlan, SampleStratum
from questionnaires.pack import read_toml
from questionnaires.vocabulary import DrawMethod, DrawnUnit
from survey_app.cli import ADVICE
from survey_app.core.errors import StorageError, advise
from survey_app.frame.sample_sheet import write_plan
from tests.test_rates import Run, survey, write_frame

__all__ = ["survey"]
GROUPS = ["student", "parent", "teacher", "principal", "deputy", "cppcc", "public"]
FILES = ["design.json", "frame.csv", "抽样情况记录表.docx", "抽样情况记录表.pdf", "抽样方案.csv"]


@pytest.fixture
def frame(tmp_path):
    return write_frame(tmp_path / "frame.csv", GROUPS)


@pytest.fixture
def told(frame):
    return ["--frame", frame, "--rule", "quality-2024", "--population", 20_000]


def test_a_draw_leaves_frame_design_plan_and_record(told, survey: Run, tmp_path):
    out = tmp_path / "out"
    found = json.loads(survey("sample", *told, "--seed", "7", "--out", out, "--json").out)
    assert sorted(path.name for path in out.iterdir()) == FILES
    drawn = pd.read_csv(out / "frame.csv", keep_default_na=False)
    assert drawn.groupby("group")["invited"].sum().to_dict() == found["invited"]
    design = json.loads((out / "design.json").read_text())
    assert (design["rule"], design["seed"]) == ("quality-2024", "7")
    survey("sample", *told, "--seed", "7", "--out", tmp_path / "again")
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name


def test_a_drawn_frame_can_be_imported_and_estimated(told, survey: Run, tmp_path):
    survey("sample", *told, "--seed", "7", "--out", tmp_path / "out")
    survey("import", "frame", tmp_path / "out" / "frame.csv", "--dir", tmp_path / "data")


def test_without_a_seed_the_plan_alone_is_written_and_comes_back_changed(told, survey: Run, tmp_path):
    out = tmp_path / "out"
    survey("sample", *told, "--out", out)
    assert [path.name for path in out.iterdir()] == ["抽样方案.csv"]
    plan = pd.read_csv(out / "抽样方案.csv", keep_default_na=False, dtype=str)
    changed = plan.assign(**{"抽取方法": "全部邀请", "改动理由": "人少，全部邀请"})
    changed.to_csv(tmp_path / "changed.csv", index=False)
    survey("sample", *told, "--seed", "7", "--out", out, "--changes", tmp_path / "changed.csv")
    drawn = pd.read_csv(out / "frame.csv")
    assert (drawn["invited"] == drawn["population"]).all()
    plan.assign(**{"抽取方法": "全部邀请"}).to_csv(tmp_path / "bare.csv", index=False)
    said = survey("sample", *told, "--seed", "7", "--out", tmp_path / "b", "--changes", tmp_path / "bare.csv", code=2)
    assert all("理由" in line for line in said.problems)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--seed", ""], "种子"),
        (["--seed", "7", "--population", "0"], "population"),
        (["--seed", "7", "--return-rate", "1.5"], "return-rate"),
        (["--seed", "7", "--stage", "village"], "stage"),
        (["--seed", "7", "--changes", "nowhere.csv"], "nowhere.csv"),
        (["--seed", "7", "--dir", "data"], "两者选一个"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence_and_leaves_nothing(told, survey: Run, tmp_path, more, word):
    out = tmp_path / "out"
    said = survey("sample", *told, *more, "--out", out, code=2)
    assert len(said.problems) == 1
    assert word in said.problems[0]
    assert not out.exists()


def test_the_faults_of_frame_and_changed_plan_are_told_at_once(told, survey: Run, tmp_path):
    (tmp_path / "no_frame.csv").write_text("group\nparent\n")
    (tmp_path / "no_plan.csv").write_text("甲\n乙\n")
    more = ["--frame", tmp_path / "no_frame.csv", "--changes", tmp_path / "no_plan.csv", "--out", tmp_path / "out"]
    said = "".join(survey("sample", *told, *more, code=2).problems)
    assert "no_frame.csv" in said
    assert "no_plan.csv" in said


def test_nothing_is_written_over(told, survey: Run, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "design.json").write_text("ours")
    assert "design.json" in survey("sample", *told, "--seed", "7", "--out", out, code=2).problems[0]
    assert [path.read_text() for path in out.iterdir()] == ["ours"]
    file = tmp_path / "file"
    file.touch()
    assert "不是目录" in survey("sample", *told, "--seed", "7", "--out", file, code=2).problems[0]


def test_a_stored_frame_is_drawn_and_its_round_opens_with_that_rule_and_population_alone(frame, survey: Run, tmp_path):
    store = ["--dir", tmp_path / "data"]
    survey("import", "frame", frame, *store)
    survey("sample", *store, "--rule", "quality-2024", "--population", 20_000, "--seed", "7", "--out", tmp_path / "out")
    facts = ["--county", "青山区", "--telephone", "023-79220000", "--organiser", "青山区政府教育督导室",
            "--population-source", "普查",
             "--year", "2025-2026", "--ministry-not-near"]  # fmt: skip
    said = survey("round", "open", *store, *facts, "--population", 30_000, code=2)
    assert "30000" in said.problems[0]
    survey("round", "open", *store, *facts)
    shown = json.loads(survey("round", "show", *store, "--json").out)
    assert (shown["population"], shown["rule"]) == (20_000, "quality-2024")


def test_a_round_tells_before_it_opens_which_groups_it_cannot_show_and_what_locales_differ(survey: Run, tmp_path):
    """A county of 20,000 people with two deputies, whose CPPCC members nobody invited."""
    rows = [("parent", 300), ("student", 300), ("teacher", 60), ("principal", 40), ("deputy", 2), ("public", 80)]
    lines = ["group,unit,class,population,locale", *(f"{group},A,,{people},city" for group, people in rows)]
    (tmp_path / "frame.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "schools.csv").write_text("code,name,kind,locale\nA,第一小学,primary,town\n")
    store = ["--dir", tmp_path / "data"]
    survey("import", "schools", tmp_path / "schools.csv", *store)
    survey("import", "frame", tmp_path / "frame.csv", *store)
    facts = ["--county", "青山区", "--telephone", "023-79220000", "--organiser", "青山区政府教育督导室",
            "--population-source", "普查",
             "--year", "2025-2026", "--ministry-not-near", "--population", 20_000]  # fmt: skip
    lines = survey("round", "open", *store, *facts).out.splitlines()
    opened = next(number for number, line in enumerate(lines) if "已建立" in line)
    told = lines[:opened]
    assert any("人大代表只邀请2人，预计收回1份" in line and "不单独公布" in line for line in told)
    assert any("政协委员没有邀请任何人" in line for line in told)
    assert not any(line.startswith("家长") for line in told)
    assert any("第一小学（名单镇区，名册城区）" in line for line in told)


def test_a_draw_that_the_store_did_not_keep_leaves_no_record_to_sign(frame, survey: Run, tmp_path, monkeypatch):
    store = ["--dir", tmp_path / "data"]
    survey("import", "frame", frame, *store)

    def refuse(_: Session) -> None:
        raise StorageError("数据库写不进去")

    asked = ["--rule", "quality-2024", "--population", 20_000, "--seed", "7", "--out", tmp_path / "out"]
    monkeypatch.setattr(SessionTransaction, "commit", lambda self, **_: refuse(self.session))
    said = survey("sample", *store, *asked, code=2)
    assert said.problems == ["数据库写不进去"]
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_return_rate_that_is_no_number_is_refused(told, survey: Run, tmp_path):
    said = survey("sample", *told, "--return-rate", "nan", "--out", tmp_path / "out", code=2)
    assert "须是大于0、不超过1的数" in said.problems[-1]
    assert not (tmp_path / "out").exists()


def test_a_reason_is_no_formula_when_the_plan_is_opened_again(tmp_path):
    line = SampleStratum(
        group="parent", stratum="county", stage=DrawnUnit.PERSON, method=DrawMethod.SYSTEMATIC,
        people=9, schools=1, classes=0, target=4, slips=5, draw_people=5, reason="=HYPERLINK(1)",
    )  # fmt: skip
    write_plan(tmp_path / "plan.csv", SamplePlan(rule="r", population=1, return_rate=0.6, strata=(line,)))
    assert "'=HYPERLINK(1)" in (tmp_path / "plan.csv").read_text(encoding="utf-8-sig").splitlines()[1]


def test_an_empty_store_says_what_to_import_first(survey: Run, tmp_path):
    survey("user", "add", "clerk", "--role", "county", "--dir", tmp_path)
    said = survey("sample", "--dir", tmp_path, "--rule", "quality-2024", "--population", 9, "--seed", "7", code=2)
    assert "survey import frame" in advise(said.problems, read_toml(ADVICE))[0]
