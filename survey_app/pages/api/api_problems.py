"""What the API says when something went wrong: application/problem+json, in Chinese."""

from pathlib import Path

import msgspec
from litestar import Response
from litestar.exceptions import ValidationException

from survey_app.pages.api.shapes import Problem
from survey_app.pages.failures import status_of

MEDIA_TYPE = "application/problem+json"


class ProblemWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of each status what it is called and what to do; `unknown` and `broken` of all others."""

    unknown: str
    broken: str
    titles: dict[int, str]
    details: dict[int, str]


TEMPLATES = Path(__file__).parents[2] / "templates"
WORDS = msgspec.toml.decode((TEMPLATES / "api_problems.toml").read_bytes(), type=ProblemWords, strict=False)
TITLES = WORDS.titles


def tell(error: Exception) -> Response[bytes]:
    """The problem as JSON; what Litestar says in English of a parameter is among `problems`."""
    status = status_of(error)
    problems = list(getattr(error, "problems", ())) or _read_extra(error)
    own = "\n".join(getattr(error, "problems", ()))
    problem = Problem(
        type="about:blank",
        title=TITLES.get(status, WORDS.unknown),
        status=status,
        detail=own or WORDS.details.get(status, WORDS.broken),
        problems=problems,
    )
    headers = dict(getattr(error, "headers", None) or {}) | _challenge(status)
    return Response(msgspec.json.encode(problem), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _challenge(status: int) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def _read_extra(error: Exception) -> list[str]:
    """Each parameter or field that was refused, and why; a value is never repeated."""
    extra = error.extra if isinstance(error, ValidationException) else None
    if not isinstance(extra, list):
        return []
    return [f"{fault.get('key', '')}: {fault.get('message', '')}" for fault in extra if isinstance(fault, dict)]
