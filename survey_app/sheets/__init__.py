"""Sheets in and out: schools, resources, county values, the frame and responses (spec 4)."""

from survey_app.sheets.columns import KINDS
from survey_app.sheets.problems import Problem, SheetError
from survey_app.sheets.reading import Sheet, read_sheet
from survey_app.sheets.template import write_template

__all__ = ["KINDS", "Problem", "Sheet", "SheetError", "read_sheet", "write_template"]
