"""The example county: invented schools on which the figures hold that one county published about its own."""

import math
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.column_values import texts, whole_numbers
from analysis.standard import Standard
from survey_app.demo.demo_resources import choose_best, draw_resources, draw_standing
from survey_app.demo.plan_figures import largest_class, largest_size, schools_meeting
from survey_app.frame.sheets.reading import read_sheet

RESIDENTS = 445_012
RESIDENTS_SOURCE = "2010年第六次全国人口普查"
COUNTY_VALUES = Path(__file__).with_name("county.csv")
NUMERALS = [*"一二三四五六七八九十", *(f"十{digit}" for digit in "一二三四五")]
TOWNSHIPS = {
    "city": [f"演示{number}街道" for number in NUMERALS[:6]],
    "town": [f"演示{number}镇" for number in NUMERALS],
    "village": [f"演示{number}乡" for number in NUMERALS[:9]],
}
GRADES = {"primary": range(1, 7), "junior": range(7, 10)}
SPECIAL_SCHOOL_PUPILS = 120
TYPICAL_SIZE = {  # of the largest size the standard allows
    "primary": {"city": 0.55, "town": 0.22, "village": 0.09},
    "junior": {"city": 0.60, "town": 0.30, "village": 0.15},
}


class SchoolKind(NamedTuple):
    """One kind of school, and how many of them lie in city, town and village."""

    letter: str
    kind: str
    name: str
    by_locale: tuple[int, int, int]
    ownership: str = "public"


SCHOOL_KINDS = (
    SchoolKind("P", "primary", "演示第{:02d}小学", (14, 27, 30)),
    SchoolKind("J", "junior", "演示第{:02d}初级中学", (6, 9, 3)),
    SchoolKind("N", "nine_year", "演示第{:02d}九年制学校", (0, 2, 2)),
    SchoolKind("T", "twelve_year", "演示第{:02d}十二年制学校", (1, 0, 0), "private"),
    SchoolKind("S", "special", "演示第{:02d}特殊教育学校", (1, 0, 0)),
)
COUNTED = {"primary": ("primary",), "junior": ("junior", "nine_year", "twelve_year")}


class ExampleCounty(NamedTuple):
    """The tables (`values`: the county's), and `classes`: school, stage, grade, class, pupils."""

    schools: pd.DataFrame
    resources: pd.DataFrame
    values: pd.DataFrame
    classes: pd.DataFrame


def example_county(standard: Standard, seed: int) -> ExampleCounty:
    """Invented schools on which the standard's published figures hold; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    schools = _draw_schools(rng)
    sections = _draw_sections(schools, standard, rng)
    classes = _draw_classes(sections, standard, rng)
    return ExampleCounty(schools, draw_resources(sections, classes, standard, rng), example_county_values(), classes)


def example_county_values() -> pd.DataFrame:
    """The county table: what the published plan says of the county; what it does not say is missing."""
    return read_sheet("county", COUNTY_VALUES).table


def _draw_schools(rng: np.random.Generator) -> pd.DataFrame:
    townships = {locale: cycle(names) for locale, names in TOWNSHIPS.items()}
    schools = pd.DataFrame(
        [
            {
                "code": f"{kind.letter}{number:02d}",
                "moe_code": "",
                "name": kind.name.format(number),
                "kind": kind.kind,
                "parent_school": "",
                "township": next(townships[locale]),
                "locale": locale,
                "ownership": kind.ownership,
            }
            for kind in SCHOOL_KINDS
            for number, locale in enumerate(np.repeat(list(TOWNSHIPS), kind.by_locale), 1)
        ]
    )
    return schools.assign(built_year=rng.integers(1955, 2019, len(schools)))


def _draw_sizes(schools: pd.DataFrame, standard: Standard, rng: np.random.Generator) -> "pd.Series[int]":
    """Pupils in compulsory education by school code; as many schools are too large as were published (G4)."""
    sizes = pd.Series(SPECIAL_SCHOOL_PUPILS, index=schools["code"])
    for stage, kinds in COUNTED.items():
        rows = schools[schools["kind"].isin(kinds)]
        most = rows["kind"].map(lambda kind: largest_size(standard, kind)).to_numpy()
        size = most * rows["locale"].map(TYPICAL_SIZE[stage]).to_numpy() * rng.lognormal(0, 0.4, len(rows))
        too_large = np.argsort(-size)[: len(rows) - schools_meeting(standard, "G4", stage)]
        size = np.clip(size, 60, 0.97 * most)
        size[too_large] = most[too_large] * rng.uniform(1.03, 1.3, len(too_large))
        sizes[rows["code"]] = size.astype(int)
    return sizes


def _draw_sections(schools: pd.DataFrame, standard: Standard, rng: np.random.Generator) -> pd.DataFrame:
    """The sections of draw_resources, a row a school and stage."""
    kind = schools["kind"]
    total = _draw_sizes(schools, standard, rng).to_numpy()
    share = np.select([kind == "primary", kind == "junior"], [0.0, 1.0], rng.uniform(0.3, 0.4, len(kind)))
    junior = np.rint(total * share).astype(int)
    pupils = {
        "pupils_primary": total - junior,
        "pupils_junior": junior,
        "pupils_senior": np.where(kind == "twelve_year", junior, np.nan),
    }
    rows = pd.DataFrame({"school": schools["code"], **pupils})
    weight = pd.Series(standard.split_ratio.value).add_prefix("pupils_")
    weighted = rows[weight.index].mul(weight).sum(axis=1)
    sections = pd.concat(
        [
            rows.assign(
                stage=stage,
                pupils=rows[f"pupils_{stage}"],
                shared_by=weighted / weight[f"pupils_{stage}"],
                counted=kind.isin(kinds),
            )
            for stage, kinds in COUNTED.items()
        ]
    )
    return sections[sections["pupils"] > 0].reset_index(drop=True)


def _draw_classes(sections: pd.DataFrame, standard: Standard, rng: np.random.Generator) -> pd.DataFrame:
    """Every class of every section; as many schools have crowded classes as were published (G5)."""
    crowded = pd.Series(False, index=sections.index)
    for stage, rows in sections[sections["counted"]].groupby("stage"):
        standing = draw_standing(rows["pupils"].to_numpy(dtype=float), "G5", rng)
        crowded[rows.index] = ~choose_best(standing, schools_meeting(standard, "G5", str(stage)))
    columns = (texts(sections.school), texts(sections.stage), whole_numbers(sections.pupils), crowded.to_list())
    return pd.DataFrame(
        [
            {"school": school, "stage": stage, "grade": grade, "class": name, "pupils": people}
            for school, stage, pupils, crowd in zip(*columns, strict=True)
            for grade, name, people in _split(pupils, GRADES[stage], largest_class(standard, stage), crowd, rng)
        ]
    )


def _split(
    pupils: int, grades: range, most: int, crowded: bool, rng: np.random.Generator
) -> Iterator[tuple[int, str, int]]:
    """Grade, name and pupils of each class of one section; crowded: one to three classes above `most`."""
    count = max(len(grades), math.ceil(pupils / (most - 3 - rng.integers(0, 5))))
    half = count // 2
    size = np.full(count, pupils // count) + (np.arange(count) < pupils % count)
    moved = rng.integers(0, 3, half)
    if crowded:
        above = min(half, int(rng.integers(1, 4)))
        moved[:above] = most + rng.integers(1, 9, above) - size[:above]
    size[:half] += moved
    size[-half:] -= moved
    sizes = iter(rng.permutation(size).tolist())
    for grade, share in zip(grades, np.array_split(size, len(grades)), strict=True):
        for number in range(1, len(share) + 1):
            yield grade, f"{NUMERALS[grade - 1]}年级{number}班", next(sizes)
