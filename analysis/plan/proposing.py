"""Proposing a sample: strata by grade band and locale, and how many classes and people to draw in each."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import pandas as pd
from msgspec.structs import replace

from analysis.column_values import texts, whole_numbers
from analysis.intervals import PLANNED_ICC
from analysis.plan.quota_tables import sample_strata
from analysis.quota.quotas import band_of
from analysis.sample.sample_plan import SamplePlan, SampleStratum
from questionnaires.rule import Rule
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group, Locale, Stage, place_in_list

Spot = tuple[str, str, str]
"""(group, grade band, locale)."""
WHOLE = "county"
JOINED = "+"
FEWEST_UNITS = 2  # a stratum with one drawn unit shows no variance
LAST_PRIMARY_GRADE = 6


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What lies in one stratum, the people of each of its rows by school, and what is due from it."""

    group: str
    stratum: str
    target: int
    slips: int
    sizes: Mapping[str, list[int]]

    @property
    def people(self) -> list[int]:
        """The people of every row."""
        return [size for sizes in self.sizes.values() for size in sizes]


def forms_per_class(rule: Rule) -> float:
    """Forms of one class at which the planned design effect is the rule's: b = 1 + (deff - 1)/0.05.

    >>> from questionnaires.rule import load_rule
    >>> forms_per_class(load_rule("quality-2024"))
    21.0
    """
    return 1 + (rule.planning.design_effect.value - 1) / PLANNED_ICC


def propose_sample(
    rule: Rule,
    frame: pd.DataFrame,
    population: int,
    *,
    return_rate: float | None = None,
    stage: DrawnUnit = DrawnUnit.CLASS,
) -> SamplePlan:
    """The sample that a rule asks of a frame: strata, classes and people to draw, and people to invite.

    Strata are grade band x locale (stage x locale where schools are drawn first, so that all grades of a school
    lie in one); those for which fewer than the rule's `smallest` slips are due are joined with others of their
    band, then bands with each other. As many classes are drawn as keep the rule's design effect
    (`forms_per_class`), at least two; in each as many people as bring the stratum's slips, everyone where that is
    the whole class. Rows without a class, and all where `stage` is person, are drawn person by person, at even steps
    through the stratum. A stratum of which all are needed is taken whole. Source: Lohr, Sampling:
    Design and Analysis, sections 3.4 and 5.5.
    """
    rate = return_rate or rule.planning.return_rate.value
    quotas = sample_strata(rule, frame, population, return_rate=rate)
    names = name_strata(quotas, rule.smallest, stage)
    spots = zip(texts(frame.group), frame.grade.astype(float).tolist(), texts(frame.locale), strict=True)
    rows = tuple(names.get((group, band_of(rule, group, grade), locale), "") for group, grade, locale in spots)
    in_classes = set(texts(frame.group[frame["class"] != ""]))
    strata = [
        _draw_numbers(there, stage if there.group in in_classes else DrawnUnit.PERSON, forms_per_class(rule))
        for there in _list_contents(frame, rows, quotas, names)
    ]
    return SamplePlan(rule=rule.id, population=population, return_rate=rate, strata=tuple(strata), rows=rows)


def name_strata(quotas: pd.DataFrame, smallest: int, stage: DrawnUnit) -> dict[Spot, str]:
    """The stratum of every (group, band, locale): `band/locale`, joined by `+` where fewer than `smallest` are due.

    `quotas` as of `sample_strata`. A part without band and locale is called `county`.

    >>> quotas = pd.DataFrame({"group": "parent", "band": ["1-3", "1-3"], "locale": ["city", "town"],
    ...     "slips": [30, 4]})
    >>> name_strata(quotas, 10, DrawnUnit.CLASS)
    {('parent', '1-3', 'city'): '1-3/city+town', ('parent', '1-3', 'town'): '1-3/city+town'}
    """
    names: dict[Spot, str] = {}
    for group, rows in quotas.groupby("group", sort=False):
        spots = list(zip(texts(rows.band), texts(rows.locale), whole_numbers(rows.slips), strict=True))
        parts: Counter[tuple[str, str]] = Counter()
        for band, locale, slips in spots:
            parts[_first_level(band, stage), locale] += slips
        joined = _join_parts(parts, smallest)
        for band, locale, _ in spots:
            names[str(group), band, locale] = joined[_first_level(band, stage), locale]
    return names


def _first_level(band: str, stage: DrawnUnit) -> str:
    """The band of grades; where schools are drawn, the stage that has these grades."""
    if stage != DrawnUnit.SCHOOL or not band:
        return band
    return Stage.PRIMARY if int(band.split("-")[1]) <= LAST_PRIMARY_GRADE else Stage.JUNIOR


def _join_parts(slips: Mapping[tuple[str, str], int], smallest: int) -> dict[tuple[str, str], str]:
    """The stratum of every (band, locale): bands are joined first, then locales inside them."""
    by_band: Counter[str] = Counter()
    for (band, _), count in slips.items():
        by_band[band] += count
    bands = join_small(by_band, smallest)
    names = {}
    for joint in dict.fromkeys(bands.values()):
        by_locale: Counter[str] = Counter()
        for (band, locale), count in slips.items():
            by_locale[locale] += count if bands[band] == joint else 0
        locales = join_small(+by_locale, smallest)
        for band, locale in slips:
            if bands[band] == joint:
                names[band, locale] = "/".join(filter(None, (joint, locales.get(locale, "")))) or WHOLE
    return names


def join_small(counts: Mapping[str, int], smallest: int) -> dict[str, str]:
    """Each part with the name it is joined under: parts below `smallest` together, if need be with the next larger.

    >>> join_small({"city": 50, "town": 6, "village": 7}, 10)
    {'city': 'city', 'town': 'town+village', 'village': 'town+village'}
    """
    by_size = sorted(counts, key=lambda part: (counts[part], str(part)))
    small = [part for part in by_size if counts[part] < smallest]
    for part in by_size[len(small) :]:
        if not small or sum(counts[name] for name in small) >= smallest:
            break
        small.append(part)
    together = JOINED.join(part for part in sorted(small, key=_in_vocabulary) if part)
    return {part: together if part in small else part for part in counts}


def _in_vocabulary(part: str) -> tuple[int, int, str]:
    return place_in_list(Stage, part), place_in_list(Locale, part), part


def _list_contents(
    frame: pd.DataFrame, rows: Sequence[str], quotas: pd.DataFrame, names: Mapping[Spot, str]
) -> list[Contents]:
    """What lies in every stratum and is due from it, groups in their usual order."""
    sizes: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    columns = (texts(frame.group), texts(frame.unit), whole_numbers(frame.population))
    for group, unit, people, name in zip(*columns, rows, strict=True):
        if people > 0 and name:
            sizes[group, name][unit].append(people)
    due: Counter[tuple[str, str]] = Counter()
    slips: Counter[tuple[str, str]] = Counter()
    spots = zip(texts(quotas.group), texts(quotas.band), texts(quotas.locale), strict=True)
    for spot, target, printed in zip(spots, whole_numbers(quotas.target), whole_numbers(quotas.slips), strict=True):
        key = (spot[0], names[spot])
        due[key] += target
        slips[key] += printed
    return [
        Contents(group=key[0], stratum=key[1], target=due[key], slips=slips[key], sizes=sizes[key])
        for key in sorted(sizes, key=_in_order)
    ]


def _in_order(key: tuple[str, str]) -> tuple[int, list[tuple[int, int, str]]]:
    return place_in_list(Group, key[0]), [_in_vocabulary(part) for part in key[1].split("/")]


def _draw_numbers(there: Contents, stage: DrawnUnit, per_class: float) -> SampleStratum:
    people = there.people
    line = SampleStratum(
        group=there.group,
        stratum=there.stratum,
        stage=stage,
        method=DrawMethod.SRS,
        people=sum(people),
        schools=len(there.sizes),
        classes=len(people) if stage != DrawnUnit.PERSON else 0,
        target=there.target,
        slips=there.slips,
    )
    if stage == DrawnUnit.PERSON:
        method = DrawMethod.ALL if line.slips >= line.people else DrawMethod.SYSTEMATIC
        return replace(line, method=method, draw_people=min(line.slips, line.people))
    wanted = max(FEWEST_UNITS, ceil(line.target / per_class), ceil(line.slips * len(people) / line.people))
    if wanted >= len(people):
        each = people_each(people, line.slips)
        whole = replace(line, stage=DrawnUnit.CLASS, method=DrawMethod.ALL)
        return replace(whole, draw_classes=len(people), draw_people=each)
    if stage == DrawnUnit.SCHOOL:
        return _in_schools(line, there, wanted)
    each = people_each(people, line.slips * len(people) / wanted)
    return replace(line, draw_classes=wanted, draw_people=each)


def _in_schools(line: SampleStratum, there: Contents, wanted: int) -> SampleStratum:
    """Two classes a school where there are enough schools, else more in each."""
    schools = min(line.schools, max(FEWEST_UNITS, ceil(wanted / 2)))
    classes = ceil(wanted / schools)
    reached = sum(min(1.0, classes / len(sizes)) * sum(sizes) for sizes in there.sizes.values())
    share = line.slips * line.schools / (schools * reached)
    each = people_each(there.people, share * line.people)
    return replace(line, draw_schools=schools, draw_classes=classes, draw_people=each)


def people_each(people: Sequence[int], slips: float) -> int:
    """The fewest in each class that invite `slips` if every class were drawn; 0 for everyone.

    >>> people_each([30, 40, 10], 60), people_each([30, 40, 10], 80)
    (25, 0)
    """
    largest = max(people)
    low = 1
    high = largest
    while low < high:
        middle = (low + high) // 2
        if sum(min(size, middle) for size in people) >= slips:
            high = middle
        else:
            low = middle + 1
    return low if low < largest else 0
