"""The people of the example county: the frame, who takes part, what they answer. All of it is invented."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Whole
from analysis.column_values import texts, whole_by_name
from questionnaires.paper import BLANK, UNKNOWN, Paper
from questionnaires.rule import Rule
from questionnaires.vocabulary import Group
from survey_app.core.errors import SurveyError
from survey_app.demo.county import RESIDENTS, ExampleCounty

FEWEST_INVITED = 120
SECTORS = 20
FAMILIES = ("parent", "student")
FRAME_COLUMNS = ["group", "unit", "class", "grade", "population", "invited", "stage", "locale", "township"]
SATISFIED = {
    "student": 0.94,
    "parent": 0.88,
    "teacher": 0.88,
    "principal": 0.95,
    "deputy": 0.93,
    "cppcc": 0.91,
    "public": 0.85,
}
SPREADS = {"unit": 0.15, "class": 0.10, "person": 0.70, "item": 0.15, "chance": 0.67}  # squares sum to 1


def example_frame(
    county: ExampleCounty, rule: Rule, rng: np.random.Generator, invited_total: int = 2_200
) -> pd.DataFrame:
    """The frame: everyone who could be asked, and about `invited_total` of them invited.

    The invited are shared out between the groups by the rule's weights; a group smaller than its share is
    invited whole and the others get the rest. Families and pupils are invited by whole classes, as many of
    them in each grade band, spread over the locales; all others one by one, spread over their units.
    Raises SurveyError when `invited_total` is more than there are, or too few to show every group.
    """
    everyone = pd.concat([_families(county, rule), _staff(county), _representatives(county, rng)])
    people = whole_by_name(everyone.groupby("group").population.sum())
    if not FEWEST_INVITED <= invited_total <= sum(people.values()):
        raise SurveyError(
            f"演示县的邀请人数应在{FEWEST_INVITED}人到{sum(people.values())}人（全部调查对象）之间，现在是{invited_total}人。"
        )
    weights = [float(rule.weights.value[Group(group)]) for group in people]
    bands = rule.sample.grade_bands.value
    return pd.concat(
        [
            _invite_classes(rows, quota, bands, rng)
            if group in FAMILIES
            else rows.assign(invited=spread(rows["population"].to_numpy(), quota, rng))
            for (group, rows), quota in zip(
                everyone.groupby("group"), share_out(invited_total, weights, list(people.values())), strict=True
            )
        ],
        ignore_index=True,
    )[FRAME_COLUMNS]


def share_out(total: int, weights: Sequence[float], limits: Sequence[int]) -> list[int]:
    """Whole numbers that sum to `total` (at most all limits together), by weight, none above its limit.

    >>> share_out(100, [2, 1, 1], [90, 10, 90])
    [60, 10, 30]
    """
    shares = [0] * len(weights)
    left = total
    weight = sum(weights)
    for i in sorted(range(len(weights)), key=lambda i: limits[i] / weights[i]):
        shares[i] = min(limits[i], round(left * weights[i] / weight))
        left = left - shares[i]
        weight = weight - weights[i]
    return shares


def spread(sizes: Whole, chosen: int, rng: np.random.Generator) -> Whole:
    """How many of each unit are among `chosen` people taken at even steps through all units.

    Systematic sampling with a random start (Lohr, Sampling: Design and Analysis, section 2.7).
    """
    edges = np.cumsum(sizes)
    steps = (np.arange(chosen) + rng.random()) * edges[-1] / chosen
    return np.bincount(np.searchsorted(edges, steps, side="right"), minlength=len(sizes))


def _invite_classes(
    rows: pd.DataFrame, quota: int, bands: Sequence[tuple[int, int]], rng: np.random.Generator
) -> pd.DataFrame:
    """Whole classes, about as many people in each grade band, at even steps through the locales."""
    parts = [rows[rows["grade"].between(*band)].sort_values(["locale", "township", "unit", "class"]) for band in bands]
    people = [int(part["population"].sum()) for part in parts]
    invited = []
    for part, all_, asked in zip(parts, people, share_out(quota, [1] * len(bands), people), strict=True):
        classes = max(1, round(asked / all_ * len(part)))
        invited.append(part["population"] * spread(np.ones(len(part), dtype=np.int64), classes, rng))
    return rows.assign(invited=pd.concat(invited))


def _families(county: ExampleCounty, rule: Rule) -> pd.DataFrame:
    """One parent for each pupil, and the pupils old enough for a paper of their own; a row a class."""
    schools = county.schools.set_index("code")[["locale", "township", "kind"]]
    classes = county.classes.rename(columns={"school": "unit", "pupils": "population"}).join(schools, on="unit")
    old_enough = (classes["grade"] >= rule.sample.first_student_grade.value) & (classes["kind"] != "special")
    return pd.concat([classes.assign(group="parent"), classes[old_enough].assign(group="student")])


def _staff(county: ExampleCounty) -> pd.DataFrame:
    """Teachers, and heads with their deputies; a row a school."""
    schools = county.schools.set_index("code")
    stage = np.where(schools["kind"] == "primary", "primary", "junior")
    rows = schools[["locale", "township"]].assign(stage=stage, unit=schools.index)
    rows["class"] = ""
    pupils = county.classes.groupby("school")["pupils"].sum().reindex(rows.index)
    qualified = county.resources.groupby("school")["qualified_teachers"].sum().reindex(rows.index)
    teachers = np.ceil(qualified * 1.08).astype(int)
    heads = 1 + np.digitize(pupils, [300, 1200])
    return pd.concat(
        [
            rows.assign(group="teacher", population=teachers),
            rows.assign(group="principal", population=heads),
        ]
    )


def _representatives(county: ExampleCounty, rng: np.random.Generator) -> pd.DataFrame:
    """Deputies by delegation, CPPCC members by sector, and the adults of each township.

    Adults are the residents less the children, taken as twice the pupils (nine of eighteen ages).
    """
    homes = county.schools.drop_duplicates("township")[["township", "locale"]]
    pupils = county.classes.join(county.schools.set_index("code")["township"], on="school")
    by_township = pupils.groupby("township")["pupils"].sum().reindex(homes["township"]).to_numpy()
    adults = RESIDENTS - 2 * by_township.sum()
    sectors = pd.DataFrame({"unit": [f"演示第{number:02d}界别" for number in range(1, SECTORS + 1)]})
    tables = {
        "deputy": homes.assign(unit=homes["township"] + "代表团", population=rng.integers(6, 13, len(homes))),
        "cppcc": sectors.assign(township="", locale="", population=rng.integers(6, 17, len(sectors))),
        "public": homes.assign(
            unit=homes["township"], population=rng.multinomial(adults, by_township / by_township.sum())
        ),
    }
    together = pd.concat([table.assign(group=group, stage="") for group, table in tables.items()])
    together["class"] = ""
    return together


def example_turnout(frame: pd.DataFrame, forms: int, rng: np.random.Generator) -> pd.DataFrame:
    """The frame with `forms`: how many of each row's invited take part, `forms` in all.

    Rows differ in how willing they are (Beta(11, 9), mean .55 before the total is fixed).
    Raises SurveyError when fewer are invited.
    """
    invited = int(frame["invited"].sum())
    if not 0 <= forms <= invited:
        raise SurveyError(f"只邀请了{invited}人，不能有{forms}份答卷。")
    willing = rng.beta(11, 9, len(frame))
    row_of = np.repeat(np.arange(len(frame)), frame["invited"])
    first = np.argsort(rng.exponential(size=invited) / willing[row_of])[:forms]
    return frame.assign(forms=np.bincount(row_of[first], minlength=len(frame)))


class ExampleForm(NamedTuple):
    """One person's answers, `fields` as a browser would post them, and the frame row they belong to."""

    group: str
    unit: str
    class_name: str
    fields: dict[str, list[str]]


def example_answers(turnout: pd.DataFrame, paper: Paper, rng: np.random.Generator) -> list[ExampleForm]:
    """Invented answers of everyone in `turnout` who fills in this paper, in the frame's order.

    Behind every answer stands a feeling, the sum of what the group, the unit, the class, the person, the item
    and chance add to it: its variance is 1, so that a group's rate is what SATISFIED says. About one form in
    twenty has the same answer throughout; some items are not known, some left blank.
    """
    rows = turnout[turnout["group"].isin(paper.groups) & (turnout["forms"] > 0)]
    answers = _choose_options(rows, len(paper.items), rng)
    people = rows.loc[rows.index.repeat(rows["forms"])]
    options: list[list[int]] = answers.tolist()
    return [
        ExampleForm(group=group, unit=unit, class_name=class_name, fields=_post(paper, chosen))
        for group, unit, class_name, chosen in zip(
            texts(people.group), texts(people.unit), texts(people["class"]), options, strict=True
        )
    ]


def _choose_options(rows: pd.DataFrame, items: int, rng: np.random.Generator) -> Whole:
    """Option values, one row a form and one column an item, 0 for a blank."""
    forms = int(rows["forms"].sum())
    units, unit_of = np.unique(rows["unit"], return_inverse=True)
    group = np.array([NormalDist().inv_cdf(SATISFIED[group]) for group in texts(rows.group)])
    unit = rng.normal(0, SPREADS["unit"], len(units))[unit_of]
    row = group + unit + rng.normal(0, SPREADS["class"], len(rows))
    person = np.repeat(row, rows["forms"]) + rng.normal(0, SPREADS["person"], forms)
    item = rng.normal(0, SPREADS["item"], items)
    chance = rng.normal(0, SPREADS["chance"], (forms, items))
    feeling = person[:, None] + item - item.mean() + chance
    options: Whole = 1 + np.searchsorted([-0.8, 0.0, 0.7, 1.5], feeling)
    same = rng.random(forms) < 0.05
    options[same] = options[same, -1:]
    options[rng.random((forms, items)) < 0.025] = UNKNOWN
    hasty = np.where(rng.random(forms) < 0.02, 0.4, 0.005)
    left_out = rng.random((forms, items)) < hasty[:, None]
    left_out[:, 0] = False
    options[left_out] = BLANK
    return options


def _post(paper: Paper, chosen: list[int]) -> dict[str, list[str]]:
    """The fields of one form: blanks are not posted, and are said to be meant."""
    fields = {item: [str(value)] for item, value in zip(paper.item_ids, chosen, strict=True) if value != BLANK}
    return fields | {"version": [paper.id]} | ({"blank_ok": ["1"]} if BLANK in chosen else {})
