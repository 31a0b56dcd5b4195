"""One phone fills a class slowly and not quite to its size; half of those asked say that they never did."""

from datetime import timedelta
from pathlib import Path
from secrets import token_bytes

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.integrity_limits import FEWER_SAY_SO
from questionnaires.vocabulary import Group
from survey_app.closing.close import close_round
from survey_app.codes.revisiting import RevisitDraw, issue_revisits
from survey_app.imported_forms.follow_ups import read_follow_ups, store_follow_ups, write_follow_up_sheet
from survey_app.rounds.round_rows import find_round
from tests.attacks.test_stuffed_class import CLASSES, CLOSES, STUFFED, evaluate_by, hold, read_back
from tests.keyring import keys_of

SENT = 37
ASKED = 3
"""Where the sheet says how many were drawn; who said each is in the next two."""
ASKED_AT = CLOSES + timedelta(hours=1)
UNTIL = CLOSES + timedelta(days=3)
SHIPPED = "8ab10e40c303dc5820f233503210181c7ab10b5dab001959c1a1110742356033"
"""quality-2024 before a re-contact was held against the forms that came."""


def ask_again(engine: Engine, folder: Path) -> None:
    """Half of the people are drawn and asked: of the stuffed class half say no, elsewhere who did not answer, too."""
    asked = RevisitDraw(group=Group.PARENT, people=20 * len(CLASSES), seed="7", until=UNTIL)
    with Session(engine) as session, session.begin():
        round_ = find_round(session)
        issue_revisits(session, round_, asked, actor="test", now=ASKED_AT, random=token_bytes)
        sheet = folder / "said.csv"
        write_follow_up_sheet(session, round_, sheet)
        table = pd.read_csv(sheet, dtype=str)
        half = (table.iloc[:, ASKED].astype(int) // 2).astype(str)
        table.isetitem(ASKED + 1, half)
        table.isetitem(ASKED + 2, half)
        table.to_csv(sheet, index=False)
        store_follow_ups(session, round_, read_follow_ups(session, round_, sheet, ASKED_AT), actor="test", now=ASKED_AT)


@pytest.mark.parametrize(("way", "found"), [("old", []), ("new", [FEWER_SAY_SO])])
def test_a_class_whose_people_say_they_never_answered_showed_nowhere_the_old_way_and_is_listed_the_new(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, found: list[str]
) -> None:
    if way == "old":
        evaluate_by(SHIPPED, tmp_path, monkeypatch)
    hold(sqlite_engine, "", SENT)
    ask_again(sqlite_engine, tmp_path)
    published = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=UNTIL).published
    outcome = published.estimate.integrity
    assert [(row.check, row.place) for row in outcome.findings] == [(check, STUFFED) for check in found]
    assert outcome.flagged == 0
    choices = [choice.name for choice in published.estimate.sensitivity]
    assert ("without_doubted" in choices) == bool(found)
    told = "有1处在回访时说填过的人，比收到的答卷应有的少得多，列出备查"
    read_back(sqlite_engine, tmp_path, published, told, findings=len(found))
