"""Commands on the store: import, template, issue, status, report, audit."""

import secrets
from pathlib import Path

import click
from sqlalchemy import select

from questionnaires.paper import GROUPS, load_paper
from survey_app.audit import load_audit
from survey_app.cli.options import (
    ACTOR,
    as_json,
    directory,
    echo_json,
    existing,
    open_store,
    output,
    round_name,
    transaction,
)
from survey_app.closing import load_published
from survey_app.documents import notice_of, write_codes, write_report
from survey_app.errors import SurveyError
from survey_app.issuing import issue_codes
from survey_app.models import School
from survey_app.monitoring import load_status
from survey_app.rounds import PAPERS, find_round
from survey_app.schools import store_county_values, store_frame, store_resources, store_schools
from survey_app.settings import beijing_now
from survey_app.sheets import KINDS, Sheet, read_sheet, write_template

STORED = ("schools", "resources", "county", "frame")


@click.command("import")
@click.argument("kind", type=click.Choice(STORED))
@click.argument("files", nargs=-1, required=True, type=existing)
@directory
@click.option("--year", default=None, help="学年，例如 2025-2026；办学条件和县级数据必填。")
def import_(kind: str, files: tuple[Path, ...], folder: Path, year: str | None) -> None:
    """导入 CSV 或 XLSX；有一处问题就整份不导入，并列出全部问题。"""
    if kind in ("resources", "county") and year is None:
        raise SurveyError("请用 --year 写明学年，例如 --year 2025-2026。")
    with transaction(folder) as session:
        known = set(session.scalars(select(School.code))) if kind == "resources" else None
        for file in files:
            sheet = read_sheet(kind, file, year=year, known_schools=known)
            if kind == "schools":
                store_schools(session, sheet.table, actor=ACTOR)
            elif kind == "frame":
                store_frame(session, sheet.table, actor=ACTOR)
            elif kind == "resources":
                store_resources(session, sheet.table, str(year), actor=ACTOR)
            else:
                store_county_values(session, sheet.table, str(year), actor=ACTOR)
            _echo_sheet(file, sheet)


def _echo_sheet(file: Path, sheet: Sheet) -> None:
    click.echo(f"{file.name}：导入 {len(sheet.table)} 行。")
    for note in sheet.notes:
        click.echo(note)


@click.command("template")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--out", "path", type=existing, default=None, help="文件名（.xlsx 或 .csv）；不写则为 类型.xlsx。")
def template(kind: str, path: Path | None) -> None:
    """写一份空表，带中英文表头和填写说明。"""
    target = path or Path(f"{kind}.xlsx")
    write_template(kind, target, items=load_paper(PAPERS[0]).item_ids)
    click.echo(str(target))


@click.command("issue")
@directory
@round_name
@click.option("--unit", default=None, help="只为这个单位发码（名册中的单位）；不写则为全部单位。")
@click.option("--kind", type=click.Choice(["slips", "class"]), default="slips", show_default=True)
@click.option("--reprint", is_flag=True, help="作废尚未使用的旧码，重新发码。")
@output
def issue(folder: Path, round_name: str | None, unit: str | None, kind: str, reprint: bool, out: Path) -> None:
    """制作一人一码答题条，或班级码。"""
    settings, _ = open_store(folder)
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        codes = issue_codes(
            session,
            round_,
            "slip" if kind == "slips" else "class",
            unit=unit,
            reprint=reprint,
            actor=ACTOR,
            now=beijing_now(),
            random=secrets.token_bytes,
        )
        paths = write_codes(out, kind, codes, notice_of(round_), settings.public_url)
    click.echo(f"共 {len(codes)} 个码，写入 {out}（{len(paths)} 个文件）。")


@click.command("status")
@directory
@round_name
@as_json
def status(folder: Path, round_name: str | None, as_json: bool) -> None:
    """各类对象和各单位的回收进度；只有数量，没有答案。"""
    with transaction(folder) as session:
        counts = load_status(session, find_round(session, round_name))
    if as_json:
        echo_json(counts)
        return
    click.echo(f"调查批次 {counts['round']}（{counts['state']}）：收到答卷 {counts['forms']} 份")
    for group, row in counts["groups"].items():
        received = f"收到 {row['forms']}，目标 {row['target']}"
        click.echo(f"{GROUPS[group]}：{received}，发码 {row['issued']}，共 {row['population']} 人")


@click.command("report")
@directory
@round_name
@output
def report(folder: Path, round_name: str | None, out: Path) -> None:
    """写出已结束批次的社会认可度报告（docx 和 pdf）。"""
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        for path in write_report(out, round_, load_published(session, round_)):
            click.echo(str(path))


@click.command("audit")
@directory
@as_json
def audit(folder: Path, as_json: bool) -> None:
    """操作记录：谁在什么时候做了什么。"""
    with transaction(folder) as session:
        rows = [
            {
                "at": row.at.isoformat(sep=" ", timespec="seconds"),
                "actor": row.actor,
                "action": row.action,
                "subject": row.subject,
                "detail": row.detail,
            }
            for row in load_audit(session)
        ]
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))
