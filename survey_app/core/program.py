"""The program itself: its version, as every result that may be recomputed names it."""

import tomllib
from functools import cache

from survey_app.core.db import PYPROJECT


def program_version() -> str:
    """The version of this checkout, e.g. `0.2.0`."""
    return _read_project()[1]


def name_program() -> str:
    """Its name and version, as evidence tells what computed it."""
    return " ".join(_read_project())


@cache
def _read_project() -> tuple[str, str]:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    return str(project["name"]), str(project["version"])
