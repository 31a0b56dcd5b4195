"""What the checks of a round found: read by whoever tells of it, without what computes it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from msgspec import Struct

from analysis.arrays import Flags
from analysis.results import CheckOutcome, IntegrityOutcome
from questionnaires.integrity_limits import FEWER_SAY_SO, FULL_CHECKS

LISTED_ONLY = "all_highest"


class PlaceFinding(Struct, frozen=True, kw_only=True):
    """A place where a check spoke: what was observed and expected there, p, q, forms flagged (0: reported only)."""

    group: str
    place: str
    check: str
    observed: float | None = None
    expected: float | None = None
    p: float | None = None
    q: float | None = None
    flagged: int


@dataclass(frozen=True)
class Integrity:
    """What needs a second look (需核实), for analysts only; nothing is dropped.

    - `flagged`: one truth value a form, in the order of the forms given;
    - `checks`: what each came to, by name;
    - `findings`: one for each place where a check spoke, in the order of the checks.
    """

    flagged: Flags
    checks: dict[str, CheckOutcome]
    findings: list[PlaceFinding]

    def is_listed(self, owners: Iterable[tuple[str, str]], checks: Collection[str] = (LISTED_ONLY,)) -> list[bool]:
        """Whether the forms of each (group, place) are among those that these checks list; bursts alone list none.

        >>> import numpy as np
        >>> found = PlaceFinding(group="parent", place="a", check="all_highest", flagged=0)
        >>> Integrity(np.zeros(1, bool), {}, [found]).is_listed([("parent", "a"), ("parent", "b")])
        [True, False]
        """
        places = {(row.group, row.place) for row in self.findings if row.check in checks}
        return [owner in places for owner in owners]


def list_full(found: IntegrityOutcome) -> list[tuple[str, str]]:
    """The (group, place) of each full class that was listed, once."""
    return list(dict.fromkeys((row.group, row.place) for row in found.findings if row.check in FULL_CHECKS))


def list_doubted(found: IntegrityOutcome) -> list[tuple[str, str]]:
    """The (group, place) of each place where fewer say that they answered than forms came."""
    return [(row.group, row.place) for row in found.findings if row.check == FEWER_SAY_SO]
