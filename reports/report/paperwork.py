"""Paperwork: what an office sends out and signs around a round, from texts that it can change (templates/paperwork)."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import msgspec

from questionnaires.calendar import Mark, lay_calendar
from questionnaires.county_words import name_own
from questionnaires.paper import FOLDER as PAPERS
from questionnaires.paper import Paper
from reports.document.document import Document, read_document
from reports.document.word import write_docx
from reports.handouts.handout_words import say_whose
from reports.handouts.notices import Notice, describe_notice, say_days
from reports.report.calendar_sheet import FILE, CalendarFacts, calendar_sheet
from reports.report.telling import RoundFacts
from reports.setting.figures import numeral
from reports.setting.texts import fill

DRAFT = "问卷送审稿"


class PaperworkNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Templates by what they are for: letters to send, and what law asks for, which whoever is responsible signs."""

    letters: tuple[str, ...]
    required: tuple[str, ...]


NAMES = Path(__file__).parents[1] / "templates" / "paperwork" / "letters.toml"
LETTERS, REQUIRED = msgspec.structs.astuple(msgspec.toml.decode(NAMES.read_bytes(), type=PaperworkNames))
NO_MARKS: Mapping[str, Mark] = MappingProxyType({})
KINDS = {"social": "社会卷", "staff": "校长教师卷", "student": "学生卷"}


def write_paperwork(folder: Path, facts: RoundFacts, marks: Mapping[str, Mark] = NO_MARKS) -> list[Path]:
    """Write drafts of all papers, the letters, what law asks for and the calendar as Word, without any result.

    `marks`: what was noted of the calendar.

    Raises:
        WordingError: a name given for the round holds a word that must not reach respondents.
    """
    documents = {f"{DRAFT}（{KINDS[paper.kind]}）": draft(paper, facts) for paper in facts.papers}
    documents |= {name: letter(name, facts) for name in (*LETTERS, *REQUIRED)}
    about = CalendarFacts(
        county=facts.county,
        organiser=facts.organiser,
        opens=facts.opens,
        written=facts.opens,
        invented=facts.invented,
    )
    documents[FILE] = calendar_sheet(about, lay_calendar(facts.opens, marks))
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.docx" for name in documents]
    for path, document in zip(paths, documents.values(), strict=True):
        write_docx(document, path)
    return paths


def draft(paper: Paper, facts: RoundFacts) -> Document:
    """A paper as it goes up for approval: its version, the SHA-256 of its file, its words, room to sign."""
    hashed = sha256((PAPERS / f"{paper.id}.toml").read_bytes()).hexdigest()
    topics = {topic.id: topic.name for topic in paper.topics}
    window = say_days(facts.opens, facts.closes)
    return _read(DRAFT, facts, window=window, paper=paper, sha256=hashed, topics=topics)


def letter(name: str, facts: RoundFacts) -> Document:
    """One of LETTERS or REQUIRED, in words that hint at no answer and no target."""
    notice = Notice(facts.county, facts.organiser, name, facts.opens, facts.closes, facts.invented)
    return _read(
        name,
        facts,
        window=describe_notice(notice).window,
        self_check=say_whose(facts.county, facts.organiser, facts.telephone),
        first_grade=numeral(facts.rule.sample.first_student_grade.value),
        questions=len(facts.papers[0].items),
    )


def _read(name: str, facts: RoundFacts, **values: object) -> Document:
    text = fill(f"paperwork/{name}.jinja", facts=facts, rule=facts.rule, own=name_own(facts.county), **values)
    return read_document(text, {}, author=facts.organiser, day=facts.opens, mark=facts.mark)
