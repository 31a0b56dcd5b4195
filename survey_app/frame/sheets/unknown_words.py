"""What a person has to say of a refused file: which heads are our columns, and which words our values."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Texts
from dataclasses import dataclass, field

from questionnaires.text import clean_text
from survey_app.frame.sheets.cell_reading import NUMBER, read_cell
from survey_app.frame.sheets.columns import Column
from survey_app.frame.sheets.grids import Cell, Grid
from survey_app.frame.sheets.headers import (
    SEARCHED,
    Header,
    HeaderRows,
    Match,
    find_header,
    match_header,
    plain_head,
    written_heads,
)
from survey_app.frame.sheets.mapping import Mapping
from survey_app.frame.sheets.own_schools import with_own_schools
from survey_app.frame.sheets.part_reading import Expected, filled_rows, with_heads
from survey_app.frame.sheets.sheet_files import Source, read_grids
from survey_app.frame.sheets.sheet_problems import BadCellError, SheetError

MOST = 60
FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class AskedWord:
    """A word of one column whose value nobody stated; `choices` are our values with their labels."""

    column: str
    label: str
    written: str
    choices: Texts[str, str]
    proposed: str = ""


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The heads that are no column of ours, the columns that are still free, by name with label, and the words."""

    heads: tuple[str, ...] = ()
    free: Texts[str, str] = field(default_factory=dict)
    words: tuple[AskedWord, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is anything to be said."""
        return bool(self.heads or self.words)

    def joined(self, other: "Questions") -> "Questions":
        """Those of two files as one list."""
        words = {(word.column, word.written): word for word in (*self.words, *other.words)}
        return Questions(
            heads=tuple(dict.fromkeys((*self.heads, *other.heads)))[:MOST],
            free={**self.free, **other.free},
            words=tuple(words.values())[:MOST],
        )


def find_questions(path: Source, expected: Expected) -> Questions:
    """What a person may say of the file's heads and words; nothing of a file that cannot be read.

    Of answers no word is asked for: what stands in their cells is told to nobody.
    """
    try:
        grids = read_grids(path)
    except SheetError:
        return Questions()
    expected = with_own_schools(grids, expected)
    asked = Questions()
    for grid in grids:
        asked = asked.joined(_of_grid(grid, expected))
    return asked


def _of_grid(grid: Grid, expected: Expected) -> Questions:
    columns = [with_heads(column, expected.mapping) for column in expected.columns]
    rows = find_header(grid, columns)
    if rows is None:
        return Questions(heads=_likely_heads(grid), free={column.name: column.label for column in columns})
    header = match_header(grid, rows, columns)
    named = {match.column.name for match in header.matches}
    numbers, _ = filled_rows(grid, header, expected.kind)
    return Questions(
        heads=tuple(_other_heads(header, expected)),
        free={column.name: column.label for column in columns if column.name not in named},
        words=tuple(word for match in header.matches for word in _words(grid, match, numbers, expected)),
    )


def _likely_heads(grid: Grid) -> tuple[str, ...]:
    """The row among the first that has most different texts which are no numbers, where there are at least two."""
    rows = [HeaderRows(number, number) for number in range(min(SEARCHED, len(grid.rows)))]
    texts = [
        tuple(dict.fromkeys(head[0] for head in written_heads(grid, row) if head[0] and not NUMBER.fullmatch(head[0])))
        for row in rows
    ]
    likely = max(texts, key=len, default=())
    return likely if len(likely) >= FEWEST else ()


def _other_heads(header: Header, expected: Expected) -> Iterator[str]:
    read = {match.at for match in header.matches}
    private = set(map(plain_head, (*expected.kind.private, *expected.kind.own_number)))
    for index, head in enumerate(header.heads):
        if head and index not in read and plain_head(head) not in private:
            yield head


def _words(grid: Grid, match: Match, numbers: Sequence[int], expected: Expected) -> Iterator[AskedWord]:
    column = match.column
    known = expected.mapping.words_of(column.name, is_item=False)
    cells = dict.fromkeys(grid.cell(number, match.at) for number in numbers)
    strange = [cell for cell in cells if clean_text(str(cell)) not in known]
    if column.vocabulary and column.type != "answer":
        choices = {value: words[0] for value, words in column.words.items() if value}
        for cell in strange:
            if not _is_read(column, match, cell):
                yield AskedWord(column=column.name, label=column.label, written=clean_text(str(cell)), choices=choices)
    elif column.of_schools and expected.schools:
        yield from ask_schools(column, list(map(str, strange)), expected)


def ask_schools(column: Column, strange: Sequence[str], expected: Expected) -> Iterator[AskedWord]:
    """The names that may mean a school, or must be one and are none, each with the schools to choose from."""
    schools = expected.schools
    if schools is None:
        return
    settled = {
        *expected.mapping.words_of(column.name, is_item=False).values(),
        *schools.find_all(strange),
        *schools.names,
    }
    listed = {code: f"{name}（{code}）" for code, name in schools.names.items()}
    for written in filter(None, map(clean_text, strange)):
        proposed = schools.propose(written)
        must_be = expected.known_schools is not None and written not in expected.known_schools
        if written not in settled and not schools.find(written) and (proposed or must_be):
            own = {} if must_be else {written: written}
            yield AskedWord(
                column=column.name, label=column.label, written=written, choices=listed | own, proposed=proposed or ""
            )


def _is_read(column: Column, match: Match, cell: Cell) -> bool:
    if not clean_text(str(cell)):
        return True
    try:
        read_cell(column, cell, match.factor)
    except BadCellError:
        return False
    return True


def read_choices(questions: Questions, heads: Sequence[str], words: Sequence[str]) -> Mapping:
    """What a person chose, as a mapping: each choice is the number of its question, a colon, and the column or value.

    >>> asked = Questions(heads=("校名",), free={"name": "学校名称"})
    >>> read_choices(asked, ["0:name", "7:name", "0:no column"], []).columns
    {'校名': 'name'}
    """
    columns = {
        questions.heads[number]: name
        for number, name in _numbered(heads)
        if number < len(questions.heads) and name in questions.free
    }
    values: dict[str, dict[str, str]] = {}
    for number, value in _numbered(words):
        if number < len(questions.words) and value in questions.words[number].choices:
            word = questions.words[number]
            values.setdefault(word.column, {})[word.written] = value
    return Mapping(columns=columns, values=values)


def _numbered(choices: Sequence[str]) -> Iterator[tuple[int, str]]:
    for choice in choices:
        number, _, chosen = choice.partition(":")
        if number.isdecimal() and chosen:
            yield int(number), chosen
