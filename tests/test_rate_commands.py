"""`survey estimate` with the design that `survey sample` wrote, and without one."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from questionnaires.rule import load_papers, load_rule
from survey_app.cli.rate_commands import estimate

ITEMS = list(load_papers(load_rule("quality-2024"))[0].item_ids)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """30 of 90 classes were drawn, half of each invited; classes differ."""
    folder = tmp_path_factory.mktemp("estimate")
    rng = np.random.default_rng(3)
    rows = [(f"P{number // 3:02}", f"{number % 3 + 1}班", number) for number in range(90)]
    drawn = set(rng.permutation(90)[:30].tolist())
    frame = pd.DataFrame(
        [("parent", unit, name, 40, 20 if number in drawn else 0, 3) for unit, name, number in rows],
        columns=["group", "unit", "class", "population", "invited", "grade"],
    ).assign(stage="primary", locale="town", township="T1")
    invited = frame[frame.invited > 0]
    forms = invited.loc[invited.index.repeat(12), ["group", "unit", "class"]].reset_index(drop=True)
    level = rng.beta(9, 1, len(invited)).repeat(12)
    answers = np.where(rng.random(len(forms)) < level, 5, 1)
    forms = forms.assign(**dict.fromkeys(ITEMS, answers))
    frame.to_csv(folder / "frame.csv", index=False)
    forms.to_csv(folder / "responses.csv", index=False)
    stages = [{"unit": "class", "method": "srs", "frame": 90, "drawn": 30}, {"unit": "person", "method": "srs"}]
    units = [{"unit": row.unit, "class": row[3], "probability": 1 / 3} for row in invited.itertuples()]
    content = {"rule": "quality-2024", "seed": "1"}
    strata = [{"stratum": "primary/town", "stages": stages, "units": units}]
    (folder / "design.json").write_text(json.dumps(content | {"groups": {"parent": {"strata": strata}}}))
    return folder


def run(files, *more):
    options = ["--rule", "quality-2024", "--frame", files / "frame.csv", "--responses", files / "responses.csv"]
    stated = ["--coding", "best-is-5"]
    return CliRunner().invoke(estimate, [str(option) for option in (*options, *stated, *more)])


def found(files, *more):
    done = run(files, *more, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_declared_design_decides_strata_units_and_error(files):
    declared = found(files, "--design", files / "design.json")
    assert declared["recognition"]["design"] == "declared"
    assert declared["groups"]["parent"]["df"] == 29
    assert declared["groups"]["parent"]["deff"] > 1.5


def test_without_a_design_the_most_careful_reading_is_taken_and_said(files):
    assumed = found(files)
    assert assumed["recognition"]["design"] == "assumed"
    assert assumed["groups"]["parent"]["rate"] == pytest.approx(0.9, abs=0.08)
    assert "没有抽样设计文件" in run(files).output
    assert "误差按抽样设计文件计算" in run(files, "--design", files / "design.json").output


def test_a_design_that_cannot_be_read_is_refused_in_a_sentence(files):
    broken = files / "broken.json"
    broken.write_text("[]")
    done = run(files, "--design", broken)
    assert done.exit_code != 0
    assert "broken.json" in str(done.exception) + done.output


def test_the_faults_of_frame_responses_and_design_are_told_at_once(files):
    for name in ("frame", "responses"):
        table = pd.read_csv(files / f"{name}.csv").astype({"group": object})
        table.loc[0, "group"] = "nobody"
        table.to_csv(files / f"bad_{name}.csv", index=False)
    (files / "no_design.json").write_text("[]")
    options = ["--rule", "quality-2024", "--frame", files / "bad_frame.csv", "--responses", files / "bad_responses.csv"]
    more = ["--coding", "best-is-5", "--design", files / "no_design.json"]
    told = str(CliRunner().invoke(estimate, [str(option) for option in (*options, *more)]).exception)
    assert all(name in told for name in ("bad_frame.csv", "bad_responses.csv", "no_design.json"))


WORDS_2027 = {
    "2027": [
        ("student", "完全是"),
        ("student", "是"),
        ("student", "差不多是"),
        ("parent", "基本满意"),
        ("parent", "不满意"),
    ],
    "2027b": [
        ("student", "是"),
        ("student", "多半是"),
        ("student", "一半一半"),
        ("parent", "一般"),
        ("parent", "不太满意"),
    ],
}


def write_words(folder, answers):
    """A class of pupils and one of parents, six forms of each answer, as another platform writes them."""
    places = [("student", "P01", "3班"), ("parent", "P01", "3班")]
    frame = pd.DataFrame([(*place, 60, 60, 3) for place in places], columns=["group", "unit", "class", *NUMBERS])
    frame.assign(stage="primary", locale="town", township="T1").to_csv(folder / "frame.csv", index=False)
    rows = [{"group": group, "unit": "P01", "class": "3班"} | dict.fromkeys(ITEMS, word) for group, word in answers * 6]
    pd.DataFrame(rows).to_csv(folder / "responses.csv", index=False)
    return folder


NUMBERS = ["population", "invited", "grade"]


@pytest.mark.parametrize(("edition", "student", "parent"), [("2027", 1, 1 / 2), ("2027b", 2 / 3, 0)])
def test_answers_in_the_words_of_a_later_edition_count_as_that_edition_says(tmp_path, edition, student, parent):
    groups = found(write_words(tmp_path, WORDS_2027[edition]), "--edition", edition)["groups"]
    assert groups["student"]["rate"] == pytest.approx(student)
    assert groups["parent"]["rate"] == pytest.approx(parent)


def test_words_of_a_later_edition_are_refused_where_nobody_said_which(tmp_path):
    done = run(write_words(tmp_path, WORDS_2027["2027"]))
    assert done.exit_code != 0
    assert "完全是" in str(done.exception) + done.output


def test_an_edition_that_is_not_there_is_refused_by_name(files):
    done = run(files, "--edition", "2031")
    assert done.exit_code != 0
    assert "social-2031" in str(done.exception) + done.output


def test_words_with_the_letter_of_their_option_are_read_by_the_edition_too(tmp_path):
    lettered = [(group, f"{letter}.{word}") for letter, (group, word) in zip("ABCDE", WORDS_2027["2027"], strict=True)]
    groups = found(write_words(tmp_path, lettered), "--edition", "2027")["groups"]
    assert (groups["student"]["rate"], groups["parent"]["rate"]) == (pytest.approx(1), pytest.approx(1 / 2))


@pytest.mark.parametrize(
    ("edition", "answers", "wrong"),
    [
        ("2027", [("student", "是"), ("student", "满意"), ("parent", "满意")], "满意"),
        ("2027", [("student", "是"), ("parent", "是"), ("parent", "满意")], "是"),
        ("2027b", [("student", "是"), ("parent", "满意"), ("parent", "一般")], "满意"),
    ],
)
def test_a_word_of_another_papers_scale_is_refused_and_never_read_as_its_place_on_this_one(
    tmp_path, edition, answers, wrong
):
    done = run(write_words(tmp_path, answers), "--edition", edition)
    assert done.exit_code != 0
    told = str(done.exception) + done.output
    assert f"不能写“{wrong}”，这份问卷的选项只有：5 " in told


@pytest.mark.parametrize("word", ["不了解", "不清楚", "未作答", "(跳过)", ""])
def test_words_for_nothing_said_hold_on_every_paper(tmp_path, word):
    answers = [("student", "是"), ("parent", "满意"), ("student", word), ("parent", word)]
    assert found(write_words(tmp_path, answers), "--edition", "2027")["received"] == 24
