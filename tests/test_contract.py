"""Every address of console and API, for every role, on a store with every kind and state of everything: no error."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from secrets import token_bytes
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from questionnaires.paper import list_papers
from questionnaires.vocabulary import (
    BatchState,
    CodeKind,
    JobKind,
    JobState,
    Locale,
    Ownership,
    ProblemSource,
    ProblemState,
    ReportedStage,
    Role,
    RoundState,
    SchoolKind,
)
from reports.screen.rows import load_result_words
from reports.screen.views import list_domains
from survey_app.accounts.signing_in import Person
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_parts, load_published
from survey_app.core.db import connect
from survey_app.core.models import (
    Account,
    Audit,
    Batch,
    Code,
    CountyValue,
    Custody,
    FrameRow,
    Job,
    Ledger,
    PaperEntry,
    Proposal,
    Refusal,
    Resource,
    Round,
    School,
)
from survey_app.frame.importing import KEYS
from survey_app.frame.schools import store_frame
from survey_app.pages.api.api_description import write_document
from survey_app.pages.api.viewer import FILES
from survey_app.pages.console import watch_pages
from survey_app.pages.console.audit_pages import load_words
from survey_app.pages.console.console_access import OPEN, may
from survey_app.pages.console.result_pages import _bundle_name as bundle_name
from survey_app.problems.register import Finding, add_problem
from survey_app.rounds.draft import FIELDS, store_draft
from survey_app.rounds.opening import open_round
from survey_app.rounds.round_rows import find_round
from survey_app.watching.live_counts import VIEWS
from tests.console import ROLES, Console, open_console
from tests.county import NOW, PLAN, answer, county_frame, issue, open_county
from tests.keyring import keys_of
from tests.route_list import list_served

CLOSED, SECOND = "2025-1", "2025-2"
STRANGE = ("", "0", "-1", "x", "%00", "%EF%BF%BF", "9" * 12, "甲")
ANSWERS = "4" * 17


def in_soak(name: str) -> Any:
    """A role whose pages are those of the others, with other rows."""
    return pytest.param(name, marks=pytest.mark.soak)


@pytest.fixture(scope="module")
def console(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("contract")
    engine = connect(f"sqlite:///{shutil.copyfile(sqlite_model, folder / 'survey.db')}")
    close_first_round(engine)
    with Session(engine) as session, session.begin():
        fill_second_round(session)
    with pytest.MonkeyPatch.context() as patch, open_console(engine, folder / "store") as opened:
        patch.setattr(watch_pages, "STREAM_SECONDS", 0.05)
        with Session(engine) as session, session.begin():
            fill_tables(session)  # now, since jobs that wait when a service starts have failed
        yield opened
    engine.dispose()


def close_first_round(engine: Engine) -> None:
    """A closed round in which one group is withheld, and remarks and refusals came in."""
    open_county(engine)
    with Session(engine) as session, session.begin():
        answer(session, issue(session, "P01")[:76])
        answer(session, issue(session, "P02")[:50])
        answer(session, issue(session, "甲镇代表团")[:4])
        session.add(Refusal(batch_id=session.scalars(select(Batch.id)).first(), n=3))
    close_round(engine, None, keys=keys_of(engine), actor="test", now=NOW)


def fill_second_round(session: Session) -> None:
    """An open round with a batch of every kind in every state, printed forms that wait, and shared codes overfull."""
    store_frame(session, county_frame(), actor="test", now=NOW)
    plan = replace(PLAN, paper_until=PLAN.closes - timedelta(days=1))
    round_ = open_round(session, plan, keys=keys_of(session.get_bind()), actor="test", now=NOW)
    rows = session.scalars(select(FrameRow.id).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)).all()
    for number, (kind, state) in enumerate(product(CodeKind, BatchState)):
        batch = Batch(
            frame_row_id=rows[number % len(rows)], kind=kind, state=state, codes=12, issued=12, made_at=NOW
        )  # fmt: skip
        session.add(batch)
        session.flush()
        session.add(Code(digest=token_bytes(16), batch_id=batch.id))
        session.add(Ledger(batch_id=batch.id, five_minutes=int(NOW.timestamp()) // 300, n=9 * number))
        if state != BatchState.MADE:
            session.add(Custody(batch_id=batch.id, at=NOW, actor="county", state=state, office="教务处"))
        if kind == CodeKind.PAPER:
            session.add(PaperEntry(batch_id=batch.id, sheet=1, sitting=token_bytes(16), locked=ANSWERS.encode()))
    session.add(Proposal(round_id=round_.id, actor="admin", at=NOW))


def fill_tables(session: Session) -> None:
    """A job of every kind in every state in both rounds, every kind of school and row, every act in the log."""
    store_frame(session, county_frame(), actor="test", now=NOW)
    for round_, kind, state in product(session.scalars(select(Round)).all(), JobKind, JobState):
        about = {"released_by": ["admin"]} if kind == "bundle" else {}
        session.add(
            Job(
                kind=kind, state=state, round_id=round_.id, unit="" if kind.is_result else "P01", about=about,
                asked_by="admin", asked_at=NOW, pid=None, done=1, total=2, problem="没有做完。",
                file="file.zip" if state == JobState.DONE else "",
            )
        )  # fmt: skip
    for number, (kind, ownership) in enumerate(product(SchoolKind, ["", *Ownership])):
        locale = ["", *Locale][number % 4]
        session.add(
            School(
                code=f"S{number}", name=f"学校{number}", kind=kind, ownership=ownership, locale=locale, built_year=None
            )
        )
    session.flush()
    for stage in ReportedStage:
        session.add(Resource(school_year="2025-2026", school="S0", stage=stage, values={"pupils": 100}))
    session.add(CountyValue(school_year="2025-2026", indicator="G1", values={"met": "yes"}))
    for action in (*load_words().actions, "something new"):
        detail = {"text": "x", "many": {"a": 1}, "list": ["a"], "yes": True, "none": None, "number": 0.5}
        session.add(Audit(at=NOW, actor="admin", action=action, subject="thing", detail=detail))
    for source, state in product(ProblemSource, ProblemState):
        finding = Finding(text="缺1间音乐教室", source=source, school="S0", stage="primary", indicator="G3")
        add_problem(session, finding, actor="admin", now=NOW).state = state
    for role in Role:
        session.add(
            Account(
                name=f"old {role}", role=role, scope="P02", password="x", must_change=True, disabled=True, made_at=NOW
            )
        )
    store_draft(session, dict.fromkeys(FIELDS, "甲"), actor="admin", now=NOW)


def list_jobs(console: Console) -> list[str]:
    with Session(console.engine) as session:
        return [str(job_id) for job_id in session.scalars(select(Job.id))]


def list_parts(console: Console) -> list[str]:
    with Session(console.engine) as session:
        return list(load_parts(session, find_round(session, CLOSED)))


def list_ways(console: Console, strange: tuple[str, ...] = STRANGE) -> list[str]:
    """Every GET of the application with every value that its path and its questions may have, good and strange."""
    with Session(console.engine) as session:
        published = load_published(session, find_round(session, CLOSED))
        batches = [str(batch_id) for batch_id in session.scalars(select(Batch.id))]
    parts: dict[str, list[str]] = {
        "/console/bulletin/{kind}": ["docx", "png"],
        "/console/job/{job_id}": list_jobs(console),
        "/console/plotly/{name}": [bundle_name()],
        "/console/paper/{name}": list_papers(),
        "/console/template/{kind}": [*KEYS, "responses"],
        "/api/viewer/{name}": list(FILES),
        "/api/progress/{view}": list(VIEWS),
        "/api/jobs/{job_id}": list_jobs(console),
        "/api/results/{part}": list_parts(console),
    }
    rounds = [CLOSED, SECOND]
    views = load_result_words().views
    questions: dict[str, dict[str, list[str]]] = {
        "/console": {"done": ["imported", "nothing"]},
        "/console/watch": {"by": list(VIEWS)},
        "/console/events": {"since": ["0", "5"]},
        "/console/unit": {"unit": ["P01", "P02", "甲镇代表团", "乙镇"]},
        "/console/papers/sheets": {"batch": batches},
        "/console/papers/enter": {"batch": batches, "time": ["1", "2"]},
        "/console/results": {"round": rounds, "by": list(views)},
        "/console/results/downloads": {"round": rounds},
        "/console/results/minute": {"round": rounds},
        "/console/problems": {"state": ["", *ProblemState], "township": ["", "甲镇"], "page": ["1", "99"]},
        "/console/judgements/compare": {"a": ["1", "2"], "b": ["1", "3"]},
        "/console/problem": {"number": ["1", "2", "3"]},
        "/console/log": {"who": ["", "admin"], "page": ["1", "2", "99"]},
        "/console/login": {"to": ["/console/watch", "//evil.example"]},
        "/api/status": {"round": rounds},
        "/api/custody": {"round": rounds},
        "/api/batches": {"round": rounds, "unit": ["P01", "P02", "甲镇代表团", "乙镇"]},
        "/api/jobs": {"round": rounds, "most": ["1", "500"]},
        "/api/results": {"round": rounds},
        "/api/results/{part}": {"round": rounds},
        "/api/log": {"who": ["admin"], "before": ["5"], "most": ["500"]},
    }
    domains = [f"/console/results?by={view}&of={domain}" for view in views for domain in list_domains(view, published)]
    ways = [*domains]
    for template in list_templates(console):
        if template.startswith("/api/files"):
            continue  # the console's own handlers, as `test_api_files` holds
        paths = fill_path(template, [*parts.get(template, []), *strange])
        asked = questions.get(template, {})
        good = [dict(zip(asked, values, strict=True)) for values in product(*asked.values())]
        odd = [{name: value} for name in asked for value in strange]
        for path in paths:
            ways += [path + write_query(query) for query in [{}, *good, *odd]]
    return sorted(set(ways))


def list_templates(console: Console) -> list[str]:
    return sorted(
        path
        for method, path in list_served(console.client.app)
        if method == "GET" and path.startswith(("/console", "/api", "/health", "/metrics"))
    )


def fill_path(template: str, values: list[str]) -> list[str]:
    named = re.search(r"\{\w+\}", template)
    return [template] if named is None else [template.replace(named[0], value) for value in values if value]


def write_query(query: dict[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""


@pytest.mark.parametrize("name", ["admin", "unit", "", *map(in_soak, ("county", "township", "analyst"))])
def test_no_address_fails_for_anybody(console: Console, name: str) -> None:
    """Strange values are tried by who may go everywhere, by who sees one unit alone, and by a stranger."""
    person = console.people.get(name, console.stranger)
    ways = list_ways(console) if name in ("admin", "unit", "") else list_ways(console, ())
    failing = [way for way in ways if person.get(way).status_code >= 500]
    assert failing == []


@pytest.mark.parametrize("state", [state for state in RoundState if state != RoundState.OPEN])
def test_no_address_fails_whatever_the_state_of_the_round(console: Console, state: str) -> None:
    """What tells of the closed round alone, and every batch after the first two, is visited above."""
    set_state(console, state)
    of_the_closed = ("/console/results", "/api/results", "/console/job/", "/api/jobs/", "/console/template")
    others = re.compile(r"batch=(?!1\b|2\b)|/console/(paper|plotly)/")
    ways = [way for way in list_ways(console, ()) if not way.startswith(of_the_closed) and not others.search(way)]
    failing = [way for way in ways if console.people["admin"].get(way).status_code >= 500]
    set_state(console, RoundState.OPEN)
    assert failing == []


def set_state(console: Console, state: str) -> None:
    with console.engine.begin() as connection:
        connection.execute(update(Round).where(Round.name == SECOND).values(state=state))


def test_the_batches_of_a_unit_with_printed_forms_are_told(console: Console) -> None:
    told = [
        batch
        for unit in ("P01", "P02", "甲镇代表团", "乙镇")
        for batch in console.people["admin"].get(f"/api/batches?unit={unit}&round={SECOND}").json()
    ]
    counted_apart = {CodeKind.REVISIT, CodeKind.OPINION}
    assert {(batch["kind"], batch["state"]) for batch in told} == set(
        product(set(CodeKind) - counted_apart, BatchState)
    )


def test_who_may_go_a_way_is_never_refused_it_and_who_may_not_always_is(console: Console) -> None:
    for template in list_templates(console):
        if not template.startswith(("/console", "/api")) or ("GET", template) in OPEN:
            continue
        for name, (role, _) in ROLES.items():
            status = console.people[name].get(fill_path(template, ["1"])[0]).status_code
            assert (status == 403) == (role not in allowed(template)), (template, name)


def allowed(template: str) -> set[str]:
    return {role for role in Role if may(Person("", role, "", must_change=False), "GET", template)}


def test_the_document_of_the_api_lists_every_value_of_every_closed_list() -> None:
    schemas = msgspec.json.decode(write_document())["components"]["schemas"]
    text = msgspec.json.encode(schemas).decode()
    for vocabulary in (BatchState, CodeKind, JobState, Role, RoundState):
        assert all(f'"{term.value}"' in text for term in vocabulary)


def test_the_store_holds_what_the_contract_is_tried_on(console: Console) -> None:
    """Nothing above means anything on an empty store."""
    with Session(console.engine) as session:
        assert set(session.scalars(select(Job.state))) == set(JobState)
        assert set(session.scalars(select(Batch.kind))) == set(CodeKind)
        assert set(session.scalars(select(Round.state))) >= {"open", "closed"}
        published = load_published(session, find_round(session, CLOSED))
    assert None in [group.rate for group in published.estimate.groups.values()]
