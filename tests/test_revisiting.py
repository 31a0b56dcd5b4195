"""A re-contact from the draw to the evidence: who is drawn, when, with which slips, and what a close makes of it."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes

import docx
import pypdfium2
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.sample.design import read_design
from analysis.sample.drawing import draw_positions
from analysis.sample.lot import Lot
from questionnaires.vocabulary import CodeKind, DrawnUnit, Group
from reports.evidence.bundle_check import check_bundle
from reports.handouts.revisit_list import RevisitList, RevisitRow, write_revisit_list
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_forms
from survey_app.codes.issuing import IssuedCode
from survey_app.codes.revisiting import DrawnRevisits, RevisitDraw, choose_positions, issue_revisits, list_invited
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, Batch, FrameRow
from survey_app.results.releasing import release_bundle
from survey_app.results.revisit_files import write_revisits
from survey_app.rounds.proposals import confirm_close, propose_close
from survey_app.rounds.revisit_rows import list_revisits
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of
from tests.postgresql import engine_mostly_sqlite
from tests.test_closing import CLOSES, NOW, hold

__all__ = ["engine_mostly_sqlite"]

LATER = CLOSES + timedelta(days=1)
UNTIL = LATER + timedelta(days=5)
ASKED = RevisitDraw(group=Group.PARENT, people=36, seed="20261127", until=UNTIL)


def draw(engine: Engine, asked: RevisitDraw = ASKED, at=LATER) -> DrawnRevisits:
    with Session(engine) as session, session.begin():
        return issue_revisits(session, find_round(session), asked, actor="test", now=at, random=token_bytes)


def answer(engine: Engine, codes: list[IssuedCode], answers: str, at) -> None:
    with engine.begin() as connection:
        for code in codes:
            number = new_number(token_bytes)
            access = find_access(connection, code.code, number, at)
            assert store_forms(connection, [Submission(access, number, answers, at)]) == ["stored"]


def row_of(people: int, invited: int, class_: str = "", id_: int = 1) -> FrameRow:
    return FrameRow(id=id_, group="parent", unit="P01", class_name=class_, population=people, invited=invited)


def test_a_list_is_drawn_only_between_the_windows_end_and_the_close(engine: Engine) -> None:
    hold(engine, {"parent": 40}, answers=None)
    with pytest.raises(ConflictError, match="结束以后再抽取"):
        draw(engine, at=CLOSES - timedelta(seconds=1))
    assert len(draw(engine, at=CLOSES).codes) == 36
    close_round(engine, None, keys=keys_of(engine), actor="test", now=UNTIL)
    with pytest.raises(ConflictError, match="不在进行中"):
        draw(engine)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (replace(ASKED, people=41), "1到40"),
        (replace(ASKED, group=Group.TEACHER), "受邀 0 人"),
        (replace(ASKED, seed=""), "随机种子"),
        (replace(ASKED, until=LATER), "晚于现在"),
    ],
)
def test_what_is_wrong_with_a_draw_is_said(engine: Engine, asked: RevisitDraw, said: str) -> None:
    hold(engine, {"parent": 40}, answers=None)
    with pytest.raises(ConflictError) as found:
        draw(engine, asked)
    assert said in "\n".join(str(problem) for problem in found.value.problems)


def test_a_group_is_drawn_once_and_the_draw_is_noted(engine: Engine) -> None:
    hold(engine, {"parent": 40}, answers=None)
    drawn = draw(engine)
    with pytest.raises(ConflictError, match="已经抽取过"):
        draw(engine)
    with Session(engine) as session:
        noted = session.scalars(select(Audit.detail).where(Audit.action == "revisit")).one()
        kinds = Counter(session.scalars(select(Batch.kind)))
    assert (noted["seed"], noted["codes"]) == ("20261127", len(drawn.codes))
    assert kinds[CodeKind.REVISIT] == 1


def test_the_same_seed_draws_the_same_positions_and_every_position_as_often() -> None:
    rows = [row_of(30, 30, "甲", 1), row_of(10, 10, "乙", 2)]
    again = [(chosen.row.id, chosen.place) for chosen in choose_positions(rows, None, ASKED)]
    assert again == [(chosen.row.id, chosen.place) for chosen in choose_positions(rows, None, ASKED)]
    assert len(set(again)) == 36
    seen: Counter[tuple[int, int]] = Counter()
    for seed in range(400):
        asked = replace(ASKED, people=10, seed=str(seed))
        seen.update((chosen.row.id, chosen.place) for chosen in choose_positions(rows, None, asked))
    assert len(seen) == 40
    assert all(60 <= count <= 140 for count in seen.values())  # 100, sd 8.7


def test_where_some_of_a_class_were_drawn_only_they_are_asked_again() -> None:
    design = read_design(
        {
            "rule": "quality-2024",
            "seed": "7",
            "groups": {
                "parent": {
                    "strata": [
                        {
                            "stratum": "1-3/town",
                            "stages": [
                                {"unit": "class", "method": "srs", "frame": 4, "drawn": 1},
                                {"unit": "person", "method": "srs"},
                            ],
                            "units": [{"unit": "P01", "class": "甲", "probability": 0.25}],
                        }
                    ]
                }
            },
        }
    )
    lot = Lot(seed="7", group="parent", stratum="1-3/town", stage=DrawnUnit.PERSON)
    assert list_invited(row_of(40, 12, "甲"), design) == draw_positions(lot, "P01", "甲", 40, 12)
    assert list_invited(row_of(40, 40, "甲"), design) == [*range(1, 41)]


def test_a_close_measures_k_and_counts_no_form_of_it_anywhere_else(engine: Engine, tmp_path: Path) -> None:
    codes = hold(engine, {"parent": 60, "teacher": 40}, answers=None)
    answer(engine, codes[:40], "5" * 17, NOW)
    answer(engine, codes[40:42] + codes[60:90], "1" * 17, NOW)
    slips = draw(engine).codes
    answer(engine, slips[:34], "5" * 17, LATER)
    answer(engine, slips[34:35], "1" * 17, LATER)
    answer(engine, slips[35:], "", LATER)
    published = close_round(engine, None, keys=keys_of(engine), actor="test", now=UNTIL).published
    estimate = published.estimate
    assert (estimate.received, published.status.forms) == (72, 72)
    [found] = estimate.revisits
    assert (found.groups, found.forms) == (("parent",), 35)
    assert found.lower <= found.ratio <= found.upper
    with Session(engine) as session, session.begin():
        round_ = find_round(session)
        assert len(load_forms(session, round_)) == 72
        opened = session.scalars(select(Audit.detail).where(Audit.action == "open_boxes")).one()
        path = release_bundle(session, round_, tmp_path / "b", ("甲", "乙"), actor="test", now=LATER)
    assert (opened["boxes"], opened["revisits"], opened["refused"]) == (108, 36, {})
    assert check_bundle(path.read_bytes()) == []


def test_the_list_names_positions_and_what_to_say_but_no_target(tmp_path: Path) -> None:
    rows = (RevisitRow(unit="第一小学", class_="甲班", positions=(3, 17)),)
    found = RevisitList(
        county="青山区", organiser="督导室", group=Group.PARENT, seed="7", until=UNTIL, day=LATER.date(), rows=rows
    )  # fmt: skip
    word = docx.Document(str(write_revisit_list(tmp_path, found)))
    said = "\n".join([line.text for line in word.paragraphs] + [c.text for t in word.tables for c in t._cells])
    assert "3、17" in said
    assert "只问填没填过" in said
    assert not any(hint in said for hint in ("满意", "85", "得分"))
    assert "10月31日08:00" in said


def test_no_close_cuts_off_what_the_slips_promise(engine: Engine) -> None:
    hold(engine, {"parent": 40}, answers=None)
    draw(engine)
    early = UNTIL - timedelta(seconds=1)
    with pytest.raises(ConflictError, match="可用到 2025-10-31 08:00"):
        close_round(engine, None, keys=keys_of(engine), actor="test", now=early)
    with Session(engine) as session, session.begin():
        with pytest.raises(ConflictError, match="可用到"):
            propose_close(session, find_round(session), actor="甲", now=early)
        propose_close(session, find_round(session), actor="甲", now=UNTIL)
        with pytest.raises(ConflictError, match="可用到"):
            confirm_close(session, find_round(session), actor="乙", now=early)
    close_round(engine, None, keys=keys_of(engine), actor="test", now=UNTIL)


def test_what_is_void_keeps_no_round_open_and_may_be_drawn_again(engine: Engine) -> None:
    hold(engine, {"parent": 40}, answers=None)
    first = draw(engine)
    with Session(engine) as session, session.begin():
        for number in first.batches:
            session.get_one(Batch, number).state = "void"
        assert list_revisits(session, find_round(session)) == []
    again = draw(engine)
    assert again.rows == first.rows
    assert not {code.code for code in again.codes} & {code.code for code in first.codes}


def test_each_slip_says_until_when_it_may_be_answered(sqlite_engine: Engine, tmp_path: Path) -> None:
    hold(sqlite_engine, {"parent": 40}, answers=None)
    drawn = draw(sqlite_engine, replace(ASKED, people=3))
    with Session(sqlite_engine) as session:
        listed, slips = write_revisits(tmp_path / "out", find_round(session), drawn, "http://testserver")
    assert (listed.name, slips.name) == ("000-list 回访名单.docx", "001-P01 P01.pdf")
    said = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(slips.read_bytes()))
    assert said.count("2025年10月31日08:00前") >= 3
    assert set((tmp_path / "out").iterdir()) == {listed, slips}
