"""From the text of a cell to its value, or to the sentence that says what is wrong with it."""

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from questionnaires.text import clean_text
from survey_app.frame.sheets.columns import Column
from survey_app.frame.sheets.grid_making import ELSEWHERE, EXACT, OTHERWISE, UNCOMPUTED
from survey_app.frame.sheets.grids import Cell
from survey_app.frame.sheets.sheet_problems import BadCellError, say

Value = str | float
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?")
LOST_DIGITS = re.compile(r"[0-9](?:\.[0-9]+[eE]\+?|[eE]\+)[0-9]+|[0-9]{16,}\.0")
FORMULA_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|ERROR!)")
NO_VALUE = {UNCOMPUTED: "uncomputed", ELSEWHERE: "elsewhere", OTHERWISE: "otherwise"}
YEAR = re.compile(r"([12][0-9]{3})(?:\.0+)?年?")
MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
SPELLED_DATE = re.compile(
    rf"(?:[12][0-9]{{3}}年)?[0-9]{{1,2}}月[0-9]{{1,2}}日|[12][0-9]{{3}}年[0-9]{{1,2}}月"
    rf"|[0-9]{{1,2}}-(?:{MONTH})|(?:{MONTH})-[0-9]{{1,2}}"
    r"|[12][0-9]{3}([-/.])[0-9]{1,2}\1[0-9]{1,2}(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?",
    re.IGNORECASE,
)
LETTERED = re.compile(r"[A-I][.、．:：)](.+)")
SCORED = re.compile(r"(.+)\([0-9]{1,3}分?\)")
SKIPPED = {"(跳过)", "跳过", "(空)", "-3", "-2"}
DURATION = re.compile(r"(?:([0-9]{1,3})(?:小时|时))?(?:([0-9]{1,4})分钟?)?(?:([0-9]{1,5}(?:\.[0-9]+)?)秒)?")
ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}


def read_cells(column: Column, cells: Sequence[Cell], factor: Fraction) -> tuple[list[Value], dict[int, str]]:
    """The values of a column, and for each cell that is wrong its index and the sentence.

    Equal cells are read once: 100,000 forms hold few different answers.
    """
    seen: dict[Cell, Value] = {}
    wrong: dict[Cell, str] = {}
    for cell in dict.fromkeys(cells):
        try:
            seen[cell] = read_cell(column, cell, factor)
        except BadCellError as error:
            seen[cell] = empty_value(column)
            wrong[cell] = str(error)
    sentences = {index: wrong[cell] for index, cell in enumerate(cells) if cell in wrong} if wrong else {}
    return [seen[cell] for cell in cells], sentences


def read_cell(column: Column, cell: Cell, factor: Fraction) -> Value:
    """The value of one cell; raises BadCellError with the sentence for the person."""
    if not isinstance(cell, str):
        raise BadCellError(say("cell", "date"))
    text = clean_text(cell)
    if not text:
        if column.needed == "cell":
            raise BadCellError(say("cell", "empty"))
        return empty_value(column)
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in NO_VALUE:
        raise BadCellError(say("cell", NO_VALUE[plain]))
    if FORMULA_ERROR.fullmatch(plain):
        raise BadCellError(say("cell", "formula"))
    if column.type == "text":
        return text
    return _READERS[column.type](column, plain, factor)


def empty_value(column: Column) -> Value:
    """What stands for nothing: "" in text, 0 for an answer, NaN for a number."""
    if column.is_text:
        return ""
    return 0 if column.type == "answer" else float("nan")


def _read_key(column: Column, text: str, factor: Fraction) -> Value:
    if LOST_DIGITS.fullmatch(text):
        raise BadCellError(say("cell", "scientific", written=text))
    if SPELLED_DATE.fullmatch(text):
        raise BadCellError(say("cell", "spelled_date", written=text))
    return text


def _read_choice(column: Column, text: str, factor: Fraction) -> Value:
    wanted = fold(re.sub(r"\.0+$", "", text))
    for value, words in column.words.items():
        if wanted in (value, *map(fold, words)):
            return value
    raise BadCellError(say("cell", "choice", written=text, allowed=list_words(column)))


def list_words(column: Column) -> str:
    """The values of a closed vocabulary as a person may write them."""
    return "、".join(f"{words[0]} {value}".strip() for value, words in column.words.items())


def fold(text: str) -> str:
    """A word without what does not tell it from another: width, blanks, case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _read_numbered_choice(column: Column, text: str, factor: Fraction) -> Value:
    return float(_read_choice(column, text, factor))


def _read_answer(column: Column, text: str, factor: Fraction) -> Value:
    """An option in words or digits, with the letter before it or the points behind it that platforms add."""
    if text in SKIPPED:
        return 0.0
    return _read_numbered_choice(column, bare_option(text), factor)


def bare_option(text: str) -> str:
    """An option without the letter before it and the points behind it."""
    lettered = LETTERED.fullmatch(text)
    option = lettered[1] if lettered else text
    scored = SCORED.fullmatch(option)
    return scored[1] if scored else option


def _read_duration(column: Column, text: str, factor: Fraction) -> Value:
    """Seconds: a number, or 115秒, 2分3秒, 1小时2分."""
    told = DURATION.fullmatch(text)
    if not told or not any(told.groups()):
        return _read_amount(column, text, factor)
    hours, minutes, seconds = (Fraction(part or 0) for part in told.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _read_amount(column: Column, text: str, factor: Fraction) -> Value:
    return float(_read_number(text) * factor)


def _read_count(column: Column, text: str, factor: Fraction) -> Value:
    number = _read_number(text) * factor
    if number.denominator != 1:
        raise BadCellError(say("cell", "whole", written=text))
    return float(number)


def _read_measure(column: Column, text: str, factor: Fraction) -> Value:
    """A number, a percentage (95% is 95) or a level of the national monitoring (Ⅲ级 is 3)."""
    level = ROMAN.get(text.removesuffix("级"))
    return float(_read_number(level or text.removesuffix("%").strip()))


def _read_year(column: Column, text: str, factor: Fraction) -> Value:
    year = YEAR.fullmatch(text)
    if not year:
        _read_number(text)
        raise BadCellError(say("cell", "year", written=text))
    return float(year[1])


def _read_number(text: str) -> Fraction:
    if not NUMBER.fullmatch(text):
        raise BadCellError(say("cell", "number", written=text))
    number = Fraction(text.replace(",", ""))
    if number < 0:
        raise BadCellError(say("cell", "negative", written=text))
    if number >= EXACT:
        raise BadCellError(say("cell", "huge", written=text))
    return number


_READERS = {
    "key": _read_key,
    "choice": _read_choice,
    "grade": _read_numbered_choice,
    "answer": _read_answer,
    "duration": _read_duration,
    "amount": _read_amount,
    "count": _read_count,
    "measure": _read_measure,
    "year": _read_year,
}
