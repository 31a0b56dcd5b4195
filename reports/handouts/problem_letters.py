"""Letters from the register of problems: 督导通报, 整改通知书 and 催办函, as Word files to be signed and sent."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from msgspec import Struct, convert

from questionnaires.county_words import name_whole
from questionnaires.pack import read_toml
from questionnaires.text import BETWEEN_UNITS
from questionnaires.vocabulary import ProblemSource, ProblemState
from reports.document.document import Document, read_document
from reports.document.word import render_docx
from reports.setting.filing import name_files
from reports.setting.texts import fill, unmark
from reports.setting.typesetting import TEMPLATES

CIRCULAR, ORDER, REMINDER = "circular", "order", "reminder"


class LetterKind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a letter is called, and its text."""

    title: str
    template: str


class LetterWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of letters; `blank` is a place to be filled by hand."""

    blank: str
    nothing: str
    none_open: str
    none_overdue: str
    left_out: str
    and_more: str
    kinds: dict[str, LetterKind]


@cache
def load_letter_words() -> LetterWords:
    """The words of letters.toml."""
    return convert(read_toml(TEMPLATES / "letters.toml"), LetterWords)


class LetterFacts(Struct, frozen=True, kw_only=True):
    """Who writes, where, and on which day; `mark` stands on every page of an invented county."""

    county: str
    organiser: str
    day: date
    mark: str = ""

    @property
    def today(self) -> str:
        """The day as letters write it."""
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"

    @property
    def kind(self) -> str:
        """What the county is, after 全."""
        return name_whole(self.county)[1:]


class LetterLine(Struct, frozen=True, kw_only=True):
    """A problem as letters list it; `place`: its school, empty for the county; `days_over`: days after its date."""

    number: int
    place: str
    text: str
    source: ProblemSource
    measure: str
    lead: str
    cooperating: str
    post: str
    due: date | None
    progress: str
    state: ProblemState
    overdue: bool
    days_over: int

    @property
    def is_planned(self) -> bool:
        """Whether measure, lead and date are there."""
        return bool(self.measure and self.lead and self.due)


class LetterCounts(NamedTuple):
    """How many problems there are, and of those how many in each state and after their date."""

    total: int
    open: int
    applied: int
    closed: int
    overdue: int


class Letters(NamedTuple):
    """The files by name; `why` says why there is none, `left_out` are the numbers of problems without a lead."""

    files: dict[str, bytes]
    why: str
    left_out: tuple[int, ...]


def write_letters(kind: str, facts: LetterFacts, lines: Sequence[LetterLine]) -> Letters:
    """All letters of a kind: one circular, or one letter to each leading unit that has something to do."""
    lines = [unmark(line) for line in lines]
    facts = unmark(facts)
    words = load_letter_words()
    title = words.kinds[kind].title
    if kind == CIRCULAR:
        return Letters({f"{title}.docx": render_docx(circular(facts, lines))}, "", ())
    meant = [line for line in lines if line.state == ProblemState.OPEN and (kind == ORDER or line.overdue)]
    units = _group(meant, lambda line: [line.lead])
    left_out = tuple(line.number for line in units.pop("", []))
    stems = name_files(f"{title}-{unit}" for unit in units)
    files = {
        f"{stem}.docx": render_docx(letter(kind, facts, unit, own))
        for stem, (unit, own) in zip(stems, units.items(), strict=True)
    }
    none = words.none_open if kind == ORDER else words.none_overdue
    return Letters(files, "" if files else words.nothing.format(title=title, why=none), left_out)


def circular(facts: LetterFacts, lines: Sequence[LetterLine]) -> Document:
    """督导通报: how the whole register stands, by leading unit and source, and every problem after its date."""
    return _draw(
        CIRCULAR,
        facts,
        lines=lines,
        counts=count_lines(lines),
        units=_tally(lines, list_leads),
        shared=sum(len(list_leads(line)) > 1 for line in lines),
        sources=_tally(lines, lambda line: [line.source.zh]),
        overdue=[line for line in lines if line.overdue],
        unplanned=[line.number for line in lines if line.state == ProblemState.OPEN and not line.is_planned],
    )


def letter(kind: str, facts: LetterFacts, unit: str, lines: Sequence[LetterLine]) -> Document:
    """整改通知书 or 催办函 to a leading unit about its problems."""
    return _draw(
        kind,
        facts,
        unit=unit,
        lines=lines,
        sources=list(_group(lines, lambda line: [line.source.zh])),
        unplanned=[line.number for line in lines if not (line.is_planned and line.post)],
    )


def count_lines(lines: Iterable[LetterLine]) -> LetterCounts:
    """How many of these there are in each state and after their date."""
    there = list(lines)
    states = [line.state for line in there]
    return LetterCounts(
        total=len(there),
        open=states.count(ProblemState.OPEN),
        applied=states.count(ProblemState.APPLIED),
        closed=states.count(ProblemState.CLOSED),
        overdue=sum(line.overdue for line in there),
    )


def list_leads(line: LetterLine) -> list[str]:
    """The units that lead a problem; one empty name where nobody does."""
    return list(dict.fromkeys(filter(None, map(str.strip, line.lead.split(BETWEEN_UNITS))))) or [""]


def _group(lines: Iterable[LetterLine], names: Callable[[LetterLine], list[str]]) -> dict[str, list[LetterLine]]:
    groups: dict[str, list[LetterLine]] = {}
    for line in lines:
        for name in names(line):
            groups.setdefault(name, []).append(line)
    return groups


def _tally(lines: Iterable[LetterLine], names: Callable[[LetterLine], list[str]]) -> list[tuple[str, LetterCounts]]:
    """The counts of each group, the one with most after their date first; a line counts under each of its names."""
    tallied = [(name, count_lines(own)) for name, own in _group(lines, names).items()]
    return sorted(tallied, key=lambda row: (-row[1].overdue, -row[1].open, row[0]))


def _draw(kind: str, facts: LetterFacts, **values: object) -> Document:
    text = fill(load_letter_words().kinds[kind].template, facts=facts, **values)
    return read_document(text, {}, author=facts.organiser, day=facts.day, mark=facts.mark)
