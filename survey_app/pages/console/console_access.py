"""Who may do what: one table for the whole console and the API; what is not in it nobody may."""

from typing import NamedTuple

from questionnaires.vocabulary import Role
from survey_app.accounts.signing_in import Person
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.pages.console.console_drawing import load_words

ADMINISTRATOR: frozenset[str] = frozenset({Role.ADMINISTRATOR})
OFFICE = ADMINISTRATOR | {Role.COUNTY}
HANDING_OUT = OFFICE | {Role.TOWNSHIP}
SCHOOL: frozenset[str] = frozenset({Role.UNIT})
WITH_CODES = HANDING_OUT | SCHOOL
WITH_RESULTS = ADMINISTRATOR | {Role.ANALYST}
EVERYONE: frozenset[str] = frozenset(Role)
Route = tuple[str, str]

OPEN: frozenset[Route] = frozenset(
    {
        ("GET", "/console/login"),
        ("POST", "/console/login"),
        ("POST", "/api/sign-in"),
        ("GET", "/console/login/first"),
        ("POST", "/console/login/first"),
    }
)
"""Before anybody is signed in."""

FIRST: frozenset[Route] = frozenset(
    {
        ("GET", "/console/password"),
        ("POST", "/console/password"),
        ("POST", "/console/logout"),
        ("POST", "/api/sign-out"),
    }
)
"""All there is until the first password is changed."""

RIGHTS: dict[Route, frozenset[str]] = {
    **dict.fromkeys(FIRST, EVERYONE),
    ("GET", "/console"): EVERYONE,
    ("GET", "/console/watch"): EVERYONE,
    ("GET", "/console/watch.xlsx"): EVERYONE,
    ("GET", "/console/bulletin"): HANDING_OUT,
    ("GET", "/console/bulletin/{kind}"): HANDING_OUT,
    ("GET", "/console/events"): EVERYONE,
    ("GET", "/console/codes"): HANDING_OUT,
    ("POST", "/console/codes/issue"): OFFICE,
    ("POST", "/console/codes/hand-over"): HANDING_OUT,
    ("GET", "/console/codes/signatures"): HANDING_OUT,
    ("GET", "/console/unit"): WITH_CODES,
    ("POST", "/console/unit/issue"): WITH_CODES,
    ("POST", "/console/unit/more"): HANDING_OUT,
    ("POST", "/console/unit/reprint"): HANDING_OUT,
    ("POST", "/console/unit/hand-over"): HANDING_OUT,
    ("POST", "/console/unit/take-back"): HANDING_OUT,
    ("POST", "/console/unit/correct-office"): HANDING_OUT,
    ("POST", "/console/unit/print"): HANDING_OUT,
    ("POST", "/console/unit/void"): HANDING_OUT,
    ("GET", "/console/papers/sheets"): HANDING_OUT,
    ("GET", "/console/papers"): OFFICE,
    ("POST", "/console/papers/until"): OFFICE,
    ("GET", "/console/papers/enter"): OFFICE,
    ("POST", "/console/papers/enter"): OFFICE,
    ("POST", "/console/papers/settle"): OFFICE,
    ("POST", "/console/papers/drop"): OFFICE,
    ("GET", "/console/job/{job_id}"): EVERYONE,
    ("POST", "/console/job/{job_id}/take"): EVERYONE,
    ("POST", "/console/job/{job_id}/cancel"): EVERYONE,
    ("GET", "/console/round"): OFFICE | WITH_RESULTS,
    ("POST", "/console/round/pause"): OFFICE,
    ("POST", "/console/round/resume"): OFFICE,
    ("POST", "/console/round/extend"): ADMINISTRATOR,
    ("GET", "/console/round/correct"): ADMINISTRATOR,
    ("POST", "/console/round/correct"): ADMINISTRATOR,
    ("POST", "/console/round/confirm-correction"): ADMINISTRATOR,
    ("POST", "/console/round/withdraw-correction"): ADMINISTRATOR,
    ("GET", "/console/round/cancel"): ADMINISTRATOR,
    ("POST", "/console/round/cancel"): ADMINISTRATOR,
    ("POST", "/console/round/propose-close"): ADMINISTRATOR,
    ("POST", "/console/round/withdraw-close"): ADMINISTRATOR,
    ("POST", "/console/round/confirm-close"): ADMINISTRATOR,
    ("POST", "/console/round/report"): WITH_RESULTS,
    ("GET", "/console/words"): OFFICE,
    ("POST", "/console/words"): OFFICE,
    ("POST", "/console/words/process"): OFFICE,
    ("POST", "/console/words/drop"): OFFICE,
    ("GET", "/console/revisit"): OFFICE,
    ("POST", "/console/revisit"): ADMINISTRATOR,
    ("POST", "/console/revisit/answers"): OFFICE,
    ("GET", "/console/revisit/sheet"): OFFICE,
    ("GET", "/console/keys"): OFFICE,
    ("POST", "/console/keys/take"): OFFICE,
    ("POST", "/console/keys/try"): OFFICE,
    ("POST", "/console/keys/deal-again"): ADMINISTRATOR,
    ("POST", "/console/keys/in-hand"): OFFICE,
    ("POST", "/console/keys/propose-renewal"): ADMINISTRATOR,
    ("POST", "/console/keys/confirm-renewal"): ADMINISTRATOR,
    ("POST", "/console/keys/destroyed"): ADMINISTRATOR,
    ("POST", "/console/keys/export"): ADMINISTRATOR,
    ("POST", "/console/keys/move"): ADMINISTRATOR,
    ("GET", "/console/results"): WITH_RESULTS,
    ("GET", "/console/results/downloads"): WITH_RESULTS,
    ("GET", "/console/results/minute"): WITH_RESULTS,
    ("POST", "/console/results/check"): WITH_RESULTS,
    ("POST", "/console/results/export"): WITH_RESULTS,
    ("POST", "/console/results/ask-bundle"): WITH_RESULTS,
    ("POST", "/console/results/withdraw-bundle"): WITH_RESULTS,
    ("POST", "/console/results/confirm-bundle"): WITH_RESULTS,
    ("GET", "/console/plotly/{name}"): WITH_RESULTS,
    ("GET", "/console/setup"): OFFICE,
    ("POST", "/console/setup"): OFFICE,
    ("POST", "/console/setup/from-last"): OFFICE,
    ("POST", "/console/setup/open"): ADMINISTRATOR,
    ("GET", "/console/calendar"): OFFICE,
    ("POST", "/console/calendar"): OFFICE,
    ("GET", "/console/calendar.docx"): OFFICE,
    ("GET", "/console/paperwork.zip"): OFFICE,
    ("GET", "/console/paper/{name}"): OFFICE,
    ("GET", "/console/trial"): OFFICE,
    ("POST", "/console/trial"): OFFICE,
    ("POST", "/console/trial/without"): OFFICE,
    ("GET", "/console/voice"): ADMINISTRATOR,
    ("GET", "/console/voice/sound"): ADMINISTRATOR,
    ("POST", "/console/voice/store"): ADMINISTRATOR,
    ("POST", "/console/voice/approve"): ADMINISTRATOR,
    ("POST", "/console/voice/drop"): ADMINISTRATOR,
    ("GET", "/console/import"): OFFICE,
    ("POST", "/console/import"): OFFICE,
    ("POST", "/console/import/store"): OFFICE,
    ("POST", "/console/import/assign"): OFFICE,
    ("POST", "/console/import/marked"): OFFICE,
    ("GET", "/console/import/responses"): OFFICE,
    ("POST", "/console/import/responses"): OFFICE,
    ("POST", "/console/import/responses/store"): OFFICE,
    ("POST", "/console/import/responses/assign"): OFFICE,
    ("POST", "/console/import/responses/marked"): OFFICE,
    ("GET", "/console/template/{kind}"): OFFICE,
    ("GET", "/console/data"): OFFICE,
    ("GET", "/console/data.xlsx"): OFFICE,
    ("GET", "/console/data/row"): OFFICE,
    ("POST", "/console/data/correct"): OFFICE,
    ("GET", "/console/data/new"): OFFICE,
    ("POST", "/console/data/add"): OFFICE,
    ("POST", "/console/data/remove"): OFFICE,
    ("GET", "/console/own"): SCHOOL,
    ("POST", "/console/own/reply"): SCHOOL,
    ("POST", "/console/own/proof"): SCHOOL,
    ("POST", "/console/own/drop-proof"): SCHOOL,
    ("GET", "/console/rows"): OFFICE,
    ("POST", "/console/rows/until"): OFFICE,
    ("POST", "/console/rows/paper"): OFFICE,
    ("POST", "/console/rows/decide"): OFFICE,
    ("GET", "/console/sample"): OFFICE,
    ("POST", "/console/sample"): OFFICE,
    ("GET", "/console/sample/record/{form}"): OFFICE,
    ("GET", "/console/judgements"): WITH_RESULTS,
    ("POST", "/console/judgements/judge"): WITH_RESULTS,
    ("GET", "/console/judgements/compare"): WITH_RESULTS,
    ("POST", "/console/judgements/package"): WITH_RESULTS,
    ("POST", "/console/judgements/verify"): WITH_RESULTS,
    ("GET", "/console/problems"): WITH_CODES,
    ("GET", "/console/problem"): WITH_CODES,
    ("GET", "/console/problems/letters"): OFFICE,
    ("GET", "/console/proofs"): OFFICE,
    ("GET", "/console/proofs/file"): WITH_CODES,
    ("GET", "/console/proofs/package"): OFFICE,
    ("POST", "/console/proofs/add"): OFFICE,
    ("POST", "/console/proofs/drop"): OFFICE,
    ("POST", "/console/problems/add"): OFFICE,
    ("POST", "/console/problems/sheets"): ADMINISTRATOR,
    ("POST", "/console/problem/change"): OFFICE,
    ("POST", "/console/problem/apply"): WITH_CODES,
    ("POST", "/console/problem/proof"): WITH_CODES,
    ("POST", "/console/problem/drop-proof"): WITH_CODES,
    ("POST", "/console/problem/verify"): OFFICE,
    ("POST", "/console/problem/send-back"): OFFICE,
    ("GET", "/console/card"): WITH_RESULTS,
    ("POST", "/console/card"): WITH_RESULTS,
    ("GET", "/console/accounts"): ADMINISTRATOR,
    ("POST", "/console/accounts/add"): ADMINISTRATOR,
    ("POST", "/console/accounts/sheet"): ADMINISTRATOR,
    ("GET", "/console/accounts/template"): ADMINISTRATOR,
    ("POST", "/console/accounts/reset"): ADMINISTRATOR,
    ("POST", "/console/accounts/disable"): ADMINISTRATOR,
    ("GET", "/console/accounts/scope"): ADMINISTRATOR,
    ("POST", "/console/accounts/scope"): ADMINISTRATOR,
    ("GET", "/console/accounts/agree"): ADMINISTRATOR,
    ("POST", "/console/accounts/agree"): ADMINISTRATOR,
    ("GET", "/console/accounts/letter"): ADMINISTRATOR,
    ("GET", "/console/since"): ADMINISTRATOR,
    ("POST", "/console/since"): ADMINISTRATOR,
    ("GET", "/console/machine"): OFFICE,
    ("GET", "/console/log"): ADMINISTRATOR,
    ("GET", "/console/log.csv"): ADMINISTRATOR,
    ("GET", "/api"): EVERYONE,
    ("GET", "/api/viewer/{name}"): EVERYONE,
    ("GET", "/api/openapi.json"): EVERYONE,
    ("GET", "/api/me"): EVERYONE,
    ("GET", "/api/rounds"): EVERYONE,
    ("GET", "/api/status"): EVERYONE,
    ("GET", "/api/progress/{view}"): EVERYONE,
    ("GET", "/api/custody"): HANDING_OUT,
    ("GET", "/api/trial"): OFFICE,
    ("GET", "/api/batches"): WITH_CODES,
    ("GET", "/api/jobs"): EVERYONE,
    ("GET", "/api/jobs/{job_id}"): EVERYONE,
    ("GET", "/api/data/{kind}"): OFFICE,
    ("GET", "/api/results"): WITH_RESULTS,
    ("GET", "/api/results/{part}"): WITH_RESULTS,
    ("GET", "/api/log"): ADMINISTRATOR,
}
GIVEN_AGAIN: tuple[Route, ...] = (
    ("GET", "/watch.xlsx"), ("GET", "/bulletin/{kind}"), ("GET", "/papers/sheets"), ("GET", "/results/minute"),
    ("GET", "/accounts/template"), ("GET", "/accounts/letter"), ("GET", "/template/{kind}"), ("GET", "/data.xlsx"),
    ("GET", "/revisit/sheet"), ("GET", "/sample/record/{form}"), ("GET", "/problems/letters"), ("GET", "/proofs/file"),
    ("GET", "/proofs/package"), ("GET", "/log.csv"), ("GET", "/voice/sound"), ("POST", "/job/{job_id}/take"),
    ("POST", "/judgements/package"), ("GET", "/calendar.docx"), ("GET", "/paperwork.zip"),
)  # fmt: skip
"""Files that the API gives too: who has them in the console, and nobody else."""
RIGHTS |= {(method, f"/api/files{path}"): RIGHTS[method, f"/console{path}"] for method, path in GIVEN_AGAIN}
NAVIGATION: dict[str, str] = load_words("navigation")
NOBODY = Person("", "", "", must_change=False)


class StrangerError(SurveyError):
    """Nobody is signed in."""

    status = 401


class ForbiddenError(SurveyError):
    """The role does not do this."""

    status = 403


class FirstPasswordError(SurveyError):
    """The first password has to be changed before anything else."""

    status = 403


class Unit(NamedTuple):
    """A unit, with the townships it has people in: who may see it is decided by both."""

    name: str
    townships: frozenset[str]


def may(person: Person, method: str, path: str) -> bool:
    """Whether a person's role reaches this route."""
    return person.role in RIGHTS.get((method, path), frozenset())


def check_route(person: Person | None, route: Route) -> None:
    """Raise for who may not go this way: a stranger, one with a first password, another role."""
    if person is None:
        raise StrangerError("请先登录。")
    if not may(person, *route):
        raise ForbiddenError("您的账号没有这项权限。需要的话，请联系管理员。")
    if person.must_change and route not in FIRST:
        raise FirstPasswordError("请先修改首次口令。")
    if person.waits and route not in FIRST:
        raise ForbiddenError("新的管理员要等另一位管理员同意、并满24小时（附了签字的委托书的不用等），才能使用工作台。")


def sees(person: Person, unit: Unit) -> bool:
    """Whether a unit is there, and among those the person's role is confined to."""
    theirs = {"unit": unit.name == person.scope, "township": unit.townships == {person.scope}}
    return bool(unit.townships) and theirs.get(person.role, True)


def check_unit(person: Person, unit: Unit) -> None:
    """Raise as if it were not there for a unit that is not the person's own."""
    if not sees(person, unit):
        raise NotFoundError(f"没有单位 {unit.name}。")


def navigation(person: Person) -> dict[str, str]:
    """The pages a person can go to, by address."""
    links = {path: label for path, label in NAVIGATION.items() if may(person, "GET", path)}
    if person.role == Role.UNIT:
        links["/console/unit"] = load_words("own")["/console/unit"]
    return links
