"""Preparing a round: its draft, what is missing, the sample, the papers as a phone shows them."""

from datetime import datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from analysis.standard import load_standard
from questionnaires.paper import Paper, list_papers, load_paper
from questionnaires.rule import Rule, choose_papers, list_fitting_editions, list_rules, load_rule
from questionnaires.vocabulary import Group
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.frame.correcting import CHANGING
from survey_app.pages.console.audit_pages import load_words
from survey_app.pages.console.console_drawing import load_templates
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, Saving, Was, check_acts, check_meanwhile, write_was
from survey_app.pages.page_drawing import CSS, HEADERS, Sheet, draw_shown
from survey_app.pages.response_headers import hash_source
from survey_app.pages.wording import OWN
from survey_app.rounds.draft import (
    FIELDS,
    find_notes,
    find_papers,
    find_problems,
    list_choosable,
    load_draft,
    open_draft,
    plan_draft,
    read_time,
    store_draft,
)
from survey_app.rounds.next_draft import begin_draft, find_earlier
from survey_app.rounds.opening_question import ask_opening
from survey_app.rounds.trial_slips import TrialStep, check_trial, note_untried

ALONE = "frame-ancestors 'none'; sandbox allow-same-origin"
"""No script and no form of a previewed paper does anything; its link back to the console is followed signed in."""
SANDBOX = f"default-src 'none'; style-src {hash_source(CSS)}; img-src data:; {ALONE}"
NOT_SAID = "（组织单位）"


class DraftForm(PostedForm):
    """The round that is being prepared, as it was typed: whatever is missing or wrong is said on its page."""

    county: Line = ""
    organiser: Line = ""
    telephone: Line = ""
    population: Line = ""
    population_source: Line = ""
    school_year: Line = ""
    standard: Line = ""
    rule: Line = ""
    opens: Line = ""
    closes: Line = ""
    approver: Line = ""
    document: Line = ""
    ministry: Line = ""
    ministry_from: Line = ""
    ministry_to: Line = ""
    paper_until: Line = ""
    remarks: Line = ""
    previewed: Line = ""
    custody: Line = ""
    edition: Line = ""
    holder_1: Line = ""
    holder_2: Line = ""
    holder_3: Line = ""
    was: Was = ""


@get("/setup", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """The draft and everything that is still missing."""
    return draw_setup(console, FormProblems(200))


def draw_setup(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same; while somebody tries to open a round that is not ready, with the status of that."""
    with console.reading() as session:
        fields = load_draft(session)
        problems = find_problems(session, fields, console.now)
        notes = find_notes(session, fields)
        plan = plan_draft(session, fields)
        earlier = find_earlier(session)
        earlier_name = earlier.name if earlier else ""
    typed = fields
    if "was" in found.typed:
        typed = {name: found.typed.get(name, "") for name in fields}
    rule = load_rule(fields["rule"]) if fields["rule"] in list_rules() else None
    return console.page(
        "setup",
        found.status,
        fields=typed,
        was=write_was(fields),
        told=found.problems if {"was", "last"} & set(found.typed) else (),
        labels=FIELDS,
        problems=problems,
        notes=notes,
        plan=plan,
        earlier=earlier_name,
        papers=[load_paper(name) for name in find_papers(fields)] if rule else [],
        editions=_load_editions(rule) if rule else {},
        standards=list_choosable(),
        rules={name: load_rule(name).title for name in list_rules()},
    )


def _load_editions(rule: Rule) -> dict[str, Paper]:
    """Each edition that fits by its first paper, which says what sets it apart."""
    return {name: load_paper(choose_papers(rule, name)[0]) for name in list_fitting_editions(rule)}


@post("/setup", sync_to_thread=True, again=draw_setup)
def keep(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DraftForm]) -> Page:
    """Keep the draft."""
    typed = data.model_dump(exclude={"was"})
    with console.writing() as session:
        now = load_draft(session)
        labels = load_words().details | FIELDS
        saving = Saving(was=data.was, now=now, typed=typed, labels=labels, action="draft", subject="round")
        check_meanwhile(session, saving)
        store_draft(session, typed, **console.act)
    return console.go("/console/setup", done="kept")


@post("/setup/from-last", sync_to_thread=True, again=draw_setup)
def begin(console: NamedDependency[ConsoleRequest]) -> Page:
    """Fill the empty draft from the last round."""
    with console.writing() as session:
        begin_draft(session, **console.act)
    return console.go("/console/setup", done="from_last")


PREPARING = ("draft", *CHANGING, "sample", "void_sample")


class OpenRound(PostedForm):
    """`sure` once it was said what opening does; `untried`: why without a trial of the address."""

    sure: bool = False
    last: Last = 0
    untried: Line = ""


@post("/setup/open", sync_to_thread=True, again=draw_setup)
def open_(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[OpenRound]) -> Page:
    """Open the round; says everything that is missing if something is, else asks with numbers first."""
    if not data.sure:
        return _ask(console)
    settings = console.deps.settings
    with console.writing() as session:
        check_acts(session, data.last, PREPARING, lambda act: act.subject in ("round", "frame"))
        why = check_trial(session, None, settings.public_url, data.untried)
        prepared = open_draft(session, keys=settings.keys, **console.act)
        if why:
            note_untried(session, prepared.round, TrialStep.OPEN, settings.public_url, why, **console.act)
    if prepared.split is None:
        return console.go("/console/round", done="opened")
    console.deps.dealt.deal(prepared.split.sheets)
    return console.go("/console/keys", done="dealt")


def _ask(console: ConsoleRequest) -> Page:
    """What opening would do, and what of it is unusual; raises ConflictError with everything that is missing."""
    with console.reading() as session:
        fields = load_draft(session)
        problems = find_problems(session, fields, console.now)
        if problems:
            raise ConflictError(*problems)
        question = ask_opening(session, fields)
    chosen = {"standard": load_standard(fields["standard"]).title, "rule": load_rule(fields["rule"]).title}
    return console.page("sure_open", fields=fields, question=question, **chosen)


@get("/paper/{name:str}", sync_to_thread=True)
def preview(console: NamedDependency[ConsoleRequest], name: FromPath[str]) -> Page:
    """A paper as a phone will show it, with the draft's own names and end; it cannot be sent, and a bar says so."""
    if name not in list_papers():
        raise NotFoundError("没有这份问卷。")
    with console.reading() as session:
        fields = load_draft(session)
    group = next(group for group in Group if group in load_paper(name).groups)
    organiser = fields["organiser"] or NOT_SAID
    sheet = Sheet(
        paper=name,
        group=group,
        language=OWN,
        kind="slip",
        county=fields["county"],
        organiser=organiser,
        telephone=fields["telephone"],
        closes=read_time(fields["closes"]) or datetime.max,
        invented=False,
        remarks=bool(fields["remarks"]),
    )
    bar = load_templates().get_template("paper_bar.html").render().encode()
    page = draw_shown(sheet, bar)
    return Response(page, media_type="text/html", headers=HEADERS | {"Content-Security-Policy": SANDBOX})


HANDLERS = [show, keep, begin, open_, preview]
