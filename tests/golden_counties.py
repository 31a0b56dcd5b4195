"""Invented counties in folders, each with what made a report say something untrue once.

`write_county(folder, COUNTIES["A"])` writes one; `golden(name)` reads it back, published, once a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from questionnaires.rule import load_papers, load_rule
from survey_app.results.county_folder import CountyReport, read_county
from tests.test_section import SCHOOL, VALUES, YES

ITEMS = list(load_papers(load_rule("quality-2024"))[0].item_ids)
NAMES = ("城关第一小学", "城关第二小学", "河东镇中心小学", "岭上乡小学", "第一初级中学", "河东镇初级中学")
PLACES = (
    ("P01", "primary", "city", "城关镇"),
    ("P02", "primary", "city", "城关镇"),
    ("P03", "primary", "town", "河东镇"),
    ("P04", "primary", "village", "岭上乡"),
    ("J01", "junior", "city", "城关镇"),
    ("J02", "junior", "town", "河东镇"),
)
GRADES = {"primary": (3, 5), "junior": (7, 9)}
FACTS = {
    "county": "明江县",
    "organiser": "明江县人民政府教育督导室",
    "telephone": "0000-1234567",
    "population": 150_000,
    "population_source": "2020年第七次人口普查",
    "school_year": "2025-2026",
    "standard": "national-2017",
    "rule": "quality-2024",
    "invented": True,
}


@dataclass(frozen=True, kw_only=True)
class County:
    """What a county is: its facts, people, how many of a row answer, and what part of them is satisfied.

    `exact`: whether a form is wholly satisfied or not at all, so that rates are exact. `coached`: schools whose
    forms are all 5. `every`: the one answer that everybody gives.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    opens: str = "2026-04-20"
    closes: str = "2026-04-24"
    rates: Mapping[str, float] = field(default_factory=dict)
    usual: float = 0.92
    response: float = 0.6
    responses: Mapping[str, float] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = NAMES
    values: Mapping[str, object] = field(default_factory=dict)
    exact: bool = False
    every: int | None = None
    coached: tuple[str, ...] = ()
    design: bool = False
    tables: bool = True
    before: "County | None" = None
    seed: int = 7


PEOPLE = {"class": 30, "teacher": 25, "principal": 3, "deputy": 12, "cppcc": 12, "public": 60}

COUNTIES = {
    "A": County(
        responses={"deputy": 0.0, "cppcc": 1.0},
        people={"cppcc": 3},
        usual=0.89,
        before=County(
            opens="2025-04-21",
            closes="2025-04-25",
            facts={"school_year": "2024-2025"},
            usual=0.80,
            seed=8,
        ),
    ),
    "B": County(
        facts={"standard": "xiushan-2020"},
        usual=0.85,
        exact=True,
        response=2 / 3,
        people=dict.fromkeys(("teacher", "principal", "deputy", "cppcc"), 30),
    ),
    "D": County(every=4),
    "E": County(
        rates={"parent": 0.8064, "student": 0.83, "teacher": 0.82, "public": 0.79, "cppcc": 0.75},
        usual=0.9,
        names=("A&B<实验>小学", "“育才”小学", "㵲阳镇中心小学", "鿍岭乡小学", "第一初级中学>分校", "河东镇初级中学"),
        values={"Q9b": None},
    ),
    "F": County(facts={"population": 300_000}, people={"deputy": 6, "principal": 2}),
    "G": County(responses={"deputy": 0.0}, coached=("P01", "J02"), usual=0.82),
    "H": County(
        usual=0.82,
        before=County(
            opens="2025-04-21",
            closes="2025-04-25",
            facts={"school_year": "2024-2025"},
            usual=0.93,
            seed=8,
        ),
    ),
    "Q": County(
        facts={"county": "黔江区", "standard": "qianjiang-2020", "school_year": "2019-2020", "population": 40_000},
        values={"Q3": {"primary": 97.4, "junior": 100}},
        response=1.0,
        people={"class": 45, "public": 150},
    ),
}


def frame_of(county: County) -> pd.DataFrame:
    """One row per class, school, delegation, sector and township; everybody is invited."""
    people = PEOPLE | dict(county.people)
    rows: list[tuple[object, ...]] = []
    for code, stage, locale, township in PLACES:
        for grade in GRADES[stage]:
            of_class = (f"{grade}年级1班", grade, stage, locale, township)
            rows += [(group, code, *of_class, people["class"]) for group in ("student", "parent")]
        rows += [(group, code, "", "", stage, locale, township, people[group]) for group in ("teacher", "principal")]
    for number in ("一", "二"):
        rows += [("deputy", f"第{number}代表团", "", "", "", "", "", people["deputy"])]
        rows += [("cppcc", f"第{number}界别", "", "", "", "", "", people["cppcc"])]
    rows += [("public", township, "", "", "", "", township, people["public"]) for township in ("城关镇", "河东镇")]
    columns = ["group", "unit", "class", "grade", "stage", "locale", "township", "population"]
    return pd.DataFrame(rows, columns=columns)


def forms_of(county: County, frame: pd.DataFrame) -> pd.DataFrame:
    """The forms of those who answered; the same county gives the same."""
    rng = np.random.default_rng(county.seed)
    parts = []
    for row in frame.itertuples(index=False):
        group, unit, class_ = row[:3]
        n = round(county.responses.get(group, county.response) * row.population)
        answers = _answers(county, rng, n, county.rates.get(group, county.usual), unit)
        parts.append(pd.DataFrame(answers, columns=ITEMS).assign(group=group, unit=unit, **{"class": class_}))
    return pd.concat(parts)[["group", "unit", "class", *ITEMS]]


def _answers(county: County, rng: np.random.Generator, n: int, rate: float, unit: str) -> np.ndarray:
    shape = (n, len(ITEMS))
    if county.every is not None:
        return np.full(shape, county.every)
    if unit in county.coached:
        return np.full(shape, 5)
    wide = rng.choice([3, 4, 4, 5, 5], shape)
    low = rng.choice([1, 2, 2], shape)
    if county.exact:
        return np.where((np.arange(n) < round(rate * n))[:, None], wide, low)
    easy = rate + 0.04 * np.cos(np.arange(len(ITEMS)))
    return np.where(rng.random(shape) < np.clip(easy + rng.normal(0, 0.05, (n, 1)), 0.02, 1), wide, low)


def write_county(folder: Path, county: County) -> Path:
    """Write the county's files into a folder, and those of its round before into `before`."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = frame_of(county)
    frame.to_csv(folder / "frame.csv", index=False)
    forms_of(county, frame).to_csv(folder / "responses.csv", index=False)
    _write_facts(folder / "facts.toml", county)
    if county.tables:
        _write_tables(folder, county)
    if county.before:
        write_county(folder / "before", county.before)
    return folder


def _write_facts(path: Path, county: County) -> None:
    facts = FACTS | dict(county.facts) | {"coding": "best-is-5"}
    lines = [f'{name} = "{value}"' for name, value in facts.items() if isinstance(value, str)]
    lines += [f"{name} = {str(value).lower()}" for name, value in facts.items() if not isinstance(value, str)]
    lines += [f"opens = {county.opens}", f"closes = {county.closes}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_tables(folder: Path, county: County) -> None:
    places = zip(PLACES, county.names, strict=True)
    schools = [
        {"code": code, "name": name, "kind": stage, "township": township, "locale": locale}
        for (code, stage, locale, township), name in places
    ]
    pd.DataFrame(schools).to_csv(folder / "schools.csv", index=False)
    resources = [{"school": code, "stage": stage} | SCHOOL for code, stage, *_ in PLACES]
    pd.DataFrame(resources).to_csv(folder / "resources.csv", index=False)
    rows: list[dict[str, object]] = [{"indicator": key, "met": "yes"} for key in YES if key not in county.values]
    rows.append({"indicator": "G9", "value": 100, "hours": 450})
    for key, value in (VALUES | dict(county.values)).items():
        by_stage = value if isinstance(value, dict) else {"": value}
        rows += [
            {"indicator": key, "stage": stage, "value": part} for stage, part in by_stage.items() if part is not None
        ]
    pd.DataFrame(rows).to_csv(folder / "county.csv", index=False)


@cache
def golden(name: str) -> CountyReport:
    """One of COUNTIES, published from its files."""
    with TemporaryDirectory() as folder:
        return read_county(write_county(Path(folder), COUNTIES[name]))
