"""Codes and forms of a round on paper: slips, posters, and the forms that are typed in again."""

import os
from datetime import datetime
from pathlib import Path

from reports.handouts import paper_forms as forms
from reports.handouts.notices import Notice, find_last_day
from reports.handouts.posters import write_class_codes
from reports.handouts.slips import ClassCode, Slip, write_slips
from survey_app.codes.issuing import IssuedCode
from survey_app.core.models import Round
from survey_app.printed_forms.transcribing import Stack
from survey_app.rounds.opening import paper_for


def notice_of(round_: Round, *, revisit_until: datetime | None = None) -> Notice:
    """What slips and posters say about the round; re-contact slips say until when they may be answered."""
    return Notice(
        county=round_.county,
        organiser=round_.organiser,
        title="义务教育社会认可度调查",
        opens=round_.opens.date(),
        closes=find_last_day(round_.closes),
        invented=round_.invented,
        revisit_until=revisit_until,
        telephone=round_.telephone,
    )


def write_codes(out: Path, kind: str, codes: list[IssuedCode], notice: Notice, public_url: str) -> list[Path]:
    """The codes on paper: slips for one person each, or posters, pictures and chat texts of class codes."""
    processes = min(2, os.cpu_count() or 1)
    if kind == "slips":
        return write_slips(out, [describe_slip(code, public_url) for code in codes], notice, processes=processes)
    return write_class_codes(
        out, [describe_class_code(code, public_url) for code in codes], notice, processes=processes
    )


def describe_slip(code: IssuedCode, public_url: str) -> Slip:
    """A slip as it is printed."""
    return Slip(f"{public_url}/q/{code.code}", code.code, code.group, code.unit_name, code.class_name)


def describe_class_code(code: IssuedCode, public_url: str) -> ClassCode:
    """A class or public code as it is printed."""
    return ClassCode(
        *(f"{public_url}/q/{code.code}", code.code, code.group, code.unit_name, code.class_name),
        people=code.people if code.kind == "class" else 0,
        short=code.short,
        opinion=code.kind == "opinion",
    )


def pack_round_forms(round_: Round, stack: Stack) -> tuple[str, bytes]:
    """Name and content of an archive with the paper forms of one batch."""
    printed = forms.PrintedStack(stack.unit_name, stack.class_name, stack.group, stack.sheets)
    return forms.pack_forms(paper_for(round_, stack.group), printed, notice_of(round_))
