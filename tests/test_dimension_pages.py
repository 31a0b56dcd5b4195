"""Dimension pages: one self-contained file each, the verdict first, nothing loaded and nothing run."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from analysis.standard import load_standard
from reports.annex.dimension_pages import dimension_page, write_dimension_pages
from reports.annex.tables import AnnexFacts
from tests.judged_json import typed
from tests.test_verdict import JUNIOR, PRIMARY, verdict_on

STANDARD = load_standard("qianjiang-2020")
FACTS = AnnexFacts("明江县", "2025—2026学年教育事业统计", date(2026, 3, 1), invented=True)
NAMES = ["资源配置", "政府保障程度", "教育质量", "社会认可度"]
DIMENSIONS = ["resources", "guarantee", "quality", "recognition"]
VOID = {"meta", "link", "br", "img", "input", "hr"}


@pytest.fixture(scope="module")
def judgement() -> dict[str, Any]:
    poor = PRIMARY | {"school": "P02", "sports_area": 5000, "teaching_area": 4499.5}
    return verdict_on(STANDARD, schools=[PRIMARY, poor, JUNIOR], Q2=None, G14a=55)


class Reader(HTMLParser):
    """Fails on a tag that is closed out of turn; keeps what could reach outside the file."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_page_is_well_formed_and_needs_nothing_but_itself(judgement: dict[str, Any], dimension: str) -> None:
    page = dimension_page(dimension, typed(judgement), STANDARD, FACTS)
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert set(reader.links) == {"#main", *(f"{name}.html" for name in NAMES)}
    assert not reader.tags & {"script", "link", "img", "iframe"}
    assert not re.search(r"url\(|@import|http", page)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_page_says_its_verdict_its_source_and_that_the_county_judged_itself(
    judgement: dict[str, Any], dimension: str
) -> None:
    page = dimension_page(dimension, typed(judgement), STANDARD, FACTS)
    verdict = {"met": "✓ 达到", "not_met": "✗ 未达到", "undetermined": "？ 暂不作结论"}
    assert verdict[judgement["dimensions"][dimension]["verdict"]] in page
    assert "数据口径：2025—2026学年教育事业统计" in page
    assert "自评" in page
    assert "演示数据" in page


def test_what_is_missing_is_named_on_the_page_of_its_dimension_alone(judgement: dict[str, Any]) -> None:
    assert "残疾儿童少年入学率：没有填报" in dimension_page("quality", typed(judgement), STANDARD, FACTS)
    assert "尚缺的资料" not in dimension_page("guarantee", typed(judgement), STANDARD, FACTS)


def test_what_is_short_is_marked_by_a_sign_and_never_rounded_across_its_line(judgement: dict[str, Any]) -> None:
    page = dimension_page("resources", typed(judgement), STANDARD, FACTS)
    assert "4.4995 ※" in page


def test_documents_that_disagree_are_told_with_both_values(judgement: dict[str, Any]) -> None:
    page = dimension_page("guarantee", typed(judgement), STANDARD, FACTS)
    assert "文件不一致之处" in page
    assert "60（" in page
    assert "50（" in page


def test_a_name_cannot_break_the_page() -> None:
    judgement = verdict_on(STANDARD, schools=[PRIMARY | {"school": "<b>P"}, JUNIOR], kinds={"<b>P": "primary"})
    assert "&lt;b&gt;P" in dimension_page("resources", typed(judgement), STANDARD, FACTS)


def test_four_pages_are_written_and_the_same_input_gives_the_same_bytes(
    judgement: dict[str, Any], tmp_path: Path
) -> None:
    first, second = (write_dimension_pages(tmp_path / name, typed(judgement), STANDARD, FACTS) for name in "ab")
    assert [path.stem for path in first] == NAMES
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_on_a_phone_every_row_is_a_card_whose_cells_say_their_heads(judgement: dict[str, Any], dimension: str) -> None:
    page = dimension_page(dimension, typed(judgement), STANDARD, FACTS)
    assert 'content:attr(data-head) "："' in page
    assert page.count("<td") == page.count("<td data-head=") > 0
