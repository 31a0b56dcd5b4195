"""`survey round`: open, pause, resume, extend, cancel, close, list, show."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from questionnaires.rule import USUAL_RULE, choose_papers, load_rule
from questionnaires.vocabulary import Custody
from survey_app.cli.close_progress import show_close
from survey_app.cli.command_lines import say_command
from survey_app.cli.key_commands import check_folder, read_given, write_sheets
from survey_app.cli.opened_store import open_store, transaction
from survey_app.cli.options import (
    as_json,
    directory,
    echo_json,
    edition_option,
    existing,
    moment,
    output_folder,
    round_name,
    school_year,
)
from survey_app.closing.box_opening import count_boxes
from survey_app.closing.cancelling import cancel_round
from survey_app.closing.close import close_round
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.rounds.extending import extend_round
from survey_app.rounds.few_invited import find_few_invited
from survey_app.rounds.opening import RoundPlan, prepare_round, set_paused
from survey_app.rounds.other_locales import find_other_locales
from survey_app.rounds.round_rows import count_rows, find_round, list_rounds
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.rounds.sampling import KeptSample, find_kept_sample
from survey_app.rounds.sampling_lines import say_few_invited
from survey_app.rounds.trial_slips import TrialStep, note_owner, tell_trial


@click.group("round")
def round_() -> None:
    """调查批次：开始、暂停、延长、取消、结束、查看。"""


@round_.command("open")
@directory
@click.option("--county", required=True, help="区（县）名称，例如 重庆市黔江区。")
@click.option("--organiser", required=True, help="组织单位，例如 区人民政府教育督导室。")
@click.option("--telephone", required=True, help="咨询电话，印在答题条、公告和问卷上，例如 023-79220000。")
@click.option("--population", type=int, default=None, help="常住人口；抽过样的不写，取抽样时的。")
@click.option("--population-source", required=True, help="常住人口的出处，例如 2020年第七次人口普查。")
@click.option("--year", "school_year", type=school_year, required=True, help="学年，例如 2025-2026。")
@click.option("--standard", default="national-2017", show_default=True)
@click.option("--rule", default=None, help="认可度测算规则；抽过样的取抽样时的，否则为 quality-2024。")
@edition_option
@click.option("--opens", type=moment, default=None, help="开始时间（北京时间）；不写则为现在。")
@click.option("--closes", type=moment, default=None, help="结束时间；不写则为开始后5天。")
@click.option("--paper-until", type=moment, default=None, help="纸质问卷录入截止时间；不写则可以在工作台上定。")
@click.option(
    "--custody",
    type=click.Choice([custody.value for custody in Custody]),
    default="server",
    show_default=True,
    help="密钥保管。",
)
@click.option("--key-sheets", type=output_folder, default=None, help="三张启封密钥单写入这个目录（--custody shared）。")
@click.option("--remarks", is_flag=True, help="收集留言（选填，最多150字，结束后才能看到）；不写则不收。")
@click.option("--ministry-not-near", is_flag=True, help="已确认教育部的调查不在近期。")
def open_(
    folder: Path,
    edition: str,
    opens: datetime | None,
    closes: datetime | None,
    custody: str,
    key_sheets: Path | None,
    ministry_not_near: bool,
    **fields: Any,
) -> None:
    """用已导入的名册开始一个调查批次；密钥由三人分持时，三张启封密钥单都试用后才开始。"""
    check_folder(custody, key_sheets)
    if not ministry_not_near and click.confirm("教育部的社会认可度调查是否临近或正在进行？", err=True):
        raise ConflictError("教育部的调查临近时不要开展县级自评，以免被看作演练。请在其结束后再开始。")
    now = beijing_now()
    opens = opens or now
    settings, engine = open_store(folder)
    with Session(engine) as session:
        fields |= take_drawn(find_kept_sample(session), fields["rule"], fields["population"])
        few = say_few_invited(find_few_invited(session, fields["rule"]))
        notes = [*few, *find_other_locales(session)]
    papers = choose_papers(load_rule(fields["rule"]), edition, on=opens.date())
    plan = RoundPlan(papers=papers, opens=opens, closes=closes or opens + timedelta(days=5), **fields)
    for sentence in notes:
        click.echo(sentence)
    written: list[Path] = []
    try:
        with Session(engine) as session, session.begin():
            prepared = prepare_round(session, plan, Custody(custody), keys=settings.keys, actor=SERVER_OWNER, now=now)
            name = prepared.round.name
            untried = note_owner(
                session, prepared.round, TrialStep.OPEN, settings.public_url, actor=SERVER_OWNER, now=now
            )
            if prepared.split and key_sheets:
                written += write_sheets(key_sheets, prepared.round, prepared.split)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    window = f"{plan.opens:%Y-%m-%d %H:%M} 至 {plan.closes:%Y-%m-%d %H:%M}"
    click.echo(f"调查批次 {name} 已建立，答题时间 {window}。")
    for sentence in untried:
        click.echo(sentence)
    if written:
        click.echo(say_command("opened_waiting", folder=key_sheets))


def take_drawn(made: KeptSample | None, rule: str | None, population: int | None) -> dict[str, Any]:
    """Rule and population as told, else those of the sample that was drawn; raises SurveyError without any."""
    if population is None and made is None:
        raise SurveyError(say_command("population_missing"))
    drawn = made.request if made else None
    return {
        "rule": rule or (drawn.rule if drawn else USUAL_RULE),
        "population": population if population is not None or drawn is None else drawn.population,
    }


@round_.command("pause")
@directory
@round_name
def pause(folder: Path, round_name: str | None) -> None:
    """暂停答题。"""
    with transaction(folder) as session:
        set_paused(session, find_round(session, round_name), True, actor=SERVER_OWNER, now=beijing_now())


@round_.command("resume")
@directory
@round_name
def resume(folder: Path, round_name: str | None) -> None:
    """恢复答题。"""
    with transaction(folder) as session:
        set_paused(session, find_round(session, round_name), False, actor=SERVER_OWNER, now=beijing_now())


@round_.command("extend")
@directory
@round_name
@click.option("--closes", type=moment, required=True, help="新的结束时间（北京时间），晚于现在的。")
def extend(folder: Path, round_name: str | None, closes: datetime) -> None:
    """延长答题时间；已经到了结束时间的不能延长。"""
    with transaction(folder) as session:
        found = find_round(session, round_name)
        extend_round(session, found, closes, actor=SERVER_OWNER, now=beijing_now())
        click.echo(ROUND_WORDS.extended.format(round=found.name, closes=f"{closes:%Y-%m-%d %H:%M}"))


@round_.command("cancel")
@directory
@round_name
@click.option("--yes", is_flag=True, help="确认取消；收到的答卷不启封，全部删除。")
def cancel(folder: Path, round_name: str | None, yes: bool) -> None:
    """取消开错的批次：收到的答卷不启封、全部删除，名册退回。"""
    if not yes:
        raise ConflictError(say_command("cancel_sure"))
    settings, engine = open_store(folder)
    with Session(engine) as session:
        name = find_round(session, round_name).name
    sent = cancel_round(engine, name, keys=settings.keys, actor=SERVER_OWNER, now=beijing_now())
    click.echo(ROUND_WORDS.cancelled.format(round=name, sent=sent))


@round_.command("close")
@directory
@round_name
@click.option("--key", "key_files", type=existing, multiple=True, help="启封密钥单（两张）或导出的密钥文件，可以多次。")
@click.option("--yes", is_flag=True, help="确认结束；结束后不能重新开始。")
def close(folder: Path, round_name: str | None, key_files: tuple[Path, ...], yes: bool) -> None:
    """结束调查批次并生成结果。"""
    if not yes:
        raise ConflictError("结束后不能重新开始，也不再接收答卷。确认请加 --yes。")
    settings, engine = open_store(folder)
    with Session(engine) as session:
        given = read_given(session, round_name, key_files)
        boxes = count_boxes(session)
    with show_close(boxes, sys.stderr):
        closed = close_round(engine, round_name, keys=settings.keys, actor=SERVER_OWNER, now=beijing_now(), given=given)
    estimate = closed.published.estimate
    click.echo(f"已结束。收到答卷 {estimate.received} 份，有效 {estimate.valid} 份。")
    for sentence in closed.remains:
        click.echo(sentence, err=True)


@round_.command("list")
@directory
@as_json
def list_(folder: Path, as_json: bool) -> None:
    """列出全部调查批次。"""
    with transaction(folder) as session:
        rounds = [_summary(round_) for round_ in list_rounds(session)]
    if as_json:
        echo_json(rounds)
    else:
        for line in rounds:
            click.echo("  ".join(str(value) for value in line.values()))


@round_.command("show")
@directory
@round_name
@as_json
def show(folder: Path, round_name: str | None, as_json: bool) -> None:
    """查看一个调查批次。"""
    with transaction(folder) as session:
        found = find_round(session, round_name)
        summary = _summary(found) | {"frame_rows": count_rows(session, found), "trial": tell_trial(session, found)}
    if as_json:
        echo_json(summary)
    else:
        for key, value in summary.items():
            click.echo(f"{key}: {value}")


def _summary(round_: Round) -> dict[str, Any]:
    return {
        "round": round_.name,
        "state": round_.state,
        "county": round_.county,
        "population": round_.population,
        "population_source": round_.population_source,
        "school_year": round_.school_year,
        "standard": round_.standard,
        "rule": round_.rule,
        "opens": round_.opens.isoformat(sep=" ", timespec="minutes"),
        "closes": round_.closes.isoformat(sep=" ", timespec="minutes"),
        "invented": round_.invented,
    }
