"""The program as people run it: a process of its own for each call, forked after the commands were read once."""

import os
import sys
import tomllib
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from survey_app.cli import COMMANDS, main

ROOT = Path(__file__).parents[1]
STREAMS = ("typed", "stdout", "stderr")
_forks = get_context("forkserver")
_forks.set_forkserver_preload(
    ["pandas", *(f"survey_app.cli.{command['module']}" for command in tomllib.loads(COMMANDS.read_text()).values())]
)


def survey(*arguments: object, folder: Path, code: int = 0, typed: str = "") -> CompletedProcess[str]:
    """Run the program in this folder and without any setting of ours; `code` is the exit status expected."""
    called = [str(argument) for argument in arguments]
    with TemporaryDirectory() as place:
        streams = [Path(place, name) for name in STREAMS]
        streams[0].write_text(typed, encoding="utf-8")
        process = _forks.Process(target=_call, args=(called, folder, streams))
        process.start()
        process.join()
        said, problems = (stream.read_text(encoding="utf-8") for stream in streams[1:])
    assert process.exitcode == code, problems
    assert "Traceback" not in problems
    return CompletedProcess(called, code, said, problems)


def _call(arguments: list[str], folder: Path, streams: list[Path]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ["PYTHONPATH"] = str(ROOT)
    for number, stream in enumerate(streams):
        with stream.open("r" if number == 0 else "w") as opened:
            os.dup2(opened.fileno(), number)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8")
    sys.argv = ["survey", *arguments]
    main()
