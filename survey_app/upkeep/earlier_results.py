"""A round that an earlier program closed and published: its forms and evidence as they would be kept today."""

from collections import Counter
from collections.abc import Mapping

import pandas as pd
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from analysis.cells.tallying import HEADLINE
from analysis.recognition.measuring import measure_survey
from analysis.weights.joining import Homes
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from reports.evidence.bundle import JOINED, read_joined_note
from reports.evidence.evidence_texts import Texts, read_table, write_table
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.closing.kept_places import keep_places
from survey_app.closing.round_tables import load_forms
from survey_app.core.db.rewriting import rewrite
from survey_app.core.models import Batch, Form, FrameRow, Published, Refusal, Round, Spent
from survey_app.rounds.frame_rows import load_frame
from survey_app.rounds.sampling import find_design

CELLS = "cells.csv"
Owner = tuple[str, str]


def join_results(session: Session, round_: Round) -> int:
    """Move the forms to places of enough answered forms, delete the cells of smaller ones and the spent marks.

    In the caller's transaction; what was published stays. Returns how many fine places lost their cells.
    """
    smallest = load_rule(round_.rule).smallest
    homes = find_homes(session, round_)
    keep_places(session, round_, homes)
    evidence = session.get(Published, (round_.id, EVIDENCE))
    dropped = 0
    if evidence is not None:
        small = find_small(read_table(evidence.content[CELLS]), smallest)
        dropped = len(small)
        if small or any(owner != home for owner, home in homes.items()):
            evidence.content = drop_cells(evidence.content, small)
    _forget_tickets(session, round_.id)
    session.flush()
    rewrite(session.connection(), (Form, Spent, Refusal, Published))
    return dropped


def find_homes(session: Session, round_: Round) -> Homes:
    """(group, place) of each fine place -> that of the place its forms are kept in; empty once the forms are gone."""
    forms = load_forms(session, round_)
    if forms.empty:
        return {}
    papers = [load_paper(name) for name in round_.papers]
    frame = load_frame(session, round_)
    survey = measure_survey(forms, frame, load_rule(round_.rule), *papers, design=find_design(round_), join=True)
    return dict(survey.homes)


def find_small(cells: pd.DataFrame, smallest: int) -> set[Owner]:
    """The places whose cells may not stay: with fewer than `smallest` forms, and so many more that no sum tells one.

    What the group's published sum leaves over when the other cells are taken off stands for `smallest` forms or more.

    >>> cells = pd.DataFrame({"place": ["a", "b", "c"], "n_forms": [4, 30, 12]})
    >>> cells = cells.assign(measure="headline", group="parent")
    >>> sorted(find_small(cells, 10))
    [('parent', 'a'), ('parent', 'c')]
    """
    headline = cells[(cells.measure == HEADLINE) & (cells.n_forms > 0)]
    counts = headline.groupby(["group", "place"]).n_forms.sum().reset_index().sort_values("n_forms")
    small: set[Owner] = set()
    together: Counter[str] = Counter()
    for group, place, forms in zip(counts.group, counts.place, counts.n_forms, strict=True):
        if forms < smallest or 0 < together[group] < smallest:
            small.add((group, place))
            together[group] += int(forms)
    return small


def drop_cells(texts: Mapping[str, str], small: set[Owner]) -> Texts:
    """The evidence without the cells of these places, and with the note that says so."""
    cells = read_table(texts[CELLS])
    stays = [owner not in small for owner in zip(cells.group, cells.place, strict=True)]
    return {**texts, CELLS: write_table(cells[stays]), JOINED: read_joined_note()}


def _forget_tickets(session: Session, round_id: int) -> None:
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    session.execute(delete(Spent).where(Spent.batch_id.in_(batches)))
    session.execute(delete(Refusal).where(Refusal.batch_id.in_(batches)))
