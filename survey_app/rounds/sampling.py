"""Drawing the sample of the round that is being prepared: proposed, changed with reasons, drawn, kept in the draft."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from analysis.plan.proposing import propose_sample
from analysis.sample import Design, write_design
from analysis.sample.design import read_design
from analysis.sample.drawing import DrawnSample, draw_sample, sum_frame
from analysis.sample.sample_plan import Fault, SamplePlan, SampleStratum, apply_changes, list_changes
from questionnaires.rule import load_rule
from questionnaires.vocabulary import DrawnUnit, Group
from reports.setting.findings import name_stratum
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, Fact, NotFoundError, SurveyError
from survey_app.core.models import Audit, Draft, FrameRow, Round
from survey_app.rounds.frame_rows import frame_table, load_waiting
from survey_app.rounds.sampling_words import SAMPLE_WORDS

SAMPLE = "sample"
TAKE_SAMPLE = "take_sample"
LONGEST_SEED = 64


class SampleRequest(Struct, frozen=True, kw_only=True):
    """What a sample is drawn by: the rule, the residents, what is drawn first, the expected return, a seed.

    `return_rate` None: the rule's. `changes` are the office's numbers, each with its reason.
    """

    rule: str
    population: int
    stage: DrawnUnit = DrawnUnit.CLASS
    return_rate: float | None = None
    seed: str = ""
    changes: tuple[SampleStratum, ...] = ()


class KeptSample(Struct, frozen=True, kw_only=True):
    """A draw as the draft keeps it until the round opens: by what, by whom, when, of which frame, its design."""

    request: SampleRequest
    drawn_by: str
    drawn_at: datetime
    frame_sum: str
    design: dict[str, Any]


def propose(frame: pd.DataFrame, request: SampleRequest) -> SamplePlan:
    """The sample that the rule asks of the frame; raises SurveyError when nobody of it is in the frame."""
    rule = load_rule(request.rule)
    plan = propose_sample(rule, frame, request.population, return_rate=request.return_rate, stage=request.stage)
    there = {line.group for line in plan.strata}
    if not there:
        raise SurveyError(SAMPLE_WORDS.nobody.format(rule=rule.id))
    lacking = [group for group in rule.groups if group not in there]
    if lacking:
        raise SurveyError(*(SAMPLE_WORDS.empty_group.format(group=Group(group).zh) for group in lacking))
    return plan


def change_plan(proposed: SamplePlan, changes: Sequence[SampleStratum]) -> SamplePlan:
    """The plan with an office's changes, whose strata may be named in Chinese; raises SurveyError with all faults."""
    chosen, faults = _apply(proposed, changes)
    if faults:
        raise SurveyError(*faults)
    return chosen


def _apply(proposed: SamplePlan, changes: Sequence[SampleStratum]) -> tuple[SamplePlan, list[str]]:
    names = {name_stratum(line.stratum): line.stratum for line in proposed.strata}
    named = [replace(line, stratum=names.get(line.stratum, line.stratum)) for line in changes]
    chosen, faults = apply_changes(proposed, named)
    return chosen, [_say_fault(fault) for fault in faults]


def say_idle(proposed: SamplePlan, changes: Sequence[SampleStratum]) -> list[str]:
    """A sentence for each stratum with a reason but no change: somebody may have forgotten the number."""
    chosen, _ = _apply(proposed, changes)
    changed = {after.key for _, after in list_changes(proposed, chosen)}
    names = {(line.group, name_stratum(line.stratum)): line.key for line in proposed.strata}
    return [
        SAMPLE_WORDS.idle.format(group=Group(line.group).zh, stratum=name_stratum(line.stratum), reason=line.reason)
        for line in changes
        if line.reason.strip() and names.get((line.group, line.stratum), line.key) not in changed
    ]


def make_sample(frame: pd.DataFrame, request: SampleRequest) -> DrawnSample:
    """Propose, change and draw; raises SurveyError with everything that is wrong with seed and changes."""
    proposed = propose(frame, request)
    chosen, problems = _apply(proposed, request.changes)
    if not is_seed(request.seed):
        problems.append(SAMPLE_WORDS.no_seed)
    if problems:
        raise SurveyError(*problems)
    drawn = draw_sample(frame, chosen, request.seed)
    return DrawnSample(proposed=proposed, chosen=chosen, frame=drawn.frame, design=drawn.design)


def is_seed(text: str) -> bool:
    """Whether a text may be a seed: short, printable, nothing around it.

    >>> is_seed("20261126"), is_seed(" 7"), is_seed("")
    (True, False, False)
    """
    return 0 < len(text) <= LONGEST_SEED and text.isprintable() and text == text.strip()


def keep_sample(session: Session, request: SampleRequest, *, actor: str, now: datetime) -> DrawnSample:
    """Draw from the frame that waits, write `invited` into it and keep the draw in the draft.

    Raises SurveyError when there is no frame, or seed or changes cannot stand; then nothing is changed.
    """
    rows = load_waiting(session)
    if not rows:
        raise ConflictError(Fact("frame_missing", SAMPLE_WORDS.no_frame))
    sample = make_sample(frame_table(rows), request)
    invited = [{"id": row.id, "invited": int(n)} for row, n in zip(rows, sample.frame.invited, strict=True)]
    session.execute(update(FrameRow), invited)
    made = KeptSample(
        request=request,
        drawn_by=actor,
        drawn_at=now,
        frame_sum=sum_frame(sample.frame),
        design=write_design(sample.design),
    )
    draft = session.get(Draft, 1)
    fields = dict(draft.fields) if draft else {}
    chosen = {"rule": request.rule, "population": str(request.population), SAMPLE: to_builtins(made)}
    session.merge(Draft(id=1, fields=fields | chosen))
    changes = [to_builtins(after) for _, after in list_changes(sample.proposed, sample.chosen)]
    about = {name: getattr(request, name) for name in ("rule", "population", "seed", "return_rate")}
    record(session, actor, "sample", "frame", at=now, **about, stage=request.stage.value, changes=changes)
    return sample


def find_kept_sample(session: Session) -> KeptSample | None:
    """The draw that the draft keeps, if one does and the frame is still the one it was drawn from."""
    draft = session.get(Draft, 1)
    content = draft.fields.get(SAMPLE) if draft else None
    if not content:
        return None
    made = convert(content, KeptSample)
    rows = load_waiting(session)
    return made if rows and sum_frame(frame_table(rows)) == made.frame_sum else None


def void_sample(session: Session, *, actor: str, now: datetime) -> bool:
    """Forget the draw of a frame that is replaced; tells whether there was one."""
    draft = session.get(Draft, 1)
    if draft is None or SAMPLE not in draft.fields:
        return False
    draft.fields = {name: value for name, value in draft.fields.items() if name != SAMPLE}
    record(session, actor, "void_sample", "frame", at=now)
    return True


def check_sample(session: Session, rule: str, population: int) -> list[str]:
    """Why a round of this rule and population cannot take the draw that is kept; nothing without a draw."""
    made = find_kept_sample(session)
    if made is None:
        return []
    told = made.request
    problems = []
    if rule != told.rule:
        problems.append(SAMPLE_WORDS.other_rule.format(kept=told.rule, given=rule))
    if population != told.population:
        problems.append(SAMPLE_WORDS.other_population.format(kept=told.population, given=population))
    return problems


def take_sample(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Give the kept draw to the round that opens: its design, and in the audit by whom and by what it was drawn."""
    made = find_kept_sample(session)
    if made is None:
        return
    round_.design = made.design
    draft = session.get_one(Draft, 1)
    draft.fields = {name: value for name, value in draft.fields.items() if name != SAMPLE}
    about = to_builtins(made)
    about.pop("design")
    record(session, actor, TAKE_SAMPLE, f"round {round_.name}", at=now, **about)


class FoundSample(Struct, frozen=True, kw_only=True):
    """A draw that is kept, drawn again: the same seed and frame give the same; `county` as its round calls it."""

    made: KeptSample
    sample: DrawnSample
    county: str
    invented: bool


def find_sample(session: Session) -> FoundSample:
    """The draw that waits in the draft, else that of the latest round; raises NotFoundError when there is none."""
    if made := find_kept_sample(session):
        draft = session.get_one(Draft, 1)
        sample = make_sample(frame_table(load_waiting(session)), made.request)
        return FoundSample(made=made, sample=sample, county=draft.fields.get("county", ""), invented=False)
    round_ = session.scalars(select(Round).order_by(Round.id.desc())).first()
    taken = (
        select(Audit).where(Audit.action == TAKE_SAMPLE, Audit.subject == f"round {round_.name}") if round_ else None
    )
    row = session.scalars(taken).first() if taken is not None else None
    if round_ is None or row is None:
        raise NotFoundError(SAMPLE_WORDS.not_drawn)
    made = convert({**row.detail, "design": round_.design}, KeptSample)
    rows = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id))
    sample = make_sample(frame_table(list(rows)), made.request)
    return FoundSample(made=made, sample=sample, county=round_.county, invented=round_.invented)


def find_design(round_: Round) -> Design | None:
    """The design of a round, None where nobody declared one."""
    return read_design(round_.design) if round_.design else None


def _say_fault(fault: Fault) -> str:
    sentence: str = getattr(SAMPLE_WORDS, fault.kind)
    stratum = fault.stratum if fault.kind == "unknown" else name_stratum(fault.stratum)
    return sentence.format(group=Group(fault.group).zh, stratum=stratum, most=fault.most)
