"""Indicators of schools: values per pupil, and how far apart schools are (生均值与校际差异系数)."""

from collections.abc import Sequence
from math import nan, sqrt
from typing import NamedTuple

import pandas as pd

from analysis.indicators.between import BetweenShare, between_school_share
from analysis.indicators.reported import SchoolCounts, Section, read_resources, read_schools
from analysis.indicators.resource_problems import resource_problems
from analysis.indicators.sections import (
    ALL_ROOMS,
    CROWDED,
    PARTS,
    ROOMS,
    School,
    TableError,
    counted_sections,
    gather_schools,
    share_of_whole,
    sum_known,
)
from analysis.standard import Measure, Standard

__all__ = ["BetweenShare", "Variation", "between_school_share", "coefficient_of_variation", "find_sections"]


class Variation(NamedTuple):
    """Pupil-weighted mean, standard deviation and coefficient of variation between schools."""

    mean: float
    sd: float
    cv: float


def coefficient_of_variation(value: Sequence[float], pupils: Sequence[float]) -> Variation:
    """How far apart schools are: X = sum(P x)/sum(P), S = sqrt(sum(P (x-X)^2)/sum(P)), CV = S/X.

    `value` is the schools' value per pupil, `pupils` their pupils (the weights). Population form, no n-1.
    CV is NaN where the mean is 0. Raises ValueError on no schools, unequal lengths, missing numbers or a
    school without pupils. Source: 教督〔2012〕3号 and its calculation notes (差异系数计算方法), school size
    taken into account.

    Two schools, 100 pupils with 2 books each and 300 with 4: X = 3.5, S = sqrt((1*2.25 + 3*0.25)/4).

    >>> coefficient_of_variation([2, 4], [100, 300])
    Variation(mean=3.5, sd=0.8660254037844386, cv=0.24743582965269675)
    """
    if len(value) != len(pupils) or len(value) == 0:
        raise ValueError("one value and one number of pupils for each school")
    if not all(x == x for x in value) or not all(p > 0 for p in pupils):
        raise ValueError("every school needs a value and pupils above 0")
    total = sum(pupils)
    mean = sum(p * x for x, p in zip(value, pupils, strict=True)) / total
    sd = sqrt(sum(p * (x - mean) ** 2 for x, p in zip(value, pupils, strict=True)) / total)
    return Variation(mean, sd, sd / mean if mean else nan)


def find_sections(resources: pd.DataFrame, schools: pd.DataFrame, standard: Standard) -> list[Section]:
    """What the standard judges of every counted school section, computed from the reported totals.

    One record per school and stage, parts of a through-school each on its own, in the order of the schools;
    values by resource indicator (per pupil or per 100), size in pupils of the whole compulsory part, rooms and
    classes of the whole school where `rooms_of` is `whole`. What was not reported is None. An empty `schools`
    takes the kinds from the stages reported. Raises TableError with every problem of the two tables.

    R1 is per 100 pupils, R5 per pupil: 100 x 10/200 and 1500/200.

    >>> from analysis.standard import load_standard
    >>> reported = {"school": "P01", "stage": "primary", "pupils": 200, "qualified_teachers": 10, "sports_area": 1500}
    >>> [found] = find_sections(pd.DataFrame([reported]), pd.DataFrame(), load_standard("national-2017"))
    >>> found.kind, found.values["R1"], found.values["R5"], found.values["R6"]
    ('primary', 5.0, 7.5, None)
    """
    rows = read_resources(resources)
    listed = read_schools(schools)
    gathered = gather_schools(rows, listed)
    if problems := resource_problems(rows, listed, gathered, standard):
        raise TableError(problems)
    measures = {key: indicator.measure for key, indicator in standard.of("resources").items() if indicator.measure}
    return [
        Section(
            school=school.code,
            name=school.name,
            kind=school.kind,
            stage=stage,
            locale=school.locale,
            pupils=_number(school.pupils(stage)),
            values={key: _value(school, stage, measure, standard) for key, measure in measures.items()},
            counts=_count_rooms_and_classes(school, stage),
        )
        for school, stage in counted_sections(gathered, standard)
    ]


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _value(school: School, stage: str, measure: Measure, standard: Standard) -> float | None:
    amount = school.own(stage, measure.column)
    pupils = school.pupils(stage)
    shared = school.own("whole", measure.column) if amount is None else None
    if shared is not None and (part := share_of_whole(school, stage, standard)) is not None:
        amount = shared * part
    return None if amount is None or not pupils else float(measure.per * amount / pupils)


def _count_rooms_and_classes(school: School, stage: str) -> SchoolCounts:
    shared = any(school.own("whole", room) is not None for room in ROOMS)
    rooms_of = "whole" if shared else stage
    return SchoolCounts(
        size=_number(sum_known([school.pupils(part) for part in PARTS[school.kind]])),
        rooms_of=rooms_of,
        classes=_number(_shared_classes(school) if shared else school.own(stage, "classes")),
        largest_class=_number(school.own(stage, "largest_class")),
        **{room: _number(school.own(rooms_of, room)) for room in (*ROOMS, *ALL_ROOMS)},
        **{column: _own_or_whole(school, stage, column) for column in CROWDED},
    )


def _own_or_whole(school: School, stage: str, column: str) -> float | None:
    own = school.own(stage, column)
    return _number(school.own("whole", column) if own is None else own)


def _shared_classes(school: School) -> float | None:
    whole = school.own("whole", "classes")
    return sum_known([school.own(part, "classes") for part in PARTS[school.kind]]) if whole is None else whole
