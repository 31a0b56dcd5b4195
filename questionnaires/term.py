"""What a closed list is made of: a value that is stored, with its word in Chinese and in English."""

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A value of a closed list with its words; it equals, and is stored as, its plain text.

    >>> from questionnaires.vocabulary import Group
    >>> Group.PARENT == "parent", Group("parent").zh, Group.PARENT.en
    (True, '家长', 'parent')
    """

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """A member from its value and its two words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        return member


def words(vocabulary: type[Term]) -> dict[str, str]:
    """The Chinese word of every value, in the list's order.

    >>> from questionnaires.vocabulary import Stage
    >>> words(Stage)
    {'primary': '小学', 'junior': '初中'}
    """
    return {term.value: term.zh for term in vocabulary}


def place_in_list(vocabulary: type[Term], value: str) -> int:
    """Where a value stands in its list, for sorting; after all others when it is none of it.

    >>> from questionnaires.vocabulary import Stage
    >>> place_in_list(Stage, "junior"), place_in_list(Stage, "")
    (1, 2)
    """
    values = [term.value for term in vocabulary]
    return values.index(value) if value in values else len(values)
