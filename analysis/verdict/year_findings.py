"""What two school years come to side by side."""

from typing import Literal

from msgspec import field

from analysis.verdict.records import Record
from questionnaires.vocabulary import Verdict

SchoolStatus = Literal["continued", "merged", "new", "gone"]


class Pair(Record, frozen=True, kw_only=True):
    """A whole number of two years; None where there is or was none."""

    before: float | None
    after: float | None


class VerdictPair(Record, frozen=True, kw_only=True):
    """A verdict of two years."""

    before: Verdict | None
    after: Verdict | None


class YearChange(Record, frozen=True, kw_only=True):
    """A figure of two years and its change; None where one of them is not known."""

    before: float | None
    after: float | None
    change: float | None


class SchoolChange(Record, frozen=True, kw_only=True):
    """A school section of either year: continued, merged, new or gone; `sources` are the schools merged into it."""

    school: str
    name: str
    stage: str
    status: SchoolStatus
    sources: tuple[str, ...] = field(name="from")
    pupils: Pair
    met: Pair
    verdict: VerdictPair
    indicators: dict[str, YearChange]


class IndicatorChange(Record, frozen=True, kw_only=True):
    """A resource indicator in one stage, then and now."""

    met: YearChange
    schools: YearChange
    mean: YearChange
    cv: YearChange


class YearComparison(Record, frozen=True, kw_only=True):
    """Two school years side by side; `notes` names every school that vanished, appeared or merged."""

    standard: str
    schools: tuple[SchoolChange, ...]
    indicators: dict[str, dict[str, IndicatorChange]]
    notes: tuple[str, ...]


class StageYear(Record, frozen=True, kw_only=True):
    """A resource indicator of one stage in one year."""

    met: int
    schools: int
    mean: float | None
    cv: float | None
    verdict: Verdict


class YearResult(Record, frozen=True, kw_only=True):
    """What one school year came to, by indicator; `rate` is the recognition rate (a share of 1)."""

    school_year: str
    standard: str
    verdict: Verdict
    rate: float | None
    resources: dict[str, dict[str, StageYear]]
    indicators: dict[str, Verdict]

    @property
    def met(self) -> dict[str, tuple[int, int]]:
        """How many indicators are met, and of how many: of resources by stage, of guarantee, of quality."""
        found = {
            "resources": [stage.verdict for stages in self.resources.values() for stage in stages.values()],
            "guarantee": [verdict for key, verdict in self.indicators.items() if key.startswith("G")],
            "quality": [verdict for key, verdict in self.indicators.items() if key.startswith("Q")],
        }
        return {name: (verdicts.count(Verdict.MET), len(verdicts)) for name, verdicts in found.items()}
