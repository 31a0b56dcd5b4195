"""A new indicator: one file that extends a standard, and everything that judges, prints and counts has it."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.results import as_json
from analysis.standard import Standard, load_standard, read_standard
from analysis.verdict import CountyTables, judge, read_judgement
from analysis.verdict.differences import find_differences
from analysis.verdict.ledgers import unmet_ledger
from questionnaires.pack import PackError
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import annex_tables, write_workbook
from tests.test_section import FACTS as ROUND
from tests.test_section import judgement_of, recognition_of, table_of, write
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

NEW = """
id = "{name}"
title = "演示县方案"
extends = "national-2017"
published = 2026-01-01

[document]
number = "演示〔2026〕1号"
issuer = "演示县人民政府"
scope = "county"
year = 2026

[school_rule.required]
operator = ">="
value = 7
unit = "项"
clause = "演示1"

[indicators.R8]
dimension = "resources"
title = "生均图书"
measure = {{ column = "books", per = 1, lacks = "册图书", decimals = 1 }}

[indicators.R8.requires.primary]
stage = "primary"
operator = ">="
value = 20
unit = "册"
clause = "演示2"

[indicators.R8.requires.junior]
stage = "junior"
operator = ">="
value = 30
unit = "册"
clause = "演示2"

[indicators.G16]
dimension = "guarantee"
title = "校车安全达标率"

[indicators.G16.requires.share]
operator = ">="
value = 100
unit = "%"
clause = "演示3"
"""
ROWS = [PRIMARY | {"books": 19_000}, JUNIOR | {"books": 30_000}]


@pytest.fixture
def standard(tmp_path: Path) -> Standard:
    path = tmp_path / "demo-2026.toml"
    path.write_text(NEW.format(name="demo-2026"), encoding="utf-8")
    return read_standard(path)


def tables(**changes: object) -> CountyTables:
    return CountyTables(pd.DataFrame(), pd.DataFrame(ROWS), pd.DataFrame(county_rows(**changes)))


def test_an_eighth_indicator_is_judged_like_the_seven(standard: Standard) -> None:
    judgement = judge(standard, tables(G16=100))
    school = judgement.dimensions.resources.schools[0]
    assert (school.met, school.verdict, school.short[0].indicator) == (7, "met", "R8")
    assert school.short[0].lacks == 20 * 1000 - 19_000
    assert judgement.dimensions.resources.indicators["R8"]["junior"].met == 1
    assert judgement.dimensions.guarantee.indicators["G16"].verdict == "met"
    assert as_json(read_judgement(as_json(judgement))) == as_json(judgement)


def test_what_is_added_and_not_reported_is_missing(standard: Standard) -> None:
    judgement = judge(standard, tables())
    assert "G16" in {missing.indicator for missing in judgement.missing}


def test_ledger_annex_and_workbook_have_it(standard: Standard, tmp_path: Path) -> None:
    judgement = judge(standard, tables(G16=90))
    assert [row.text for row in unmet_ledger(judgement, standard)] == ["差1,000册图书"]
    found = {table.name: table for table in annex_tables(judgement, standard)}
    assert any(head.startswith("生均图书") for head, _ in found["小学资源配置"].columns)
    assert "政府保障16项" in found
    assert "八项差异系数" in found["校际差异系数"].notes[1]
    assert write_workbook(tmp_path, judgement, standard, AnnexFacts("演示县", "", date(2026, 3, 1))).exists()


def test_no_document_speaks_of_seven_indicators_where_there_are_eight(standard: Standard) -> None:
    facts = ROUND.__class__(**{**vars(ROUND), "standard": standard})
    recognition = recognition_of()
    document = write(recognition, judgement_of(recognition, standard, G16=100), facts=facts)
    assert table_of(document, "八项指标")
    with pytest.raises(StopIteration):
        table_of(document, "七项指标")


def test_it_is_listed_as_what_the_plan_adds(standard: Standard) -> None:
    found = {difference.place: difference for difference in find_differences(standard, load_standard("national-2017"))}
    assert found["R8"].parent is None
    assert found["G16"].own.words == "校车安全达标率"


def test_an_entry_that_states_no_indicator_is_still_a_slip_of_the_pen(tmp_path: Path) -> None:
    path = tmp_path / "demo-2026.toml"
    text = NEW.format(name="demo-2026").replace('dimension = "guarantee"\n', "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match="G16: the standard it extends has none to override"):
        read_standard(path)
