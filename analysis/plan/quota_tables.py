"""The sample a rule asks for, as tables: forms and slips per group, grade band, locale and unit."""

import pandas as pd

from analysis.column_values import numbers, texts, whole_numbers
from analysis.quota.quotas import ListedPeople, PlanLine, StratumQuota, list_targets, share_quotas
from questionnaires.rule import Rule


def sample_plan(rule: Rule, frame: pd.DataFrame, population: int, *, return_rate: float | None = None) -> pd.DataFrame:
    """Targets: one row per group (`unit` "") and per (group, unit); columns group, unit, population, quota,
    target, shortfall, slips.

    `quota` is what the rule demands of a group of the resident `population`; `target` = min(quota, people
    of the group in the frame): where fewer are there than asked for, all are taken, the `shortfall` is
    said, and nobody else fills it. A unit's quota is its target and its shortfall 0. `slips` and how the
    units share: `sample_strata`.
    """
    strata = share_quotas(rule, list_people(frame), population, return_rate=return_rate)
    return pd.DataFrame(list_targets(rule, strata, population), columns=PlanLine._fields)


def sample_strata(
    rule: Rule, frame: pd.DataFrame | None, population: int, *, return_rate: float | None = None
) -> pd.DataFrame:
    """The sample in its finest parts: columns group, band, locale, unit, population, target, slips.

    Grade bands share a group's target alike, as far as they have people (the rule's `by_grade` groups);
    inside a band locales share it by their people, inside those units. Rows of the frame without a grade
    get their part by people first. `slips` is how many to print: target/return rate (the rule's unless
    told), at most everyone; the ones beyond the target are spread the same way over those left. Without a
    frame there are groups and bands alone, and population is NaN.
    """
    rows = None if frame is None else list_people(frame)
    strata = share_quotas(rule, rows, population, return_rate=return_rate)
    table = pd.DataFrame(strata, columns=StratumQuota._fields)
    return table if frame is not None else table.assign(population=float("nan"))


def list_people(frame: pd.DataFrame) -> list[ListedPeople]:
    """The rows of a frame (columns group, grade, locale, unit, population) as records."""
    columns = (texts(frame.group), numbers(frame.grade), texts(frame.locale), texts(frame.unit))
    return [ListedPeople(*row) for row in zip(*columns, whole_numbers(frame.population), strict=True)]
