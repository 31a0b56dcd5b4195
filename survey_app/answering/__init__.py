"""Answering: from a code to its access, and from a submission to a form that nothing links to the code."""

from survey_app.answering.access import CodeAccess, find_access, is_counted
from survey_app.answering.box import REFUSED, box_number, read_receipt, write_receipt
from survey_app.answering.code_lookup import CodeLookup
from survey_app.answering.code_text import (
    clean_code,
    group_code,
    hash_code,
    is_short,
    mark_of,
    new_code,
    new_number,
    new_short_code,
    read_code,
)
from survey_app.answering.day_counts import DayCounts
from survey_app.answering.storing import Outcome, Submission, forget_holders, store_forms
from survey_app.answering.trial_access import find_trial_slip, note_opened
from survey_app.answering.writer import Writer

__all__ = [
    "REFUSED",
    "CodeAccess",
    "CodeLookup",
    "DayCounts",
    "Outcome",
    "Submission",
    "Writer",
    "box_number",
    "clean_code",
    "find_access",
    "find_trial_slip",
    "forget_holders",
    "group_code",
    "hash_code",
    "is_counted",
    "is_short",
    "mark_of",
    "new_code",
    "new_number",
    "new_short_code",
    "note_opened",
    "read_code",
    "read_receipt",
    "store_forms",
    "write_receipt",
]
