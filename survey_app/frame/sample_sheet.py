"""The plan of a sample as a sheet that an office edits and gives back (抽样方案.csv)."""

import csv
from pathlib import Path

import pandas as pd

from analysis.column_values import texts, whole_numbers
from analysis.sample.sample_plan import SamplePlan, SampleStratum
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group
from reports.setting.cell_texts import escape_cell
from reports.setting.findings import name_stratum
from survey_app.frame.sheets.columns import load_kind
from survey_app.frame.sheets.reading import read_sheet

PLAN_FILE = "抽样方案.csv"
KIND = "sample"
DRAWN = ["draw_schools", "draw_classes", "draw_people"]


def write_plan(path: Path, plan: SamplePlan) -> None:
    """Write the plan with Chinese heads and words, as a spreadsheet program opens it."""
    columns = load_kind(KIND).columns
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow([column.label for column in columns.values()])
        rows.writerows([escape_cell(_cell(line, name)) for name in columns] for line in plan.strata)


def read_changes(path: Path) -> tuple[SampleStratum, ...]:
    """The lines of a plan that was given back; raises SheetError with every problem."""
    return table_changes(read_sheet(KIND, path).table)


def table_changes(table: pd.DataFrame) -> tuple[SampleStratum, ...]:
    """The lines of a plan as changes: only stratum, method, numbers and reason are read, an empty number is 0."""
    schools, classes, people = (whole_numbers(table[name].fillna(0)) for name in DRAWN)
    words = zip(texts(table.group), texts(table.stratum), texts(table.method), texts(table.reason), strict=True)
    return tuple(
        SampleStratum(
            group=group,
            stratum=stratum,
            stage=DrawnUnit.CLASS,
            method=DrawMethod(method),
            people=0,
            schools=0,
            classes=0,
            target=0,
            slips=0,
            draw_schools=schools[row],
            draw_classes=classes[row],
            draw_people=people[row],
            reason=reason,
        )
        for row, (group, stratum, method, reason) in enumerate(words)
    )


def _cell(line: SampleStratum, name: str) -> str:
    """A cell as a person reads it."""
    match name:
        case "group":
            return Group(line.group).zh
        case "stratum":
            return name_stratum(line.stratum)
        case "stage":
            return line.stage.zh
        case "method":
            return line.method.zh
    return str(getattr(line, name))
