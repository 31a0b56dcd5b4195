"""Text, tables, charts, workbook and evidence are one object: a few forms answered otherwise change all of them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from analysis.verdict import read_judgement
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import write_workbook
from reports.charts.charts import describe
from reports.document.web import render_html
from reports.evidence.bundle_check import check_bundle
from reports.setting.figures import percent, short_percent
from tests.survey_example import STANDARD, Example, example
from tests.test_section import FACTS, status_of, text_of
from tests.told_json import describe_round, insert, section

SEED = 15
TURNED = 9  # published rates are coarse: so many forms move each of them
"""An example in which no former rate is by chance another figure of the report."""
COUNTY = FACTS.whole
PARENT = "家长"
WHERE = ("text", "page", "charts", "insert", "workbook")
FACTS = replace(FACTS, standard=STANDARD)


def places_of(survey: Example, folder: Path) -> dict[str, str]:
    """Everything that shows a figure of the survey, as text."""
    published = survey.published
    results = (FACTS, status_of(), published["recognition"], read_judgement(published["judgement"]))
    annex = section(*results)
    told = describe_round(*results, [])
    about = AnnexFacts(FACTS.county, "", FACTS.generated)
    book = openpyxl.load_workbook(write_workbook(folder, results[3], STANDARD, about, rate_tables(told)))
    rows = [row for sheet in book for row in sheet.iter_rows(values_only=True) if row[0] in (COUNTY, PARENT)]
    charts = [describe(block) for block in annex.blocks if hasattr(block, "told")]
    numbers = [short_percent(round(cell / 100, 8), "") for row in rows for cell in row if isinstance(cell, int | float)]
    page = render_html(annex)
    texts = (text_of(annex), page, "\n".join(charts), text_of(insert(*results)), " ".join(numbers))
    return dict(zip(WHERE, texts, strict=True))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    return [places_of(example(SEED, turned=n), tmp_path_factory.mktemp("book")) for n in (0, TURNED)]


def rates(turned: int, place: str) -> dict[str, str]:
    """The figures as this place writes them; long texts hold many whole percents, so there the county's by name."""
    found = example(SEED, turned=turned).published["recognition"]
    county, parent = found["recognition"]["rate"], found["groups"]["parent"]["rate"]
    whole = f"社会认可度为{percent(county)}" if place in ("text", "page") else percent(county, sign="")
    return {"county": whole, "parent": short_percent(parent, "")}


def is_told(figure: str, text: str) -> bool:
    """Whether the text has this figure, and not only a longer one or a name that holds it."""
    return re.search(rf"(?<![\w.]){re.escape(figure)}(?!\.?\d)", text, re.ASCII) is not None


@pytest.mark.parametrize("place", WHERE)
def test_changed_forms_change_every_place_that_shows_its_rates(both: list[dict[str, str]], place: str) -> None:
    before, after = both
    for whose in ("parent",) if place == "charts" else ("county", "parent"):
        was, now = rates(0, place)[whose], rates(TURNED, place)[whose]
        assert was != now
        assert is_told(was, before[place])
        assert is_told(now, after[place])
        assert not is_told(was, after[place])


def test_changed_forms_change_the_evidence_which_follows_from_itself_again() -> None:
    before, after = example(SEED).bundle(), example(SEED, turned=TURNED).bundle()
    assert before != after
    assert check_bundle(after) == []
    published = [example(SEED, turned=n).published["recognition"] for n in (0, TURNED)]
    for part in ("items", "topics", "sensitivity"):
        assert published[0][part] != published[1][part]
    points = [json.loads(example(SEED, turned=n).texts()["unrounded.json"])["tipping_point"] for n in (0, TURNED)]
    assert points[0] != points[1]
