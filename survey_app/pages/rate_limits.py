"""Limits on one address: high enough for a school behind it, low enough to slow a script."""

from datetime import datetime, timedelta

MOST_KEYS = 20_000
GUESSES = (120, timedelta(seconds=3))  # two mistakes each for 60 pupils at once, then 20 a minute
FORMS = (180, timedelta(seconds=1))  # three sends of each of 60 pupils at once, refused ones too, then 60 a minute


class Limit:
    """So many at once for each key, then one in every `pause`; kept in memory alone, and forgotten with time."""

    def __init__(self, most: int, pause: timedelta):
        self._room = most * pause
        self._pause = pause
        self._free_at: dict[object, datetime] = {}

    def reached(self, key: object, now: datetime) -> bool:
        """Whether there is no room for one more."""
        return self._find(key, now) + self._pause > now + self._room

    def count(self, key: object, now: datetime) -> None:
        """One more."""
        if len(self._free_at) >= MOST_KEYS:
            self._free_at = {known: at for known, at in self._free_at.items() if at > now}
        self._free_at[key] = min(max(self._find(key, now), now) + self._pause, now + self._room)

    def _find(self, key: object, now: datetime) -> datetime:
        """What is further away than a full room was counted before the clock was set back, and is forgotten."""
        found = self._free_at.get(key, now)
        return found if found <= now + self._room else now


class Limits:
    """What one address may do: try codes that do not exist, and send forms with one code shared by many.

    An address that is not known (the server's own) has no limits.
    """

    def __init__(self) -> None:
        self._guesses = Limit(*GUESSES)
        self._forms = Limit(*FORMS)

    def guessed_too_often(self, address: str, now: datetime) -> bool:
        """Whether this address tried so many codes that do not exist that it could be a machine."""
        return bool(address) and self._guesses.reached(address, now)

    def count_guess(self, address: str, now: datetime) -> None:
        """A code that does not exist was tried."""
        self._guesses.count(address, now)

    def admits(self, address: str, digest: bytes, now: datetime) -> bool:
        """Whether this address may send one more form with a shared code; counts it."""
        key = (address, digest)
        if not address:
            return True
        if self._forms.reached(key, now):
            return False
        self._forms.count(key, now)
        return True
