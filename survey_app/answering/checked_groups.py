"""Characters that people copy from paper: groups of four and a check, which finds one mistake and names its group."""

from collections.abc import Sequence

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("ILO", "110")
GROUP_LENGTH = 5
_FIELD = 0b100101  # x^5 + x^2 + 1, by which GF(32) is reduced; x generates all of it


def _times_x(value: int) -> int:
    return value << 1 ^ (_FIELD if value & 16 else 0)


_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_ONCE = {letter: _times_x(value) for letter, value in _VALUES.items()}
_TWICE = {letter: _times_x(value) for letter, value in _ONCE.items()}
_THRICE = {letter: _times_x(value) for letter, value in _TWICE.items()}
_WEIGHTS = (_ONCE, _TWICE, _THRICE, {letter: _times_x(value) for letter, value in _THRICE.items()})
"""For each of a group's four characters what x to the power of its place, counted from 1, makes of it."""


def write_group(place: int, data: Sequence[int]) -> str:
    """Four values of five bits as four characters and their check; `place` counts the groups of a text from 0.

    >>> write_group(0, (3, 1, 4, 1))
    '3141P'
    """
    return "".join(ALPHABET[value] for value in (*data, _check(place, data)))


def is_right(place: int, group: str) -> bool:
    """Whether a group's check comes out: no single mistake, swap of two characters or other place goes unseen."""
    if len(group) != GROUP_LENGTH:
        return False
    first, second, third, fourth = _WEIGHTS
    try:
        sum_of_data = first[group[0]] ^ second[group[1]] ^ third[group[2]] ^ fourth[group[3]]
        return sum_of_data ^ _VALUES[group[4]] == place + 1
    except KeyError:
        return False


def cut(letters: str) -> list[str]:
    """A text in groups, the last one perhaps short."""
    return [letters[start : start + GROUP_LENGTH] for start in range(0, len(letters), GROUP_LENGTH)]


def _check(place: int, data: Sequence[int]) -> int:
    """The sum of x^i times the i-th value, and the group's place: no two characters weigh the same, nor two groups."""
    check = place + 1
    for weight, value in zip(_WEIGHTS, data, strict=True):
        check ^= weight[ALPHABET[value]]
    return check
