"""The checks of a round together: what they find, and which forms need a second look."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from msgspec.structs import replace
from statsmodels.stats.multitest import multipletests

from analysis.arrays import Flags, Floats, Whole
from analysis.integrity.counts import bursts as busiest_spans
from analysis.integrity.counts import more_forms_than_people
from analysis.integrity.form_answers import Answers, Outcome, read_answers
from analysis.integrity.full_classes import find_limit, full_classes
from analysis.integrity.integrity_findings import LISTED_ONLY, Integrity, PlaceFinding
from analysis.integrity.likeness import likeness
from analysis.integrity.means import even_odd, longest_run
from analysis.integrity.repetition import repetition
from analysis.integrity.said_so import fewer_say_so
from analysis.integrity.shares import all_highest, speed, straight_lining
from analysis.integrity.spread import spread
from analysis.plain import plain
from analysis.results import CheckOutcome
from questionnaires.integrity_limits import FEWER_SAY_SO, FULL_CHECKS
from questionnaires.pack import Cited
from questionnaires.paper import Paper
from questionnaires.rule import Rule

CERTAIN = "more_forms_than_people"
BURSTS = "bursts"
REPORTED_ONLY = (LISTED_ONLY, BURSTS, FEWER_SAY_SO, *FULL_CHECKS)
NO_CHANCE = (CERTAIN, *FULL_CHECKS)


class Spoken(NamedTuple):
    """A check, what it found in every owner, its q, in which of them it speaks and how many forms it takes there."""

    check: str
    outcome: Outcome
    q: Floats
    places: Flags
    took: Whole


def check_integrity(
    forms: pd.DataFrame,
    places: pd.DataFrame,
    paper: Paper,
    rule: Rule,
    *,
    bursts: pd.DataFrame | None = None,
    networks: pd.DataFrame | None = None,
    follow_ups: pd.DataFrame | None = None,
) -> Integrity:
    """Every check (docs/method.md, section 9) in every (group, place), and the forms that need a second look.

    `forms`: group, place, the paper's items as codes (0 blank, 9 unknown), optional `seconds`; `places`:
    `analysis.weights.design_weights`; `bursts`: the ledger as group, place, five_minutes, n; `networks` as in
    `full_classes`, `follow_ups` as in `fewer_say_so`. A check speaks
    where its effect reaches the rule's threshold and its q (Benjamini-Hochberg over the round, the checks that
    only report in a family of their own, what people say in another) is at most `false_discovery`, or, in a
    place with a burst that holds nobody else's codes, its p at most `with_burst`. It flags the forms it is
    about; spread, runs, even-odd and too many forms are about all forms of the place. Nothing is tested in
    places with fewer than `rule.smallest` forms. Raises ValueError for codes of no option.
    """
    answers = read_answers(forms, paper, rule)
    people, single = _people(answers.owners, places)
    outcomes = {
        "straight_lining": straight_lining(answers, rule),
        "longest_run": longest_run(answers, rule),
        "even_odd": even_odd(answers, rule),
        "repetition": repetition(answers, rule),
        "likeness": likeness(answers, rule),
        "spread": spread(answers, rule),
        CERTAIN: more_forms_than_people(answers, people, rule),
        "all_highest": all_highest(answers, rule),
    }
    if "seconds" in forms:
        outcomes["speed"] = speed(answers, forms.seconds.to_numpy(float)[answers.rows], rule)
    if bursts is not None:
        outcomes[BURSTS] = busiest_spans(answers, bursts, rule)
        outcomes |= full_classes(answers, places, bursts, networks, rule)
    if follow_ups is not None and len(follow_ups):
        outcomes |= fewer_say_so(answers, follow_ups, rule)
    return _conclude(answers, outcomes, single, rule)


def _people(owners: pd.DataFrame, places: pd.DataFrame) -> tuple[Floats, Flags]:
    """Each owner's people in the frame, and whether all its codes were handed over together."""
    selected = places[places.invited > 0]
    people = selected[["population", "invited"]].max(axis=1).groupby([selected.group, selected.place])
    found = people.agg(["sum", "size"]).reindex(pd.MultiIndex.from_frame(owners[["group", "place"]]))
    single: Flags = found["size"].to_numpy(int) == 1
    return found["sum"].to_numpy(float), single


def _false_discovery(outcomes: dict[str, Outcome]) -> dict[str, Floats]:
    """Each check's q: Benjamini & Hochberg (1995) over every test made in the round.

    What only reports is a family of its own, and so is what people say, so that a county full of parents' meetings
    loosens neither; where p knows no chance it is its own q.
    """
    q = {name: outcome.p.copy() for name, outcome in outcomes.items()}
    families = defaultdict[tuple[bool, bool], list[str]](list)
    for name in outcomes:
        if name not in NO_CHANCE:
            families[name == FEWER_SAY_SO, name in REPORTED_ONLY].append(name)
    for family in families.values():
        p = np.concatenate([outcomes[name].p for name in family])
        made = ~np.isnan(p)
        if made.any():
            p[made] = multipletests(p[made], method="fdr_bh")[1]
        q.update(zip(family, np.split(p, len(family)), strict=True))
    return q


def _spoken(outcomes: dict[str, Outcome], q: dict[str, Floats], single: Flags, rule: Rule) -> dict[str, Flags]:
    """Where each check speaks; a burst in a place that is one batch's own lets a weaker p count."""
    limits = rule.integrity
    surprising = {name: q[name] <= limits.false_discovery.value for name in outcomes}
    if BURSTS in outcomes:
        burst = single & surprising[BURSTS] & outcomes[BURSTS].beyond
        for name in outcomes:
            if name not in REPORTED_ONLY:
                surprising[name] |= burst & (outcomes[name].p <= limits.with_burst.value)
    return {name: surprising[name] & outcome.beyond for name, outcome in outcomes.items()}


def _conclude(answers: Answers, outcomes: dict[str, Outcome], single: Flags, rule: Rule) -> Integrity:
    q = _false_discovery(outcomes)
    flagged = np.zeros(len(answers.every_owner), bool)
    checks: dict[str, CheckOutcome] = {}
    findings: list[PlaceFinding] = []
    for name, speaks in _spoken(outcomes, q, single, rule).items():
        takes = speaks & ~np.isin(name, REPORTED_ONLY) & (single | (name != CERTAIN))
        forms = _flags(answers, outcomes[name].marked, takes)
        took = np.bincount(answers.every_owner[forms], minlength=len(speaks))
        listed = speaks & ~takes
        checks[name] = replace(
            _sum_up(outcomes[name], _limit(rule, name), takes, forms),
            listed_places=int(listed.sum()),
            listed_forms=_count_listed(answers, outcomes[name], listed),
        )
        spoken = Spoken(check=name, outcome=outcomes[name], q=q[name], places=speaks, took=took)
        findings += _list_findings(answers.owners, spoken)
        flagged |= forms
    return Integrity(flagged, checks, findings)


def _limit(rule: Rule, check: str) -> Cited[float]:
    limits = rule.integrity
    if limits.full_class and check in FULL_CHECKS:
        return find_limit(limits.full_class, check)
    if limits.follow_up and check == FEWER_SAY_SO:
        return limits.follow_up.fewer
    limit: Cited[float] = getattr(limits, check)
    return limit


def _count_listed(answers: Answers, outcome: Outcome, listed: Flags) -> int:
    came = np.bincount(answers.every_owner, minlength=len(listed)) if outcome.came is None else outcome.came
    return int(came[listed].sum())


def _flags(answers: Answers, marked: Flags | None, takes: Flags) -> Flags:
    """One truth value a form received: those a check is about, in the places whose forms it takes."""
    flagged = takes[answers.every_owner]
    if marked is not None:
        about = np.zeros(len(flagged), bool)
        about[answers.rows] = marked
        flagged &= about
    return flagged


def _sum_up(outcome: Outcome, limit: Cited[float], takes: Flags, forms: Flags) -> CheckOutcome:
    tested = ~np.isnan(outcome.p)
    count = int(tested.sum())
    return CheckOutcome(
        statistic=_figure(outcome.observed[tested].mean()) if count else None,
        expected=_figure(outcome.expected[tested].mean()) if count else None,
        threshold=limit.value,
        tests=count,
        flagged_places=int(takes.sum()),
        flagged_forms=int(forms.sum()),
        clause=limit.clause,
    )


def _list_findings(owners: pd.DataFrame, spoken: Spoken) -> Iterator[PlaceFinding]:
    outcome = spoken.outcome
    for place in np.flatnonzero(spoken.places).tolist():
        yield PlaceFinding(
            group=str(owners.group[place]),
            place=str(owners.place[place]),
            check=spoken.check,
            observed=_figure(outcome.observed[place]),
            expected=_figure(outcome.expected[place]),
            p=_figure(outcome.p[place]),
            q=_figure(spoken.q[place]),
            flagged=int(spoken.took[place]),
        )


def _figure(value: float) -> float | None:
    """A figure as JSON prints it."""
    shown = plain(float(value))
    return shown if isinstance(shown, float) else None
