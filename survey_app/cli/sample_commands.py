"""`survey sample`: the sample is proposed, changed with reasons, drawn and written down to be signed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import click
import pandas as pd
from msgspec import Struct, to_builtins

from analysis.plan.planned_units import find_unshown
from analysis.sample import write_design
from analysis.sample.drawing import DrawnSample
from analysis.sample.sample_plan import SamplePlan
from questionnaires.rule import list_rules, load_papers, load_rule
from questionnaires.vocabulary import DrawnUnit, Group
from reports.document.document import Document
from reports.handouts.sample_record import RECORD_FILES, DrawFacts, sample_record, write_record
from reports.setting.figures import count
from reports.setting.findings import name_stratum
from reports.setting.typesetting import FontMissingError
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, echo_json, existing, on_store, return_rate_option
from survey_app.cli.sheet_options import echo_notes
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import Faults, SurveyError
from survey_app.core.settings import beijing_now
from survey_app.frame.sample_sheet import PLAN_FILE, read_changes, write_plan
from survey_app.frame.sheets import read_sheet
from survey_app.rounds.draft import load_draft
from survey_app.rounds.frame_rows import frame_table, load_waiting
from survey_app.rounds.opening import name_schools
from survey_app.rounds.sampling import SampleRequest, change_plan, keep_sample, make_sample, propose, say_idle
from survey_app.rounds.sampling_lines import say_draw, say_few_invited, say_group
from survey_app.rounds.sampling_words import SAMPLE_WORDS

FRAME_FILE = "frame.csv"
DESIGN_FILE = "design.json"


@click.command("sample")
@click.option("--frame", type=existing, default=None, help="调查对象名册；不写则用 --dir 里已导入的。")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=None,
    help="数据目录：从已导入的名册抽样，保存在准备中的批次里。",
)  # fmt: skip
@click.option("--rule", "rule_name", type=click.Choice(list_rules()), required=True, help="认可度测算规则。")
@click.option("--population", type=click.IntRange(min=1), required=True, help="常住人口。")
@click.option("--seed", default=None, help="随机种子，例如当众抽取的八位数字；不写则只写出抽样方案，不抽取。")
@return_rate_option
@click.option(
    "--stage", type=click.Choice([unit.value for unit in DrawnUnit]), default=DrawnUnit.CLASS.value, show_default=True,
    help="学生和家长先抽学校（school）、班级（class）还是个人（person）。",
)  # fmt: skip
@click.option("--changes", type=existing, default=None, help=f"改过的{PLAN_FILE}：改动的行须写明理由。")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="名册、抽样设计和抽样情况记录表写入这个目录。"
)
@as_json
@on_store
def sample(
    frame: Path | None,
    folder: Path | None,
    rule_name: str,
    population: int,
    seed: str | None,
    return_rate: float | None,
    stage: str,
    changes: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """按规则提出抽样方案，按随机种子抽取，写出名册、抽样设计和供两人签字的抽样情况记录表。"""
    if (frame is None) == (folder is None):
        raise SurveyError(say_command("sample_from"))
    if out is None and (folder is None or seed is None):
        raise SurveyError(say_command("sample_out_missing"))
    check_folder(out, drawn=seed is not None)
    faults = Faults()
    changed = faults.read(lambda: read_changes(changes)) if changes else ()
    sheet = faults.read(lambda: read_sheet("frame", frame)) if frame else None
    faults.raise_all()
    request = SampleRequest(
        rule=rule_name,
        population=population,
        stage=DrawnUnit(stage),
        return_rate=return_rate,
        seed=seed or "",
        changes=changed or (),
    )
    if frame and sheet:
        echo_notes([(frame, sheet)])
        told = _draw_frame(sheet.table, request, out) if seed is not None else _propose(sheet.table, request, out)
    else:
        assert folder is not None
        told = _draw_stored(folder, request, out, drawn=seed is not None)
    if as_json:
        echo_json(told.content)
    else:
        click.echo("\n".join(told.lines))


class Told(Struct, frozen=True, kw_only=True):
    """What the command says: lines for a person, an object for scripts."""

    lines: list[str]
    content: dict[str, Any]


def _propose(frame: pd.DataFrame, request: SampleRequest, out: Path | None) -> Told:
    """Write the plan alone."""
    assert out is not None
    proposed = propose(frame, request)
    plan = change_plan(proposed, request.changes)
    _echo_idle(proposed, request)
    with _written_whole(out) as waiting:
        write_plan(waiting / PLAN_FILE, plan)
    lines = [*_plan_lines(plan), say_command("plan_written", file=out / PLAN_FILE)]
    return Told(lines=lines, content=_describe_plan(plan))


def _draw_frame(frame: pd.DataFrame, request: SampleRequest, out: Path | None) -> Told:
    assert out is not None
    made = make_sample(frame, request)
    _echo_idle(made.proposed, request)
    facts = DrawFacts(county="", drawn_by="", day=beijing_now().date())
    with _written_whole(out) as waiting:
        written = write_sample(waiting, out, made, sample_record(made, facts, {}))
    return _tell(made, written)


def _draw_stored(folder: Path, request: SampleRequest, out: Path | None, *, drawn: bool) -> Told:
    """Draw from the frame in the store; the files come into `out` only once the draw is kept."""
    if not drawn:
        with transaction(folder) as session:
            return _propose(frame_table(load_waiting(session)), request, out)
    with _written_whole(out) if out else nullcontext() as waiting, transaction(folder) as session:
        made = keep_sample(session, request, actor=SERVER_OWNER, now=beijing_now())
        facts = DrawFacts(county=load_draft(session)["county"], drawn_by="", day=beijing_now().date())
        document = sample_record(made, facts, name_schools(session))
        written = write_sample(waiting, out, made, document) if out and waiting else None
    _echo_idle(made.proposed, request)
    told = _tell(made, written)
    return Told(lines=[*told.lines, SAMPLE_WORDS.kept], content=told.content)


def _echo_idle(proposed: SamplePlan, request: SampleRequest) -> None:
    for note in say_idle(proposed, request.changes):
        click.echo(note, err=True)


def check_folder(out: Path | None, *, drawn: bool) -> None:
    """Raise for a folder that cannot be written to, or holds what would be written over."""
    if out is None:
        return
    if out.exists() and not out.is_dir():
        raise SurveyError(SAMPLE_WORDS.not_a_folder.format(folder=out))
    files = [FRAME_FILE, DESIGN_FILE, *RECORD_FILES] if drawn else [PLAN_FILE]
    there = [name for name in files if (out / name).exists()]
    if there:
        raise SurveyError(*(SAMPLE_WORDS.there.format(folder=out, file=name) for name in there))


class Written(Struct, frozen=True, kw_only=True):
    """Where a draw was written, and what could not be."""

    folder: Path
    files: list[str]
    note: str = ""


def write_sample(waiting: Path, out: Path, made: DrawnSample, document: Document) -> Written:
    """Write frame, design, plan and record for `out`; without a Chinese typeface the PDF is left out and said."""
    note = ""
    made.frame.to_csv(waiting / FRAME_FILE, index=False, float_format="%g")
    design = json.dumps(write_design(made.design), ensure_ascii=False, indent=1)
    (waiting / DESIGN_FILE).write_text(design + "\n", encoding="utf-8")
    if not (out / PLAN_FILE).exists():
        write_plan(waiting / PLAN_FILE, made.chosen)
    try:
        write_record(waiting, document)
    except FontMissingError as missing:
        note = str(missing)
    files = sorted(path.name for path in waiting.iterdir())
    return Written(folder=out, files=files, note=note)


@contextmanager
def _written_whole(out: Path) -> Iterator[Path]:
    """A folder beside `out`, whose files come into it when everything is written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        waiting = Path(mkdtemp(prefix=".", dir=out))
    except OSError as error:
        raise SurveyError(SAMPLE_WORDS.not_written.format(folder=out, problem=error.strerror)) from None
    try:
        yield waiting
        for path in sorted(waiting.iterdir()):
            path.rename(out / path.name)
    except OSError as error:
        raise SurveyError(SAMPLE_WORDS.not_written.format(folder=out, problem=error.strerror)) from None
    finally:
        rmtree(waiting, ignore_errors=True)


def _tell(made: DrawnSample, written: Written | None) -> Told:
    invited = made.frame.groupby("group").invited.sum()
    lines = list(_group_lines(made))
    content = _describe_plan(made.chosen) | {
        "seed": made.design.seed,
        "invited": {str(group): int(number) for group, number in invited.items()},
    }
    if written:
        files = "、".join(written.files)
        lines.append(SAMPLE_WORDS.written.format(invited=count(int(invited.sum())), folder=written.folder, files=files))
        if written.note:
            click.echo(written.note, err=True)
    return Told(lines=lines, content=content)


def _describe_plan(plan: SamplePlan) -> dict[str, Any]:
    content: dict[str, Any] = to_builtins(plan)
    content.pop("rows")
    return content


def _plan_lines(plan: SamplePlan) -> Iterator[str]:
    for line in plan.strata:
        yield SAMPLE_WORDS.stratum.format(
            group=Group(line.group).zh,
            stratum=name_stratum(line.stratum),
            how=say_draw(line),
            people=count(line.people),
        )


def _group_lines(made: DrawnSample) -> Iterator[str]:
    """One line a group: how it was drawn, how many are invited, how many are expected back; then who is not shown."""
    rate = made.chosen.return_rate
    for group in Group:
        rows = made.frame[made.frame.group == group.value]
        strata = [line for line in made.chosen.strata if line.group == group]
        if strata:
            invited = int(rows.invited.sum())
            yield SAMPLE_WORDS.drawn_group.format(
                group=group.zh,
                how=say_group(strata, drawn=int((rows.invited > 0).sum())),
                invited=count(invited),
                expected=count(int(invited * rate + 1e-9)),
            )
    rule = load_rule(made.chosen.rule)
    numbers = {str(group): int(number) for group, number in made.frame.groupby("group").invited.sum().items()}
    asked = {group: number for group, number in numbers.items() if group in rule.groups}
    yield from say_few_invited(find_unshown(asked, load_papers(rule), rule.smallest, rate))
