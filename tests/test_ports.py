"""A port that is taken is told in one sentence, and the example county looks for the next free one.

What keeps a service from starting is told in one sentence as well, before its address.
"""

import errno
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey_app.cli import demo_commands, ports, survey
from survey_app.cli.ports import hold_county, hold_next_port, hold_port
from survey_app.core.errors import SurveyError
from survey_app.core.settings import Settings
from survey_app.demo.build import Demo
from tests.serving import PATIENCE, free_port, is_open, serving

COMMAND = "from survey_app.cli import main; main()"
NO_SERVER = "postgresql+psycopg://survey@127.0.0.1:1/survey"
SETTINGS = ("SURVEY_DATABASE_URL", "SURVEY_PUBLIC_URL")


def begin(*arguments: object, **settings: str) -> subprocess.Popen[str]:
    """Call the program and do not wait."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS} | settings
    command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def refused(*arguments: object, **settings: str) -> str:
    """What a call says that ends with a sentence and status 2."""
    process = begin(*arguments, **settings)
    try:
        said, problems = process.communicate(timeout=PATIENCE)
    finally:
        process.terminate()
    assert (process.returncode, said) == (2, ""), problems
    assert "Traceback" not in problems
    return problems


def comes(is_so: Callable[[], bool]) -> bool:
    """Whether it is so before our patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return is_so()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_service_on_a_taken_port_ends_with_one_sentence_and_status_2(taken: int, tmp_path: Path) -> None:
    [sentence] = refused("serve", "--dir", tmp_path, "--port", taken).splitlines()
    assert f"端口 {taken} 已被占用" in sentence


def test_a_port_that_a_service_holds_is_refused_before_anything_listens_there() -> None:
    port = free_port()
    hold_port("127.0.0.1", port)
    with pytest.raises(SurveyError, match=f"^端口 {port} 已被占用"):
        hold_port("127.0.0.1", port)
    assert port < hold_next_port("127.0.0.1", port) <= port + 100


def test_of_two_services_that_start_at_once_on_one_port_one_serves_and_the_other_says_why_not(tmp_path: Path) -> None:
    port = free_port()
    both = [begin("serve", "--dir", tmp_path / county, "--port", port, "--only", "phones") for county in "ab"]
    try:
        assert comes(lambda: is_open(f"http://127.0.0.1:{port}"))
        assert comes(lambda: any(process.poll() is not None for process in both))
        [ended] = [process for process in both if process.poll() is not None]
        assert ended.returncode == 2
        assert ended.communicate()[1].startswith(f"端口 {port} 已被占用")
    finally:
        for process in both:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def test_a_service_starts_again_on_its_port_and_county_as_soon_as_it_was_stopped_or_killed(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as first:
        first.kill()
    with serving(tmp_path, port):
        pass
    with serving(tmp_path, port):
        assert "这个区县的服务已经在运行" in refused("serve", "--dir", tmp_path, "--port", free_port())
        assert "这个区县的服务已经在运行" in refused("demo", "--dir", tmp_path, "--port", port)


def test_a_county_is_served_whole_once_where_its_store_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEY_DATABASE_URL", NO_SERVER)
    hold_county(tmp_path)
    hold_county(tmp_path)
    monkeypatch.delenv("SURVEY_DATABASE_URL")
    hold_county(tmp_path / "new")
    with pytest.raises(SurveyError, match=r"^这个区县的服务已经在运行"):
        hold_county(tmp_path / "new")


@pytest.mark.parametrize("only", [[], ["--only", "phones"]])
def test_a_store_that_cannot_be_had_is_told_before_the_address(only: list[str], tmp_path: Path) -> None:
    called = ["serve", "--dir", tmp_path / "store", "--port", free_port(), *only]
    assert refused(*called, SURVEY_DATABASE_URL=NO_SERVER)


@pytest.mark.parametrize(("file", "folder"), [("store", "store/data"), ("data/logs", "data/logs")])
def test_a_folder_that_cannot_be_made_is_told_before_the_address(file: str, folder: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    data = tmp_path / folder.removesuffix("/logs")
    [sentence] = refused("serve", "--dir", data, "--port", free_port()).splitlines()
    assert sentence.startswith(f"{tmp_path / folder} 建不了")


def test_a_public_address_that_is_none_is_told_before_the_address(tmp_path: Path) -> None:
    [sentence] = refused(
        "serve", "--dir", tmp_path, "--port", free_port(), SURVEY_PUBLIC_URL="http://[::1"
    ).splitlines()
    assert sentence.startswith("SURVEY_PUBLIC_URL 要写完整的网址")


@pytest.mark.parametrize("host", ["localhost", "127.1"])
def test_a_service_listens_where_the_name_of_a_host_leads(host: str, tmp_path: Path) -> None:
    port = free_port()
    process = begin("serve", "--dir", tmp_path, "--port", port, "--host", host, "--only", "phones")
    try:
        assert comes(lambda: is_open(f"http://127.0.0.1:{port}"))
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=PATIENCE)
    assert said.startswith(f"服务地址：http://127.0.0.1:{port}")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_host_without_an_address_is_told_before_anything_is_built(command: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(survey, [command, "--dir", str(tmp_path / "store"), "--host", ""])
    assert str(said.exception).startswith("--host 后面没有写地址")
    assert not (tmp_path / "store").exists()


def test_the_next_free_port_is_above_the_one_that_is_taken(taken: int) -> None:
    found = hold_next_port("127.0.0.1", taken)
    assert taken < found <= taken + 100
    with pytest.raises(SurveyError, match="已被占用"):
        hold_port("127.0.0.1", taken)


@pytest.mark.parametrize("host", ["203.0.113.1", "nosuch.invalid", "a..b"])
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_address_that_is_not_ours_is_told_and_nothing_is_built(host: str, command: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(survey, [command, "--dir", str(tmp_path / "store"), "--host", host])
    assert isinstance(said.exception, SurveyError)
    assert re.match(rf"^地址 {host} 用不了：本机没有这个地址。请用 --host [^A-Za-z]*$", str(said.exception))
    assert not (tmp_path / "store").exists()


def test_a_port_that_the_system_keeps_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ports, "_listen", refuse)
    with pytest.raises(SurveyError, match=r"^端口 80 用不了：当前用户没有权限。请用 --port [^A-Za-z]*$"):
        hold_next_port("127.0.0.1", 80)


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
