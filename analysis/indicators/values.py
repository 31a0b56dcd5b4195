"""Indicators of schools: values per pupil, and how far apart schools are (生均值与校际差异系数)."""

from collections.abc import Sequence
from math import nan, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.indicators.between import BetweenShare, between_school_share
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
    table_rows,
)
from analysis.standard import Measure, Standard

__all__ = ["BetweenShare", "Variation", "between_school_share", "coefficient_of_variation", "resource_values"]

TEXTS = ("school", "name", "kind", "stage", "rooms_of")
COUNTS = ("size", "classes", *ROOMS, *ALL_ROOMS, "largest_class", *CROWDED)


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


def resource_values(resources: pd.DataFrame, schools: pd.DataFrame, standard: Standard) -> pd.DataFrame:
    """What the standard judges of every counted school section, computed from the reported totals.

    One row per school and stage, parts of a through-school each on its own row, in the order of the
    schools. Columns: school, name, kind, stage, pupils, one per resource indicator (R1..., per pupil or per
    100), and for rooms, size and classes: size (pupils of the whole compulsory part), classes, music_rooms,
    art_rooms (of the whole school where `rooms_of` is "whole"), those with `_all`, largest_class,
    classes_over, classes_56, classes_66. What was not reported is NaN. An empty `schools` takes the kinds
    from the stages reported. Raises TableError with every problem of the two tables.

    R1 is per 100 pupils, R5 per pupil: 100 x 10/200 and 1500/200.

    >>> from analysis.standard import load_standard
    >>> reported = {"school": "P01", "stage": "primary", "pupils": 200, "qualified_teachers": 10, "sports_area": 1500}
    >>> found = resource_values(pd.DataFrame([reported]), pd.DataFrame(), load_standard("national-2017"))
    >>> found[["kind", "R1", "R5", "R6"]].to_dict("records")
    [{'kind': 'primary', 'R1': 5.0, 'R5': 7.5, 'R6': nan}]
    """
    rows, listed = table_rows(resources), table_rows(schools)
    gathered = gather_schools(rows, listed)
    if problems := resource_problems(rows, listed, gathered, standard):
        raise TableError(problems)
    measures = {key: each.measure for key, each in standard.of("resources").items() if each.measure}
    sections = [
        {
            "school": school.code,
            "name": school.name,
            "kind": school.kind,
            "stage": stage,
            "pupils": school.pupils(stage),
            **{key: _value(school, stage, measure, standard) for key, measure in measures.items()},
            **_rooms_and_classes(school, stage),
        }
        for school, stage in counted_sections(gathered, standard)
    ]
    text = {name: [each[name] for each in sections] for name in TEXTS}
    numbers = {name: [each[name] for each in sections] for name in ("pupils", *measures, *COUNTS)}
    return pd.DataFrame(text | {name: np.array(each, dtype=float) for name, each in numbers.items()})


def _value(school: School, stage: str, measure: Measure, standard: Standard) -> float | None:
    amount, pupils = school.own(stage, measure.column), school.pupils(stage)
    shared = school.own("whole", measure.column) if amount is None else None
    if shared is not None and (part := share_of_whole(school, stage, standard)) is not None:
        amount = shared * part
    return None if amount is None or not pupils else float(measure.per * amount / pupils)


def _rooms_and_classes(school: School, stage: str) -> dict[str, Any]:
    shared = any(school.own("whole", room) is not None for room in ROOMS)
    rooms_of = "whole" if shared else stage
    return {
        "size": sum_known([school.pupils(part) for part in PARTS[school.kind]]),
        "rooms_of": rooms_of,
        "classes": _shared_classes(school) if shared else school.own(stage, "classes"),
        **{room: school.own(rooms_of, room) for room in (*ROOMS, *ALL_ROOMS)},
        "largest_class": school.own(stage, "largest_class"),
        **{column: _own_or_whole(school, stage, column) for column in CROWDED},
    }


def _own_or_whole(school: School, stage: str, column: str) -> Any:
    own = school.own(stage, column)
    return school.own("whole", column) if own is None else own


def _shared_classes(school: School) -> float | None:
    whole = school.own("whole", "classes")
    return sum_known([school.own(part, "classes") for part in PARTS[school.kind]]) if whole is None else whole
