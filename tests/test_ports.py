"""A port that is taken is told in one sentence, and the example county looks for the next free one."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey_app.cli import demo_commands, ports, survey
from survey_app.cli.ports import check_port, next_free_port
from survey_app.core.errors import SurveyError
from survey_app.core.settings import Settings
from survey_app.demo.build import Demo

COMMAND = "from survey_app.cli import main; main()"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_service_on_a_taken_port_ends_with_one_sentence_and_status_2(taken: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", COMMAND, "serve", "--dir", str(tmp_path), "--port", str(taken)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SURVEY_DATABASE_URL": ""})
    assert done.returncode == 2
    [sentence] = done.stderr.splitlines()
    assert f"端口 {taken} 已被占用" in sentence
    assert done.stdout == ""


def test_the_next_free_port_is_above_the_one_that_is_taken(taken: int) -> None:
    found = next_free_port("127.0.0.1", taken)
    assert taken < found <= taken + 100
    check_port("127.0.0.1", found)
    with pytest.raises(SurveyError, match="已被占用"):
        check_port("127.0.0.1", taken)


@pytest.mark.parametrize("host", ["203.0.113.1", "nosuch.invalid", "a..b"])
def test_an_address_that_is_not_ours_is_told_and_no_port_is_looked_for(host: str) -> None:
    with pytest.raises(SurveyError, match=rf"^地址 {host} 用不了：本机没有这个地址。请用 --host [^A-Za-z]*$"):
        next_free_port(host, 8000)


def test_a_port_that_the_system_keeps_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ports, "_listen", refuse)
    with pytest.raises(SurveyError, match=r"^端口 80 用不了：当前用户没有权限。请用 --port [^A-Za-z]*$"):
        next_free_port("127.0.0.1", 80)


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize("port", ["-1", "0", "65536"])
def test_a_number_that_is_no_port_is_refused(command: str, port: str, tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match="65535"):
        CliRunner().invoke(survey, [command, "--dir", str(tmp_path / "store"), "--port", port], catch_exceptions=False)
    assert not (tmp_path / "store").exists()


def test_the_example_county_says_which_port_it_takes_before_it_prints_a_link(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[int] = []
    links: list[str] = []

    def build(settings: Settings, *_: object, **__: object) -> Demo:
        links.append(settings.public_url)
        return Demo(settings.public_url, tmp_path, tmp_path, [], "", tmp_path / "none")

    monkeypatch.setattr(demo_commands, "run_server", lambda folder, host, port: served.append(port))
    monkeypatch.setattr(demo_commands, "build_demo", build)
    monkeypatch.setattr(demo_commands, "describe_accounts", lambda _: [])
    monkeypatch.setenv("SURVEY_PUBLIC_URL", "to be put back")
    monkeypatch.delenv("SURVEY_PUBLIC_URL")
    command = ["demo", "--dir", str(tmp_path), "--port", str(taken)]
    said = CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""}, catch_exceptions=False).output
    [port] = served
    assert port > taken
    assert said.startswith(f"端口 {taken} 已被占用，改用 {port}。")
    assert links == [f"http://127.0.0.1:{port}"]
