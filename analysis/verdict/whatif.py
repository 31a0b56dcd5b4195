"""What-ifs of the variation between schools: who drives it, and what lifting schools would do to it."""

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from analysis.indicators import coefficient_of_variation
from analysis.standard import Standard
from analysis.verdict.school_findings import JudgedSchool
from questionnaires.vocabulary import Verdict


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


def what_if(indicator: str, stage: str, schools: Sequence[JudgedSchool], standard: Standard) -> Variations | None:
    """What drives the CV of one indicator in one stage, and what lifting schools would make of it.

    `schools` are those of a judgement. Lifted means: exactly to the threshold, pupils unchanged. Besides all
    schools below it, the fewest are lifted that bring the CV within its limit, in the order of their part in
    the variance (none where it is within; all where even that is not enough: a school far above the others
    cannot be lifted). None without schools or while a value is missing.

    R5 asks 7.5 of a primary school: lifting the one with 3.5 leaves both alike.

    >>> from analysis.indicators.reported import Section
    >>> from analysis.standard import load_standard
    >>> from analysis.verdict.schools_rule import judge_school, school_limits
    >>> standard = load_standard("national-2017")
    >>> limits = school_limits(standard, "primary")
    >>> values = dict.fromkeys(limits)
    >>> def school(code, area):
    ...     section = Section(school=code, kind="primary", stage="primary", pupils=100, values=values | {"R5": area})
    ...     return judge_school(section, standard, limits)
    >>> schools = [school("P1", 3.5), school("P2", 7.5)]
    >>> found = what_if("R5", "primary", schools, standard)
    >>> round(found.now.cv, 4), found.all_lifted.lifted, found.all_lifted.cv    # 2/5.5
    (0.3636, ('P1',), 0.0)
    """
    here = [school for school in schools if school.stage == stage]
    if not here or any(school.values[indicator] is None for school in here):
        return None
    county = _County(here, indicator, stage, standard)
    order = sorted(county.drivers(), key=lambda driver: (-driver.share, driver.school))
    below = [driver.school for driver in order if driver.below]
    tries = (county.lift(below[:count]) for count in range(len(below) + 1))
    everyone = county.lift(below)
    enough = next((lifted for lifted in tries if lifted.verdict == Verdict.MET), everyone)
    return Variations(drivers=tuple(order), now=county.lift([]), all_lifted=everyone, drivers_lifted=enough)


class _County:
    """The schools of one stage under one indicator."""

    def __init__(self, schools: Sequence[JudgedSchool], indicator: str, stage: str, standard: Standard):
        self.schools = schools
        self.threshold = standard.threshold(indicator, stage)
        self.limit = standard.variation.of(stage)
        self.values = [float(school.values[indicator] or 0) for school in schools]
        self.pupils = [float(school.pupils or 0) for school in schools]

    def drivers(self) -> list[Driver]:
        shares = variation_drivers(self.values, self.pupils)
        return [
            Driver(
                school=school.school,
                name=school.name,
                value=value,
                share=share,
                below=not self.threshold.holds(value),
            )
            for school, value, share in zip(self.schools, self.values, shares, strict=True)
        ]

    def lift(self, codes: Sequence[str]) -> WhatIf:
        chosen = set(codes)
        values = [
            self.threshold.value if school.school in chosen else value
            for school, value in zip(self.schools, self.values, strict=True)
        ]
        found = coefficient_of_variation(values, self.pupils)
        cv = None if isnan(found.cv) else found.cv
        return WhatIf(lifted=tuple(codes), mean=found.mean, cv=cv, verdict=self.limit.verdict(cv))
