"""What a clerk reads who called a command wrongly: one sentence in Chinese that names what to mend."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from survey_app.cli import survey
from survey_app.cli.wrong_calls import say_wrong_call
from survey_app.core.errors import SurveyError

CONTEXT = click.Context(survey, info_name="survey")
ENGLISH = re.compile(r"(?<![\w-])(requires?|unexpected|try|usage|error|invalid|missing|is|not|does|got)(?![\w-])", re.I)
SAMPLE = ("sample", "--rule", "quality-2024", "--frame", "frame.csv", "--population", "1000", "--out", "sample")


def tell(*call: str) -> str:
    """The one sentence that a wrong call is told."""
    found = CliRunner().invoke(survey, call, prog_name="survey")
    assert isinstance(found.exception, SurveyError), (call, found.output)
    [sentence] = found.exception.problems
    return sentence


def commands_in(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The commands of a command with what to type for each; itself where it holds none."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from commands_in(inner, (*path, name))


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
        ((*SAMPLE, "--sed", "7"), "没有 --sed 这个选项，是不是 --seed？"),
        (("serve", "--xyz"), "没有 --xyz 这个选项。"),
        (("serve", "--port"), "--port 后面要写1个值，应为1到65535之间的整数。"),
        (("serve", "--host"), "--host 后面要写1个值。"),
        (("audit", "--noted", "25"), "--noted 后面要写2个值。"),
        (
            ("audit", "--noted", "-1", "x"),
            "--noted 写得不对：应为行数和末行校验值，校验值是64位的0至9、a至f，照 survey audit --verify 打印的抄写。",
        ),
        (("serve", "extra"), "多写了 extra，请去掉"),
        (("serve", "two", "words"), "多写了 two words，请去掉"),
        (("status", "--json=3"), "--json 后面不写值，单写 --json 即可。"),
        (("revisit", "--until", "明天"), "--until 写得不对：应为日期，或者日期和时刻，例如 "),
        (("backup", "."), "FILE 写得不对：应为当前用户能读的文件，不是目录。"),
        (("doctor", "--dir", "frame.csv"), "--dir 写得不对：应为当前用户能读的目录，不是文件。"),
    ],
)
def test_a_wrong_value_is_told_in_chinese_with_its_option_and_what_it_takes(
    call: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("frame.csv").write_text("")
    sentence = tell(*call)
    assert sentence.startswith(said)
    assert sentence.endswith(f"（用法：survey {call[0]} --help）")


@pytest.mark.parametrize(
    ("call", "said", "path"),
    [
        (("serv",), "没有 serv 这个命令，是不是 serve？", "survey"),
        (("round", "opne"), "没有 opne 这个命令，是不是 open？", "survey round"),
        (("nothing-like-it",), "没有 nothing-like-it 这个命令。", "survey"),
        (("--dir", "data", "serve"), "--dir 写得太早：选项要写在命令后面，写成“survey 命令 --dir …”。", "survey"),
        (("round", "--dir", "data", "open"), "--dir 写得太早：选项要写在命令后面", "survey round"),
        (("--help=3",), "--help 后面不写值", "survey"),
        (("round", "extend", "--closes"), "--closes 后面要写1个值", "survey round extend"),
        (("round", "extend", "--closes", "明天"), "--closes 写得不对：应为日期", "survey round extend"),
    ],
)
def test_a_wrong_call_is_sent_to_the_help_of_the_command_that_was_meant(
    call: tuple[str, ...], said: str, path: str
) -> None:
    sentence = tell(*call)
    assert sentence.startswith(said)
    assert sentence.endswith(f"（用法：{path} --help）")


@pytest.mark.parametrize("name", survey.list_commands(CONTEXT))
def test_whatever_is_wrong_with_a_call_is_told_in_one_line_without_english(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = survey.get_command(CONTEXT, name)
    assert command is not None
    for path, inner in commands_in(command, (name,)):
        calls = [[*path, "--nosuchthing"], [*path, "--json=3"]]
        takers = [param for param in inner.params if isinstance(param, click.Option) and not param.is_flag]
        calls += [[*path, option] for param in takers for option in param.opts]
        if all(param.nargs > 0 for param in inner.params):
            calls.append([*path, *["x"] * 9])
        for call in calls:
            sentence = tell(*call)
            assert "\n" not in sentence
            told, _, usage = sentence.partition("（用法：")
            assert usage == f"survey {' '.join(path)} --help）"
            assert re.search("[\u4e00-\u9fff]", told)
            assert not ENGLISH.search(told), told
    assert [*tmp_path.iterdir()] == []


def test_an_error_without_a_parameter_keeps_its_own_words() -> None:
    said = say_wrong_call(click.UsageError("two\nlines"), click.Context(survey, info_name="survey"))
    assert said == "two lines（用法：survey --help）"


@pytest.mark.parametrize("command", ["issue", "revisit"])
def test_a_group_is_named_on_the_command_line_as_everywhere_else(command: str) -> None:
    shown = CliRunner().invoke(survey, (command, "--help"), prog_name="survey").output
    assert "parent" in shown
    assert "PARENT" not in shown
