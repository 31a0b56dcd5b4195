"""What people give to open a round, typed or as files: key sheets, or the file of an exported key."""

from collections.abc import Iterable
from dataclasses import dataclass

from survey_app.core.errors import SurveyError
from survey_app.core.models import Round
from survey_app.rounds.given_sheets import SheetError, read_sheet_content, read_typed
from survey_app.rounds.key_custody import Given
from survey_app.rounds.key_files import read_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import public_key
from survey_app.rounds.sheet_text import KeySheet


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """One thing that was given: the ten groups as they were typed, or a file; `label` names the field, if there is one.

    What was typed counts where there are both: whoever types has a reason not to trust the picture.
    """

    label: str = ""
    typed: str = ""
    name: str = ""
    content: bytes = b""


def read_handed(round_: Round, handed: Iterable[Handed]) -> Given:
    """The seed or the sheets in what was given; raises SheetError, SurveyError with the field that is wrong."""
    seed = None
    sheets: list[KeySheet] = []
    for part in handed:
        found = None if part.typed else read_seed(round_, part.name, part.content)
        if found is None:
            sheets.append(read_one(part))
        seed = found or seed
    return Given(
        seed=seed,
        sheets=tuple(sheets),
    )


def read_one(part: Handed) -> KeySheet:
    """The sheet that was typed, or is in a file; raises SheetError."""
    try:
        return read_typed(part.typed) if part.typed else read_sheet_content(part.name, part.content)
    except SheetError as problem:
        if not part.label:
            raise
        raise SheetError(*(f"{part.label}：{sentence}" for sentence in problem.problems)) from None


def read_seed(round_: Round, name: str, content: bytes) -> bytes | None:
    """The seed of an exported key file, or nothing for what may be a sheet; raises SurveyError for another's key."""
    try:
        found = read_key(content.decode())
    except UnicodeDecodeError:
        return None
    if found is None:
        return None
    if public_key(found.seed) != round_.public_key:
        other = found.round_name
        raise SurveyError(KEY_WORDS.key_file_of_another.format(file=name, other=other, round=round_.name))
    return found.seed
