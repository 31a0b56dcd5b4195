"""Counties that somebody invented who did not write the sentences: what they say is what was measured, and no more."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten
from reports.report import briefing, insert, section
from reports.screen.views import results_of
from survey_app.results.county_folder import read_county
from tests.golden_counties import County, golden, write_county
from tests.test_section import text_of
from tests.test_true_counties import words_of

OFFICES = dict.fromkeys(("teacher", "principal", "deputy", "cppcc"), 30)
NASTY = {
    "joined, hidden and missing": County(
        facts={"county": "和谐自治县", "standard": "xiushan-2020"},
        people={"deputy": 3, "cppcc": 3, "principal": 1},
        responses={"public": 0.0, "deputy": 1.0, "cppcc": 1.0},
        rates={"teacher": 0.7, "principal": 0.5},
        usual=0.9,
    ),
    "items that tie": County(
        usual=0.85,
        exact=True,
        response=2 / 3,
        people=OFFICES,
        rates={"cppcc": 0.825, "public": 0.8},
        names=(
            "第85中学附属小学",
            "达到评估标准小学",
            "A、B小学（南、北）",
            "最低|小学；",
            "《第一》中学",
            "1.初级中学",
        ),
    ),
    "nobody is content": County(
        every=1,
        before=County(opens="2025-04-21", closes="2025-04-25", facts={"school_year": "2024-2025"}, every=5),
    ),
    "few answer over New Year": County(
        response=0.03,
        people={"class": 40},
        usual=0.8,
        before=County(
            opens="2025-12-28", closes="2026-01-03", facts={"school_year": "2024-2025"}, usual=0.95, response=0.05
        ),
    ),
    "parents alone": County(
        facts={"population": 900},
        responses=dict.fromkeys(("student", "teacher", "principal", "deputy", "cppcc", "public"), 0.0)
        | {"parent": 1.0},
        usual=0.86,
    ),
}
SAID = {
    "joined, hidden and missing": [
        "有结果的各类对象中，认可度最低的是教师、校长（57%），与其他各项的差别都超出抽样误差"
    ],
    "items that tie": ["各个方面的认可度相同，都是", "认可度测得值不足85%的题目有16题。"],
    "nobody is content": [
        "未经检验确认低于85%的对象是校长（不高于5%）、人大代表（不高于5%）、政协委员（不高于5%）",
        "下降100个百分点",
        "与上一次相比，两次都有结果的各类对象中认可度下降的是",
    ],
    "few answer over New Year": [
        "2025年12月28日至2026年1月3日",
        "没有超出抽样误差；两次有有效答卷的对象不同，相差里有对象不同的影响",
        "没有认可度确定低于85%的对象，学生、家长、其他群众只公布范围",
    ],
    "parents alone": ["有结果的1类对象"],
}
FALSE = [
    ("joined, hidden and missing", "有结果的各类对象中，认可度最低", "各类对象中，认可度最低"),
    ("items that tie", "的题目有16题。", "的题目有16题，较低的是就近入学的安排（84.2%）。"),
    ("nobody is content", "下降100个", "下降10个"),
    ("nobody is content", "测得值不足85%、未经检验确认低于85%的对象", "测得值不足85%的对象"),
    ("nobody is content", "认可度测得值不足85%、未经检验确认低于85%的对象", "认可度低于85%的对象"),
    ("nobody is content", "两次都有结果的各类对象中", "各类对象中"),
    ("few answer over New Year", "；两次有有效答卷的对象不同，相差里有对象不同的影响", ""),
]


@cache
def round_of(name: str) -> PublishedRound:
    with TemporaryDirectory() as folder:
        county = read_county(write_county(Path(folder), NASTY[name]))
    return PublishedRound(facts=county.facts, published=county.published)


@cache
def documents_of(name: str):
    round_ = round_of(name)
    found = results_of(round_.published)
    return [write(round_.facts, found) for write in (insert.insert, section.section, briefing.briefing)]


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_county_is_told_no_more_than_was_measured(name):
    texts = [text_of(document) for document in documents_of(name)]
    assert [said for said in SAID[name] if not any(said in text for text in texts)] == []
    for document in documents_of(name):
        assert list(check_written(words_of(document), round_of(name))) == []


@pytest.mark.parametrize(("name", "old", "new"), FALSE)
def test_what_would_say_more_is_found(name, old, new):
    lines = [line for document in documents_of(name) for line in words_of(document).paragraphs if old in line]
    assert lines
    for line in lines:
        assert list(check_written(Written([tighten(line.replace(old, new))], []), round_of(name)))


@pytest.mark.parametrize("name", NASTY)
def test_no_test_is_told_of_a_group_whose_rate_is_told_as_no_number(name):
    """On which side of the line it lies would follow, and where its share is withheld that is what is hidden."""
    for group in round_of(name).published.estimate.groups.values():
        assert (group.p_holm is None) == (group.rate is None)
        assert group.rate is not None or (group.lower, group.upper, group.se, group.n_eff, group.df) == (None,) * 5


def test_a_word_on_what_lies_beyond_error_that_is_no_claim_is_found():
    false = "与上一次相比，各类对象的认可度相差都没有超出抽样误差。"
    assert list(check_written(Written([false], []), round_of("few answer over New Year")))


@pytest.mark.parametrize("county", ["85市", "3江县"])
def test_a_county_whose_name_begins_with_a_digit_is_told_from_the_number_of_its_sentence(county):
    told = golden("E")
    round_ = PublishedRound(facts=replace(told.facts, county=county), published=told.published)
    written = words_of(section.section(round_.facts, results_of(round_.published)))
    assert list(check_written(written, round_)) == []
    (line,) = [line for line in written.paragraphs if line.startswith(f"1.{county}社会认可度")][:1]
    for false in (line.replace("81.25%", "85.25%"), line.replace(county, "86市"), line.replace(county, "")):
        assert list(check_written(Written([false], []), round_))
