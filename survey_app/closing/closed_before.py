"""A round that was closed is not closed anew with other boxes: a backup from before the close, restored, is refused.

What the close opened is noted beside the keys, where no restore puts anything back: the number of boxes and the sum
over their numbers, as on the closing minute, which is no secret.
"""

from contextlib import suppress
from pathlib import Path

from sqlalchemy.orm import Session

from survey_app.closing.closing_minute import sum_boxes, sum_waiting_boxes
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.rounds.key_files import FOLDER_OF_OWNER, write_new
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import key_mark


def note_closed(session: Session, round_: Round, keys: Path) -> None:
    """Note of a closed round how many boxes it had, and their sum; once."""
    path = _path(keys, round_)
    path.parent.mkdir(mode=FOLDER_OF_OWNER, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        write_new(path, _line(sum_boxes(session, round_)))


def check_closed_before(session: Session, round_: Round, keys: Path) -> None:
    """Raise ConflictError where this round was closed here with other boxes than those that wait."""
    path = _path(keys, round_)
    if path.exists() and path.read_text(encoding="ascii") != _line(sum_waiting_boxes(session)):
        raise ConflictError(KEY_WORDS.closed_before.format(round=round_.name))


def _path(keys: Path, round_: Round) -> Path:
    return keys / f"{key_mark(round_.public_key or b'').hex()}.closed"


def _line(boxes: tuple[int, str]) -> str:
    return f"{boxes[0]} {boxes[1]}\n"
