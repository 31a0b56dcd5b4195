"""Passwords: drawing a first one, and what is kept of one."""

from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
LONGEST_PASSWORD = 200

Random = Callable[[int], bytes]

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least: phones want the cores too


def draw_password(random: Random) -> str:
    """Twelve letters and digits that cannot be mistaken for each other, in fours; 59 bits."""
    drawn = "".join(LETTERS[int.from_bytes(random(8), "big") % len(LETTERS)] for _ in range(12))
    return "-".join(drawn[start : start + 4] for start in (0, 4, 8))


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def matches(hashed: str, password: str) -> bool:
    """Whether this is kept of that password."""
    try:
        return _hasher.verify(hashed, password[:LONGEST_PASSWORD])
    except VerifyMismatchError:
        return False
