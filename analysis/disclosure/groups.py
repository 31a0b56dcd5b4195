"""What is joined or hidden before anything is shown, so that no figure stands for too few people."""

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.cells.tallying import HEADLINE
from questionnaires.paper import Paper
from questionnaires.vocabulary import Group, place_in_list

LEFT_OUT = ""


def join_groups(answers: Mapping[str, int], papers: Iterable[Paper], smallest: int) -> dict[str, str]:
    """Group -> the label of the group it is shown in, e.g. `deputy+cppcc`; `LEFT_OUT` if none can hide it.

    `answers` counts those who answered the headline. Groups with fewer than `smallest` are joined with each
    other inside their paper, and if they are still too few, with the smallest other group of that paper
    (then the first of the glossary). What even then is too small enters no figure at all. A group without
    answers keeps its name. docs/method.md, section 10.

    >>> from questionnaires.paper import load_paper
    >>> join_groups({"parent": 300, "deputy": 6, "cppcc": 7}, [load_paper("social-2026")], 10)
    {'parent': 'parent', 'deputy': 'deputy+cppcc', 'cppcc': 'deputy+cppcc'}
    """
    labels = {group: LEFT_OUT if 0 < count < smallest else group for group, count in answers.items()}
    for paper in papers:
        there = {group: count for group, count in answers.items() if {*group.split("+")} <= {*paper.groups}}
        small = [group for group, count in there.items() if 0 < count < smallest]
        others = [group for group, count in there.items() if count >= smallest]
        if small and sum(there[group] for group in small) < smallest and others:
            small.append(min(sorted(others, key=_in_glossary), key=lambda group: there[group]))
        if sum(there[group] for group in small) >= smallest:
            members = {member for group in small for member in group.split("+")}
            labels.update(dict.fromkeys(small, "+".join(sorted(members, key=_in_glossary))))
    return labels


def groups_to_keep(frame: pd.DataFrame, papers: Iterable[Paper], smallest: int) -> dict[str, str]:
    """Group -> the group its forms are stored in: of a group with fewer than `smallest` codes none is kept apart.

    Joined as in `join_groups`, by the codes issued (`invited`). A group that nothing can hide keeps its name
    here; it enters no figure later.
    """
    codes = frame.groupby("group").invited.sum()
    joint = join_groups({str(group): int(count) for group, count in codes.items()}, papers, smallest)
    return {group: label or group for group, label in joint.items()}


def _in_glossary(group: str) -> int:
    return place_in_list(Group, group.split("+")[0])


def joined(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Cells or places under the labels of `join_groups`, without the groups that are left out.

    >>> labels = {"deputy": "deputy+cppcc", "cppcc": "deputy+cppcc", "public": LEFT_OUT}
    >>> joined(pd.DataFrame({"group": ["parent", "deputy", "cppcc", "public"]}), labels)["group"].tolist()
    ['parent', 'deputy+cppcc', 'deputy+cppcc']
    """
    group = table.group.map(lambda name: labels.get(name, name))
    return table.assign(group=group)[(group != LEFT_OUT).to_numpy()].reset_index(drop=True)


def joined_weights(weights: Mapping[str, float], labels: Mapping[str, str]) -> dict[str, float]:
    """The groups' weights added up by label; a group left out keeps its own name, and so is missed by name.

    >>> joined_weights({"parent": 0.5, "deputy": 0.25, "cppcc": 0.25}, {"deputy": "d+c", "cppcc": "d+c"})
    {'parent': 0.5, 'd+c': 0.5}
    """
    together: dict[str, float] = {}
    for group, weight in weights.items():
        label = labels.get(group, group) or group
        together[label] = together.get(label, 0) + weight
    return together


def hidden_measures(estimates: pd.DataFrame, paper: Paper, smallest: int) -> set[tuple[str, str]]:
    """(domain, measure) of `weighted_share` that may not be shown, nor enter the county's figure.

    A measure is hidden where 0 < n < `smallest`. With an item or topic its whole topic goes (the topic's
    rate and the other item would give it away), and further topics, the fewest answers first, until the
    hidden ones together stand for at least `smallest` people: else the headline would give them away. A
    hidden group is left out of that measure's county rate, which then says nothing about it.

    >>> from questionnaires.paper import load_paper
    >>> estimates = pd.DataFrame({"domain": "parent", "measure": ["quality_1", "quality_2", "topic:quality",
    ...     "workload_1"], "n": [6, 30, 33, 40]})
    >>> sorted(measure for _, measure in hidden_measures(estimates, load_paper("social-2026"), 10))
    ['quality_1', 'quality_2', 'topic:quality']
    """
    answers = {domain: dict(zip(rows.measure, rows.n, strict=True)) for domain, rows in estimates.groupby("domain")}
    return {
        (str(domain), measure)
        for domain, counts in answers.items()
        if domain != "all"
        for measure in _hidden(counts, paper, smallest)
    }


def _hidden(counts: Mapping[str, int], paper: Paper, smallest: int) -> set[str]:
    """The measures of one group that are hidden."""
    families = {
        f"topic:{topic.id}": {
            f"topic:{topic.id}",
            *(item.id for item in paper.items if item.topic == topic.id),
        }
        for topic in paper.topics
    }
    small = {measure for measure, count in counts.items() if 0 < count < smallest}
    dark = [topic for topic, family in families.items() if family & small]
    fewest = sorted(families, key=lambda topic: (counts.get(topic, 0), topic))
    while dark and max(counts.get(topic, 0) for topic in dark) < smallest and len(dark) < len(families):
        dark.append(next(topic for topic in fewest if topic not in dark))
    return small.union(*(families[topic] for topic in dark)) & set(counts)


def answers_by_group(cells: pd.DataFrame) -> dict[str, int]:
    """How many of each group answered the headline.

    >>> answers_by_group(pd.DataFrame({"measure": "headline", "group": ["parent", "parent"], "n": [3, 4]}))
    {'parent': 7}
    """
    counts = cells[cells.measure == HEADLINE].groupby("group").n.sum()
    return {str(group): int(count) for group, count in counts.items()}
