"""A re-contact on paper: the list of positions, and one PDF of slips for each unit."""

import shutil
from itertools import groupby
from pathlib import Path

from reports.handouts.revisit_list import RevisitList, write_revisit_list
from survey_app.codes.issuing import IssuedCode
from survey_app.codes.revisiting import DrawnRevisits
from survey_app.core.models import Round
from survey_app.results.code_papers import notice_of
from survey_app.results.unit_files import PARTS, UnitAsk, write_units


def write_revisits(out: Path, round_: Round, drawn: DrawnRevisits, public_url: str) -> list[Path]:
    """Write the list, then the slips unit by unit; returns the files in that order."""
    asked = drawn.asked
    out.mkdir(parents=True, exist_ok=True)
    listed = RevisitList(
        county=round_.county,
        organiser=round_.organiser,
        group=asked.group,
        seed=asked.seed,
        until=asked.until,
        day=drawn.made_at.date(),
        rows=drawn.rows,
        invented=round_.invented,
    )
    notice = notice_of(round_, revisit_until=asked.until)
    stacks = [list(stack) for _, stack in groupby(sorted(drawn.codes, key=_unit_of), key=_unit_of)]
    asks = [
        UnitAsk(out=out, number=number, codes=stack, notice=notice, public_url=public_url)
        for number, stack in enumerate(stacks, 1)
    ]
    paths = [write_revisit_list(out, listed), *(path for written in write_units(asks) for path in written)]
    shutil.rmtree(out / PARTS)
    return paths


def _unit_of(code: IssuedCode) -> str:
    return code.unit
