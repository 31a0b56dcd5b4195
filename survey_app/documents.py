"""Documents of a round: slips and class codes while it lasts, the report when it is closed."""

import os
from pathlib import Path
from typing import Any

from analysis.standard import load_standard
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from reports.posters import write_class_codes
from reports.section import RoundFacts, write_section
from reports.slips import ClassCode, Notice, Slip, write_slips
from survey_app.issuing import IssuedCode
from survey_app.models import Round


def notice_of(round_: Round) -> Notice:
    """What slips and posters say about the round."""
    return Notice(
        county=round_.county,
        organiser=round_.organiser,
        title="义务教育社会认可度调查",
        opens=round_.opens.date(),
        closes=round_.closes.date(),
        invented=round_.invented,
    )


def write_codes(out: Path, kind: str, codes: list[IssuedCode], notice: Notice, public_url: str) -> list[Path]:
    """The codes on paper: slips for one person each, or posters, pictures and chat texts of class codes."""
    processes = min(2, os.cpu_count() or 1)
    if kind == "slips":
        slips = [
            Slip(f"{public_url}/q/{one.code}", one.code, one.group, one.unit_name, one.class_name) for one in codes
        ]
        return write_slips(out, slips, notice, processes=processes)
    shared = [
        ClassCode(f"{public_url}/q/{one.code}", one.code, one.group, one.unit_name, one.class_name, one.people)
        for one in codes
    ]
    return write_class_codes(out, shared, notice, processes=processes)


def write_report(out: Path, round_: Round, published: dict[str, dict[str, Any]]) -> list[Path]:
    """The social-recognition section of a closed round, from its published table alone."""
    facts = RoundFacts(
        county=round_.county,
        organiser=round_.organiser,
        name=round_.name,
        school_year=round_.school_year,
        opens=round_.opens.date(),
        closes=round_.closes.date(),
        population=round_.population,
        population_source=round_.population_source,
        rule=load_rule(round_.rule),
        standard=load_standard(round_.standard),
        papers=tuple(map(load_paper, round_.papers)),
        invented=round_.invented,
        generated=round_.closes.date(),
    )
    return write_section(out, facts, published["status"], published["recognition"], published["judgement"])
