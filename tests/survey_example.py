"""A survey with everything that makes its evidence hard: drawn and lonely classes, classes that gave one form or
none, small groups, blanks, flagged forms, and a frame that is divided by stage and locale."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from msgspec import convert

from analysis.places import partition, place_forms
from analysis.published import Units
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import Survey, measure_survey
from analysis.release import release_survey
from analysis.results import Estimate, as_json
from analysis.sample.design import Design, read_design
from analysis.standard import load_standard
from analysis.verdict import read_surveyed
from analysis.verdict.judged import Judged, judge_tables
from analysis.weights.joining import move_forms
from questionnaires.paper import Paper, load_paper
from questionnaires.rule import choose_papers, load_papers, load_rule
from reports.evidence.bundle import build_bundle, published_texts
from reports.evidence.evidence_texts import Evidence, Packs, RoundRecord, evidence_texts
from survey_app.demo.county import example_county

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
STANDARD = load_standard("qianjiang-2020")
ABOUT = {
    "round": "2025-1", "county": "青山区", "population": 445_012, "school_year": "2024-2025", "as_of": 2025,
    "invented": True,
}  # fmt: skip
COLUMNS = ["group", "unit", "class", "grade", "population", "invited", "stage", "locale", "township"]


class Example(NamedTuple):
    """A survey, its forms by place, and what was published of it."""

    survey: Survey
    forms: pd.DataFrame
    judged: Judged
    published: dict[str, Any]
    estimate: Estimate
    papers: Sequence[Paper] = PAPERS

    def texts(self) -> dict[str, str]:
        """The evidence that a close would keep."""
        evidence = Evidence(
            survey=self.survey,
            estimate=self.estimate,
            judged=self.judged,
            packs=Packs(rule=RULE, standard=STANDARD, papers=self.papers),
            about=convert(ABOUT, RoundRecord),
            versions={"python": "3"},
        )
        return evidence_texts(evidence)

    def bundle(self) -> bytes:
        published = published_texts(self.published, convert(self.published["units"], Units))
        return build_bundle(self.texts(), published, convert(ABOUT, RoundRecord))


@cache
def example(seed: int = 5, share: float = 0.6, turned: int = 0, pleased: int = 0) -> Example:
    """The survey of one seed; `share` of the invited answer, the first `turned` parents the worst throughout.

    All are content with the first `pleased` items.
    """
    rng = np.random.default_rng(seed)
    frame = _frame(rng)
    forms = _forms(frame, rng, share)
    forms.loc[forms.index[forms["group"] == "parent"][:turned], ITEMS] = 1
    forms[ITEMS[:pleased]] = forms[ITEMS[:pleased]].clip(lower=0).replace({1: 5, 2: 4})
    return surveyed(frame, forms)


def surveyed(
    frame: pd.DataFrame,
    forms: pd.DataFrame,
    design: Design | None = None,
    *,
    join: bool = False,
    papers: Sequence[Paper] = PAPERS,
) -> Example:
    """The survey of any frame and forms; `join`: as a close keeps it."""
    survey = measure_survey(forms, frame, RULE, *papers, design=design, join=join)
    estimate = describe_survey(survey, RULE, *papers, population=ABOUT["population"])
    released = release_survey(survey, estimate, RULE, *papers)
    recognition = as_json(released.estimate)
    county = example_county(STANDARD, 7)
    judged = Judged(county.schools, county.resources, county.values, county.resources[:0], county.values[:0])
    published = {
        "recognition": recognition,
        "judgement": as_json(judge_tables(STANDARD, judged, read_surveyed(recognition), as_of=2025)),
        "units": as_json(released.units),
        "release": as_json(released.record),
    }
    fine = survey.drawn.assign(group=survey.drawn["listed_as"])
    placed = move_forms(place_forms(forms, partition(frame, RULE)), survey.homes) if join else place_forms(forms, fine)
    return Example(survey, placed, judged, published, estimate, papers)


def counted_by_papers() -> Example:
    """A survey whose papers count other options than the rule lists."""
    rng = np.random.default_rng(4)
    frame = _frame(rng)
    papers = tuple(load_paper(name) for name in choose_papers(RULE, "2027b"))
    return surveyed(frame, _forms(frame, rng, 0.6), papers=papers)


def drawn_by_size(seed: int = 3) -> Example:
    """Families and pupils of the same drawn classes, teachers of schools drawn by size; others one by one."""
    rng = np.random.default_rng(seed)
    schools = [f"S{number:02}" for number in range(12)]
    sizes = {school: int(people) for school, people in zip(schools, rng.integers(20, 60, 12), strict=True)}
    rows = [
        (group, school, f"{number}班", 3, 20, 20 * (number == position % 3), "primary", "town", "T")
        for group in ("parent", "student")
        for position, school in enumerate(schools)
        for number in range(3)
    ]
    by_size = dict.fromkeys(schools[::2])
    rows += [
        ("teacher", school, "", None, people, 15 * (school in by_size), "primary", "town", "T")
        for school, people in sizes.items()
    ]
    rows += [(group, "X", "", None, 60, 40, "", "", "") for group in ("principal", "deputy", "cppcc", "public")]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"grade": float})
    counts = np.minimum((frame.invited * rng.uniform(0.4, 0.9, len(frame))).round().astype(int), frame.invited)
    forms = frame.loc[frame.index.repeat(counts), ["group", "unit", "class"]].reset_index(drop=True)
    forms[ITEMS] = rng.choice([0, 1, 2, 3, 4, 5, 5, 5, 9], (len(forms), len(ITEMS)))
    return surveyed(frame, forms, _design_by_size(schools, by_size, sizes))


def _design_by_size(schools: list[str], drawn: Collection[str], sizes: dict[str, int]) -> Design:
    persons = {"unit": "person", "method": "srs"}
    classes = [{"unit": school, "class": f"{at % 3}班", "probability": 1 / 3} for at, school in enumerate(schools)]
    shared = {"stratum": "a", "stages": [{"unit": "class", "method": "srs", "frame": 36}, persons], "units": classes}
    chances = [
        {"unit": school, "probability": min(len(drawn) * sizes[school] / sum(sizes.values()), 1)} for school in drawn
    ]
    by_size = {"stratum": "t", "stages": [{"unit": "school", "method": "pps", "frame": 12}, persons], "units": chances}
    groups = {group: {"strata": [shared]} for group in ("parent", "student")} | {"teacher": {"strata": [by_size]}}
    for group in ("principal", "deputy", "cppcc", "public"):
        groups[group] = {"strata": [{"stratum": group, "stages": [persons], "units": [{"unit": "X"}]}]}
    return read_design({"rule": RULE.id, "groups": groups})


def closed_example() -> Example:
    """The usual example as a close keeps it: places joined, small groups together at the weights of the rule."""
    rng = np.random.default_rng(5)
    frame = _frame(rng)
    return surveyed(frame, _forms(frame, rng, 0.6), join=True)


def _frame(rng: np.random.Generator) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for town in range(4):
        locale = ("town", "village")[town % 2]
        for school in range(2):
            where = (f"P{town}{school}", ("primary", "junior")[school], locale, f"T{town}")
            unit, *rest = where
            for group, grade in (("student", 3), ("student", 4), ("student", 5), ("parent", 3), ("parent", 4)):
                people = int(rng.integers(14, 40))
                rows.append((group, unit, f"{grade}班", grade, people, people * int(rng.random() < 0.6), *rest))
            rows.append(("teacher", unit, "", None, 30, 20, *rest))
            rows.append(("principal", unit, "", None, 2, 2, *rest))
        rows.append(("deputy", f"团{town}", "", None, 4, 2, "", "", f"T{town}"))
        rows.append(("cppcc", f"界{town}", "", None, 5, 4, "", "", ""))
        rows.append(("public", f"T{town}", "", None, 900, 40, "", "", f"T{town}"))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"grade": float})


def _forms(frame: pd.DataFrame, rng: np.random.Generator, share: float) -> pd.DataFrame:
    counts = (frame["invited"] * share).round().astype(int)
    forms = frame.loc[frame.index.repeat(counts), ["group", "unit", "class"]].reset_index(drop=True)
    answers = rng.choice([0, 1, 2, 3, 4, 5, 5, 5, 9], (len(forms), len(ITEMS)))
    answers[(forms["unit"].isin(["P00", "P10"]) & (forms["group"] == "teacher")).to_numpy()] = 5
    answers[((forms["unit"] == "T0") & (forms["group"] == "public")).to_numpy()] = np.resize([4, 5, 4], len(ITEMS))
    forms[ITEMS] = answers
    few = forms.index[forms["group"] == "principal"][3:]
    forms.loc[few, "quality_1"] = 9
    place = forms.groupby(["group", "unit", "class"]).cumcount()
    classes = forms[forms["group"] == "student"].groupby(["unit", "class"]).ngroup().reindex(forms.index, fill_value=-1)
    gone = ((classes % 5 == 0) & (place > 0)) | ((classes % 5 == 1) & (classes >= 0))
    return forms[~gone].reset_index(drop=True)
