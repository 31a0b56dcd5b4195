"""`survey report`: the documents of a round in the store. From files, and the check of an edited one, stand apart."""

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from reports.report.insert import LOWEST_LEVEL, USUAL_LEVEL
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, existing, input_folder, output, round_name
from survey_app.closing.round_tables import load_compared
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.settings import beijing_now
from survey_app.results.documents import PARTS, write_report, write_round_paperwork
from survey_app.results.minute_pages import write_closing_minute
from survey_app.results.releasing import release_bundle
from survey_app.rounds.own_texts import read_words, store_words
from survey_app.rounds.round_rows import find_round

CHECK = "check"
BUNDLE = "bundle"
PAPERWORK = "paperwork"
MINUTE = "minute"

released_by = click.option(
    "--released-by", multiple=True, metavar="姓名", help="放行复算材料包的人；写两次，写明两个不同的人。"
)


class ReportCommand(click.Command):
    """`survey report`, and `survey report check`, which takes none of its options."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of `check` where that is the first word."""
        if args[:1] == [CHECK]:
            check: click.Command = _read("edited_command", "check_report")
            return check.make_context(f"{info_name} {args.pop(0)}", args, parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


def _read(module: str, name: str) -> Any:
    """What another module of the command line holds, read when it is called: a report needs none of what it needs."""
    return getattr(import_module(f"survey_app.cli.{module}"), name)


@click.command(
    "report", cls=ReportCommand, short_help="写出报告：自评报告的一节、自评报告和附表、复算材料包，以及通知和信函。"
)
@directory
@round_name
@click.option(
    "--part", type=click.Choice([*PARTS, BUNDLE, MINUTE, "all", PAPERWORK]), default="insert", show_default=True
)
@click.option(
    "--heading-level",
    type=click.IntRange(1, LOWEST_LEVEL),
    default=USUAL_LEVEL,
    show_default=True,
    help="插入部分“社会认可度”的标题级别：1 为一、，2 为（一），3 为 1.。",
)
@click.option(
    "--from", "county", type=input_folder, default=None, help="由这个目录中的文件写出（facts.toml 等）；不用数据库。"
)
@click.option(
    "--words",
    "written",
    type=existing,
    default=None,
    help="办公室写的文字和过程性材料（TOML），存入这次调查后写进报告。",
)
@released_by
@output
def report(
    folder: Path,
    round_name: str | None,
    part: str,
    heading_level: int,
    county: Path | None,
    written: Path | None,
    released_by: tuple[str, ...],
    out: Path,
) -> None:
    """写出报告：自评报告的一节（insert）、自评报告、附表和复算表（annex）、给群众看的一页（citizen）、
    给审签领导看的一页送审说明（briefing）、复算材料包（bundle，须由两人放行）、
    调查结束及启封记录（minute，供两人签字）、全部（all）。

    通知、信函和问卷送审稿（paperwork）在调查进行中也可以写出，其中没有结果。
    核对交回的修改稿用 survey report check 文件。
    """
    if county:
        _read("county_report", "report_files")(county, part, heading_level, out, written)
        return
    if part == BUNDLE or (part == "all" and released_by):
        _write_bundle(folder, round_name, out, released_by)
    elif part == "all":
        click.echo("没有写复算材料包：它须由两人共同放行，请写两次 --released-by。", err=True)
    if part == BUNDLE:
        return
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        if written:
            store_words(session, round_, read_words(written), actor=SERVER_OWNER, now=beijing_now())
        if part == PAPERWORK:
            paths = write_round_paperwork(session, out, round_)
        elif part == MINUTE:
            paths = write_closing_minute(session, round_, out)
        else:
            parts = PARTS if part == "all" else (part,)
            paths = write_report(out, round_, load_compared(session, round_), parts, level=heading_level)
    for path in paths:
        click.echo(str(path))


def _write_bundle(folder: Path, round_name: str | None, out: Path, names: tuple[str, ...]) -> None:
    """Release the evidence bundle of a round, in a transaction of its own."""
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        path = release_bundle(session, round_, out, names, actor=SERVER_OWNER, now=beijing_now())
    click.echo(str(path))
