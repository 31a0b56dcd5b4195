"""One phone fills a class slowly and not quite to its size; half of those asked say that they never did."""

import shutil
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.frozen import find_frozen
from questionnaires.integrity_limits import FEWER_SAY_SO
from questionnaires.pack import read_pack
from questionnaires.rule import FOLDER, Rule
from questionnaires.vocabulary import Group
from reports.checking.checker import check_document, check_written
from reports.checking.document_reading import Written
from reports.checking.tightening import tighten
from reports.checking.world import World
from reports.document.web import render_html
from reports.evidence.bundle_check import check_bundle
from reports.report.section import section
from reports.screen.rows import tell_findings
from reports.screen.views import results_of
from survey_app.closing import evaluation
from survey_app.closing.close import close_round
from survey_app.codes.revisiting import RevisitDraw, draw_revisits
from survey_app.imported_forms.follow_ups import read_follow_ups, store_follow_ups, write_follow_up_sheet
from survey_app.results.documents import facts_of
from survey_app.results.releasing import release_bundle
from survey_app.rounds.round_rows import find_round
from tests.attacks.test_stuffed_class import CLASSES, CLOSES, STUFFED, hold
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
        draw_revisits(session, round_, asked, actor="test", now=ASKED_AT, random=token_bytes)
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
        shipped = find_frozen(FOLDER, SHIPPED)
        assert shipped
        named = Path(shutil.copy(shipped, tmp_path / "quality-2024.toml"))
        monkeypatch.setattr(evaluation, "load_rule", lambda _: read_pack(named, Rule))
    hold(sqlite_engine, "", SENT)
    ask_again(sqlite_engine, tmp_path)
    published = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=UNTIL).published
    outcome = published.estimate.integrity
    assert [(row.check, row.place) for row in outcome.findings] == [(check, STUFFED) for check in found]
    assert outcome.flagged == 0
    choices = [choice.name for choice in published.estimate.sensitivity]
    assert ("without_doubted" in choices) == bool(found)
    with Session(sqlite_engine) as session:
        bundle = release_bundle(session, find_round(session), tmp_path, ["甲", "乙"], actor="test", now=UNTIL)
        facts = facts_of(find_round(session))
    assert check_bundle(bundle.read_bytes()) == []

    page = tmp_path / "page.html"
    page.write_text(render_html(section(facts, results_of(published))), encoding="utf-8")
    said = "有1处在回访时说填过的人，比收到的答卷应有的少得多，列出备查"
    assert (said in tighten(page.read_text(encoding="utf-8"))) == bool(found)
    world = World(facts=facts, published=published)
    assert check_document(page, world) == []
    assert [shown.name for shown in tell_findings(published.estimate, {})] == ["P01 三年级1班"] * len(found)
    wrong = said.replace("1处", "2处")
    assert len(list(check_written(Written([wrong], []), world))) == 1
