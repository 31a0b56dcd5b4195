"""The API's document against the API: what fits it and what does not is answered as it says, and nothing is kept."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.core.db import connect
from survey_app.core.models import Audit, Model
from survey_app.pages.api.api_description import write_document
from tests.console import Console, open_console
from tests.county import answer, issue, open_county
from tests.test_contract import console as full_console

DOCUMENT: dict[str, Any] = json.loads(write_document())
for part in DOCUMENT["components"]["schemas"].values():
    part["additionalProperties"] = False  # nothing is answered that the document does not name
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
WITH_INPUT = [label for label, one in OPERATIONS.items() if one.query or one.path_parameters or one.body]
__all__ = ["full_console"]
FREE = {"audit", "audit_link", "failed_sign_in", "sign_in"}  # trying to come in is noted
ASKS_AGAIN = [checks.ignored_auth, checks.use_after_free, checks.ensure_resource_availability]  # by ways of their own


@pytest.fixture(scope="module")
def console(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("api")
    engine = connect(f"sqlite:///{shutil.copyfile(sqlite_model, folder / 'survey.db')}")
    open_county(engine)
    with Session(engine) as session, session.begin():
        answer(session, issue(session, "P01")[:5])
    with open_console(engine, folder) as opened:
        opened.sign_in_all()
        yield opened


def send(console: Console, case: Any) -> httpx.Response:
    """A case as the administrator's browser or program sends it."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    if isinstance(sent.get("data"), bytes):
        sent["content"] = sent.pop("data")
    token = console.people["admin"].token
    sent["headers"] = dict(sent["headers"]) | {"cookie": f"console={token}"}
    return console.client.request(**{name: value for name, value in sent.items() if name != "cookies"})


def count_rows(console: Console) -> dict[str, int]:
    with Session(console.engine) as session:
        tables = [table for table in Model.metadata.sorted_tables if table.name not in FREE]
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def break_in(console: Console, label: str, mode: GenerationMode, times: int) -> None:
    """Send what fits an operation's description, or what does not."""

    @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def hold(case: Any) -> None:
        answered = send(console, case)
        assert answered.status_code < 500
        case.validate_response(answered, excluded_checks=ASKS_AGAIN)

    before = count_rows(console)
    hold()
    assert count_rows(console) == before
    with Session(console.engine) as session:
        done = session.scalars(select(Audit.action).where(Audit.actor == "unknown").distinct()).all()
    assert set(done) <= {"sign_in_failed", "sign_in_barred"}


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_fits_the_document_is_answered_as_it_says(console: Console, label: str) -> None:
    break_in(console, label, GenerationMode.POSITIVE, 8)


@pytest.mark.parametrize("label", WITH_INPUT)
def test_what_does_not_fit_the_document_is_refused(console: Console, label: str) -> None:
    break_in(console, label, GenerationMode.NEGATIVE, 15)


@pytest.mark.soak
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", WITH_INPUT)
def test_hundreds_more_are_no_different_where_everything_is_in_the_store(
    full_console: Console, label: str, mode: GenerationMode
) -> None:
    """The store of tests/test_contract.py: every kind and state of everything."""
    full_console.sign_in_all()
    break_in(full_console, label, mode, 300)
