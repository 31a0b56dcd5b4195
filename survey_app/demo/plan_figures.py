"""What a standard's document printed of its county (现状): the figures the example has to reproduce."""

from typing import NamedTuple

from analysis.standard import Standard


class Printed(NamedTuple):
    """One indicator and stage: the line, how many schools reach it, and the pupil-weighted mean."""

    threshold: float
    met: int
    mean: float


def find_printed(standard: Standard, indicator: str, stage: str) -> Printed:
    """The published figures of a resource indicator; raises LookupError where there are none."""
    for printed in standard.baseline:
        if (
            (printed.indicator, printed.stage) == (indicator, stage)
            and printed.met is not None
            and printed.mean is not None
        ):
            return Printed(standard.threshold(indicator, stage).value, printed.met, printed.mean)
    raise LookupError(f"{standard.id} prints no current state of {indicator} {stage}")


def schools_meeting(standard: Standard, indicator: str, stage: str) -> int:
    """How many schools of the stage meet an indicator, as printed or from the printed share.

    A share becomes the nearest whole number of the stage's schools: 71 % of 71 is 50.41, taken as 50.
    Raises LookupError where the document prints neither.
    """
    schools = next(printed.total for printed in standard.baseline if printed.total and printed.stage == stage)
    for printed in standard.baseline:
        if (printed.indicator, printed.stage) == (indicator, stage):
            if printed.met is not None:
                return printed.met
            if printed.share is not None:
                return round(schools * printed.share / 100)
    raise LookupError(f"{standard.id} prints no current state of {indicator} {stage}")


def largest_size(standard: Standard, kind: str) -> float:
    """The most pupils in compulsory education that a school of this kind may have (G4)."""
    found = (require.value for require in standard.indicators["G4"].requires.values() if kind in require.kinds)
    return next(value for value in found if value is not None)


def largest_class(standard: Standard, stage: str) -> int:
    """The most pupils a class of this stage may have (G5)."""
    return int(standard.threshold("G5", stage).value)


def classes_per_room(standard: Standard, requirement: str) -> float:
    """How many classes one music or art room may serve (G3)."""
    return next(
        require.value
        for require in standard.indicators["G3"].requires.values()
        if require.reads == requirement and require.value is not None
    )
