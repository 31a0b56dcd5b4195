"""Key sheets between the opening of a round and the moment when each of their holders takes one.

They are in the memory of the one service that opened the round, and nowhere else; whoever restarts it deals anew.
"""

from collections.abc import Iterable
from threading import Lock

from survey_app.rounds.sheet_text import KeySheet


class DealtSheets:
    """The sheets of one key that nobody has taken yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sheets: dict[int, KeySheet] = {}

    def deal(self, sheets: Iterable[KeySheet]) -> None:
        """Hold these sheets in place of any other."""
        with self._lock:
            self._sheets = {sheet.number: sheet for sheet in sheets}

    def find(self, mark: bytes, number: int) -> KeySheet | None:
        """The sheet of that number, if it is here and of the key with that mark."""
        with self._lock:
            sheet = self._sheets.get(number)
        return sheet if sheet is not None and sheet.key_mark == mark else None

    def forget(self, number: int) -> None:
        """Hold this sheet no longer: its holder has it."""
        with self._lock:
            self._sheets.pop(number, None)
