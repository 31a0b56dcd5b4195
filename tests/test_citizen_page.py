"""The page for citizens: small, without a script, and true."""

import pytest

from reports.checking.checker import check_document
from reports.checking.published_round import PublishedRound
from reports.citizen.citizen_page import render_citizen_page, write_citizen_page
from reports.report.insert import insert
from reports.report.points import describe_points
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.golden_counties import COUNTIES, golden
from tests.test_section import text_of

LARGEST = 60_000


def page_of(name):
    return render_citizen_page(golden(name).facts, results_of(golden(name).published))


@pytest.mark.parametrize("name", ["A", "E"])
def test_it_is_small_has_no_script_and_says_only_what_was_published(name, tmp_path):
    county = golden(name)
    path = write_citizen_page(tmp_path, county.facts, results_of(county.published))
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    assert "<script" not in text
    assert check_document(path, PublishedRound(facts=county.facts, published=county.published)) == []


def test_how_many_how_sure_and_what_next_stand_before_anything_else():
    text = page_of("E")
    places = [text.index(said) for said in ("81.25%", "多少人认可", "有多大把握", "下一步", "各类对象怎么看")]
    assert places == sorted(places)
    assert "0000-1234567" in text


def test_the_next_step_names_every_group_below_the_line():
    """E: two that a test tells from the line, three that none does."""
    text = page_of("E")
    told = text[text.index("下一步") : text.index("各类对象怎么看")]
    below = ("家长、学生认可度低于85%", "政协委员、其他群众、教师认可度测得值不足85%、未经检验确认")
    assert all(said in told for said in below)


@pytest.mark.parametrize("name", COUNTIES)
def test_no_word_of_statistics_stands_on_it(name):
    assert [word for word in ("单侧", "置信", "下限为", "上限为") if word in page_of(name)] == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("E", "很可能不高于82.22%，低于85%", "很可能不高于84.22%，低于85%"),
        ("E", "认可度很可能不高于82.22%，低于85%", "认可度很可能不低于82.22%，高于85%"),
        ("E", "自评尚未达到评估标准", "自评达到评估标准"),
        ("A", "（缺人大代表）", "（缺校长）"),
        ("A", "为89%，评估标准", "为98%，评估标准"),
    ],
)
def test_a_falsehood_in_plain_words_is_found(name, old, new, tmp_path):
    text = page_of(name)
    assert old in text
    path = tmp_path / "page.html"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert check_document(path, PublishedRound(facts=golden(name).facts, published=golden(name).published))


def test_a_fall_that_is_tested_is_told_to_citizens_in_the_insert_and_among_the_main_points():
    found = results_of(golden("H").published)
    fell = "上一次（2025年4月）为92.75%，这一次为81.63%，下降11.12个百分点，超出抽样误差"
    told = describe_points(describe_round(golden("H").facts, found))
    assert [f"{claim}" for claim in told.main[2:3]] == [fell]
    assert fell in page_of("H")
    assert fell in text_of(insert(golden("H").facts, found))


def test_a_wide_table_becomes_cards_on_a_phone():
    text = page_of("E")
    assert "@media (max-width: 480px)" in text
    assert text.count("data-head=") >= 16
