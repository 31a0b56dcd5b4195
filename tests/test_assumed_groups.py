"""Where groups are missing, what is called established says in the same sentence what it takes them to be."""

from dataclasses import replace as facts_with

import pytest
from msgspec.structs import replace

from questionnaires.vocabulary import Evidence
from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.tightening import tighten
from reports.checking.world import World
from reports.citizen.citizen_page import render_citizen_page
from reports.report.points import say_evidence
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.golden_counties import golden

ABOVE = (Evidence.ESTABLISHED_ABOVE, 0.8877, 0.92)
BELOW = (Evidence.ESTABLISHED_BELOW, 0.78, 0.8221)


def world_of(found, *, missing=("deputy",), joined=()):
    """A county of which that much is established while groups are missing, or joined by anybody."""
    evidence, lower, upper = found
    published = golden("A").published
    estimate = published.estimate
    county = replace(estimate.county, evidence=evidence, lower95=lower, upper95=upper, incomplete=missing)
    about = replace(estimate.provenance, open_groups=joined)
    changed = replace(published, estimate=replace(estimate, county=county, provenance=about))
    return World(facts=facts_with(golden("A").facts), published=changed)


def check(sentence, world):
    return list(check_written(Written([tighten(sentence)], []), world))


def say(world):
    return str(say_evidence(describe_round(world.facts, results_of(world.published))))


@pytest.mark.parametrize(
    ("found", "silent", "assumed"),
    [
        (ABOVE, "单侧95%下限为88.77%，足以说明社会认可度高于85%", "最低的认可度推算在内，也足以说明社会认可度高于85%"),
        (BELOW, "单侧95%上限为82.21%，足以说明社会认可度低于85%", "最高的认可度推算在内，也足以说明社会认可度低于85%"),
    ],
)
@pytest.mark.parametrize("gone", [{"missing": ("deputy",)}, {"missing": (), "joined": ("public",)}])
def test_what_is_established_says_what_it_takes_missing_groups_to_be(found, silent, assumed, gone):
    world = world_of(found, **gone)
    said = say(world)
    assert assumed in said
    assert check(said, world) == []
    assert check(silent, world)
    whole = world_of(found, missing=())
    assert say(whole) == silent
    assert check(silent, whole) == []
    assert check(said, whole)


def test_the_page_for_citizens_says_it_too():
    world = world_of(ABOVE)
    page = render_citizen_page(world.facts, results_of(world.published))
    (said,) = [part for part in page.replace("<", "。").replace(">", "。").split("。") if "可以说高于85%" in part]
    assert "按其他各类中最低的来算，也可以说高于85%" in said
    assert check(said, world) == []
    assert check("算上误差，认可度很可能不低于88.77%，可以说高于85%", world)
