"""What is joined or hidden so that no figure stands for too few people."""

from analysis.disclosure.form_counts import Release, forms_to_show
from analysis.disclosure.groups import (
    LEFT_OUT,
    answers_by_group,
    groups_to_keep,
    hidden_measures,
    join_groups,
    joined,
    joined_weights,
)
from analysis.disclosure.unit_rows import describe_units, row_members
from analysis.disclosure.units import merge_places, unit_members, unit_table

__all__ = [
    "LEFT_OUT",
    "Release",
    "answers_by_group",
    "describe_units",
    "forms_to_show",
    "groups_to_keep",
    "hidden_measures",
    "join_groups",
    "joined",
    "joined_weights",
    "merge_places",
    "row_members",
    "unit_members",
    "unit_table",
]
