"""Whether as many people say that they answered as forms came: what a re-contact asks before it hands out a slip.

Whoever cannot be reached or does not say counts as somebody who answered, and some of those who did answer forget it:
what is left cannot be explained by either.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd
from msgspec import Struct
from scipy.stats import binom, hypergeom

from analysis.arrays import Floats
from analysis.integrity.form_answers import Answers, Outcome
from questionnaires.integrity_limits import FEWER_SAY_SO
from questionnaires.rule import Rule

COUNTS = ["people", "sent", "asked", "said_no"]
OWN, SCHOOL = ["group", "place"], ["group", "unit"]


class Asked(Struct, frozen=True, kw_only=True):
    """Of `people` who were invited, `asked` drawn by lot were asked, where `forms` had come."""

    people: int
    forms: int
    asked: int


def chance_of_as_few(rows: Sequence[Asked], yes: int, forgetting: float = 0.0) -> float:
    """How probable it is that at most `yes` of all who were asked say so, if the forms came from different people.

    Of the h who answered among those asked in a row, each says so with probability 1 - `forgetting` or more, one by
    one: P(k) = sum_h Hypergeometric(h; people, forms, asked) Binomial(k; h, 1 - forgetting). Rows were drawn each for
    itself, so that their sum has the convolution of these. More forms than people are as many as people. Source:
    Feller, An Introduction to Probability Theory and Its Applications I, II.6 and XI.2.

    >>> round(chance_of_as_few([Asked(people=4, forms=3, asked=2)], 1), 12)    # one of two did not: 3 of the 6 pairs
    0.5
    >>> chance_of_as_few([Asked(people=40, forms=40, asked=20)], 19)
    0.0
    >>> round(chance_of_as_few([Asked(people=40, forms=40, asked=1)] * 2, 1, 0.1), 12)    # 1 - .9 * .9
    0.19
    """
    chances: Floats = reduce(np.convolve, (_say_so(row, forgetting) for row in rows))
    return float(np.clip(chances[: yes + 1].sum(), 0.0, 1.0))


def fewer_say_so(answers: Answers, follow_ups: pd.DataFrame, rule: Rule) -> dict[str, Outcome]:
    """The check in every owner that was asked; empty where the rule has no limits for it.

    `follow_ups`, a row of the frame each: group, place, unit, `people` who were invited, `sent`, how many forms came
    (what was sent in, so that no refusal shows), `asked` and `said_no`. An owner is held against its own rows and
    against those of its group in its unit together: p is twice the smaller one, `observed` (who said so, with all who
    said nothing) is of the same. The school's rows count where the share that the rule names is missing of all of them,
    and an owner is listed only where as large a share is missing of its own: honest classes are not listed for their
    school, and a class is not acquitted by honest ones beside it.
    """
    limits = rule.integrity.follow_up
    if limits is None:
        return {}
    rows = follow_ups[(follow_ups.asked > 0) & (follow_ups.people >= rule.smallest)]
    own = _judge(rows, OWN, limits.forgetting.value)
    school = _judge(rows, SCHOOL, limits.forgetting.value)
    units = rows.drop_duplicates(OWN).set_index(OWN).unit
    owners = pd.MultiIndex.from_frame(answers.owners[OWN])
    schools = pd.MultiIndex.from_arrays([owners.get_level_values("group"), units.reindex(owners)])
    own, school = own.reindex(owners), school.reindex(schools)
    own_missing = (own.due - own.observed).to_numpy() >= limits.fewer.value
    school_missing = (school.due - school.observed).to_numpy() >= limits.fewer.value
    by_school = (school_missing & (school.p.to_numpy() < own.p.to_numpy()))[:, None]
    p, observed, _ = np.where(by_school, school.to_numpy(float), own.to_numpy(float)).T
    return {FEWER_SAY_SO: Outcome(observed, np.full(len(p), np.nan), np.minimum(2 * p, 1), own_missing)}


def _judge(rows: pd.DataFrame, keys: list[str], forgetting: float) -> pd.DataFrame:
    """By these keys: p, the share who said so or said nothing, and the share that is due."""
    found = {key: _judge_together(own[COUNTS].to_numpy(int), forgetting) for key, own in rows.groupby(keys, sort=False)}
    index = pd.MultiIndex.from_tuples(list(found), names=keys) if found else pd.MultiIndex.from_arrays([[], []])
    return pd.DataFrame(list(found.values()), index=index, columns=["p", "observed", "due"], dtype=float)


def _judge_together(counts: np.ndarray, forgetting: float) -> tuple[float, float, float]:
    rows = [Asked(people=people, forms=sent, asked=asked) for people, sent, asked, _ in counts.tolist()]
    asked = sum(row.asked for row in rows)
    yes = asked - int(counts[:, -1].sum())
    due = sum(row.asked * min(row.forms / row.people, 1) for row in rows) * (1 - forgetting) / asked
    return chance_of_as_few(rows, yes, forgetting), yes / asked, due


def _say_so(row: Asked, forgetting: float) -> Floats:
    """How probable it is that 0, 1, ... of those asked in a row say that they answered."""
    forms = min(row.forms, row.people)
    answered = np.arange(max(0, row.asked + forms - row.people), min(row.asked, forms) + 1)
    came = hypergeom.pmf(answered, row.people, forms, row.asked)
    return came @ binom.pmf(np.arange(row.asked + 1), answered[:, None], 1 - forgetting)
