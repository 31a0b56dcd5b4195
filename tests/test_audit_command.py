"""`make audit`: what it says and how it ends, with another program in the place of the one that asks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[1] / "deploy" / "audit.py"
SOUND = {"name": "click", "version": "8.0", "vulns": []}
HOLE = {"name": "jinja2", "version": "3.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.1"], "aliases": []}]}
UNKNOWN = {"name": "ours", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        (json.dumps({"dependencies": [SOUND]}), 0, "No known holes in 1 packages."),
        (json.dumps({"dependencies": [SOUND, HOLE]}), 1, "jinja2 3.0: CVE-1, mended in 3.1"),
        (json.dumps({"dependencies": [UNKNOWN]}), 3, "could not be reached"),
        (json.dumps({"dependencies": [SOUND, UNKNOWN]}), 1, "ours: not looked up (not found)"),
        ("", 3, "could not be reached"),
        ("Traceback: no route", 3, "could not be reached"),
    ],
)
def test_it_says_what_is_known_or_that_nobody_could_be_asked(said: str, code: int, line: str) -> None:
    instead = [sys.executable, "-c", f"print({said!r})"]
    command = f"import runpy, sys; sys.exit(runpy.run_path({str(AUDIT)!r})['main']({instead!r}))"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert line in done.stdout + done.stderr
