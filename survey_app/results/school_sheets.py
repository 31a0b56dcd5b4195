"""Sheets for all schools from the store: the judgement of a year, the register, what the last round published."""

import os
from collections import defaultdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.published import UnitRow
from analysis.standard import Standard
from analysis.verdict.repair_costs import read_prices
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import ProblemSource, RoundState
from reports.document.pdf import render_pdf
from reports.document.word import render_docx
from reports.handouts.handout_words import load_handout_words
from reports.report.point_words import say_source
from reports.schools.school_sheet import (
    SchoolSheet,
    SheetFacts,
    SheetGap,
    SheetProblem,
    list_gaps,
    list_rates,
    list_sections,
    school_sheet,
)
from reports.setting.filing import Job, name_files, write_files
from survey_app.closing.round_tables import load_published
from survey_app.core.models import Round, School
from survey_app.frame.row_replies import list_checked
from survey_app.frame.schools import load_figures
from survey_app.problems.register import ListedProblem, Wanted, list_problems
from survey_app.results.county_check import judge_stored
from survey_app.results.register_letters import find_organiser

PROCESSES = 2
WORTH_ANOTHER = 20
"""Files from which on a second process saves more than it takes to start."""


class Sheets(NamedTuple):
    """What every sheet says, and each school's own, by code."""

    facts: SheetFacts
    schools: list[SchoolSheet]


class LastRound(NamedTuple):
    """The last closed round, as far as sheets speak of it."""

    name: str
    organiser: str
    county: str
    invented: bool
    rows: tuple[UnitRow, ...]


def gather_sheets(session: Session, standard: Standard, year: SchoolYear, today: date) -> Sheets:
    """One sheet for each school of the list; raises NotFoundError without data of the year."""
    judgement = judge_stored(session, standard, year)
    prices = read_prices(load_figures(session, year))
    gaps: dict[str, list[SheetGap]] = defaultdict(list)
    for school, gap in list_gaps(judgement, standard, prices):
        gaps[school].append(gap)
    problems: dict[str, list[SheetProblem]] = defaultdict(list)
    for problem in list_problems(session, Wanted(), today):
        problems[problem.school].append(_tell_problem(problem))
    last = _find_last(session)
    checked = {row.school: row.sentence for row in list_checked(session, str(year), today)}
    sheets = [
        SchoolSheet(
            code=school.code,
            name=school.name,
            township=school.township,
            sections=list_sections(judgement, school.code),
            gaps=tuple(gaps[school.code]),
            problems=tuple(problems[school.code]),
            rates=list_rates(last.rows, school.code),
            checked=checked.get(school.code, ""),
        )
        for school in session.scalars(select(School).order_by(School.code))
    ]
    facts = SheetFacts(
        county=last.county,
        organiser=last.organiser,
        school_year=str(year).replace("-", "—"),
        standard=say_source(standard),
        round=last.name,
        day=today,
        mark=load_handout_words().invented if last.invented else "",
    )
    return Sheets(facts=facts, schools=sheets)


def _find_last(session: Session) -> LastRound:
    """The round that closed last; without one, whose county it is."""
    closed = select(Round).where(Round.state == RoundState.CLOSED).order_by(Round.closes.desc())
    if found := session.scalars(closed).first():
        rows = load_published(session, found).unit_rows
        return LastRound(found.name, found.organiser, found.county, found.invented, rows)
    office = find_organiser(session)
    return LastRound("", office.organiser, office.county, office.invented, ())


def _tell_problem(problem: ListedProblem) -> SheetProblem:
    return SheetProblem(
        number=problem.number,
        text=problem.text,
        measure=problem.measure,
        lead=problem.lead,
        due=problem.due,
        funds=problem.funds,
        state=problem.state,
        overdue=problem.overdue,
        is_project=problem.source == ProblemSource.PROJECT,
    )


def write_sheets(out: Path, sheets: Sheets, *, processes: int | None = None) -> list[Path]:
    """A Word file and a PDF for each school, named by number and code; each process takes the next file."""
    stems = name_files(f"{number:03d}-{sheet.code}-{sheet.name}" for number, sheet in enumerate(sheets.schools, 1))
    jobs = [
        Job(out / f"{stem}.{kind}", partial(render_sheet, kind), (sheets.facts, sheet))
        for stem, sheet in zip(stems, sheets.schools, strict=True)
        for kind in ("docx", "pdf")
    ]
    several = min(PROCESSES, os.cpu_count() or 1) if len(jobs) >= WORTH_ANOTHER else 1
    write_files(jobs, processes=processes or several)
    return [job.path for job in jobs]


def render_sheet(kind: str, facts: SheetFacts, sheet: SchoolSheet) -> bytes:
    """A sheet as a Word file or as a PDF."""
    document = school_sheet(facts, sheet)
    return render_docx(document) if kind == "docx" else render_pdf(document)
