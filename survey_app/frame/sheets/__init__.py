"""Sheets in and out: schools, resources, county values, the frame and responses."""

from survey_app.frame.sheets.columns import KINDS
from survey_app.frame.sheets.mapping import Coding, Mapping, list_ready, load_mapping
from survey_app.frame.sheets.reading import (
    OWN_NUMBER,
    Sheet,
    Stated,
    join_sheets,
    read_responses,
    read_sheet,
    read_stated,
)
from survey_app.frame.sheets.resource_checks import check_resources
from survey_app.frame.sheets.response_checks import check_responses, name_units
from survey_app.frame.sheets.school_names import SchoolNames
from survey_app.frame.sheets.sheet_files import Source, Upload
from survey_app.frame.sheets.sheet_problems import Problem, SheetError
from survey_app.frame.sheets.template import FilledRows, write_template

__all__ = [
    "KINDS",
    "OWN_NUMBER",
    "Coding",
    "FilledRows",
    "Mapping",
    "Problem",
    "SchoolNames",
    "Sheet",
    "SheetError",
    "Source",
    "Stated",
    "Upload",
    "check_resources",
    "check_responses",
    "join_sheets",
    "list_ready",
    "load_mapping",
    "name_units",
    "read_responses",
    "read_sheet",
    "read_stated",
    "write_template",
]
