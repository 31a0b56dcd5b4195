"""School years: "2025-2026", two consecutive years, wherever a year of data is named."""

import re
from dataclasses import dataclass
from typing import Self

from questionnaires.bad_input import BadInputError

WRITTEN = re.compile(r"(?P<first>(?:19|20)[0-9][0-9])-(?P<last>(?:19|20)[0-9][0-9])")


class SchoolYearError(BadInputError, ValueError):
    """A text that names no school year; the message is one Chinese sentence for the person who wrote it."""

    def __init__(self, text: str):
        self.text = text
        super().__init__(f"学年要写成前后相连的两个年份，例如 2025-2026，现为“{text}”。")


@dataclass(frozen=True, order=True)
class SchoolYear:
    """One school year by the calendar year in which it begins; earlier years come first.

    >>> max(map(SchoolYear.parse, ["2023-2024", "2025-2026", "2024-2025"]))
    SchoolYear(first=2025)
    """

    first: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The school year that a text names; spaces around it do no harm.

        Raises:
            SchoolYearError: anything else, such as a single year or two that do not follow each other.

        >>> str(SchoolYear.parse(" 2025-2026 "))
        '2025-2026'
        >>> SchoolYear.parse("2025-2027")
        Traceback (most recent call last):
        questionnaires.school_year.SchoolYearError: 学年要写成前后相连的两个年份，例如 2025-2026，现为“2025-2027”。
        """
        found = WRITTEN.fullmatch(text.strip())
        if not found or int(found["last"]) != int(found["first"]) + 1:
            raise SchoolYearError(text)
        return cls(first=int(found["first"]))

    def __str__(self) -> str:
        """As files, options and the store write it."""
        return f"{self.first}-{self.first + 1}"

    @property
    def before(self) -> Self:
        """The school year before this one."""
        return type(self)(first=self.first - 1)
