"""The step 抽样: the proposed sample as a table, changes with their reasons, the draw, and its record to sign."""

import re
from collections.abc import Mapping
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from msgspec import Struct
from msgspec.structs import replace
from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from analysis.column_values import texts, whole_numbers
from analysis.plan.planned_units import Unshown, find_unshown
from analysis.plan.ways import compare_ways
from analysis.sample.drawing import DrawnSample, sum_plan
from analysis.sample.sample_plan import SamplePlan, SampleStratum
from questionnaires.rule import list_rules, load_papers, load_rule
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group
from reports.document.pdf import render_pdf
from reports.document.word import render_docx
from reports.handouts.sample_record import FILE, DrawFacts, describe_sample, sample_record
from reports.setting.findings import name_stratum
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_acts
from survey_app.rounds.draft import load_draft
from survey_app.rounds.frame_rows import frame_table, load_waiting
from survey_app.rounds.opening import name_schools
from survey_app.rounds.other_locales import find_other_locales
from survey_app.rounds.sampling import (
    KeptSample,
    SampleRequest,
    find_kept_sample,
    find_sample,
    keep_sample,
    propose,
    say_idle,
)
from survey_app.rounds.sampling_words import SAMPLE_WORDS

PAGE = "/console/sample"
WRITERS = {"docx": render_docx, "pdf": render_pdf}
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
NUMBERS = ("draw_schools", "draw_classes", "draw_people")
NUMBER = re.compile(r"[0-9]{1,8}")
PERCENT = re.compile(r"[1-9][0-9]?|100")


class DrawForm(PostedForm):
    """What is drawn by, and, under names with the line's number such as `draw_classes_3`, an office's changes.

    `plan` is the sum of the plan whose lines are numbered: `sum_plan`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    stage: one_of([unit.value for unit in DrawnUnit]) = DrawnUnit.CLASS.value  # type: ignore[valid-type]
    rate: Line = ""
    seed: Annotated[str, Field(max_length=64)] = ""
    plan: Line = ""
    last: Last = 0


class Proposal(Struct, frozen=True, kw_only=True):
    """What the page shows: the plan and how it was asked for, or why there is none; a draw if one is kept."""

    request: SampleRequest | None
    plan: SamplePlan | None
    kept: KeptSample | None
    problems: tuple[str, ...]


@get("/sample", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], stage: FromQuery[str] = "class", rate: FromQuery[str] = "") -> Page:
    """The proposal; with another first stage or return rate where the page asks for it."""
    return draw_sample_page(console, FormProblems(200, typed={"stage": stage, "rate": rate}))


def draw_sample_page(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with a change."""
    with console.reading() as session:
        proposal = _propose(session, found.typed)
        names = name_schools(session)
        differ = find_other_locales(session)
        told = _describe_kept(session, proposal.kept, names)
        drawn = find_sample(session).sample if proposal.kept else None
    rule = load_rule(proposal.request.rule) if proposal.request else None
    plan = proposal.plan
    plan_sum = sum_plan(plan) if plan else ""
    typed = found.typed if found.typed.get("plan", plan_sum) == plan_sum else {}
    return console.page(
        "sample",
        found.status,
        problems=(*found.problems, *proposal.problems),
        request=proposal.request,
        differ=differ,
        plan=plan,
        plan_sum=plan_sum,
        kept=proposal.kept,
        record=told,
        undrawn=_list_undrawn(drawn, names) if drawn else {},
        idle=say_idle(drawn.proposed, proposal.kept.request.changes) if drawn and proposal.kept else [],
        typed=typed,
        ways=compare_ways(plan, rule) if plan and rule else [],
        unshown=_find_unshown(plan) if plan else [],
        methods=list(DrawMethod),
        units=list(DrawnUnit),
        names={line.stratum: name_stratum(line.stratum) for line in plan.strata} if plan else {},
    )


@post("/sample", sync_to_thread=True, again=draw_sample_page)
def draw(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DrawForm]) -> Page:
    """Draw the sample with the office's changes, and keep it for the round."""
    typed = {name: str(value) for name, value in (data.model_extra or {}).items()}
    with console.writing() as session:
        check_acts(session, data.last, ("sample", "void_sample"), lambda act: act.subject == "frame")
        request = _read_request(session, {"stage": data.stage, "rate": data.rate})
        plan = propose(frame_table(load_waiting(session)), request)
        if data.plan != sum_plan(plan):
            raise SurveyError(SAMPLE_WORDS.plan_changed)
        changes = tuple(_read_line(line, order, typed) for order, line in enumerate(plan.strata))
        keep_sample(session, replace(request, seed=data.seed, changes=changes), **console.act)
    return console.go(PAGE, done="sampled")


@get("/sample/record/{form:str}", sync_to_thread=True)
def record(console: NamedDependency[ConsoleRequest], form: FromPath[str]) -> Page:
    """The record of the draw, to print and sign."""
    if form not in WRITERS:
        raise NotFoundError(SAMPLE_WORDS.not_drawn)
    with console.reading() as session:
        found = find_sample(session)
        names = name_schools(session)
    facts = DrawFacts(
        county=found.county,
        drawn_by=found.made.drawn_by,
        day=found.made.drawn_at.date(),
        invented=found.invented,
    )
    return console.download(f"{FILE}.{form}", WRITERS[form](sample_record(found.sample, facts, names)), TYPES[form])


def _propose(session: Session, typed: Mapping[str, str]) -> Proposal:
    kept = find_kept_sample(session)
    try:
        request = _read_request(session, typed)
        rows = load_waiting(session)
        if not rows:
            raise SurveyError(SAMPLE_WORDS.no_frame)
        plan = propose(frame_table(rows), request)
    except SurveyError as error:
        return Proposal(request=None, plan=None, kept=kept, problems=tuple(error.problems))
    return Proposal(request=request, plan=plan, kept=kept, problems=())


def _read_request(session: Session, typed: Mapping[str, str]) -> SampleRequest:
    """What is asked for: rule and population of the draft, first stage and return as typed."""
    fields = load_draft(session)
    rule = fields["rule"]
    population = fields["population"]
    if rule not in list_rules() or not NUMBER.fullmatch(population) or not int(population):
        raise SurveyError(SAMPLE_WORDS.need_facts)
    rate = typed.get("rate", "")
    if rate and not PERCENT.fullmatch(rate):
        raise SurveyError(SAMPLE_WORDS.bad_rate)
    stage = typed.get("stage", "")
    return SampleRequest(
        rule=rule,
        population=int(population),
        stage=DrawnUnit(stage) if stage in list(DrawnUnit) else DrawnUnit.CLASS,
        return_rate=int(rate) / 100 if rate else None,
    )


def _read_line(line: SampleStratum, order: int, typed: Mapping[str, str]) -> SampleStratum:
    """A line of the table as it was sent; what is not in the form stays as proposed."""
    method = typed.get(f"method_{order}", line.method)
    numbers = {}
    for name in NUMBERS:
        text = typed.get(f"{name}_{order}", str(getattr(line, name)))
        if not NUMBER.fullmatch(text):
            raise SurveyError(
                SAMPLE_WORDS.bad_number.format(group=Group(line.group).zh, stratum=name_stratum(line.stratum))
            )
        numbers[name] = int(text)
    chosen = DrawMethod(method) if method in list(DrawMethod) else line.method
    return replace(line, method=chosen, reason=typed.get(f"reason_{order}", ""), **numbers)


def _describe_kept(session: Session, kept: KeptSample | None, names: Mapping[str, str]) -> object:
    """The record of the draw that is kept."""
    if kept is None:
        return None
    found = find_sample(session)
    facts = DrawFacts(county=found.county, drawn_by=kept.drawn_by, day=kept.drawn_at.date())
    return describe_sample(found.sample, facts, names)


def _list_undrawn(drawn: DrawnSample, names: Mapping[str, str]) -> dict[str, list[str]]:
    """The classes and units that did not come into the sample, by group."""
    frame = drawn.frame[(drawn.frame.invited == 0) & (drawn.frame.population > 0)]
    undrawn: dict[str, list[str]] = {}
    columns = (texts(frame.group), texts(frame.unit), texts(frame["class"]), whole_numbers(frame.population))
    for group, unit, class_, people in zip(*columns, strict=True):
        said = SAMPLE_WORDS.undrawn.format(unit=names.get(unit, unit), class_=class_, people=people)
        undrawn.setdefault(group, []).append(said)
    return undrawn


def _find_unshown(plan: SamplePlan) -> list[Unshown]:
    rule = load_rule(plan.rule)
    invited: dict[str, int] = {}
    for line in plan.strata:
        invited[line.group] = invited.get(line.group, 0) + line.slips
    return find_unshown(invited, load_papers(rule), rule.smallest, plan.return_rate)


HANDLERS = [show, draw, record]
