"""Who and what of a survey is not shown by itself."""

from analysis.cells.tallying import HEADLINE
from analysis.recognition.measuring import Survey
from analysis.results import Suppressed
from questionnaires.paper import Paper


def list_suppressed(survey: Survey, paper: Paper) -> tuple[Suppressed, ...]:
    """Who and what is not shown on its own, and why."""
    printed = [*paper.item_ids, *(f"topic:{topic.id}" for topic in paper.topics)]
    invited = survey.drawn.groupby("listed_as").invited.sum()
    headline = survey.tallied[survey.tallied.measure == HEADLINE]
    valid = headline.groupby("group").n_forms.sum()
    groups = [
        Suppressed(
            group=group,
            measure=None,
            why="joined" if label else "left_out",
            shown_in=label or None,
            invited=int(invited[group]) if group in invited else None,
            valid=int(valid[group]) if group in valid else None,
        )
        for group, label in survey.labels.items()
        if label != group
    ]
    measures = [
        Suppressed(group=group, measure=measure, why="too_few", shown_in=None)
        for group, measure in sorted(survey.hidden)
        if measure in printed
    ]
    return (*groups, *measures)
