"""What is joined, rounded or stated so that no figure stands for too few people (docs/method.md, section 10)."""

from analysis.disclosure.groups import (
    LEFT_OUT,
    answers_by_group,
    groups_to_keep,
    hidden_measures,
    join_groups,
    joined,
    joined_weights,
)

__all__ = [
    "LEFT_OUT",
    "answers_by_group",
    "groups_to_keep",
    "hidden_measures",
    "join_groups",
    "joined",
    "joined_weights",
]
