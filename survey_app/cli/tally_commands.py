"""`survey tally`: forms counted in parts, on this machine or on a Dask cluster."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from sqlalchemy.orm import Session

from analysis.places import partition
from questionnaires.paper import load_paper
from questionnaires.rule import list_rules, load_papers, load_rule
from survey_app.cli.opened_store import open_store
from survey_app.cli.options import as_json, directory, echo_json, existing, output_folder, round_name
from survey_app.closing.scaling import (
    Runner,
    Tallied,
    compare_cells,
    list_files,
    load_evidence,
    run_here,
    run_on,
    split_round,
    tally_parts,
)
from survey_app.core.audit import SERVER_OWNER, record
from survey_app.core.db import is_file
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.frame.sheets import read_sheet
from survey_app.rounds.round_rows import find_round

PRIVATE = 0o600


@click.command("tally")
@directory
@round_name
@click.option("--scheduler", default=None, help="Dask 调度器的地址，例如 tcp://10.0.0.5:8786；不写则在本机计数。")
@click.option("--parts", type=click.IntRange(min=1), default=8, show_default=True, help="把库中的答卷分成几部分。")
@click.option("--forms", type=output_folder, default=None, help="改为计数这个目录里的 Parquet 文件（一文件一部分）。")
@click.option("--frame", type=existing, default=None, help="与 --forms 同用：调查对象名册。")
@click.option("--rule", "rule_name", type=click.Choice(list_rules()), default="quality-2024", show_default=True)
@click.option("--out", type=existing, default=None, help="与 --forms 同用：统计单元写入这个 CSV 文件，只有本人可读。")
@as_json
def tally(
    folder: Path,
    round_name: str | None,
    scheduler: str | None,
    parts: int,
    forms: Path | None,
    frame: Path | None,
    rule_name: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """把答卷分成几部分计数再相加。

    已结束的批次：重新计数，与结束时留存的统计单元逐一核对，一致时退出码为0，不同时为1。
    也可以计数 Parquet 文件里的答卷（--forms、--frame、--out），不用数据库。
    """
    with _runner(scheduler) as run:
        if forms is None:
            found, differences = _count_again(folder, round_name, parts, run, here=scheduler is None)
        else:
            found = _count_files(forms, frame, rule_name, out, run)
            differences = []
    summary = {"received": found.received, "valid": found.valid, "cells": len(found.cells), "differences": differences}
    if as_json:
        echo_json(summary)
    else:
        click.echo(f"收到答卷 {found.received} 份，有效 {found.valid} 份，统计单元 {len(found.cells)} 个。")
        for difference in differences or ([] if forms else ["一致：与结束时留存的统计单元相同。"]):
            click.echo(difference)
    sys.exit(1 if differences else 0)


def _runner(scheduler: str | None) -> AbstractContextManager[Runner]:
    return run_on(scheduler) if scheduler else nullcontext(run_here)


def _count_again(
    folder: Path, round_name: str | None, parts: int, run: Runner, *, here: bool
) -> tuple[Tallied, list[str]]:
    settings, engine = open_store(folder)
    if is_file(engine) and not here:
        raise SurveyError("SQLite 的数据只有本机能读；--scheduler 要用 PostgreSQL，或者 --forms 和 Parquet 文件。")
    with Session(engine) as session, session.begin():
        round_ = find_round(session, round_name)
        evidence = load_evidence(session, round_)
        rule = load_rule(round_.rule)
        papers = tuple(map(load_paper, round_.papers))
        round_id = round_.id
        record(session, SERVER_OWNER, "tally", f"round {round_.name}", at=beijing_now(), parts=parts, here=here)
    engine.dispose()
    found = tally_parts(split_round(settings.database_url, round_id, parts), evidence.places, papers, rule, run)
    kept = evidence.received
    missing = [] if found.received == kept else [f"答卷：结束时 {kept} 份，现在 {found.received} 份。"]
    return found, missing + compare_cells(evidence.cells, found.cells)


def _count_files(forms: Path, frame: Path | None, rule_name: str, out: Path | None, run: Runner) -> Tallied:
    if frame is None or out is None:
        raise SurveyError("--forms 要与 --frame 和 --out 同用。")
    rule = load_rule(rule_name)
    people = read_sheet("frame", frame).table
    places = partition(people[people["group"].isin(rule.groups)].reset_index(drop=True), rule)
    found = tally_parts(list_files(forms), places, load_papers(rule), rule, run)
    out.touch(PRIVATE)
    out.chmod(PRIVATE)
    found.cells.to_csv(out, index=False, lineterminator="\n")
    return found
