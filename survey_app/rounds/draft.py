"""Preparing a round: its draft, what is still missing, and opening it when nothing is."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.plan.planning import plan_survey
from analysis.plan.survey_plan import SurveyPlan
from analysis.sample.design import read_design
from analysis.standard import list_standards, load_standard
from questionnaires.rule import choose_papers, list_fitting_editions, list_rules, load_rule
from questionnaires.school_year import SchoolYear, SchoolYearError
from questionnaires.vocabulary import Custody, Group
from reports.handouts.notices import Notice, WordingError, describe_notice
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, CountyValue, Draft, FrameRow, Resource, Round, School
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.few_invited import find_few_invited
from survey_app.rounds.frame_rows import frame_table, load_waiting
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.opening import Prepared, RoundPlan, check_paper_until, prepare_round
from survey_app.rounds.other_locales import find_other_locales
from survey_app.rounds.round_rows import TAKEN
from survey_app.rounds.sampling import SAMPLE, check_sample, find_kept_sample
from survey_app.rounds.sampling_lines import say_few_invited

FIELDS = DRAFT_WORDS.fields
COUNT = re.compile(r"[1-9][0-9]{0,7}")
CHOSEN = "1"
YEARS = range(2000, 2100)
DATES = ("ministry_from", "ministry_to")
PAPER_UNTIL = "paper_until"
CUSTODY = "custody"
EDITION = "edition"
REMARKS = "remarks"
PREVIEWED = "previewed"
HOLDERS = ("holder_1", "holder_2", "holder_3")
OPTIONAL = (*DATES, PAPER_UNTIL, REMARKS, PREVIEWED, CUSTODY, EDITION, *HOLDERS)


def load_draft(session: Session) -> dict[str, str]:
    """The draft's fields as they were typed, empty ones included."""
    draft = session.scalars(select(Draft)).first()
    typed = {name: value for name, value in draft.fields.items() if name != SAMPLE} if draft else {}
    return dict.fromkeys((*FIELDS, *OPTIONAL), "") | typed


def store_draft(session: Session, fields: Mapping[str, str], *, actor: str, now: datetime) -> None:
    """Keep the draft, whatever is still missing in it."""
    kept = {name: fields.get(name, "").strip() for name in (*FIELDS, *OPTIONAL)}
    draft = session.get(Draft, 1)
    sample = {SAMPLE: draft.fields[SAMPLE]} if draft and SAMPLE in draft.fields else {}
    session.merge(Draft(id=1, fields=kept | sample))
    record(session, actor, "draft", "round", at=now)


def find_problems(session: Session, fields: Mapping[str, str], now: datetime) -> list[str]:
    """Everything that keeps the draft from being opened, a sentence each."""
    live = session.scalar(select(Round.name).where(Round.state.in_(TAKEN)))
    return [
        *([DRAFT_WORDS.one_at_a_time.format(live=live)] if live else []),
        *[DRAFT_WORDS.empty.format(label=label) for name, label in FIELDS.items() if not fields[name]],
        *find_wrong(fields, now),
        *_check_tables(session, fields),
        *(check_sample(session, fields["rule"], int(fields["population"])) if _is_count(fields["population"]) else []),
    ]


def find_wrong(fields: Mapping[str, str], now: datetime) -> list[str]:
    """What of the fields that were filled in cannot stand, a sentence each."""
    return [
        *_check_year(fields["school_year"]),
        *_check_choices(fields),
        *_check_window(fields, now),
        *_check_ministry(fields),
        *_check_wording(fields),
        *_check_custody(fields),
    ]


def find_notes(session: Session, fields: Mapping[str, str]) -> list[str]:
    """What can still wait, but not beyond the close, and which groups too few people are invited of."""
    year = _read_year(fields["school_year"])
    rule = fields["rule"]
    few = find_few_invited(session, rule) if rule in list_rules() and load_waiting(session) else []
    return [
        *say_few_invited(few),
        *find_other_locales(session),
        *(
            DRAFT_WORDS.no_data.format(year=year, title=title)
            for model, title in ((Resource, DRAFT_WORDS.resources), (CountyValue, DRAFT_WORDS.county))
            if year and not session.scalar(select(func.count()).where(model.school_year == str(year)))
        ),
    ]


def open_draft(session: Session, *, keys: Path, actor: str, now: datetime) -> Prepared:
    """Open the drafted round, or have it wait for its sheets; raises ConflictError with everything that is missing."""
    fields = load_draft(session)
    problems = find_problems(session, fields, now)
    if problems:
        raise ConflictError(*problems)
    custody = Custody(fields[CUSTODY] or Custody.SERVER)
    prepared = prepare_round(session, plan_round(fields), custody, keys=keys, actor=actor, now=now)
    holders = HOLDERS if custody == Custody.SHARED else ()
    said = {name: fields[name] for name in ("approver", "document", "ministry", *DATES, PREVIEWED, *holders)}
    record(session, actor, "confirm", f"round {prepared.round.name}", at=now, **said)
    session.delete(session.get_one(Draft, 1))
    return prepared


def list_holders(session: Session, round_: Round) -> list[str]:
    """The posts that keep the round's sheets, as they were named when it was opened; empty if none were."""
    detail = _load_confirmed(session, round_)
    return [str(detail.get(name, "")) for name in HOLDERS] if HOLDERS[0] in detail else []


def was_previewed(session: Session, round_: Round) -> bool:
    """Whether somebody stated, before the round was opened, that the papers were looked at."""
    return bool(_load_confirmed(session, round_).get(PREVIEWED))


def check_ministry_dates(session: Session, round_: Round, opens: datetime, closes: datetime) -> list[str]:
    """What is wrong with another window beside the ministry's own survey, told when the round was opened."""
    detail = _load_confirmed(session, round_)
    dates = {name: str(detail.get(name, "")) for name in DATES}
    return _check_ministry(dates | {"ministry": "", "opens": opens.isoformat(), "closes": closes.isoformat()})


def _load_confirmed(session: Session, round_: Round) -> Mapping[str, object]:
    """What was confirmed when the round was opened from its draft; nothing of a round opened otherwise."""
    confirmed = select(Audit).where(Audit.action == "confirm", Audit.subject == f"round {round_.name}")
    row = session.scalars(confirmed.order_by(Audit.id.desc())).first()
    return row.detail if row else {}


def plan_draft(session: Session, fields: Mapping[str, str]) -> SurveyPlan | None:
    """The sample that the draft asks for and what it can prove, once rule, population and frame are there."""
    rows = load_waiting(session)
    if not rows or fields["rule"] not in list_rules() or not _is_count(fields["population"]):
        return None
    made = find_kept_sample(session)
    design = read_design(made.design) if made else None
    return plan_survey(load_rule(fields["rule"]), frame_table(rows), int(fields["population"]), design=design)


def find_papers(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The papers of the draft: those of the edition that is chosen, else the newest published when it opens."""
    rule = load_rule(fields["rule"])
    opens = read_time(fields["opens"])
    chosen = fields[EDITION] if fields[EDITION] in list_fitting_editions(rule) else ""
    return choose_papers(rule, chosen, on=opens.date() if opens else None)


def plan_round(fields: Mapping[str, str]) -> RoundPlan:
    """What a draft in which nothing is missing decides."""
    rule = load_rule(fields["rule"])
    return RoundPlan(
        county=fields["county"],
        organiser=fields["organiser"],
        population=int(fields["population"]),
        population_source=fields["population_source"],
        school_year=SchoolYear.parse(fields["school_year"]),
        standard=fields["standard"],
        rule=rule.id,
        papers=find_papers(fields),
        opens=read_time(fields["opens"]) or datetime.min,
        closes=read_time(fields["closes"]) or datetime.min,
        approver=fields["approver"],
        document=fields["document"],
        paper_until=read_time(fields[PAPER_UNTIL]),
        remarks=fields[REMARKS] == CHOSEN,
        telephone=fields["telephone"],
    )


def _check_year(text: str) -> list[str]:
    try:
        SchoolYear.parse(text)
    except SchoolYearError as error:
        return [str(error)] if text else []
    return []


def _read_year(text: str) -> SchoolYear | None:
    return SchoolYear.parse(text) if text and not _check_year(text) else None


def _check_choices(fields: Mapping[str, str]) -> list[str]:
    population = fields["population"]
    return [
        *([DRAFT_WORDS.no_population] if population and not _is_count(population) else []),
        *_check_standard(fields["standard"]),
        *([DRAFT_WORDS.no_rule] if fields["rule"] and fields["rule"] not in list_rules() else []),
    ]


def list_choosable() -> dict[str, str]:
    """The titles of the standards that a round may be judged by; a work plan decides nothing."""
    standards = {name: load_standard(name) for name in list_standards()}
    return {name: standard.title for name, standard in standards.items() if standard.kind == "standard"}


def _check_standard(name: str) -> list[str]:
    if name in list_standards() and load_standard(name).kind == "targets":
        return [DRAFT_WORDS.work_plan.format(title=load_standard(name).title)]
    return [DRAFT_WORDS.no_standard] if name and name not in list_standards() else []


def _is_count(text: str) -> bool:
    return COUNT.fullmatch(text) is not None


def _check_window(fields: Mapping[str, str], now: datetime) -> list[str]:
    times = [read_time(fields[name]) for name in ("opens", "closes")]
    problems = [
        DRAFT_WORDS.time.format(label=FIELDS[name])
        for name, time in zip(("opens", "closes"), times, strict=True)
        if fields[name] and time is None
    ]
    opens, closes = times
    if opens and closes and opens >= closes:
        problems.append(DRAFT_WORDS.order)
    if closes and closes <= now:
        problems.append(DRAFT_WORDS.over)
    until = read_time(fields[PAPER_UNTIL])
    if fields[PAPER_UNTIL] and until is None:
        problems.append(DRAFT_WORDS.paper_until)
    return problems + (check_paper_until(until, opens, closes) if opens and closes else [])


def _check_ministry(fields: Mapping[str, str]) -> list[str]:
    """The ministry's own survey must be neither near nor at the same time."""
    if fields["ministry"] == "near":
        return [DRAFT_WORDS.ministry_near]
    begin, end = (read_time(fields[name]) for name in DATES)
    unread = [name for name, time in zip(DATES, (begin, end), strict=True) if fields[name] and time is None]
    if unread:
        return [DRAFT_WORDS.ministry_date]
    if bool(begin) != bool(end):
        return [DRAFT_WORDS.ministry_both]
    opens = read_time(fields["opens"])
    closes = read_time(fields["closes"])
    if begin and end and opens and closes and opens.date() <= end.date() and begin.date() <= closes.date():
        return [DRAFT_WORDS.ministry_overlap]
    return []


def read_time(text: str) -> datetime | None:
    """A moment on the wall clock of these years, or nothing."""
    try:
        time = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return time if time.year in YEARS else None


def _check_custody(fields: Mapping[str, str]) -> list[str]:
    """Three holders share a key only when they are three."""
    if fields[CUSTODY] not in ("", *Custody):
        return [KEY_WORDS.no_custody]
    named = {fields[name] for name in HOLDERS if fields[name]}
    if fields[CUSTODY] == Custody.SHARED and len(named) < len(HOLDERS):
        return [KEY_WORDS.three_holders]
    return []


def _check_wording(fields: Mapping[str, str]) -> list[str]:
    day = datetime.min.date()
    notice = Notice(fields["county"], fields["organiser"], DRAFT_WORDS.title, day, day, invented=False)
    try:
        describe_notice(notice)
    except WordingError as problem:
        return [str(sentence) for sentence in problem.args]
    return []


def _check_tables(session: Session, fields: Mapping[str, str]) -> list[str]:
    waiting = set(session.scalars(select(FrameRow.group).where(FrameRow.round_id.is_(None)).distinct()))
    problems = [] if session.scalar(select(func.count()).select_from(School)) else [DRAFT_WORDS.no_schools]
    if not waiting:
        return [*problems, DRAFT_WORDS.no_frame]
    rule = load_rule(fields["rule"]) if fields["rule"] in list_rules() else None
    lacking = [Group(group).zh for group in (rule.groups if rule else ()) if group not in waiting]
    return problems + ([DRAFT_WORDS.lacking.format(groups="、".join(lacking))] if lacking else [])
