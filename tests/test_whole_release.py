"""An attacker who has every published figure, not only those that the audit's programs know: intervals, other choices,
不了解, integrity. He throws away each way of sharing out the forms that would have printed anything else."""

from collections.abc import Iterator
from itertools import islice
from math import ceil

import numpy as np
import pandas as pd
import pytest

from analysis.places import partition, place_forms
from analysis.plain import JsonObject
from analysis.published import Units
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import Survey, measure_survey
from analysis.release import Told
from analysis.release.auditing import Target, list_targets
from analysis.release.item_figures import one_deff
from analysis.release.publishing import release_survey
from analysis.release.rounded_record import tell_integrity
from analysis.release.securing import attack
from analysis.results import IntegrityOutcome, as_json
from analysis.weights.joining import move_forms
from tests.random_county import ITEMS, PAPERS, RULE, draw_county

CONTENT = list(RULE.counting.satisfied.value)
MEANS = ("statistic", "expected")
TRIES = 60


def swap(forms: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same forms, but for two pupils of other schools who change places, alike in headline and not in an item."""
    rng = np.random.default_rng(seed)
    pupils = forms[forms.group == "student"]
    content = pupils[ITEMS].isin(CONTENT)
    whole = pupils[ITEMS].isin([1, 2, 3, 4, 5]).all(axis=1)
    kinds = content[ITEMS[:-1]].sum(axis=1)[whole]
    for index in rng.permutation(kinds.index):
        same = kinds.index[(kinds == kinds[index]) & (pupils.unit[kinds.index] != pupils.unit[index])]
        unlike = [other for other in same if (content.loc[other] != content.loc[index]).any()]
        if unlike:
            changed = forms.copy()
            changed.loc[[index, unlike[0]], ITEMS] = forms.loc[[unlike[0], index], ITEMS].to_numpy()
            return changed
    raise LookupError("no two pupils are alike")


def measured(frame: pd.DataFrame, forms: pd.DataFrame) -> Survey:
    return measure_survey(forms, frame, RULE, *PAPERS, join=True)


def outcome(survey: Survey) -> IntegrityOutcome:
    return IntegrityOutcome(flagged=int(survey.integrity.flagged.sum()), checks=survey.integrity.checks, findings=())


def means(survey: Survey) -> list[float | None]:
    """What was published of them first: two decimals."""
    found = [getattr(check, name) for check in survey.integrity.checks.values() for name in MEANS]
    return [None if mean is None else round(mean, 2) for mean in found]


@pytest.mark.parametrize("seed", [1, 2])
def test_integrity_means_with_two_decimals_told_such_ways_apart_and_counts_alone_do_not(seed: int) -> None:
    frame, forms = draw_county(2, 3)
    true = measured(frame, forms)
    other = measured(frame, swap(forms, seed))
    assert means(true) != means(other)
    assert tell_integrity(outcome(true)) == tell_integrity(outcome(other))


def tell(frame: pd.DataFrame, forms: pd.DataFrame) -> Told:
    survey = measured(frame, forms)
    placed = move_forms(place_forms(forms, partition(frame, RULE)), survey.homes)
    return Told(survey, placed, describe_survey(survey, RULE, *PAPERS), RULE, PAPERS)


def published(told: Told) -> tuple[JsonObject, Units]:
    released = release_survey(told.survey, told.estimate, told.rule, *told.papers)
    return as_json(released.estimate), released.units


def others(told: Told, forms: pd.DataFrame, target: Target, seed: int) -> Iterator[pd.DataFrame]:
    """Ways in which a tenth of a unit changes places with others alike in headline, each moving the count so."""
    counts = attack(told).plans[target.group].counts
    homes = dict(zip(counts.names, counts.homes, strict=True))
    own = told.forms.group == target.group
    inside = own & (told.forms.place.map(homes) == target.unit)
    said = forms[ITEMS].isin([1, 2, 3, 4, 5])
    content = forms[ITEMS].isin(CONTENT)
    kind = content[ITEMS[:-1]].sum(axis=1) + 100 * said[ITEMS[:-1]].sum(axis=1)
    marked = said[target.item] & ~content[target.item]
    need = ceil(inside.sum() / 10)
    rng = np.random.default_rng(seed)
    for more in (True, False) * TRIES:
        free = list(rng.permutation(forms.index[own & ~inside & (marked == more)]))
        pairs: list[tuple[int, int]] = []
        for index in rng.permutation(forms.index[inside & (marked != more)]):
            alike = next((other for other in free if kind[other] == kind[index]), None)
            if alike is not None and len(pairs) < need:
                free.remove(alike)
                pairs.append((index, alike))
        if len(pairs) == need:
            here, there = map(list, zip(*pairs, strict=True))
            yield exchange(forms, here, there)


def exchange(forms: pd.DataFrame, here: list[int], there: list[int]) -> pd.DataFrame:
    changed = forms.copy()
    changed.loc[here, ITEMS] = forms.loc[there, ITEMS].to_numpy()
    changed.loc[there, ITEMS] = forms.loc[here, ITEMS].to_numpy()
    return changed


def group_deff(frame: pd.DataFrame, forms: pd.DataFrame, group: str) -> float:
    """A group's one design effect, the figure that such ways move most often, from that group alone."""
    survey = measured(frame[frame.group == group], forms[forms.group == group])
    own = survey.estimates[(survey.estimates.domain == group) & survey.estimates.measure.isin(ITEMS)]
    return one_deff([float(deff) for deff in own.deff])


@pytest.mark.soak
def test_one_design_effect_alone_rules_out_ways_and_leaves_others_as_far_apart() -> None:
    """Of the ways that move this count by a tenth of its unit many print another design effect, and one the same."""
    frame, forms = draw_county(2, 3)
    told = tell(frame, forms)
    target = Target(group="student", unit="class/P01/5班", item="sharing_2")
    true = group_deff(frame, forms, target.group)
    found = [group_deff(frame, way, target.group) for way in islice(others(told, forms, target, 5), 37)]
    assert true not in found[:12]
    assert found[36] == true


@pytest.mark.soak
@pytest.mark.parametrize("group", ["student", "parent"])
def test_hidden_counts_stay_open_by_a_tenth_of_a_unit_whatever_else_is_published(group: str) -> None:
    frame, forms = draw_county(2, 3)
    told = tell(frame, forms)
    true = published(told)
    deff = group_deff(frame, forms, group)
    targets = [target for target in list_targets(attack(told)) if target.group == group]
    chosen = [targets[number] for number in np.random.default_rng(7).choice(len(targets), 6, replace=False)]
    for number, target in enumerate(chosen):
        ways = (way for way in others(told, forms, target, number) if group_deff(frame, way, group) == deff)
        assert any(published(tell(frame, way)) == true for way in ways), target
