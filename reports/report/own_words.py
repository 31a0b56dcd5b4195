"""What the office itself writes: four texts and a list of process evidence, cleaned, measured and never made up."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from msgspec import Struct, convert
from pydantic import Field

from questionnaires.pack import Pack, read_toml
from questionnaires.text import clean_text
from questionnaires.vocabulary import OwnText, ProcessKind
from reports.setting.typesetting import TEMPLATES

LONGEST = 1500  # characters of a text
LONGEST_CELL = 100  # of a cell of the list
MOST_RECORDS = 60


class Hint(Struct, frozen=True, kw_only=True):
    """What to write in a text, and an example that is shown and never kept."""

    hint: str
    example: str


class OwnWordProblems(Struct, frozen=True, kw_only=True):
    """Sentences for what cannot stand."""

    too_long: str
    too_many: str
    cell_too_long: str
    gone: str
    nothing: str
    named: str


class CellTitles(Struct, frozen=True, kw_only=True):
    """What the cells of the list are called."""

    what: str
    took_part: str
    kept_at: str


class PostWords(Struct, frozen=True, kw_only=True):
    """Endings of who takes part, and the marks between them."""

    people: tuple[str, ...]
    marks: str
    name: str


class MarkPatterns(Struct, frozen=True, kw_only=True):
    """Patterns of what the report takes for a mark: at the head of a line, and between a word and its label."""

    head: str
    label: str


class OwnWordTexts(Struct, frozen=True, kw_only=True):
    """All words around the office's own."""

    texts: dict[str, Hint]
    problems: OwnWordProblems
    cells: CellTitles
    posts: PostWords
    patterns: MarkPatterns


@cache
def load_own_word_texts() -> OwnWordTexts:
    """All of them."""
    return convert(read_toml(TEMPLATES / "own_words.toml"), OwnWordTexts)


class ProcessRecord(Pack):
    """One piece of process evidence: when, how, what, who took part (posts), where the file is kept."""

    day: date
    kind: ProcessKind
    what: str
    took_part: str = ""
    kept_at: str = ""


class OwnWords(Pack):
    """The office's words for one round; an empty text prints nothing."""

    practice: str = ""
    results: str = ""
    causes: str = ""
    next_steps: str = ""
    process: tuple[ProcessRecord, ...] = Field(default=())

    def text(self, kind: OwnText) -> str:
        """One of the four texts."""
        texts = {
            OwnText.PRACTICE: self.practice,
            OwnText.RESULTS: self.results,
            OwnText.CAUSES: self.causes,
            OwnText.NEXT_STEPS: self.next_steps,
        }
        return texts[kind]

    def lines(self, kind: str) -> list[str]:
        """The paragraphs of a text; nothing in them is taken for a heading, table or label of the report."""
        marks = load_own_word_texts().patterns
        lines = (re.sub(marks.head, "", line) for line in self.text(OwnText(kind)).splitlines())
        lines = (re.sub(marks.label, "", line) for line in lines)
        return [line for line in lines if line]


NO_WORDS = OwnWords()


def clean_words(words: OwnWords) -> OwnWords:
    """The same without what cannot be seen; a text keeps its paragraphs."""
    texts = {kind.value: _clean_lines(words.text(kind)) for kind in OwnText}
    process = (
        record.model_copy(
            update={name: clean_text(text) for name, text in _cells(record)},
        )
        for record in words.process
    )
    return OwnWords(**texts, process=tuple(sorted(process, key=lambda record: (record.day, record.what))))


def find_word_problems(words: OwnWords) -> list[str]:
    """A sentence for everything that is too long, says nothing or names a person."""
    say = load_own_word_texts().problems
    texts = ((kind.zh, len(words.text(kind))) for kind in OwnText)
    found = [
        say.too_long.format(title=title, most=LONGEST, length=length) for title, length in texts if length > LONGEST
    ]
    if len(words.process) > MOST_RECORDS:
        found.append(say.too_many.format(most=MOST_RECORDS, length=len(words.process)))
    for number, record in enumerate(words.process, 1):
        found += _find_record_problems(number, record)
    return found


def _find_record_problems(number: int, record: ProcessRecord) -> Iterator[str]:
    told = load_own_word_texts()
    titles = {"what": told.cells.what, "took_part": told.cells.took_part, "kept_at": told.cells.kept_at}
    if not record.what:
        yield told.problems.nothing.format(number=number)
    for name, text in _cells(record):
        if len(text) > LONGEST_CELL:
            yield told.problems.cell_too_long.format(number=number, title=titles[name], most=LONGEST_CELL)
    for part in re.split(f"[{re.escape(told.posts.marks)}]", record.took_part):
        if _is_named(part.strip()):
            yield told.problems.named.format(number=number, part=part.strip())


def _is_named(part: str) -> bool:
    """Whether a part reads as a person's name: a name alone, or a post with a family name before it.

    >>> _is_named("张伟"), _is_named("李校长"), _is_named("村小校长"), _is_named("家长代表12人"), _is_named("教师")
    (True, True, False, False, False)
    """
    ending = next((word for word in load_own_word_texts().posts.people if part.endswith(word)), None)
    if ending is None:
        return re.fullmatch(load_own_word_texts().posts.name, part) is not None
    return len(part) - len(ending) == 1


def _cells(record: ProcessRecord) -> list[tuple[str, str]]:
    return [("what", record.what), ("took_part", record.took_part), ("kept_at", record.kept_at)]


def _clean_lines(text: str) -> str:
    return "\n".join(line for line in map(clean_text, text.splitlines()) if line)
