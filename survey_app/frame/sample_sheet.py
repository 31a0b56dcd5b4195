"""The plan of a sample as a sheet that an office edits and gives back (抽样方案.csv)."""

import csv
from pathlib import Path

import pandas as pd

from analysis.sample.sample_plan import SamplePlan, SampleStratum
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group
from reports.exports.formats import escape_cell
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
    numbers = table[DRAWN].fillna(0).astype(int)
    columns = (table.group, table.stratum, table.method, table.reason, *(numbers[name] for name in DRAWN))
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
            draw_schools=int(schools),
            draw_classes=int(classes),
            draw_people=int(people),
            reason=reason,
        )
        for group, stratum, method, reason, schools, classes, people in zip(*columns, strict=True)
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
