"""Small counties made up for the audit: 3 to 40 schools, contented on the whole, each unit in its own way."""

from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.cells.tallying import HEADLINE
from analysis.places import partition, place_forms
from analysis.recognition.county_figure import county_figure, county_rate
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from analysis.release import Told
from analysis.results import Estimate, IntegrityOutcome, Provenance
from analysis.weights.joining import move_forms
from questionnaires.rule import load_papers, load_rule

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
COLUMNS = ["group", "unit", "class", "grade", "population", "invited", "stage", "locale", "township"]


def draw_county(seed: int, most_schools: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A county's frame and its forms."""
    rng = np.random.default_rng(seed)
    frame = _frame(rng, int(rng.integers(3, most_schools + 1)))
    return frame, _forms(frame, rng)


@lru_cache(maxsize=4)
def random_county(seed: int, most_schools: int = 40) -> Told:
    """A measured county and its forms on the places that they are kept in."""
    frame, forms = draw_county(seed, most_schools)
    survey = measure_survey(forms, frame, RULE, *PAPERS, join=True)
    placed = move_forms(place_forms(forms, partition(frame, RULE)), survey.homes)
    estimate = describe_survey(survey, RULE, *PAPERS)
    return Told(survey, placed, estimate, RULE, PAPERS)


def counted_county(seed: int, most_schools: int = 40) -> Told:
    """The same without what no attack needs: of the figures the county's alone."""
    frame, forms = draw_county(seed, most_schools)
    survey = measure_survey(forms, frame, RULE, *PAPERS, join=True)
    placed = move_forms(place_forms(forms, partition(frame, RULE)), survey.homes)
    found = county_figure(survey, HEADLINE, RULE)
    estimate = Estimate(
        rule=RULE.id,
        received=len(forms),
        valid=len(forms),
        county=county_rate(survey, found),
        groups={},
        items={},
        topics={},
        sensitivity=(),
        tipping_point=None,
        integrity=IntegrityOutcome(flagged=0, checks={}),
        shortfalls=(),
        suppressed=(),
        provenance=Provenance(),
    )
    return Told(survey, placed, estimate, RULE, PAPERS)


def _frame(rng: np.random.Generator, schools: int) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for school in range(schools):
        where = (("primary", "junior")[school % 2], ("city", "town", "village")[school % 3], f"T{school % 4}")
        unit = f"P{school:02}"
        for number in range(int(rng.integers(1, 4))):
            people = int(rng.integers(20, 50))
            taken = people * int(rng.random() < 0.6 or number == 0)
            about = (unit, f"{number + 4}班", 4 + number % 3, people, taken, *where)
            rows += [("student", *about), ("parent", *about)]
        staff = int(rng.integers(12, 60))
        rows.append(("teacher", unit, "", None, staff, staff // 2, *where))
        rows.append(("principal", unit, "", None, 2, 2, *where))
    for town in range(4):
        rows.append(("deputy", f"团{town}", "", None, 12, 8, "", "", f"T{town}"))
        rows.append(("cppcc", f"界{town}", "", None, 12, 8, "", "", ""))
        rows.append(("public", f"T{town}", "", None, 900, 30, "", "", f"T{town}"))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"grade": float})


def _forms(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    came = rng.binomial(frame["invited"].to_numpy(int), rng.uniform(0.5, 0.95))
    forms = frame.loc[frame.index.repeat(came), ["group", "unit", "class"]].reset_index(drop=True)
    units = forms.groupby(["group", "unit", "class"]).ngroup().to_numpy()
    level = rng.uniform(0.75, 0.98)
    of_unit = np.clip(level + rng.normal(0, 0.06, units.max() + 1), 0.2, 1.0)
    person = rng.beta(4 * of_unit[units] + 0.05, 4 * (1 - of_unit[units]) + 0.05)
    easy = rng.normal(0, 0.05, len(ITEMS))
    content = rng.random((len(forms), len(ITEMS))) < np.clip(person[:, None] + easy, 0, 1)
    answers = np.where(content, rng.choice([3, 4, 5], content.shape), rng.choice([1, 2], content.shape))
    answers[rng.random(content.shape) < 0.02] = 9
    answers[rng.random(content.shape) < 0.005] = 0
    forms[ITEMS] = answers
    return forms
