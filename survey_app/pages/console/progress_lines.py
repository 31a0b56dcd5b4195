"""Lines of progress: what each tells, and which of a view are listed in which order."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
import pandas as pd

from survey_app.watching.shown_counts import Word


class ProgressLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a view, as `summarise` counts it; what the view does not go by is ""."""

    label: str = ""
    id: int = 0
    unit: str = ""
    group: str = ""
    class_name: str = msgspec.field(name="class", default="")
    stage: str = ""
    band: str = ""
    locale: str = ""
    township: str = ""
    population: int
    invited: int
    target: int
    issued: int
    forms: int
    recent: int
    needed: int
    forecast: int
    short: int
    share: float
    rate: float
    hourly: float
    quiet: int = 0
    word: Word = Word.COUNT

    @property
    def there(self) -> int:
        """What of the target is there, group by group: what the bar draws, the percentage says and the lack leaves."""
        return self.target - self.needed if self.needed else self.forms

    @property
    def of_invited(self) -> float:
        """The response rate: what is shown as sent in of those invited; NaN where that is no count, or nobody is."""
        return self.forms / self.invited if self.invited and not self.word else float("nan")

    @property
    def of_issued(self) -> float:
        """What is shown as sent in of the people with codes; NaN as for `of_invited`."""
        return self.forms / self.issued if self.issued and not self.word else float("nan")

    @property
    def heat(self) -> str:
        """How a cell of the table of units and groups is tinted: nothing known yet, under way, reached."""
        if self.word or not self.target:
            return ""
        return "reached" if self.forms >= self.target else "nothing" if not self.forms else ""

    @property
    def hidden(self) -> bool:
        """Whether there are too few codes for a count."""
        return self.word in (Word.ISSUED, Word.BEGUN)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What part of a view is listed, in which order: by what, of which township, with which text, which page."""

    by: str
    sort: str
    township: str
    text: str
    page: int

    def turn(self, **changes: object) -> str:
        """The address of the same listing with something else."""
        asked = {"by": self.by, "sort": self.sort, "township": self.township, "q": self.text, "page": self.page}
        return f"?{urlencode({name: value for name, value in (asked | changes).items() if value})}"


def find_lines(rows: pd.DataFrame, lines: Sequence[ProgressLine], listing: Listing) -> list[ProgressLine]:
    """The lines with the text in their name, and of the units that have people in the township; `rows` of the frame.

    Lines are left out, never counted anew: no sum appears that no view has.
    """
    units = set(rows.unit[rows.township == listing.township])
    return [
        line
        for line in lines
        if listing.text in line.label
        and (not listing.township or line.unit in units or line.township == listing.township)
    ]


def sort_lines(lines: Sequence[ProgressLine], order: str) -> list[ProgressLine]:
    """In the order that was asked for: by name, by what was sent in of those invited, by lack, by days without
    a new answer, those with none first; else as they come."""
    match order:
        case "name":
            return sorted(lines, key=lambda line: line.label)
        case "response":
            return sorted(lines, key=lambda line: (line.of_invited != line.of_invited, line.of_invited))
        case "lack":
            return sorted(lines, key=lambda line: -line.needed)
        case "quiet":
            return sorted(lines, key=lambda line: (line.forms > 0, -line.quiet))
    return list(lines)
