"""`survey judge`: the four dimensions from files alone, or from what the store holds of a school year."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import click
import pandas as pd
from msgspec.structs import replace
from sqlalchemy.orm import Session

from analysis.column_values import texts
from analysis.indicators.county_tables import SPARE
from analysis.results import as_json as write_json
from analysis.standard import Standard, list_standards, load_standard
from analysis.verdict import CountyTables, Judgement, judge, read_surveyed
from analysis.verdict.judgement import with_provenance
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Verdict
from reports.annex.tables import AnnexFacts
from reports.packages.county_package import read_package
from reports.packages.package_words import load_package_words
from survey_app.cli.command_lines import say_command
from survey_app.cli.earlier_years import beside_earlier, check_before, find_earlier, read_earlier, read_result
from survey_app.cli.judge_lines import judge_lines
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, echo_json, existing, on_store, output_folder, school_year
from survey_app.cli.sheet_options import echo_notes, mapping
from survey_app.cli.standard_lines import say_line
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import Faults, SurveyError
from survey_app.core.program import program_version
from survey_app.core.settings import beijing_now
from survey_app.frame.sheets import Mapping as SheetMapping
from survey_app.frame.sheets import (
    SchoolNames,
    Sheet,
    Stated,
    check_resources,
    load_mapping,
    read_stated,
)
from survey_app.problems.feeding import feed_register
from survey_app.problems.problem_words import PROBLEM_WORDS
from survey_app.results.county_check import find_last_standard, find_year_rates, judge_stored
from survey_app.results.documents import write_annex
from survey_app.results.kept_judgements import keep_judgement
from survey_app.results.packing_county import PackageRequest, pack_county

T = TypeVar("T")
NAMING_SCHOOLS = ("resources", "figures", "scores")


@dataclass(frozen=True, kw_only=True)
class JudgeRequest:
    """What was asked for: files, or a folder with a store and a school year."""

    standard: str | None
    resources: Path | None
    county: Path | None
    schools: Path | None
    figures: Path | None
    scores: Path | None
    recognition: Path | None
    folder: Path
    year: SchoolYear | None
    as_of: int | None
    county_code: str
    checked: bool
    out: Path | None
    source: str
    earlier: tuple[str, ...]
    merged: Path | None
    no_register: bool
    package: Path | None
    mapping: Path | None

    @property
    def files(self) -> dict[str, Path]:
        """The tables given as files, by kind, the schools first."""
        given = {
            "schools": self.schools,
            "resources": self.resources,
            "county": self.county,
            "figures": self.figures,
            "scores": self.scores,
        }
        return {kind: path for kind, path in given.items() if path}


@click.command("judge")
@click.option("--standard", type=click.Choice(list_standards()), default=None, help="评估标准；由文件判定时必填。")
@click.option("--resources", type=existing, default=None, help="办学条件。")
@click.option("--county", type=existing, default=None, help="县级指标。")
@click.option("--schools", type=existing, default=None, help="学校。")
@click.option("--figures", type=existing, default=None, help=say_command("judge_figures"))
@click.option("--scores", type=existing, default=None, help=say_command("judge_scores"))
@click.option("--recognition", type=existing, default=None, help="survey estimate --json 的结果。")
@click.option("--dir", "folder", type=output_folder, default=Path("data"), help="数据目录；不给文件时判定库中的数据。")
@click.option("--year", type=school_year, default=None, help="学年，例如 2025-2026；判定库中的数据时必填。")
@click.option("--as-of", type=int, default=None, help="按规划的这一年对照目标；写了学年时，不写则为学年开始的那一年。")
@click.option("--county-code", default="", help="区划代码，写进结果的来源。")
@click.option("--checked", is_flag=True, help="与各校中位数相差悬殊的办学条件数值已经核实。")
@click.option("--out", type=output_folder, default=None, help="在这个目录写出附表（xlsx）和四个维度的页面（html）。")
@click.option("--source", default="", help="附表上注明的数据口径，例如 2025—2026学年教育事业统计。")
@click.option(
    "--earlier",
    multiple=True,
    type=click.Path(),
    help="以前的学年（库中的数据）或 survey judge --json 的结果；可以写几次。",
)
@click.option("--merged", type=existing, default=None, help="合并或更改代码的学校（空表：survey template mergers）。")
@click.option("--package", type=existing, default=None, help=say_command("package_out"))
@click.option("--no-register", is_flag=True, help=say_line("no_register"))
@mapping
@as_json
@on_store
def judge_command(as_json: bool, **options: Any) -> None:
    """判定四个维度；达到时退出码为0，否则为1。给出文件时不用数据库；判定库中的数据时，未达标的逐条记入问题台账。"""
    request = JudgeRequest(**options)
    judgement = _judge_files(request) if request.resources or request.county else _judge_store(request)
    standard = load_standard(judgement.standard)
    if request.out:
        county = judgement.provenance.county
        write_annex(request.out, judgement, standard, AnnexFacts(county, request.source, standard.published))
    if as_json:
        echo_json(write_json(judgement))
    else:
        click.echo("\n".join(judge_lines(judgement, standard)))
    sys.exit(0 if judgement.verdict == Verdict.MET else 1)


def _judge_files(request: JudgeRequest) -> Judgement:
    """The judgement on files; notes on how they were read go to stderr."""
    if request.package:
        raise SurveyError(say_command("package_of_store"))
    if not (request.standard and request.resources and request.county):
        raise SurveyError(say_line("files_needed"))
    standard = load_standard(request.standard)
    sheets = _read_sheets(request.files, load_mapping(request.mapping) if request.mapping else SheetMapping())
    judgement = judge(
        standard,
        _check_tables(sheets, standard, request),
        read_result(request.recognition, "estimate", read_surveyed) if request.recognition else None,
        as_of=_plan_year(request),
    )
    paths = [*request.files.values(), *([request.recognition] if request.recognition else [])]
    judgement = with_provenance(
        judgement,
        program=program_version(),
        school_year=str(request.year or ""),
        inputs={path.name: sha256(path.read_bytes()).hexdigest() for path in paths},
        county=request.county_code,
    )
    earlier = [read_earlier(text) for text in request.earlier]
    check_before(judgement, earlier)
    judgement = beside_earlier(judgement, earlier, request.merged)
    echo_notes((request.files[kind], sheet) for kind, sheet in sheets.items())
    return judgement


def _judge_store(request: JudgeRequest) -> Judgement:
    """The judgement on what the store holds; the rate is that of the round that closed last."""
    year = request.year
    if year is None:
        raise SurveyError(say_line("year_needed"))
    with transaction(request.folder) as session:
        name = request.standard or find_last_standard(session)
        if name is None:
            raise SurveyError(say_line("standard_needed"))
        standard = load_standard(name)
        judgement = judge_stored(session, standard, year, as_of=request.as_of)
        earlier = [find_earlier(session, standard, text) for text in request.earlier]
        check_before(judgement, earlier)
        rates = {str(year): find_year_rates(session).get(str(year))}
        if not request.no_register:
            keep_judgement(session, judgement, actor=SERVER_OWNER, now=beijing_now())
            fed = feed_register(session, judgement, standard, actor=SERVER_OWNER, now=beijing_now())
            click.echo(PROBLEM_WORDS.fed.format(**fed._asdict()), err=True)
        if request.package:
            _write_package(session, standard, request, year)
    if request.county_code:
        judgement = replace(judgement, provenance=replace(judgement.provenance, county=request.county_code))
    return beside_earlier(judgement, earlier, request.merged, rates)


def _write_package(session: Session, standard: Standard, request: JudgeRequest, year: SchoolYear) -> None:
    """The county's signed package of the year; what there is under that name is replaced."""
    assert request.package is not None
    asked = PackageRequest(
        year=year,
        as_of=_plan_year(request) or year.first,
        county=request.county_code,
        today=beijing_now().date(),
    )
    content = pack_county(session, standard, asked, request.folder)
    try:
        request.package.write_bytes(content)
    except OSError:
        raise SurveyError(say_command("not_written", name=request.package.name)) from None
    key = read_package(request.package.name, content).key
    click.echo(load_package_words().written.format(file=request.package, key=key), err=True)


def _plan_year(request: JudgeRequest) -> int | None:
    """The year of the plan: the one asked for, else that in which the school year begins."""
    if request.as_of is not None:
        return request.as_of
    return request.year.first if request.year else None


def _check_tables(sheets: Mapping[str, Sheet], standard: Standard, request: JudgeRequest) -> CountyTables:
    resources = sheets.get("resources")
    county = sheets.get("county")
    assert resources is not None
    assert county is not None
    schools = sheets.get("schools")
    listed = schools.table if schools else pd.DataFrame()
    check_resources(resources, listed, standard, checked=request.checked)
    spare = {kind: sheets[kind].table for kind in SPARE if kind in sheets}
    return CountyTables(schools=listed, resources=resources.table, county=county.table, **spare)


def _read_sheets(files: Mapping[str, Path], mapping: SheetMapping) -> dict[str, Sheet]:
    """The sheets by kind, the schools first; raises SurveyError with the problems of all."""
    faults = Faults()
    sheets: dict[str, Sheet] = {}
    for kind, path in files.items():
        stated = _state(kind, sheets.get("schools"), mapping)
        sheet = faults.read(partial(read_stated, kind, path, stated))
        if sheet:
            sheets[kind] = sheet
    faults.raise_all()
    return sheets


def _state(kind: str, schools: Sheet | None, mapping: SheetMapping) -> Stated:
    """What is known of a file: the schools by code, 标识码 and name where a list of them was given, and its mapping."""
    if kind == "schools" or schools is None:
        return Stated(known_schools=() if kind == "schools" else None, mapping=mapping.for_kind(kind))
    codes = texts(schools.table.code)
    names = SchoolNames(
        names=dict(zip(codes, texts(schools.table["name"]), strict=True)),
        moe_codes=dict(zip(codes, texts(schools.table.moe_code), strict=True)),
    )
    named = names if kind in NAMING_SCHOOLS else None
    return Stated(known_schools=codes, schools=named, mapping=mapping.for_kind(kind))
