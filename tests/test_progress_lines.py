"""What is listed of progress: response rates that say nothing new, filters that count nothing anew, pages of fifty."""

import re
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.pages.console import watch_pages
from survey_app.pages.console.progress_lines import Listing, ProgressLine, find_lines, sort_lines
from survey_app.watching.shown_counts import Word
from tests.console import Console, open_console
from tests.county import answer, county_frame, issue, open_county


def line(forms=0, invited=10, issued=10, word=Word.COUNT, label="", **about) -> ProgressLine:
    counts = dict.fromkeys(("population", "recent", "forecast", "short"), 0)
    about = {"target": 5, "needed": 5, "share": 0.0, "rate": 0.0, "hourly": 0.0} | about
    return ProgressLine(label=label, forms=forms, invited=invited, issued=issued, word=word, **counts, **about)


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        for unit, n in (("P01", 37), ("P02", 29)):
            answer(session, issue(session, unit)[:n])
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def names(page: str) -> list[str]:
    return re.findall('data-row="(.*?)"', page)


def test_the_response_rate_is_of_those_invited_and_of_those_with_codes() -> None:
    assert (line(forms=5, invited=20, issued=10).of_invited, line(forms=5, invited=20, issued=10).of_issued) == (
        0.25,
        0.5,
    )


@pytest.mark.parametrize("word", [word for word in Word if word])
def test_no_rate_is_told_where_no_count_is(word: Word) -> None:
    told = line(forms=5, word=word)
    assert isnan(told.of_invited)
    assert isnan(told.of_issued)
    assert told.heat == ""


def test_bar_percentage_and_lack_agree_where_a_surplus_of_one_group_fills_no_other() -> None:
    told = line(forms=481, target=619, needed=279)
    assert told.there == 340
    assert told.there + told.needed == told.target
    assert line(forms=30, target=20, needed=0).there == 30


def test_every_bar_of_progress_is_as_long_as_its_percentage(console: Console) -> None:
    page = console.people["county"].get("/console/watch").text
    rows = re.findall(r"<tr data-row.*?</tr>", page, re.DOTALL)
    told = [
        (float(width[1]), int(share[1]))
        for row in rows
        if (width := re.search(r'data-bar="unit:[^"]*" data-of="[0-9]+" width="([0-9.]+)"', row))
        and (share := re.search(r'data-share="unit:[^"]*" data-of="[0-9]+">([0-9]+)%', row))
    ]
    assert told
    assert all(abs(min(width, 125) - min(share, 125)) < 1 for width, share in told)


def test_nobody_invited_is_no_rate_and_no_error() -> None:
    assert isnan(line(invited=0).of_invited)
    assert isnan(line(issued=0).of_issued)


def test_lines_are_sorted_by_what_was_asked_for() -> None:
    lines = [line(label="b", forms=9, needed=1), line(label="c", forms=1, needed=3), line(label="a", invited=0)]
    order = {sort: "".join(told.label for told in sort_lines(lines, sort)) for sort in ("", "name", "response", "lack")}
    assert order == {"": "bca", "name": "abc", "response": "cba", "lack": "acb"}


def test_a_filter_leaves_lines_out_and_changes_none() -> None:
    rows = county_frame()
    lines = [line(label=unit, unit=unit) for unit in ("P01", "P02", "乙镇")]
    listing = Listing(by="unit", sort="", township="乙镇", text="", page=1)
    assert find_lines(rows, lines, listing) == lines[1:]
    assert find_lines(rows, lines, Listing(by="unit", sort="", township="", text="P0", page=1)) == lines[:2]


def test_the_page_says_how_many_of_those_invited_answered(console: Console) -> None:
    page = console.people["county"].get("/console/watch").text
    assert re.search(r"作答率：受邀237人的<span[^>]*>27%</span>，已发码195人的<span[^>]*>33%</span>", page)
    assert re.search(r'第一小学</a></th>.*?data-label="占受邀"><span[^>]*>28%</span>', page, re.DOTALL)


def test_a_township_or_a_text_or_an_order_is_kept_in_the_address(console: Console) -> None:
    county = console.people["county"]
    assert names(county.get("/console/watch").text) == ["乙镇", "甲镇代表团", "第一小学", "第二小学"]
    assert names(county.get(f"/console/watch?township={quote('乙镇')}").text) == ["乙镇", "第二小学"]
    assert names(county.get(f"/console/watch?q={quote('小学')}&sort=name").text) == ["第一小学", "第二小学"]
    assert "没有符合的" in county.get("/console/watch?q=nobody").text
    assert county.get("/console/watch?page=999999999&sort=x&by=y&township=z").status_code == 200


def test_fifty_a_page_and_all_pages_together_are_all(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_pages, "ON_A_PAGE", 3)
    county = console.people["county"]
    first = county.get("/console/watch")
    assert "共4行，第1页，共2页" in first.text
    second = re.search(r'href="(\?[^"]*page=2[^"]*)#list">下一页', first.text)
    assert second
    after = county.get("/console/watch" + second[1].replace("&amp;", "&")).text
    assert len(names(first.text) + names(after)) == len(set(names(first.text) + names(after))) == 4


def test_units_with_nothing_come_first_then_those_longest_without_a_new_answer() -> None:
    lines = [
        line(forms=9, label="一天", quiet=1),
        line(forms=9, label="三天", quiet=3),
        line(label="没有"),
        line(forms=9, label="在收"),
    ]
    assert [found.label for found in sort_lines(lines, "quiet")] == ["没有", "三天", "一天", "在收"]
