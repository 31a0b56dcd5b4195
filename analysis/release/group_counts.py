"""What the forms of a group come to when every form counts once, and the places that they came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.column_values import texts
from analysis.disclosure.row_program import PlaceSums
from analysis.disclosure.statements import Answers, is_hidden, least_told
from analysis.disclosure.units import merge_places
from analysis.recognition.measuring import Survey
from questionnaires.paper import Paper
from questionnaires.rule import Rule


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupAnswers:
    """A group: its answers by measure, its places with their `names` and homes; `least` is the c of `statements`."""

    group: str
    answers: Mapping[str, Answers]
    places: PlaceSums
    names: tuple[str, ...]
    homes: tuple[str, ...]
    least: int

    def hidden_items(self, items: tuple[str, ...]) -> list[tuple[float, bool]]:
        """Of each item that is a statement the count behind it, and whether it is that of the discontented."""
        return list(self._hidden(items))

    def _hidden(self, items: tuple[str, ...]) -> Iterator[tuple[float, bool]]:
        for item in items:
            own = self.answers.get(item)
            if own is None or own.answered <= 0:
                continue
            if is_hidden(own.dissatisfied, self.least):
                yield own.dissatisfied, True
            elif is_hidden(own.satisfied, self.least):
                yield own.satisfied, False


def headline_items(paper: Paper) -> tuple[str, ...]:
    """The items that a form's headline is the mean of."""
    return tuple(item.id for item in paper.items if item.topic)


def count_groups(survey: Survey, rule: Rule) -> dict[str, GroupAnswers]:
    """The groups with a headline, in the order of the survey's weights."""
    homes = merge_places(survey.cells, survey.places, rule.smallest)
    homes = homes.assign(unit=_units_of(homes, survey.places))
    answers = _count_answers(survey.cells)
    there = set(texts(homes.group))
    return {
        group: _count_group(group, homes[homes.group == group], answers[group], survey.sent_in.get(group, {}))
        for group in survey.weights
        if group in there
    }


def _count_group(
    group: str, places: pd.DataFrame, answers: Mapping[str, Answers], sent_in: Mapping[str, int]
) -> GroupAnswers:
    n = places.n.to_numpy(float)
    return GroupAnswers(
        group=group,
        answers=answers,
        places=PlaceSums(n=n, weight=places.answered.to_numpy(float) / n, total=places.total.to_numpy(float)),
        names=tuple(texts(places.place)),
        homes=tuple(texts(places.home)),
        least=least_told(list(_home_sizes(places, sent_in))),
    )


def _units_of(homes: pd.DataFrame, places: pd.DataFrame) -> list[str]:
    keyed = zip(texts(places.group), texts(places.place), texts(places.unit), strict=True)
    units = {(group, place): unit for group, place, unit in keyed}
    return [units[key] for key in zip(texts(homes.group), texts(homes.place), strict=True)]


def _home_sizes(places: pd.DataFrame, sent_in: Mapping[str, int]) -> Iterator[int]:
    """The forms of each home; of one of whole units what these sent in, where not all of it counts.

    Else c would tell the forms of the largest unit to ten, and beside what it sent in how many of it refused.
    """
    homes_of_unit = places.groupby("unit").home.nunique()
    for _, own in places.groupby("home"):
        units = sorted(set(texts(own.unit)))
        whole = all(homes_of_unit[unit] == 1 for unit in units)
        sent = sum(sent_in.get(unit, 0) for unit in units) if whole else 0
        yield max(int(own.n.sum()), sent)


def _count_answers(cells: pd.DataFrame) -> dict[str, dict[str, Answers]]:
    """By group and measure, every form counted once."""
    sums = cells.groupby(["group", "measure"], observed=True)[["n", "total"]].sum()
    table = {
        (str(group), str(measure)): (int(n), float(total))
        for (group, measure), n, total in zip(sums.index, sums.n, sums.total, strict=True)
    }
    found: dict[str, dict[str, Answers]] = {}
    for (group, measure), (n, total) in table.items():
        marked, unknown = table.get((group, f"{measure}|unknown"), (0, 0.0))
        own = Answers(answered=n, satisfied=total, marked=marked, unknown=unknown)
        found.setdefault(group, {})[measure] = own
    return found


def answer_weight(counts: GroupAnswers, items: int) -> float:
    """How far one answer of a form moves the group's headline rate at most."""
    return float(np.max(counts.places.weight)) / (items * float(counts.places.answered.sum()))
