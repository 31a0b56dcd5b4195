"""Classes from which everybody answered: at once, from few networks, or beside classes from which few did.

A diligent teacher's class looks like one that a single phone filled in: these are listed, and no form is left out.
"""

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.integrity.counts import number_owners
from analysis.integrity.form_answers import Answers, Outcome
from analysis.many_rows import number_rows
from questionnaires.integrity_limits import FULL_CHECKS, FullClass
from questionnaires.pack import Cited
from questionnaires.rule import Rule

SLOT = 5
"""Minutes of the ledger."""
CLASS = "class/"


def full_classes(
    answers: Answers, places: pd.DataFrame, ledger: pd.DataFrame, networks: pd.DataFrame | None, rule: Rule
) -> dict[str, Outcome]:
    """Each of FULL_CHECKS that can be made, in every owner; empty where the rule has no limits for them.

    `ledger` as in `check_integrity`: what was sent in, so that no refusal shows; `networks`: group, place and `least`,
    how many forms at least came from the fullest networks of their day. No chance in it: p is 0 or 1.
    """
    limits = rule.integrity.full_class
    if limits is None:
        return {}
    classes = _classes(places, ledger)
    classes = classes.reindex(pd.MultiIndex.from_frame(answers.owners[["group", "place"]]))
    tested = (classes.invited >= rule.smallest).to_numpy(bool)
    sent = classes.sent.fillna(0).to_numpy(float)
    invited = classes.invited.to_numpy(float)
    full = tested & (sent >= limits.share.value * np.where(tested, invited, np.inf))
    at_once = _busiest(answers, ledger, full, limits) / np.maximum(sent, 1)
    others = classes.others_sent.to_numpy(float) / np.maximum(classes.others_invited.to_numpy(float), 1)
    beside = tested & (classes.others_invited >= rule.smallest).to_numpy(bool)
    above = np.minimum(sent / np.where(tested, invited, 1), 1) - others
    found = {
        "full_at_once": _outcome(at_once, full & (at_once >= limits.at_once.value), tested, sent),
        "full_beside_others": _outcome(above, full & beside & (above >= limits.beside_others.value), beside, sent),
    }
    if networks is not None and len(networks):
        least = networks.set_index(["group", "place"]).least.reindex(classes.index).to_numpy(float)
        from_few = least / np.maximum(sent, 1)
        known = tested & ~np.isnan(least)
        found["full_from_few"] = _outcome(from_few, full & known & (from_few >= limits.from_few.value), known, sent)
    return {name: found[name] for name in FULL_CHECKS if name in found}


def find_limit(limits: FullClass, check: str) -> Cited[float]:
    """The limit of one of FULL_CHECKS."""
    return {
        "full_at_once": limits.at_once,
        "full_from_few": limits.from_few,
        "full_beside_others": limits.beside_others,
    }[check]


def _classes(places: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """By (group, place) of a class: invited, sent, and both of the other classes of its group and unit."""
    selected = places[(places.invited > 0) & places.place.str.startswith(CLASS)]
    own = selected.groupby(["group", "place"]).agg(unit=("unit", "first"), invited=("invited", "sum"))
    came = number_rows(ledger, ["group", "place"])
    sent = pd.Series(np.bincount(came.of, ledger.n), pd.MultiIndex.from_frame(came.values))
    own["sent"] = sent.reindex(own.index).fillna(0)
    capped = own.assign(sent=np.minimum(own.sent, own.invited))
    whole = capped.groupby([capped.index.get_level_values("group"), "unit"])[["invited", "sent"]].transform("sum")
    return own.assign(others_invited=whole.invited - capped.invited, others_sent=whole.sent - capped.sent)


def _busiest(answers: Answers, ledger: pd.DataFrame, full: Flags, limits: FullClass) -> Floats:
    """What was sent in within the busiest `minutes` of each full owner; 0 for all others."""
    width = -(-limits.minutes.value // SLOT)
    owner = number_owners(answers, ledger)
    wanted = np.isin(owner, np.flatnonzero(full))
    found = np.zeros(len(full))
    for number, (_, rows) in zip(np.unique(owner[wanted]), ledger[wanted].groupby(owner[wanted]), strict=True):
        counts = rows.groupby("five_minutes").n.sum()
        found[number] = busiest_window(counts.index.to_numpy(np.int64), counts.to_numpy(np.int64), width)
    return found


def busiest_window(slots: np.ndarray, counts: np.ndarray, width: int) -> int:
    """The most of any `width` slots in a row; `slots` ascend.

    >>> busiest_window(np.array([1, 2, 7, 9]), np.array([5, 1, 4, 3]), 3)
    7
    """
    before = np.concatenate([[0], np.cumsum(counts)])
    ends = np.searchsorted(slots, slots + width)
    return int((before[ends] - before[:-1]).max(initial=0))


def _outcome(observed: Floats, speaks: Flags, tested: Flags, sent: Floats) -> Outcome:
    p = np.where(tested, np.where(speaks, 0.0, 1.0), np.nan)
    return Outcome(observed, np.full(len(observed), np.nan), p, speaks, came=sent)
