"""Citations: where a plan repeats an indicator, who answers for it, and where documents disagree about it."""

from msgspec import convert

from analysis.standard import Standard
from analysis.standard.roadmap import Contradiction, PolicyNote
from analysis.verdict.records import Disagreement, PolicyRemark, Record


class Cited(Record, frozen=True, kw_only=True):
    """What is said of one indicator besides its limits."""

    restated: str
    units: tuple[str, ...]
    contradictions: tuple[Disagreement, ...]


def cite(standard: Standard, key: str) -> Cited:
    """Everything the standard says of one indicator besides its limits."""
    return Cited(
        restated=standard.restated.get(key, ""),
        units=tuple(standard.units(key)),
        contradictions=tuple(
            disagreement(contradiction) for contradiction in standard.contradictions if contradiction.indicator == key
        ),
    )


def disagreement(contradiction: Contradiction) -> Disagreement:
    """A contradiction of the pack as a judgement tells it."""
    return convert(contradiction, Disagreement, from_attributes=True)


def policy_remark(note: PolicyNote) -> PolicyRemark:
    """A policy note of the pack as a judgement tells it."""
    return convert(note, PolicyRemark, from_attributes=True)
