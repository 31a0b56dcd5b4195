"""Where groups are missing, what is called established says in the same sentence what it takes them to be."""

from dataclasses import replace as facts_with

import pytest
from msgspec.structs import replace

from questionnaires.vocabulary import Evidence
from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten
from reports.citizen.citizen_page import render_citizen_page
from reports.report.points import say_evidence
from reports.report.section import section
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.golden_counties import golden
from tests.test_section import text_of
from tests.test_true_counties import words_of

ABOVE = (Evidence.ESTABLISHED_ABOVE, 0.8877, 0.92)
BELOW = (Evidence.ESTABLISHED_BELOW, 0.78, 0.8221)


def round_of(found, *, missing=("deputy",), joined=()):
    """A county of which that much is established while groups are missing, or joined by anybody."""
    evidence, lower, upper = found
    published = golden("A").published
    estimate = published.estimate
    county = replace(estimate.county, evidence=evidence, lower95=lower, upper95=upper, incomplete=missing)
    about = replace(estimate.provenance, open_groups=joined)
    changed = replace(published, estimate=replace(estimate, county=county, provenance=about))
    return PublishedRound(facts=facts_with(golden("A").facts), published=changed)


def check(sentence, round_):
    return list(check_written(Written([tighten(sentence)], []), round_))


def say(round_):
    return str(say_evidence(describe_round(round_.facts, results_of(round_.published))))


@pytest.mark.parametrize(
    ("found", "silent", "assumed"),
    [
        (ABOVE, "单侧95%下限为88.77%，足以说明社会认可度高于85%", "最低的认可度推算在内，也足以说明社会认可度高于85%"),
        (BELOW, "单侧95%上限为82.21%，足以说明社会认可度低于85%", "最高的认可度推算在内，也足以说明社会认可度低于85%"),
    ],
)
@pytest.mark.parametrize("gone", [{"missing": ("deputy",)}, {"missing": (), "joined": ("public",)}])
def test_what_is_established_says_what_it_takes_missing_groups_to_be(found, silent, assumed, gone):
    round_ = round_of(found, **gone)
    said = say(round_)
    assert assumed in said
    assert check(said, round_) == []
    assert check(silent, round_)
    whole = round_of(found, missing=())
    assert say(whole) == silent
    assert check(silent, whole) == []
    assert check(said, whole)


SIDES = {"above": (ABOVE, "不满意的群众", "满意的群众", "最低"), "below": (BELOW, "满意的群众", "不满意的群众", "最高")}


def say_silence(round_):
    """What the report's first part says of those who kept silent, a sentence each."""
    paragraphs = words_of(section(round_.facts, results_of(round_.published))).paragraphs
    first = paragraphs[: paragraphs.index("二、依据与方法")]
    return [sentence for line in first for sentence in line.split("。") if "参与填答的比例" in sentence]


@pytest.mark.parametrize("side", SIDES)
def test_what_holds_whatever_the_silent_think_says_what_it_takes_missing_groups_to_be_in_the_same_sentence(side):
    found, fewer, more, end = SIDES[side]
    told = with_ratio(round_of(found), 0.4)
    (said,) = say_silence(told)
    assert said.startswith(
        f"缺答卷或公开征集的对象按其他对象中{end}的认可度推算，即使{fewer}参与填答的比例只有{more}的一半"
    )
    assert check(said, told) == []
    assert check(said.partition("推算，")[2], told)
    assert check(said, with_ratio(round_of(found, missing=()), 0.4))


def test_where_everybody_answered_nothing_is_said_of_the_silent():
    round_ = with_ratio(round_of(ABOVE, missing=()), 0.4)
    (said,) = say_silence(round_)
    assert check(said, round_) == []
    whole = everybody(round_)
    text = text_of(section(whole.facts, results_of(whole.published)))
    assert say_silence(whole) == []
    assert "没有作答的人的看法" not in text
    assert "所需的最低填答比例" not in text
    assert check(said, whole)


def with_ratio(round_, ratio):
    estimate = round_.published.estimate
    county = replace(estimate.county, ratio=ratio)
    return PublishedRound(
        facts=round_.facts, published=replace(round_.published, estimate=replace(estimate, county=county))
    )


def everybody(round_):
    """The same county after every invited person sent in a valid form."""
    estimate = round_.published.estimate
    groups = {name: replace(group, response_rate=1.0) for name, group in estimate.groups.items()}
    return PublishedRound(
        facts=round_.facts, published=replace(round_.published, estimate=replace(estimate, groups=groups))
    )


def test_the_page_for_citizens_says_it_too():
    round_ = round_of(ABOVE)
    page = render_citizen_page(round_.facts, results_of(round_.published))
    (said,) = [part for part in page.replace("<", "。").replace(">", "。").split("。") if "可以说高于85%" in part]
    assert "按其他各类中最低的来算，也可以说高于85%" in said
    assert check(said, round_) == []
    assert check("算上误差，认可度很可能不低于88.77%，可以说高于85%", round_)
