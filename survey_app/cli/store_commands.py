"""Commands on the store: import, template, issue."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from analysis.standard import list_standards
from questionnaires.rule import USUAL_RULE, list_rules, load_rule
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Group, JobKind
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import open_store, transaction
from survey_app.cli.options import directory, existing, output, round_name, school_year
from survey_app.cli.sheet_options import coding, mapping, stated_mapping
from survey_app.codes.issuing import CODES, IssuedCode, find_frame_row, issue_codes, issue_more
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import SurveyError
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.frame.assignments import load_assignment
from survey_app.frame.control_totals import control_totals
from survey_app.frame.empty_sheets import write_empty_sheet
from survey_app.frame.importing import KEYS, USUAL_STANDARD, Import, mark_refused, read_import, store_import
from survey_app.frame.sheets import KINDS, Coding, Mapping, list_ready, load_mapping
from survey_app.imported_forms.form_files import FormFiles
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.imported_forms.intake_lines import intake_lines, unit_lines
from survey_app.imported_forms.storing_imported import store_imported
from survey_app.results.code_papers import notice_of, write_codes
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.trial_slips import TrialStep, note_owner

RESPONSES = "responses"
KEPT = Path("kept")


@click.command("import")
@click.argument("kind", type=click.Choice([*KEYS, RESPONSES]))
@click.argument("files", nargs=-1, required=True, type=existing)
@directory
@click.option("--year", type=school_year, default=None, help="学年，例如 2025-2026；办学条件和县级数据必填。")
@click.option("--checked", is_flag=True, help="与其他学校相差悬殊的办学条件数值已经核实。")
@click.option("--marked", type=existing, default=None, help="不能导入时，把标出问题的副本写成这个文件（.xlsx）。")
@mapping
@coding
def import_(
    kind: str,
    files: tuple[Path, ...],
    folder: Path,
    year: SchoolYear | None,
    checked: bool,
    marked: Path | None,
    **stated: Any,
) -> None:
    """导入工作簿或 CSV，几个文件合成一份；有一处问题就整份不导入，并列出全部问题。

    responses 把纸质问卷和其他平台的答卷封存到进行中的调查批次；同一份不会计两次。
    """
    mapping = _find_mapping(folder, kind, **stated)
    if kind == RESPONSES:
        if marked:
            raise SurveyError(say_command("no_marked_answers"))
        _import_responses(folder, FormFiles(files=files, mapping=mapping))
        return
    asked = Import(kind=kind, files=files, year=year, checked=checked, mapping=mapping)
    try:
        with transaction(folder, begins=True) as session:
            incoming = store_import(session, asked, actor=SERVER_OWNER, now=beijing_now())
    except SurveyError:
        if marked:
            _write_marked(folder, asked, marked)
        _name_ready(folder, asked)
        raise
    sheet = incoming.sheet
    changes = incoming.changes
    click.echo(f"导入 {len(sheet.table)} 行。")
    click.echo(control_totals(sheet).sentence)
    click.echo(f"新增 {len(changes.added)} 行，删除 {len(changes.removed)} 行，改动 {len(changes.changed)} 处。")
    for note in sheet.notes:
        click.echo(note)


def _write_marked(folder: Path, asked: Import, path: Path) -> None:
    """The marked copies of what was refused: the first under this name, others with a number behind it."""
    with transaction(folder, begins=True) as session:
        copies = mark_refused(session, asked)
    for number, copy in enumerate(copies, start=1):
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        target.write_bytes(copy.content)
        click.echo(say_command("marked", path=target), err=True)


def _name_ready(folder: Path, asked: Import) -> None:
    """Name each ready mapping with which refused files could be read; nothing where one was stated."""
    for name, title in list_ready(asked.kind).items() if asked.mapping == Mapping() else ():
        with transaction(folder, begins=True) as session, suppress(SurveyError):
            read_import(session, replace(asked, mapping=load_mapping(Path(name))))
            click.echo(say_command("ready", title=title, name=name), err=True)


def _find_mapping(folder: Path, kind: str, mapping: Path | None, coding: Coding | None) -> Mapping:
    """How the files are to be read: as a file of the command says, or as the county's last one was."""
    if mapping != KEPT:
        return stated_mapping(mapping, coding)
    with transaction(folder, begins=True) as session:
        return load_assignment(session, kind).with_coding(coding)


def _import_responses(folder: Path, asked: FormFiles) -> None:
    """Answers into the open round, and what is told of them: counts alone."""
    settings, engine = open_store(folder, begins=True)
    intake = store_imported(engine, asked, keys=settings.keys, actor=SERVER_OWNER, now=beijing_now())
    for line in (*intake_lines(intake), *unit_lines(intake)):
        click.echo(line)
    click.echo(IMPORTED_WORDS.stored.format(n=intake.fresh.total()))


@click.command("template")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--out", "path", type=existing, default=None, help="文件名（.xlsx 或 .csv）；不写则为 类型.xlsx。")
@click.option("--rule", "rule_name", type=click.Choice(list_rules()), default=USUAL_RULE, show_default=True)
@click.option("--standard", type=click.Choice(list_standards()), default=USUAL_STANDARD, show_default=True)
def template(kind: str, path: Path | None, rule_name: str, standard: str) -> None:
    """写一份空表，带中英文表头和填写说明；答卷的题目和选项按 --rule 的问卷，县级数据的指标按 --standard。"""
    target = path or Path(f"{kind}.xlsx")
    write_empty_sheet(kind, target, load_rule(rule_name), standard)
    click.echo(str(target))


@click.command("issue")
@directory
@round_name
@click.option("--unit", default=None, help="只为这个单位发码（名册中的单位）；不写则为全部单位。")
@click.option("--kind", type=click.Choice([kind.value for kind in CODES]), default="slips", show_default=True)
@click.option("--reprint", is_flag=True, help="作废尚未使用的旧码，重新发码。")
@click.option(
    "--more", type=click.IntRange(1, 999), default=None, help="加发几张答题条（--unit 中的一个班或一类对象）。"
)
@click.option("--group", type=click.Choice([group.value for group in Group]), default=None, help="加发给哪类对象。")
@click.option("--class", "class_", default="", help="加发给哪个班；没有班级的不写。")
@click.option("--reason", default="", help="给没有抽中的人加发的理由，会记入操作记录。")
@output
def issue(
    folder: Path, round_name: str | None, unit: str | None, kind: str, reprint: bool, out: Path, **more: Any
) -> None:
    """制作一人一码答题条（slips）、班级码（class），或公共场所的公共码（public）。"""
    settings, _ = open_store(folder)
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        untried = note_owner(
            session, round_, TrialStep.ISSUE, settings.public_url, actor=SERVER_OWNER, now=beijing_now()
        )
        asked = MoreAsked(unit=unit or "", **more)
        if asked.more or asked.group or asked.class_ or asked.reason:
            codes = _issue_more(session, round_, asked)
        else:
            codes = issue_codes(
                session,
                round_,
                CODES[JobKind(kind)],
                unit=unit,
                reprint=reprint,
                actor=SERVER_OWNER,
                now=beijing_now(),
                random=secrets.token_bytes,
            )
        paths = write_codes(out, JobKind.SLIPS if asked.more else kind, codes, notice_of(round_), settings.public_url)
    click.echo(f"共 {len(codes)} 个码，写入 {out}（{len(paths)} 个文件）。")
    for sentence in untried:
        click.echo(sentence)


@dataclass(frozen=True, kw_only=True)
class MoreAsked:
    """Some more slips for one row of the frame, and why if nobody of them was drawn."""

    unit: str
    more: int | None
    group: Group | None
    class_: str
    reason: str


def _issue_more(session: Session, round_: Round, asked: MoreAsked) -> list[IssuedCode]:
    if not (asked.unit and asked.group and asked.more):
        raise SurveyError(say_command("more_needs"))
    row = find_frame_row(session, round_, group=asked.group, unit=asked.unit, class_=asked.class_)
    return issue_more(
        session,
        round_,
        row.id,
        asked.more,
        reason=asked.reason,
        actor=SERVER_OWNER,
        now=beijing_now(),
        random=secrets.token_bytes,
    )
