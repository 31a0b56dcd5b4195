"""What-ifs of the variation between schools: who drives it, and what lifting schools would do to it."""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.indicators import coefficient_of_variation
from analysis.indicators.sections import Row
from analysis.standard import Standard
from analysis.standard.limits import Verdict


class Driver(NamedTuple):
    """One school's part in the pupil-weighted variance of an indicator, and whether it lies below its line."""

    school: str
    name: str
    value: float
    share: float
    below: bool


class WhatIf(NamedTuple):
    """Mean, CV and its verdict once some schools were lifted to the threshold."""

    lifted: tuple[str, ...]
    mean: float
    cv: float | None
    verdict: Verdict


class Variations(NamedTuple):
    """`now`; with every school below the threshold lifted to it; with the fewest, the greatest drivers first."""

    drivers: tuple[Driver, ...]
    now: WhatIf
    all_lifted: WhatIf
    drivers_lifted: WhatIf


def variation_drivers(value: Sequence[float], pupils: Sequence[float]) -> list[float]:
    """Each school's share of the variance: P_j (x_j - X)^2 / sum(P (x - X)^2); all 0 where schools are alike.

    Arguments as in `coefficient_of_variation` (the same weighted variance, taken apart). Two schools, 100
    pupils with 2 books each and 300 with 4: X = 3.5, parts 100 * 2.25 and 300 * 0.25.

    >>> variation_drivers([2, 4], [100, 300])
    [0.75, 0.25]
    """
    mean = coefficient_of_variation(value, pupils).mean
    parts = [p * (x - mean) ** 2 for x, p in zip(value, pupils, strict=True)]
    total = sum(parts)
    return [part / total if total else 0.0 for part in parts]


def what_if(indicator: str, stage: str, schools: Sequence[Row], standard: Standard) -> Variations | None:
    """What drives the CV of one indicator in one stage, and what lifting schools would make of it.

    `schools` are those of a judgement. Lifted means: exactly to the threshold, pupils unchanged. Besides all
    schools below it, the fewest are lifted that bring the CV within its limit, in the order of their part in
    the variance (none where it is within; all where even that is not enough: a school far above the others
    cannot be lifted). None without schools or while a value is missing.

    R5 asks 7.5 of a primary school: lifting the one with 3.5 leaves both alike.

    >>> from analysis.standard import load_standard
    >>> schools = [{"school": code, "name": "", "stage": "primary", "pupils": 100, "values": {"R5": value}}
    ...     for code, value in (("P1", 3.5), ("P2", 7.5))]
    >>> found = what_if("R5", "primary", schools, load_standard("national-2017"))
    >>> round(found.now.cv, 4), found.all_lifted.lifted, found.all_lifted.cv    # 2/5.5
    (0.3636, ('P1',), 0.0)
    """
    here = [each for each in schools if each["stage"] == stage]
    if not here or any(each["values"][indicator] is None for each in here):
        return None
    county = _County(here, indicator, stage, standard)
    order = sorted(county.drivers(), key=lambda each: (-each.share, each.school))
    below = [each.school for each in order if each.below]
    tries = (county.lift(below[:count]) for count in range(len(below) + 1))
    everyone = county.lift(below)
    enough = next((each for each in tries if each.verdict == "met"), everyone)
    return Variations(tuple(order), county.lift([]), everyone, enough)


class _County:
    """The schools of one stage under one indicator."""

    def __init__(self, schools: Sequence[Row], indicator: str, stage: str, standard: Standard):
        self.schools = schools
        self.threshold = standard.threshold(indicator, stage)
        self.limit = standard.variation.primary if stage == "primary" else standard.variation.junior
        self.values = [float(each["values"][indicator]) for each in schools]
        self.pupils = [float(each["pupils"]) for each in schools]

    def drivers(self) -> list[Driver]:
        shares = variation_drivers(self.values, self.pupils)
        return [
            Driver(each["school"], each["name"], value, share, not self.threshold.holds(value))
            for each, value, share in zip(self.schools, self.values, shares, strict=True)
        ]

    def lift(self, codes: Sequence[str]) -> WhatIf:
        chosen = set(codes)
        values = [
            self.threshold.value if each["school"] in chosen else value
            for each, value in zip(self.schools, self.values, strict=True)
        ]
        mean, _, cv = coefficient_of_variation(values, self.pupils)
        known = cv if cv == cv else None
        return WhatIf(tuple(codes), mean, known, self.limit.verdict(known))
