"""The program itself: its version, as every result that may be recomputed names it."""

import tomllib
from functools import cache

from survey_app.core.db import PYPROJECT


@cache
def program_version() -> str:
    """The version of this checkout, e.g. `0.2.0`."""
    program = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    return str(program["project"]["version"])
