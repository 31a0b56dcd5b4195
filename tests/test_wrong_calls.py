"""What a clerk reads who called a command wrongly: one sentence in Chinese that names what to mend."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from survey_app.cli import survey
from survey_app.cli.wrong_calls import say_wrong_call
from survey_app.core.errors import SurveyError

SAMPLE = ("sample", "--rule", "quality-2024", "--frame", "frame.csv", "--population", "1000", "--out", "sample")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ((*SAMPLE, "--population", "0"), "--population 写得不对：应为不小于1的整数。"),
        ((*SAMPLE, "--population", "许多"), "--population 写得不对：应为不小于1的整数。"),
        ((*SAMPLE, "--return-rate", "60"), "--return-rate 写得不对：须是大于0、不超过1的数。"),
        ((*SAMPLE, "--return-rate", "nan"), "--return-rate 写得不对：须是大于0、不超过1的数。"),
        ((*SAMPLE, "--stage", "home"), "--stage 写得不对：应为 school、class、person 之一。"),
        (("sample", "--population", "1000"), "缺少 --rule。"),
        (("plan", "--rule", "nope"), "--rule 写得不对：应为 basic-2012、quality-2024、quality-2024-split 之一。"),
        (("plan", "--population", "1.5"), "--population 写得不对：应为不小于1的整数。"),
        ((*SAMPLE, "--sed", "7"), "没有 --sed 这个选项。"),
    ],
)
def test_a_wrong_value_is_told_in_chinese_with_its_option_and_what_it_takes(
    call: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("frame.csv").write_text("")
    found = CliRunner().invoke(survey, call, prog_name="survey")
    assert isinstance(found.exception, SurveyError)
    [sentence] = found.exception.problems
    assert sentence.startswith(said)
    assert sentence.endswith(f"（用法：survey {call[0]} --help）")


def test_an_error_without_a_parameter_keeps_its_own_words() -> None:
    assert say_wrong_call(click.UsageError("two\nlines")) == "two lines"


@pytest.mark.parametrize("command", ["issue", "revisit"])
def test_a_group_is_named_on_the_command_line_as_everywhere_else(command: str) -> None:
    shown = CliRunner().invoke(survey, (command, "--help"), prog_name="survey").output
    assert "parent" in shown
    assert "PARENT" not in shown
