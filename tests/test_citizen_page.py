"""The page for citizens: small, without a script, and true."""

import pytest

from reports.checking.checker import check_document
from reports.checking.world import World
from reports.citizen.citizen_page import render_citizen_page, write_citizen_page
from reports.screen.views import results_of
from tests.golden_counties import golden

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
    assert check_document(path, World(facts=county.facts, published=county.published)) == []


def test_how_many_how_sure_and_what_next_stand_before_anything_else():
    text = page_of("E")
    places = [text.index(said) for said in ("81.25%", "多少人认可", "有多大把握", "下一步", "各类对象怎么看")]
    assert places == sorted(places)
    assert "0000-1234567" in text


def test_a_wide_table_becomes_cards_on_a_phone():
    text = page_of("E")
    assert "@media (max-width: 480px)" in text
    assert text.count("data-head=") >= 16
