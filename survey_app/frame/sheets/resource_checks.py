"""Resources against the list of schools and against each other, with the row of every problem."""

import pandas as pd

from analysis.indicators.questions import resource_questions
from analysis.indicators.reported import read_resources, read_schools
from analysis.indicators.resource_problems import RowProblem, table_problems
from analysis.indicators.sections import gather_schools
from analysis.standard import Standard
from survey_app.frame.sheets.reading import Sheet
from survey_app.frame.sheets.sheet_problems import Problem, SheetError


def check_resources(sheet: Sheet, schools: pd.DataFrame, standard: Standard, *, checked: bool) -> None:
    """Refuse a sheet of resources that no standard can judge by; an empty `schools` takes kinds from the rows.

    Figures that look as if they were in another unit refuse it too, until a person says that they were
    `checked`; the standard's thresholds tell whether a whole column does. Raises SheetError with every one.
    """
    rows = read_resources(sheet.table)
    listed = read_schools(schools)
    problems = [_place(sheet, problem) for problem in table_problems(rows, listed, gather_schools(rows, listed))]
    if not checked:
        questions = resource_questions(sheet.table, schools, standard)
        problems += [_place(sheet, question, "unusual_figures") for question in questions]
    if problems:
        raise SheetError(problems)


def _place(sheet: Sheet, problem: RowProblem, fact: str = "") -> Problem:
    """The problem at the row it is about; one about a school or a column stands before the rows."""
    keys = zip(sheet.table["school"], sheet.table["stage"], strict=True)
    about = (problem.school, problem.stage)
    rows = [place for place, key in zip(sheet.places, keys, strict=True) if key == about]
    worksheet, row = rows[0] if rows else (sheet.places[0][0], 0)
    return Problem(worksheet, row, "", problem, fact=fact)
