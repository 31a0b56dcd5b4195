"""A group's headline and its units together: told as finely as nothing hidden follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.disclosure.headline_steps import STEPS, Room, room_for, told_band
from analysis.disclosure.row_program import Band, Opened
from analysis.disclosure.unit_rows import UnitSum, sum_units
from analysis.recognition.measuring import Survey
from analysis.release.group_counts import GroupCounts, answer_weight, count_groups, headline_items
from analysis.release.unit_figures import open_group, withhold_all
from questionnaires.paper import Paper
from questionnaires.rule import Rule


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupPlan:
    """How finely a group's headline is told (`step`), which of its rows, and the room that it must leave."""

    counts: GroupCounts
    sums: Sequence[UnitSum]
    room: Room
    step: float | None
    opened: Opened

    @property
    def band(self) -> Band:
        """What the group's rate can be by what is printed of it."""
        return told_band(self.counts.places.rate, self.step)


def plan_groups(survey: Survey, rule: Rule, paper: Paper) -> dict[str, GroupPlan]:
    """Every group's plan, in the order of the survey's weights."""
    sums = sum_units(survey.cells, survey.places, rule)
    items = headline_items(paper)
    counts = count_groups(survey, rule)
    return {group: plan_group(own, sums.get(group, []), items, rule) for group, own in counts.items()}


def plan_group(counts: GroupCounts, sums: Sequence[UnitSum], items: tuple[str, ...], rule: Rule) -> GroupPlan:
    """The finest step at which the statements among the items keep their room and every hidden row stays open.

    Rows are taken back before the headline is told more coarsely; where nothing holds, no row is told.
    """
    room = room_for(counts.hidden_items(items), counts.least, answer_weight(counts, len(items)))
    rate = counts.places.rate
    fitting = [step for step in (*STEPS, None) if room.fits(rate, told_band(rate, step))]
    for step in fitting:
        opened = open_group(sums, counts, told_band(rate, step), rule)
        if opened.holds:
            return GroupPlan(counts=counts, sums=sums, room=room, step=step, opened=opened)
    opened = withhold_all(open_group(sums, counts, told_band(rate, fitting[0]), rule))
    return GroupPlan(counts=counts, sums=sums, room=room, step=fitting[0], opened=opened)
