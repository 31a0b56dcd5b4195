"""Whoever owns the server takes boxes away before the close, with all that counts them: a list from before finds it."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.orm import Session

from reports.evidence.minute_record import minute_sum, write_record
from survey_app.answering import is_counted
from survey_app.answering.box import write_receipt
from survey_app.closing import close as closing
from survey_app.closing.box_lists import BoxList, check_box_list, list_boxes, read_box_list
from survey_app.closing.close import close_round
from survey_app.closing.closing_minute import find_minute, verify_store
from survey_app.core.audit import find_breaks
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Box, BoxNumber, Ledger, Spent
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.backup import backup_store, restore_store
from survey_app.upkeep.doctor import find_store_problems
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
        row = session.scalars(select(Ledger).order_by(Ledger.batch_id.desc()).limit(1)).one()
        row.n -= TAKEN
    return gone


def move_numbers(engine: Engine, found: BoxList, round_id: int) -> list[bytes]:
    """The same, and the numbers of the three stand among those of opened boxes, as if these had been counted."""
    gone = take_away(engine, found)
    with Session(engine) as session, session.begin():
        session.execute(insert(BoxNumber), [{"id": number, "round_id": round_id} for number in gone])
    return gone


def check(session: Session, found: BoxList, paper: str | None = None) -> list[str]:
    return list(check_box_list(session, find_round(session, found.round), found, paper))


def close(engine: Engine) -> tuple[str, ...]:
    return close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES).remains


def test_boxes_taken_away_before_the_close_show_nowhere_the_old_way_and_by_a_list_from_before_they_do(
    engine: Engine, before: BoxList
) -> None:
    gone = take_away(engine, before)
    with Session(engine) as session:
        told = check(session, before, before.sum)
    assert ("有3份不在库中" in told[0], write_receipt(gone[0]) in told[0], len(told)) == (True, True, 1)
    close(engine)
    with Session(engine) as session:
        round_ = find_round(session)
        minute = find_minute(session, round_)
        assert minute is not None
        assert minute.boxes == 20 - TAKEN
        assert list(verify_store(session, round_, minute_sum(write_record(minute)))) == []  # the minute agrees
        assert list(find_breaks(session)) == []
        assert check(session, before) == told


def test_a_list_holds_before_the_close_and_after_it_while_nothing_was_taken(engine: Engine, before: BoxList) -> None:
    for _ in ("before", "after"):
        with Session(engine) as session:
            assert check(session, before, before.sum.lower()) == []
            assert list_boxes(session, find_round(session), NOW).numbers == before.numbers
        if _ == "before":
            close(engine)


def test_a_list_with_a_number_less_is_refused_and_one_that_says_so_has_another_sum(
    engine: Engine, before: BoxList, tmp_path: Path
) -> None:
    """A list cut short passed without its sum: what was taken away stood no more on it."""
    gone = take_away(engine, before)
    shorter = BoxList(title=before.title, numbers=before.numbers[TAKEN:])
    assert not {*gone} & {*shorter.numbers}
    (tmp_path / "list.txt").write_text(shorter.text, encoding="utf-8")
    with pytest.raises(SurveyError, match=r"下面有17份，与第一行所说的不符.*20份"):
        read_box_list(tmp_path / "list.txt")
    renamed = BoxList(title=before.title.replace("20份", "17份"), numbers=shorter.numbers)
    (tmp_path / "list.txt").write_text(renamed.text, encoding="utf-8")
    assert read_box_list(tmp_path / "list.txt") == renamed
    with Session(engine) as session:
        assert check(session, renamed) == []  # whoever writes the first line anew is found by the sum alone
        assert len(check(session, renamed, before.sum)) == len(check(session, renamed, "")) == 1


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
    alone = survey("boxes", "--dir", folder, "--sum", kept.sum, folder=folder, code=2).stderr
    assert "--check" in alone
    assert "没有覆盖" in survey("boxes", "--dir", folder, "--out", folder / "a.txt", folder=folder, code=2).stderr
    assert read_box_list(folder / "a.txt") == kept
    (folder / "b.txt").write_text(kept.text.replace("a", "z"), encoding="utf-8")
    for wrong in ("b.txt", "none.txt", "survey.db"):
        said = survey("boxes", "--dir", folder, "--check", folder / wrong, folder=folder, code=2).stderr
        assert "不是加密封存的答卷清单" in said, wrong
    take_away(sqlite_engine, kept)
    lacking = survey("boxes", "--dir", folder, "--check", folder / "a.txt", folder=folder, code=1).stdout
    assert "有3份不在库中" in lacking


def test_numbers_moved_among_those_of_opened_boxes_passed_every_check_the_old_way_and_are_named_by_each_the_new(
    engine: Engine, before: BoxList
) -> None:
    with Session(engine) as session:
        round_id = find_round(session).id
    gone = move_numbers(engine, before, round_id)
    with Session(engine) as session:
        told = check(session, before, before.sum)
        assert ("有3份不在库中" in told[0], write_receipt(gone[0]) in told[0]) == (True, True)
        assert len(list_boxes(session, find_round(session), NOW).numbers) == 20 - TAKEN
        assert not any(is_counted(session, number) for number in gone)
        assert is_counted(session, before.numbers[-1])
    [problem] = find_store_problems(engine)
    with pytest.raises(ConflictError, match="启封了0份，编号却有3个") as refused:
        close(engine)
    assert str(refused.value) == problem
    with Session(engine) as session:
        assert find_round(session).state == "open"


def test_a_copy_with_moved_numbers_is_not_restored(sqlite_engine: Engine, tmp_path: Path) -> None:
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session:
        found = list_boxes(session, find_round(session), NOW)
        round_id = find_round(session).id
    move_numbers(sqlite_engine, found, round_id)
    copy = tmp_path / "copy.db"
    backup_store(sqlite_engine, copy, actor="test", now=NOW)
    place = tmp_path / "restored/survey.db"
    with pytest.raises(SurveyError, match="启封了0份，编号却有3个"):
        restore_store(f"sqlite:///{place}", copy, actor="test", now=NOW)
    assert not place.exists()


def test_numbers_moved_to_a_round_closed_before_are_missing_from_the_list_and_no_close_goes_on(
    sqlite_engine: Engine,
) -> None:
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session:
        earlier = list_boxes(session, find_round(session), NOW)
        round_id = find_round(session).id
    close(sqlite_engine)
    hold(sqlite_engine, {"teacher": 20})
    with Session(sqlite_engine) as session:
        found = list_boxes(session, find_round(session), NOW)
    move_numbers(sqlite_engine, found, round_id)
    with Session(sqlite_engine) as session:
        assert "有3份不在库中" in check(session, found)[0]
        assert check(session, earlier, earlier.sum) == []
        assert any(
            "启封了12份，编号却有15个" in said for said in verify_store(session, find_round(session, earlier.round), "")
        )
    with pytest.raises(ConflictError, match="启封了12份，编号却有15个"):
        close(sqlite_engine)


def test_a_number_added_while_a_close_is_at_work_or_before_it_is_finished_stops_it(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session:
        number = {"id": bytes(15), "round_id": find_round(session).id}
    with monkeypatch.context() as broken:
        broken.setattr(closing, "write_remarks", lambda connection, *_: add_number(connection, number))
        with pytest.raises(ConflictError, match="启封了12份，编号却有13个"):
            close(sqlite_engine)
    with monkeypatch.context() as broken:
        broken.delattr(closing, "drop_boxes")
        with pytest.raises(NameError):
            close(sqlite_engine)
    with sqlite_engine.begin() as connection:
        add_number(connection, number)
    with pytest.raises(ConflictError, match="启封了12份，编号却有13个"):
        close(sqlite_engine)
    with sqlite_engine.begin() as connection:
        connection.execute(delete(BoxNumber).where(BoxNumber.id == bytes(15)))
    assert close(sqlite_engine) == ()


def add_number(connection: Connection, number: dict[str, object]) -> int:
    connection.execute(insert(BoxNumber).values(number))
    return 0


def test_the_copy_of_another_box_under_a_number_is_named_at_the_close(sqlite_engine: Engine) -> None:
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session, session.begin():
        kept, replaced, *_ = session.scalars(select(Box).order_by(Box.id))
        replaced.sealed = kept.sealed
        number = replaced.id.hex()
    [told] = close(sqlite_engine)
    assert ("复制件" in told, number in told) == (True, True)
