"""Responses against the frame they claim to come from and the papers they were given on."""

from collections.abc import Iterator, Sequence

import pandas as pd

from questionnaires.paper import BLANK, Paper
from questionnaires.vocabulary import Group
from survey_app.frame.sheets.reading import Sheet
from survey_app.frame.sheets.sheet_problems import SENTENCES, Problem, SheetError, say


def check_responses(sheet: Sheet, frame: pd.DataFrame, papers: Sequence[Paper], *, discreet: bool = False) -> None:
    """Refuse forms from places that got no codes, and answers that their paper does not offer.

    `frame` holds the groups that were asked; `discreet`: no sentence repeats an answer. Raises SheetError with every
    one, each at its row.
    """
    problems = [*_from_outside(sheet, frame), *_not_offered(sheet, papers, discreet)]
    if problems:
        raise SheetError(problems)


def _from_outside(sheet: Sheet, frame: pd.DataFrame) -> Iterator[Problem]:
    keys = ["group", "unit", "class"]
    known = set(frame.loc[frame["invited"] > 0, keys].itertuples(index=False, name=None))
    for place, (group, *rest) in zip(sheet.places, sheet.table[keys].itertuples(index=False, name=None), strict=True):
        if (group, *rest) not in known:
            where = " ".join(name for name in (Group(group).zh, *rest) if name)
            yield Problem(*place, "", say("response", "outside", where=where))


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
