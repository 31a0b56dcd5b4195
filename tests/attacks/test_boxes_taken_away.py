"""Whoever owns the server takes boxes away before the close, with all that counts them: a list from before finds it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from reports.evidence.minute_record import minute_sum, write_record
from survey_app.answering.box import write_receipt
from survey_app.closing.box_lists import BoxList, check_box_list, list_boxes, read_box_list
from survey_app.closing.close import close_round
from survey_app.closing.closing_minute import find_minute, verify_store
from survey_app.core.audit import find_breaks
from survey_app.core.models import Box, Ledger, Spent
from survey_app.rounds.round_rows import find_round
from tests.closed_rounds import CLOSES
from tests.county import NOW
from tests.keyring import keys_of
from tests.program import survey
from tests.test_closing import hold

TAKEN = 3


@pytest.fixture
def before(engine: Engine) -> BoxList:
    """Twenty forms have come; the list of that hour went to somebody outside."""
    hold(engine, {"teacher": 20})
    with Session(engine) as session:
        return list_boxes(session, find_round(session), NOW)


def take_away(engine: Engine, found: BoxList) -> list[bytes]:
    """Three boxes, their spent marks and their part of the ledger go, as if they had never come."""
    gone = list(found.numbers[:TAKEN])
    with Session(engine) as session, session.begin():
        session.execute(delete(Box).where(Box.id.in_(gone)))
        spent = session.scalars(select(Spent.ticket).limit(TAKEN)).all()
        session.execute(delete(Spent).where(Spent.ticket.in_(spent)))
        row = session.scalars(select(Ledger)).one()
        row.n -= TAKEN
    return gone


def close(engine: Engine) -> None:
    close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES)


def test_boxes_taken_away_before_the_close_show_nowhere_the_old_way_and_by_a_list_from_before_they_do(
    engine: Engine, before: BoxList
) -> None:
    gone = take_away(engine, before)
    with Session(engine) as session:
        told = list(check_box_list(session, before, before.sum))
    assert ("有3份不在库中" in told[0], write_receipt(gone[0]) in told[0], len(told)) == (True, True, 1)
    close(engine)
    with Session(engine) as session:
        round_ = find_round(session)
        minute = find_minute(session, round_)
        assert minute is not None
        assert minute.boxes == 20 - TAKEN
        assert list(verify_store(session, round_, minute_sum(write_record(minute)))) == []  # the minute agrees
        assert list(find_breaks(session)) == []
        assert list(check_box_list(session, before, "")) == told


def test_a_list_holds_before_the_close_and_after_it_while_nothing_was_taken(engine: Engine, before: BoxList) -> None:
    for _ in ("before", "after"):
        with Session(engine) as session:
            assert list(check_box_list(session, before, before.sum.lower())) == []
            assert list_boxes(session, find_round(session), NOW).numbers == before.numbers
        if _ == "before":
            close(engine)


def test_a_list_with_a_number_less_has_another_sum(engine: Engine, before: BoxList) -> None:
    shorter = BoxList(title=before.title, numbers=before.numbers[1:])
    with Session(engine) as session:
        assert list(check_box_list(session, shorter, "")) == []
        assert list(check_box_list(session, shorter, before.sum)) != []


def test_the_command_writes_a_list_once_and_reads_it_back(sqlite_engine: Engine) -> None:
    hold(sqlite_engine, {"teacher": 12})
    folder = Path(str(sqlite_engine.url.database)).parent
    listed = survey("boxes", "--dir", folder, "--out", folder / "a.txt", folder=folder).stdout
    assert "12份" in listed
    kept = read_box_list(folder / "a.txt")
    assert kept.sum in listed
    assert survey("boxes", "--dir", folder, "--check", folder / "a.txt", "--sum", kept.sum, folder=folder).stdout == (
        f"清单上的12份都在库中。清单校验值：{kept.sum}\n"
    )
    assert "没有覆盖" in survey("boxes", "--dir", folder, "--out", folder / "a.txt", folder=folder, code=2).stderr
    assert read_box_list(folder / "a.txt") == kept
    (folder / "b.txt").write_text(kept.text.replace("a", "z"), encoding="utf-8")
    for wrong in ("b.txt", "none.txt", "survey.db"):
        said = survey("boxes", "--dir", folder, "--check", folder / wrong, folder=folder, code=2).stderr
        assert "不是加密封存的答卷清单" in said, wrong
    take_away(sqlite_engine, kept)
    lacking = survey("boxes", "--dir", folder, "--check", folder / "a.txt", folder=folder, code=1).stdout
    assert "有3份不在库中" in lacking
