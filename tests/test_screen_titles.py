"""Charts of the console say their finding in their title, as the report's do, and the checker finds it true."""

from functools import cache

import pytest

from reports.charts.charts import Chart, Marks, Panels
from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten
from reports.report import section
from reports.screen.views import list_domains, load_result_words, results_of, write_results
from tests.golden_counties import COUNTIES, golden

SHARED = {
    "verdict": ["各类对象的认可度及其区间"],
    "group": ["各类对象的认可度及其区间", "各类对象收回份数与计划样本"],
    "topic": ["各方面在各类对象中的认可度"],
    "resources": ["校际差异系数与限值"],
}
FALSE = [
    ("group", "家长、学生认可度低于", "家长、教师认可度低于"),
    ("group", "家长、学生认可度低于", "家长认可度低于"),
    ("group", "竖线为85%", "竖线为75%"),
    ("group", "政协委员收回份数少于计划样本（", "其他群众收回份数少于计划样本（"),
    ("topic", "至少有31个测得值", "有31个测得值"),
    ("resources", "系数14项，都在限值内", "系数14项，其中1项超过限值"),
]


def titles_of(document):
    """What stands above the charts of a document, without their numbers."""
    return [block.caption.split("　", 1)[-1] for block in document.blocks if isinstance(block, Chart | Marks | Panels)]


@cache
def titles_in(county, view):
    """The titles of one view of the console, of all and of the last thing that it can be narrowed to."""
    facts, published = golden(county).facts, golden(county).published
    first, *more = list_domains(view, published) or [""]
    return [
        title for domain in (first, *more[-1:]) for title in titles_of(write_results(view, facts, published, domain))
    ]


def check(county, titles):
    """What the checker finds in them."""
    round_ = PublishedRound(facts=golden(county).facts, published=golden(county).published)
    return list(check_written(Written([tighten(title) for title in titles], []), round_))


@pytest.mark.parametrize("county", COUNTIES)
def test_no_title_of_any_view_says_anything_untrue(county):
    titles = [title for view in load_result_words().views for title in titles_in(county, view)]
    assert titles
    assert "" not in titles
    assert check(county, titles) == []


@pytest.mark.parametrize("county", COUNTIES)
def test_a_chart_that_the_report_has_bears_its_title(county):
    told = titles_of(section.section(golden(county).facts, results_of(golden(county).published)))
    for view, shown in SHARED.items():
        for words in shown:
            titles = {title for title in titles_in(county, view) if words in title}
            assert titles == {title for title in told if words in title}


@pytest.mark.parametrize(("view", "old", "new"), FALSE)
def test_a_planted_falsehood_in_a_title_is_found(view, old, new):
    titles = [title for title in titles_in("E", view) if old in title]
    assert titles
    assert all(check("E", [title.replace(old, new)]) for title in titles)
