"""A group's headline and its units together: told as finely as nothing hidden follows from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.disclosure.headline_steps import STEPS, Room, room_for, told_band
from analysis.disclosure.row_program import Band, Opened
from analysis.disclosure.unit_rows import UnitSum, sum_units
from analysis.published import RowName
from analysis.recognition.measuring import Survey
from analysis.release.group_counts import GroupAnswers, answer_weight, count_groups, headline_items
from analysis.release.unit_figures import GroupRows, open_group, withhold_all
from questionnaires.paper import Paper
from questionnaires.rule import Rule


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupPlan:
    """How finely a group's headline is told (`step`), which of its rows, and the room that it must leave."""

    rows: GroupRows
    room: Room
    step: float | None
    opened: Opened

    @property
    def counts(self) -> GroupAnswers:
        """What the group's forms come to."""
        return self.rows.counts

    @property
    def sums(self) -> Sequence[UnitSum]:
        """Its rows before anything is decided."""
        return self.rows.sums

    @property
    def band(self) -> Band:
        """What the group's rate can be by what is printed of it."""
        return told_band(self.counts.places.rate, self.step)


def plan_groups(survey: Survey, rule: Rule, paper: Paper, taken_back: Iterable[RowName] = ()) -> dict[str, GroupPlan]:
    """Every group's plan, in the order of the survey's weights; `taken_back`: rows that are told no number of."""
    sums = sum_units(survey.cells, survey.places, rule)
    items = headline_items(paper)
    counts = count_groups(survey, rule)
    named = frozenset(taken_back)
    return {
        group: plan_group(take_back(GroupRows(counts=own, sums=sums.get(group, [])), named), items, rule)
        for group, own in counts.items()
    }


def name_of(row: UnitSum) -> RowName:
    """What a row is found again by."""
    return RowName(group=row.group, place=row.place, scope=row.scope)


def take_back(rows: GroupRows, named: frozenset[RowName]) -> GroupRows:
    """The same rows, those of these names taken back; a name without a place is a step of the group's own rate."""
    own = [name for name in named if name.group == rows.counts.group]
    return replace(
        rows,
        taken_back=frozenset(at for at, row in enumerate(rows.sums) if name_of(row) in named),
        coarser=sum(not name.place for name in own),
    )


def plan_group(rows: GroupRows, items: tuple[str, ...], rule: Rule) -> GroupPlan:
    """The finest step at which the statements among the items keep their room and every hidden row stays open.

    Rows are taken back before the headline is told more coarsely; where nothing holds, no row is told.
    """
    counts = rows.counts
    room = room_for(counts.hidden_items(items), counts.least, answer_weight(counts, len(items)))
    rate = counts.places.rate
    fitting = [step for step in (*STEPS, None) if room.fits(rate, told_band(rate, step))]
    fitting = fitting[min(rows.coarser, len(fitting) - 1) :]
    for step in fitting:
        opened = open_group(rows, told_band(rate, step), rule)
        if opened.holds:
            return GroupPlan(rows=rows, room=room, step=step, opened=opened)
    opened = withhold_all(open_group(rows, told_band(rate, fitting[0]), rule))
    return GroupPlan(rows=rows, room=room, step=fitting[0], opened=opened)
