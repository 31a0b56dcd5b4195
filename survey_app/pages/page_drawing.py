"""Respondent pages, with the one style sheet and the one script inside, ready for the wire."""

import gzip
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import brotli

from questionnaires.answers import REMARK_LIMIT, Checked
from questionnaires.county_words import name_own, speak_of
from questionnaires.paper import list_languages, load_asked_paper, turn_options
from questionnaires.text import name_organiser
from questionnaires.vocabulary import Group
from survey_app.answering import CodeAccess, write_receipt
from survey_app.pages import wording
from survey_app.pages.packing import HOLE, Filled, Pieces, pack
from survey_app.pages.response_headers import page_headers
from survey_app.pages.shortening import shorten_script, shorten_style

STATIC = Path(__file__).parents[2] / "static"
CSS = shorten_style((STATIC / "respondent.css").read_text(encoding="utf-8"))
SCRIPT = shorten_script((STATIC / "respondent.js").read_text(encoding="utf-8"))
FACES = {
    5: "M7 14q5 6 10 0",
    4: "M8 15q4 3 8 0",
    3: "M8 16h8",
    2: "M8 17q4-3 8 0",
    1: "M7 18q5-6 10 0",
    9: "M12 16v.1",
}
"""The mouth of the face that stands beside each answer on a child's paper of another scale than satisfaction."""
SECOND = 2
"""The half of a split ballot that sees the options otherwise."""
BODY = b"<body>\n"
NOTHING_YET = Checked((), "", ())
HEADERS = page_headers(CSS, SCRIPT, sounds="blob:")


class Body(NamedTuple):
    """A page as it goes over the wire, in each way a browser may ask for it."""

    plain: bytes
    gzip: bytes
    br: bytes


Drawn = Body | Filled
FindVoices = Callable[[str, str], str]


def no_voices(paper: str, language: str) -> str:
    """What a page knows where nothing was recorded."""
    return ""


class Sheet(NamedTuple):
    """All that a paper's page depends on: the same for every code of a round, group, language and kind."""

    paper: str
    group: str
    language: str
    kind: str
    county: str
    organiser: str
    closes: datetime
    invented: bool
    remarks: bool = False
    telephone: str = ""
    minutes: int = 0
    split: str = ""
    voices: str = ""


def sheet_behind(access: CodeAccess, language: str, find_voices: FindVoices = no_voices) -> Sheet:
    """The page that a code opens to, in this language if its paper speaks it."""
    spoken = language if language in list_languages(access.paper) else wording.OWN
    return Sheet(
        paper=access.paper,
        group=access.group,
        language=spoken,
        kind=access.kind,
        county=access.county,
        organiser=access.organiser,
        closes=access.closes,
        invented=access.invented,
        remarks=access.remarks,
        telephone=access.telephone,
        minutes=access.minutes,
        split=access.split if access.arm == SECOND else "",
        voices=find_voices(access.paper, spoken),
    )


def draw(name: str, language: str, *, group: str = "", invented: bool = False, **content: Any) -> bytes:
    """One page from its template; pupils are spoken to as children are."""
    you = "你" if group == "student" else "您"
    page = wording.load_environment(language).get_template(f"{name}.html")
    query = "" if language == wording.OWN else f"?lang={language}"
    about = {"you": you, "group": group, "invented": invented, "language": language, "query": query}
    about["direction"] = wording.direction_of(language)
    return page.render(css=CSS, script=SCRIPT, **about, **content).encode()


def compress(page: bytes, effort: int = 5) -> Body:
    """The page and its compressed forms; effort 1 to 9."""
    return Body(page, gzip.compress(page, effort, mtime=0), brotli.compress(page, quality=effort))


@lru_cache(maxsize=512)
def draw_told(name: str, language: str, **content: Any) -> Body:
    """A page that tells something, drawn once for all who are told the same."""
    return compress(draw(name, language, **content))


def draw_paper(sheet: Sheet, number: str) -> Filled:
    """The empty paper with a phone's number in it."""
    return Filled(pack_paper(sheet), number.encode("ascii"))


@cache
def pack_paper(sheet: Sheet) -> Pieces:
    """Drawn and compressed once for each sheet, not for each request."""
    return pack(_draw_questions(sheet, NOTHING_YET, [], HOLE.decode("ascii")), len(HOLE))


def draw_shown(sheet: Sheet, bar: bytes) -> bytes:
    """The empty paper under a bar, to be looked at: no script runs in it, and no form of it can be sent."""
    page = _draw_questions(sheet, NOTHING_YET, [], "0" * len(HOLE)).replace(SCRIPT.encode(), b"")
    return page.replace(b"<form ", b"<div ").replace(b"</form>", b"</div>").replace(BODY, BODY + bar, 1)


def draw_receipt(receipt: bytes, language: str, **content: Any) -> Drawn:
    """What whoever was counted is told; without a number for what was sent in before answers were sealed."""
    if not receipt:
        return draw_told("received", language, receipt="", **content)
    text = write_lines(receipt).encode("ascii")
    return Filled(_pack_receipt(len(text), language, **content), text)


def write_lines(receipt: bytes) -> str:
    """A receipt's number in two lines, which are as wide as a phone whatever its letters."""
    groups = write_receipt(receipt).split("-")
    return "\n".join(["-".join(groups[:3]), "-".join(groups[3:])])


@lru_cache(maxsize=512)
def _pack_receipt(size: int, language: str, **content: Any) -> Pieces:
    return pack(draw("received", language, receipt=HOLE[:size].decode("ascii"), **content), size, effort=5)


def draw_again(sheet: Sheet, number: str, checked: Checked, *sentences: str) -> Body:
    """The paper with all that was answered, each problem beside its question and `sentences` above them."""
    above = [*sentences, *(problem.sentence for problem in checked.problems if not problem.item)]
    return compress(_draw_questions(sheet, checked, above, number))


def _draw_questions(sheet: Sheet, checked: Checked, sentences: Sequence[str], number: str) -> bytes:
    asked_of_all = load_asked_paper(sheet.paper, sheet.language, remarks=sheet.remarks)
    paper = speak_of(turn_options(asked_of_all, sheet.split), sheet.county)
    numbers: dict[str, int] = {item: number for number, item in enumerate(paper.item_ids, 1)}
    asked = {*numbers, "remark"} if paper.remark else numbers
    about = wording.say_minutes(sheet.minutes)
    spoken = {wording.OWN, *list_languages(sheet.paper)} - {sheet.language}
    return draw(
        "paper",
        sheet.language,
        group=sheet.group,
        invented=sheet.invented,
        sheet=sheet,
        organiser=name_organiser(sheet.county, sheet.organiser),
        own=name_own(sheet.county),
        minutes=about,
        number=number,
        paper=paper,
        faces=FACES if paper.kind == "student" and paper.counts else {},
        total=len(paper.items),
        languages={code: name for code, name in wording.list_languages().items() if code in spoken},
        filled_by=Group(sheet.group).zh,
        given=dict(zip(paper.item_ids, checked.answers, strict=False)),
        remark=checked.remark,
        remark_limit=REMARK_LIMIT,
        sentences=sentences,
        by_item={problem.item: problem.sentence for problem in checked.problems if problem.item in asked},
        numbers=numbers,
        may_skip=any(checked.answers) and not all(checked.answers),
    )
