"""Text as a person typed it, without what came along unseen from Word, a chat or a web page."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import category

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})  # control, format, surrogate, private use
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and marks that show as nothing
SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # which drawing of the character before is meant
NO_CHARACTERS = range(0xFDD0, 0xFDF0)
BETWEEN_UNITS = "、"
"""What stands between the units of a line where several lead or cooperate."""


def clean_text(text: str) -> str:
    r"""One line of a text: what cannot be seen is left out, white space of every kind is one blank.

    Every field that the console is sent and every cell of a sheet goes through here, once, where it comes in.
    Unicode 15, section 23: controls, format characters, variation selectors and non-characters; XML, and so
    every Word file, refuses some of them.

    >>> clean_text("  实验\x0b小学\u200b \ufeff\r\n（东校区）"), clean_text("\u200b\u3164\x00")
    ('实验 小学 （东校区）', '')
    """
    return " ".join("".join(character for character in text if character.isspace() or _is_seen(character)).split())


def name_organiser(county: str, organiser: str) -> str:
    """An organiser with the county's name before it, where its own does not begin with it.

    >>> name_organiser("重庆市黔江区", "区人民政府教育督导室"), name_organiser("重庆市黔江区", "黔江区教育委员会")
    ('重庆市黔江区人民政府教育督导室', '黔江区教育委员会')
    >>> name_organiser("青山区", "教育局")
    '青山区教育局'
    """
    if any(organiser.startswith(county[start:]) for start in range(len(county) - 1)):
        return organiser
    return county + organiser.removeprefix(county[-1:])


def tell_apart(names: Mapping[str, str]) -> dict[str, str]:
    """What is called what by its code; a name that several codes have stands with each one's code.

    >>> tell_apart({"P01": "中心小学", "P02": "中心小学", "P03": "第一小学"})
    {'P01': '中心小学（P01）', 'P02': '中心小学（P02）', 'P03': '第一小学'}
    """
    times = Counter(names.values())
    return {code: f"{name}（{code}）" if times[name] > 1 else name for code, name in names.items()}


@lru_cache(8192)
def _is_seen(character: str) -> bool:
    number = ord(character)
    if category(character) in HIDDEN or character in BLANKS:
        return False
    if number in NO_CHARACTERS or number & 0xFFFE == 0xFFFE:
        return False
    return not any(number in selectors for selectors in SELECTORS)
