"""Importing in two steps: what a file would change, then the change itself; a file with one problem changes nothing."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from analysis.standard import load_standard
from survey_app.core.errors import SurveyError
from survey_app.frame.schools import (
    load_county_values,
    load_resources,
    load_schools,
    store_county_values,
    store_frame,
    store_resources,
    store_schools,
)
from survey_app.frame.sheets import Sheet, check_resources, join_sheets, read_sheet
from survey_app.rounds.frame_rows import frame_table, load_waiting

KEYS = {
    "schools": ("code",),
    "resources": ("school", "stage"),
    "county": ("indicator", "stage", "subject", "grade", "scope"),
    "frame": ("group", "unit", "class"),
}
OF_A_YEAR = ("resources", "county")
USUAL_STANDARD = "national-2017"


class Change(NamedTuple):
    """A cell that gets another value."""

    key: tuple[str, ...]
    column: str
    before: str
    after: str


class Changes(NamedTuple):
    """What a file would change: keys that come and go, cells that get another value, rows that stay as they are."""

    added: list[tuple[str, ...]]
    removed: list[tuple[str, ...]]
    changed: list[Change]
    same: int


def read_files(session: Session, kind: str, files: list[Path], year: str | None, *, checked: bool = False) -> Sheet:
    """Several files of one of KEYS as one sheet; raises SurveyError with every problem of them."""
    if kind in OF_A_YEAR and not year:
        raise SurveyError("请写明学年，例如 2025-2026。")
    schools = load_schools(session)
    known = list(schools["code"]) if kind == "resources" else None
    sheet = join_sheets([read_sheet(kind, file, year=year, known_schools=known) for file in files])
    if kind == "resources":
        check_resources(sheet, schools, load_standard(USUAL_STANDARD), checked=checked)
    return sheet


def store_sheet(session: Session, sheet: Sheet, year: str | None, *, checked: bool = False, actor: str) -> None:
    """Put the sheet in the place of what was there."""
    match sheet.kind:
        case "schools":
            store_schools(session, sheet.table, actor=actor)
        case "frame":
            store_frame(session, sheet.table, actor=actor)
        case "resources":
            store_resources(session, sheet.table, str(year), actor=actor, checked=checked)
        case "county":
            store_county_values(session, sheet.table, str(year), actor=actor)


def load_stored(session: Session, kind: str, year: str | None) -> pd.DataFrame:
    """The table that an import of this kind would replace."""
    match kind:
        case "schools":
            return load_schools(session)
        case "resources":
            return load_resources(session, str(year))
        case "county":
            return load_county_values(session, str(year))
    return frame_table(load_waiting(session))


def compare(before: pd.DataFrame, after: pd.DataFrame, keys: tuple[str, ...]) -> Changes:
    """Rows by their keys, cells by what a person reads in them."""
    old = _index(before, keys)
    new = _index(after, keys)
    changed = [
        Change(key, column, old[key].get(column, ""), value)
        for key, row in new.items()
        if key in old
        for column, value in row.items()
        if old[key].get(column, "") != value
    ]
    touched = {change.key for change in changed}
    return Changes(
        added=[key for key in new if key not in old],
        removed=[key for key in old if key not in new],
        changed=changed,
        same=sum(key in old and key not in touched for key in new),
    )


def _index(table: pd.DataFrame, keys: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in table.to_dict("records"):
        spoken = {str(column): _say(value) for column, value in row.items()}
        rows[tuple(spoken.get(key, "") for key in keys)] = spoken
    return rows


def _say(value: Any) -> str:
    """A cell as a person reads it: nothing for what is missing, no .0 after whole numbers."""
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def sweep(folder: Path, before: float) -> None:
    """Remove files that were uploaded before this time (seconds since 1970) and never stored."""
    for upload in folder.glob("*/"):
        files = list(upload.iterdir())
        if all(file.stat().st_mtime < before for file in files):
            for file in files:
                file.unlink()
            upload.rmdir()
