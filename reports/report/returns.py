"""Returns: who was given codes and who answered, by stage, locale and unit; counts only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from analysis.round_counts import Status, StratumCounts, UnitCounts
from questionnaires.vocabulary import Locale, Stage

MOST_UNITS = 10
UNKNOWN = ""


class StratumLine(NamedTuple):
    """Counts of one stage or locale, and the share of the invited who answered."""

    key: str
    invited: int
    issued: int
    forms: int
    share: float | None


class StrataReturns(NamedTuple):
    """Returns by stage and by locale; where none is known, last."""

    stages: list[StratumLine]
    locales: list[StratumLine]


def describe_strata(status: Status) -> StrataReturns:
    """Invited, issued and forms of every stage and locale that the round has."""
    return StrataReturns(
        stages=_sum_by(lambda stratum: stratum.stage, (*Stage, UNKNOWN), status.strata),
        locales=_sum_by(lambda stratum: stratum.locale, (*Locale, UNKNOWN), status.strata),
    )


def _sum_by(
    key: Callable[[StratumCounts], str], order: Iterable[str], strata: Sequence[StratumCounts]
) -> list[StratumLine]:
    found = [(name, [stratum for stratum in strata if key(stratum) == name]) for name in order]
    return [_sum_line(str(name), own) for name, own in found if own]


def _sum_line(key: str, strata: Sequence[StratumCounts]) -> StratumLine:
    invited = sum(stratum.invited for stratum in strata)
    forms = sum(stratum.forms for stratum in strata)
    return StratumLine(
        key=key,
        invited=invited,
        issued=sum(stratum.issued for stratum in strata),
        forms=forms,
        share=forms / invited if invited else None,
    )


class UnitLine(NamedTuple):
    """A unit's counts over all its groups, and what it lacks: a surplus of one group fills no other's gap."""

    unit: str
    name: str
    target: int
    issued: int
    forms: int
    lacks: int


class UnitReturns(NamedTuple):
    """Every unit, those that lack most first; `units_behind` lack any, `units_shown` most."""

    units: list[UnitLine]
    units_behind: list[UnitLine]
    units_shown: list[UnitLine]


def describe_unit_returns(status: Status, names: Mapping[str, str]) -> UnitReturns:
    """The units' counts; `names` tells what a unit's code stands for."""
    together: dict[str, list[UnitCounts]] = {}
    for counts in status.units:
        together.setdefault(counts.unit, []).append(counts)
    lines = [_unit_line(unit, names.get(unit, unit), counts) for unit, counts in together.items()]
    listed = sorted(lines, key=lambda line: (-line.lacks, line.unit))
    behind = [line for line in listed if line.lacks]
    return UnitReturns(units=listed, units_behind=behind, units_shown=behind[:MOST_UNITS])


def _unit_line(unit: str, name: str, counts: Sequence[UnitCounts]) -> UnitLine:
    return UnitLine(
        unit=unit,
        name=name,
        target=sum(group.target for group in counts),
        issued=sum(group.issued for group in counts),
        forms=sum(group.spent for group in counts),
        lacks=sum(max(0, group.target - group.spent) for group in counts),
    )
