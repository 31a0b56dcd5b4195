"""Responses against the frame they claim to come from and the papers they were given on."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from analysis.column_values import texts
from questionnaires.paper import BLANK, Paper
from questionnaires.vocabulary import Group
from survey_app.frame.sheets.reading import Sheet
from survey_app.frame.sheets.school_names import SchoolNames
from survey_app.frame.sheets.sheet_problems import SENTENCES, Problem, SheetError, say


def name_units(sheet: Sheet, units: Collection[str], schools: SchoolNames) -> Sheet:
    """The sheet with the code of each school that it calls by its full name or 标识码, and a note that says so.

    `units` are those that are written as the frame has them.
    """
    strange = [unit for unit in dict.fromkeys(texts(sheet.table.unit)) if unit not in units]
    found = schools.find_all(strange)
    if not found:
        return sheet
    said = say("note", "named", units="、".join(f"{unit}（{code}）" for unit, code in found.items()))
    return replace(
        sheet,
        table=sheet.table.assign(unit=sheet.table.unit.replace(found)),
        notes=(*sheet.notes, said),
    )


def check_responses(
    sheet: Sheet,
    frame: pd.DataFrame,
    papers: Sequence[Paper],
    *,
    schools: SchoolNames | None = None,
    discreet: bool = False,
) -> None:
    """Refuse forms from places that got no codes, and answers that their paper does not offer.

    `frame` holds the groups that were asked; `schools` may be meant by another name, and are proposed;
    `discreet`: no sentence repeats an answer. Raises SheetError with every one, each at its row.
    """
    problems = [*_from_outside(sheet, frame, schools), *_not_offered(sheet, papers, discreet)]
    if problems:
        raise SheetError(problems)


def _from_outside(sheet: Sheet, frame: pd.DataFrame, schools: SchoolNames | None) -> Iterator[Problem]:
    known = set(_list_classes(frame[frame.invited > 0]))
    for place, row in zip(sheet.places, _list_classes(sheet.table), strict=True):
        if row not in known:
            group, unit, class_name = row
            where = " ".join(filter(None, (Group(group).zh, unit, class_name)))
            yield Problem(*place, "", say("response", "outside", where=where) + _nearest_school(unit, schools))


def _list_classes(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Group, unit and class of each row."""
    return list(zip(texts(table.group), texts(table.unit), texts(table["class"]), strict=True))


def _nearest_school(unit: str, schools: SchoolNames | None) -> str:
    """A proposal to be confirmed; nothing where the unit is known, or none is near."""
    code = schools.propose(unit) if schools else None
    return say("response", "nearest", **schools.describe(unit, code)) if schools and code else ""


def _not_offered(sheet: Sheet, papers: Sequence[Paper], discreet: bool) -> Iterator[Problem]:
    for paper in papers:
        own = sheet.table["group"].isin(paper.groups).to_numpy()
        allowed = "、".join(f"{option.value} {option.label}" for option in paper.options)
        for item in paper.item_ids:
            wrong = own & ~sheet.table[item].isin(paper.values | {BLANK}).to_numpy()
            for row in wrong.nonzero()[0]:
                column = str(SENTENCES["column_missing"]).format(header=item)
                written = sheet.table[item].iloc[row]
                sentence = (
                    say("response", "unreadable")
                    if discreet
                    else say("response", "option", written=written, allowed=allowed)
                )
                yield Problem(*sheet.places[row], column, sentence)
