"""The audit: random small counties under attack, and the same attack on figures with every digit."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.disclosure.attack import Kind, Pool, count_range
from analysis.release import Told
from analysis.release.auditing import Attacked, Attacker, audit_release, list_targets
from analysis.release.securing import attack, secure_release
from tests.random_county import counted_county, random_county

ITEMS = 16
COUNTS = 20


def told_first(seed: int, schools: int) -> Attacked:
    """A random county as its cells alone would tell it, before the audit took anything back."""
    return attack(random_county(seed, schools))


def two_classes(*bands: tuple[float, float]) -> Pool:
    """Two classes of different weight; of forty forms three are not content with an item, one with half of all."""
    weight = np.array([2.0, 3.137])
    kinds = (
        Kind(forms=37, content=1.0, discontented=1.0, answer=0),
        Kind(forms=2, content=15 / ITEMS, discontented=15 / ITEMS, answer=1),
        Kind(forms=1, content=0.5, discontented=0.5, answer=1),
    )
    return Pool(n=np.array([20, 20]), weight=weight, rows=[(np.ones(2), band) for band in bands], kinds=kinds)


def rate_of_two(first: float, second: float) -> float:
    return (2.0 * first + 3.137 * second) / (20 * 5.137)


def test_a_weighted_rate_with_twelve_digits_beside_the_forms_tells_a_class_its_count() -> None:
    rate = rate_of_two(19 + 15 / ITEMS, 18 + 15 / ITEMS + 0.5)
    pool = two_classes((rate - 1e-12, rate + 1e-12))
    assert count_range(pool, np.array([1.0, 0.0])) == (1, 1)


def test_in_whole_percents_the_same_class_stays_open() -> None:
    pool = two_classes((0.975, 0.985))
    least, most = count_range(pool, np.array([1.0, 0.0]))
    assert most - least >= 2


def _secured(county: Told) -> Attacked:
    """A county as a close tells it."""
    return attack(county, secure_release(county).record.taken_back)


@pytest.mark.parametrize("seed", range(1, 6))
def test_in_random_counties_no_count_is_certain_or_narrow(seed: int) -> None:
    found = audit_release(_secured(random_county(seed, 3)), sample=COUNTS, seed=seed)
    assert found.tried == COUNTS
    assert (found.certain, found.narrow) == (0, 0), found.found


@pytest.mark.parametrize(("seed", "schools"), [(11, 3), pytest.param(2, 4, marks=pytest.mark.soak)])
def test_a_county_counted_for_an_attack_alone_loses_the_same_rows_as_a_whole_one(seed: int, schools: int) -> None:
    lean = secure_release(counted_county(seed, schools)).record
    assert lean.taken_back
    assert lean.taken_back == secure_release(random_county(seed, schools)).record.taken_back


def test_the_audit_finds_what_rows_with_every_digit_tell() -> None:
    """The same attacker on a county whose rows and rates are told as the first version told them finds less open."""
    county = told_first(1, 3)
    told = audit_release(county, sample=2, seed=2)
    plans = {group: _exact(plan) for group, plan in county.plans.items()}
    before = audit_release(replace(county, plans=plans), sample=2, seed=2)
    assert before.narrowest is not None
    assert told.narrowest is not None
    assert before.narrowest <= told.narrowest


def _exact(plan):  # type: ignore[no-untyped-def]
    places = plan.counts.places
    rows = []
    for row in plan.opened.printed.rows:
        weighed = row.inside * places.weight
        rate = float(weighed @ places.total / (weighed @ places.n))
        rows.append(replace(row, band=(rate - 1e-9, rate + 1e-9), hidden=0.0))
    printed = replace(plan.opened.printed, rows=tuple(rows))
    return replace(plan, opened=replace(plan.opened, printed=printed))


def test_the_audit_tells_after_each_count_how_many_are_done() -> None:
    heard: list[tuple[int, int]] = []
    audit_release(told_first(1, 3), sample=3, seed=1, tell=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_no_claim_is_made_where_no_way_to_share_out_the_forms_was_found() -> None:
    with pytest.raises(ArithmeticError, match="none was found"):
        count_range(two_classes((0.0, 0.1)), np.array([1.0, 0.0]))


@pytest.mark.soak
def test_swaps_of_the_same_headline_are_never_wider_than_the_attackers_whole_programs() -> None:
    county = told_first(2, 3)
    attacker = Attacker(county)
    for target in list_targets(county)[::12]:
        found = attacker.attack(target)
        pool, _ = attacker.pool(target)
        least, most = count_range(pool, attacker.inside(target), 0.0)
        assert least <= found.least <= found.most <= most
        assert found.is_narrow == (most - least < found.enough)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 300))
def test_in_two_hundred_random_counties_no_count_is_certain_or_narrow(seed: int) -> None:
    found = audit_release(_secured(counted_county(seed, 40)), sample=COUNTS, seed=seed)
    assert (found.certain, found.narrow) == (0, 0), found.found
