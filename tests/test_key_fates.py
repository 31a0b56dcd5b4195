"""What is said of a closed round's key comes from the store: what was destroyed, and what nobody noted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody
from survey_app.core.models import Box, BoxNumber
from survey_app.results.key_fates import find_key_fate
from survey_app.rounds.key_copies import list_copies, note_destroyed
from survey_app.rounds.round_rows import find_round
from tests.closed_rounds import closed_with_exported_key
from tests.test_closing import CLOSES

PEOPLE = ("王一", "李二")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Session]:
    """A closed round whose key the server kept and somebody exported; each test is rolled back."""
    with closed_with_exported_key(sqlite_model, tmp_path_factory.mktemp("closed"), actor="admin") as session:
        yield session


@pytest.fixture
def closed(stored: Session) -> Iterator[Session]:
    yield stored
    stored.rollback()


def destroy(session: Session) -> None:
    round_ = find_round(session)
    names = [copy.name for copy in list_copies(session, round_)]
    note_destroyed(session, round_, names, PEOPLE, actor="admin", now=CLOSES)


def test_an_exported_key_is_left_until_its_destruction_is_noted(closed: Session) -> None:
    fate = find_key_fate(find_round(closed))
    assert fate
    assert (fate.custody, fate.copies) == (Custody.SERVER, 2)
    assert [line.endswith("导出的密钥文件") for line in fate.left] == [True]
    destroy(closed)
    fate = find_key_fate(find_round(closed))
    assert fate
    assert (fate.copies, fate.left) == (2, ())


def test_three_sheets_are_left_until_their_destruction_is_noted(closed: Session) -> None:
    round_ = find_round(closed)
    round_.custody = Custody.SHARED
    fate = find_key_fate(round_)
    assert fate
    assert [line for line in fate.left if "启封密钥单" in line] == [f"启封密钥单（{letter}）" for letter in "甲乙丙"]
    destroy(closed)
    fate = find_key_fate(round_)
    assert fate
    assert fate.left == ()


def test_the_servers_key_is_left_while_a_box_of_the_round_is_there(closed: Session) -> None:
    round_ = find_round(closed)
    number = closed.query(BoxNumber.id).filter(BoxNumber.round_id == round_.id).first()
    assert number
    closed.add(Box(id=number.id, sealed=b"-"))
    closed.flush()
    fate = find_key_fate(round_)
    assert fate
    assert fate.left[0] == "服务器上的密钥"


def test_nothing_is_known_of_a_round_that_had_no_key(closed: Session) -> None:
    round_ = find_round(closed)
    round_.public_key = None
    assert find_key_fate(round_) is None
