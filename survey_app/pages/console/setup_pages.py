"""Preparing a round: its draft, what is missing, the sample, the papers as a phone shows them."""

from datetime import datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from analysis.standard import list_standards, load_standard
from questionnaires.paper import load_paper
from questionnaires.rule import list_rules, load_rule
from questionnaires.vocabulary import Group
from survey_app.core.errors import NotFoundError
from survey_app.pages.console.console_request import Desk, Page
from survey_app.pages.page_drawing import CSS, HEADERS, SCRIPT, Sheet, draw_paper
from survey_app.pages.response_headers import hash_source
from survey_app.pages.wording import OWN
from survey_app.rounds.draft import FIELDS, find_notes, find_problems, load_draft, open_draft, plan_draft, store_draft

SANDBOX = f"default-src 'none'; style-src {hash_source(CSS)}; img-src data:; frame-ancestors 'none'; sandbox"
NOT_SAID = "（组织单位）"


@get("/setup", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """The draft and everything that is still missing."""
    with desk.reading() as session:
        fields = load_draft(session)
        problems, notes = find_problems(session, fields, desk.now), find_notes(session, fields)
        plan = plan_draft(session, fields)
    rule = load_rule(fields["rule"]) if fields["rule"] in list_rules() else None
    return desk.page(
        "setup",
        fields=fields,
        labels=FIELDS,
        problems=problems,
        notes=notes,
        plan=plan,
        papers=[load_paper(name) for name in rule.papers.value] if rule else [],
        standards={name: load_standard(name).title for name in list_standards()},
        rules={name: load_rule(name).title for name in list_rules()},
    )


@post("/setup", sync_to_thread=True)
def keep(desk: NamedDependency[Desk]) -> Page:
    """Keep the draft."""
    fields = {name: desk.text(name) for name in desk.form if isinstance(name, str)}
    with desk.writing() as session:
        store_draft(session, fields, actor=desk.person.name, now=desk.now)
    return desk.go("/console/setup", done="kept")


@post("/setup/open", sync_to_thread=True)
def open_(desk: NamedDependency[Desk]) -> Page:
    """Open the round; says everything that is missing if something is."""
    with desk.writing() as session:
        open_draft(session, actor=desk.person.name, now=desk.now)
    return desk.go("/console/round", done="opened")


@get("/paper/{name:str}", sync_to_thread=True)
def preview(desk: NamedDependency[Desk], name: FromPath[str]) -> Page:
    """A paper as a phone shows it, that cannot be sent."""
    names = {paper for rule in list_rules() for paper in load_rule(rule).papers.value}
    if name not in names:
        raise NotFoundError("没有这份问卷。")
    with desk.reading() as session:
        fields = load_draft(session)
    group = next(group for group in Group if group in load_paper(name).groups)
    organiser = fields["organiser"] or NOT_SAID
    sheet = Sheet(name, group, OWN, "slip", fields["county"], organiser, datetime(desk.now.year, 12, 31), invented=True)
    page = draw_paper(sheet).plain.replace(SCRIPT.encode(), b"")
    return Response(page, media_type="text/html", headers=HEADERS | {"Content-Security-Policy": SANDBOX})


HANDLERS = [show, keep, open_, preview]
