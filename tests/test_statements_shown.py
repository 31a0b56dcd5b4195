"""A statement (不低于97.5%) wherever results are shown: it is said, never counted, sorted or drawn as a number."""

import json
import re

import pandas as pd
import pytest
from msgspec import convert

from analysis.published import FormerRound, Published
from analysis.results import Estimate, as_json
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import Cell
from reports.charts.charts import draw_svg
from reports.charts.plots import plot
from reports.citizen.citizen_page import render_citizen_page
from reports.exports.export_tables import published_tables
from reports.report.telling import describe_round
from reports.screen.rows import find_nearest, lowest_first, tell_shares
from reports.screen.views import load_result_words, results_of, write_results
from tests.test_section import FACTS, judgement_of, recognition_of, status_of, text_of
from tests.test_selfcheck import EARLIER
from tests.told_json import insert, section

ABOVE = {"rate": None, "at_least": 0.975}
BARE = {"se": None, "lower": None, "upper": None}
UNIT = {"group": "parent", "level": "unit", "place": "unit/P01", "scope": "primary", "rate": None, "n": 40}


def told():
    """A county where parents, an item, a topic and choices are statements, and in the round before the teachers."""
    found = recognition_of(sensitivity=(("pooled", None, "met"), ("strict", 0.87, "met"), ("raked", None, "not_met")))
    found["groups"]["parent"] |= ABOVE | BARE
    item = found["items"]["quality_1"] = {"county": {**ABOVE, "n": 600}, "parent": {**ABOVE, "n": 98}}
    topic = next(iter(found["topics"].values()))
    topic["county"] = {**ABOVE, "n": 600}
    topic["parent"] = {**ABOVE, "n": 98}
    assert item["county"]["rate"] is None
    return found


def former():
    group = {"rate": None, "at_least": 0.95, "se": None}
    return EARLIER | {"groups": {"teacher": group}}


def results():
    found = told()
    return FACTS, status_of(), found, judgement_of(found), [former()]


def published():
    _, status, found, judgement, earlier = results()
    table = {"status": status, "recognition": found, "judgement": as_json(judgement)}
    return convert(table | {"former": {"rounds": earlier}}, Published)


def is_plain(text):
    assert not re.search(r"None|nan|NaN|inf|—%|不低于—|不低于0%", text)
    return text


@pytest.mark.parametrize("write", [section, insert])
def test_documents_say_the_bound_and_never_a_missing_number(write):
    text = is_plain(text_of(write(*results())))
    assert re.search(r"(不低于|≥)97\.5", text)
    assert "学校教育质量" in text or "家长" in text


def test_the_annex_has_the_bound_as_words_and_keeps_every_number_a_number():
    tables = {table.name: table for table in rate_tables(describe_round(FACTS, results_of(published())))}
    cells = [cell for table in tables.values() for row in table.rows for cell in row]
    assert sum(cell.value == "不低于97.5" for cell in cells) >= 4
    assert all(cell.value is None or cell.value == cell.value for cell in cells)
    withheld = [row for table in tables.values() for row in table.rows if row[0].value == "全部有效答卷合并计算"]
    assert [(row[1].value, row[2].value) for row in withheld] == [(None, "达到")]


def test_the_page_for_citizens_says_it():
    text = is_plain(render_citizen_page(FACTS, results_of(published())))
    assert "不低于97.5" in text


@pytest.mark.parametrize("view", ["verdict", "group", "topic", "item", "years", "checks"])
@pytest.mark.parametrize("domain", ["county", "parent"])
def test_every_view_of_the_console_is_drawn_with_it(view, domain):
    assert view in load_result_words().views
    document = write_results(view, FACTS, published(), domain)
    text = is_plain(text_of(document))
    assert "不低于97.5" in text or view in ("years", "checks")
    for block in document.blocks:
        if hasattr(block, "told"):
            is_plain(draw_svg(block))
            json.dumps(plot(block), allow_nan=False)


def test_rows_are_sorted_by_what_is_said_and_the_unsaid_come_last():
    estimate = published().estimate
    rows = sorted(tell_shares("item", FACTS.papers, estimate, "county"), key=lowest_first)
    ranks = [row.rank for row in rows]
    known = [rank for rank in ranks if rank is not None]
    assert known == sorted(known)
    assert known[-1] == 0.975
    assert ranks[len(known) :] == [None] * (len(ranks) - len(known))


def test_a_choice_without_a_number_turns_the_verdict_in_words_and_is_never_the_nearest():
    near = find_nearest(published().estimate)
    assert (near.name, near.turns) == ("strict", False)
    text = text_of(section(*results()))
    assert "结论变为尚未达到评估标准" in text


def test_exports_leave_the_rate_empty_and_name_the_bound_so_that_a_mean_stays_one_of_numbers():
    tables = {table.name: table.rows for table in published_tables(published(), FACTS.papers)}
    parent = tables["groups"].set_index("domain").loc["parent"]
    assert pd.isna(parent["rate"])
    assert parent["at_least"] == 0.975
    rates = pd.to_numeric(tables["groups"]["rate"])
    assert rates.mean() == pytest.approx(rates.dropna().mean())
    assert 0.8 < rates.mean() < 1
    items = tables["items"].query("item == 'quality_1' and domain == 'parent'").iloc[0]
    assert (pd.isna(items["rate"]), items["at_least"]) == (True, 0.975)


def test_the_api_prints_what_was_published_and_it_is_read_again():
    estimate = published().estimate
    again = convert(json.loads(json.dumps(as_json(estimate), allow_nan=False)), Estimate)
    assert again.groups["parent"].at_least == 0.975
    assert as_json(again) == as_json(estimate)


def test_a_round_before_with_a_statement_is_compared_by_its_county():
    earlier = convert([former()], tuple[FormerRound, ...])
    assert earlier[0].groups["teacher"].is_statement
    text = text_of(section(*results()))
    assert "上升5个百分点" in text


def test_a_cell_of_a_statement_is_no_number():
    tables = rate_tables(describe_round(FACTS, results_of(published())))
    said = [cell for table in tables for row in table.rows for cell in row if isinstance(cell.value, str)]
    assert Cell("不低于97.5", is_bound=True) in said
