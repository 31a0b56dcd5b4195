"""Somebody fetches every page, file and reply of the API that they may see while people of their unit come."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.answering import REFUSED, Submission, find_access, new_number, store_forms
from survey_app.codes.issuing import IssuedCode
from survey_app.watching import shown_ledger
from tests.console import Console, open_console
from tests.county import NOW, issue, open_county
from tests.route_list import list_served

LATER = NOW + timedelta(minutes=4)
NEVER_ENDS = "/events"
SIGNED_IN = ("/console/logs", "/console/login")  # what the watcher did, and who is signed in


@pytest.fixture
def watched(sqlite_engine: Engine, tmp_path: Path) -> Iterator[tuple[Console, list[IssuedCode]]]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        codes = issue(session, "P01")
        for code in codes[:6]:
            send(session, code, "4" * 17, NOW - timedelta(hours=1))
    with open_console(sqlite_engine, tmp_path / "store", LATER) as console:
        yield console, codes[6:]


def send(session: Session, code: IssuedCode, answers: str, at: object = NOW) -> None:
    number = new_number(token_bytes)
    access = find_access(session, code.code, number, at)  # type: ignore[arg-type]
    assert store_forms(session.connection(), [Submission(access, number, answers, at)]) == ["stored"]  # type: ignore[arg-type]


def fetch_all(console: Console, who: str) -> dict[str, bytes]:
    """Whatever can be asked for without a blank, a view by class and the own unit's page, by its address."""
    routes = [path for method, path in list_served(console.client.app) if method == "GET" and "{" not in path]
    asked = [path for path in routes if path.startswith(("/console", "/api")) and not path.endswith(NEVER_ENDS)]
    asked += ["/console/watch?by=class", "/api/progress/class", "/console/unit?unit=P01"]
    found = {path: console.people[who].get(path) for path in asked if path not in SIGNED_IN}
    return {path: reply.content for path, reply in found.items() if reply.status_code == 200}


def let_come(console: Console, code: IssuedCode, answers: str) -> None:
    with Session(console.engine) as session, session.begin():
        send(session, code, answers)


@pytest.mark.parametrize("who", ["unit", pytest.param("township", marks=pytest.mark.soak)])
def test_a_person_who_came_moved_pages_the_old_way_and_two_more_none_the_new(
    watched: tuple[Console, list[IssuedCode]], who: str
) -> None:
    """The old way told counts as they are, as is still done at the end of the window."""
    console, codes = watched
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shown_ledger, "is_exact", lambda *_: True)
        before = fetch_all(console, who)
        let_come(console, codes[0], REFUSED)
        after = fetch_all(console, who)
        moved = {path for path in before if before[path] != after[path]}
    assert {"/console/watch", "/console/watch.xlsx", "/console/unit?unit=P01", "/api/status"} <= moved
    told = fetch_all(console, who)
    assert {*told} == {*before}
    for code in codes[1:3]:
        let_come(console, code, "4" * 17)
    now = fetch_all(console, who)
    assert {path for path in told if now[path] != told[path]} == set()
