"""Two copies of an open round, whatever they are, link codes to answers the old way and to none the new."""

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from survey_app.core.db import connect
from survey_app.upkeep.backup import backup_store, restore_store
from tests.attacks.known_answers import NOW, KnownRound, Seen, Way, link_between, look, open_known, shows

Known = Callable[..., KnownRound]
Place = Callable[[], str]
WAL_HEAD, FRAME_HEAD = 32, 24
FORMS = 300
BETWEEN = 60
BOTH_WAYS = pytest.mark.parametrize("way", ["old", "new"])


def look_at(url: str) -> Seen:
    copy = connect(url)
    try:
        with copy.connect() as connection:
            return look(connection)
    finally:
        copy.dispose()


def look_at_backup(engine: Engine, file: Path, place: str) -> Seen:
    backup_store(engine, file, actor="test", now=NOW)
    restore_store(place, file, actor="finder", now=NOW)
    return look_at(place)


def links_hold(way: Way, made: KnownRound, links: dict[bytes, str], least: int) -> None:
    """The old way links at least so many, all of them right; the new way links none."""
    if way == "new":
        assert links == {}
    else:
        assert len(links) >= least
        assert made.count_right(links) == len(links)


def boxes_show_nothing(made: KnownRound, before: Seen, after: Seen) -> None:
    """A new ticket may be paired with a new box: what is in the box stays there."""
    new = [box for number, box in after.boxes.items() if number not in before.boxes]
    assert len(new) == len(after.spent) - len(before.spent) > 0
    assert not any(shows(box, answers) for box in new for answers in made.given.values())


@BOTH_WAYS
def test_two_backups_link_codes_to_answers_the_old_way_and_none_the_new(
    engine: Engine, known: Known, place: Place, tmp_path: Path, way: Way
) -> None:
    made = known(way, classes=30)
    made.answer(FORMS - BETWEEN)
    before = look_at_backup(engine, tmp_path / "monday.backup", place())
    made.answer(BETWEEN)
    after = look_at_backup(engine, tmp_path / "tuesday.backup", place())
    assert len(after.spent) == FORMS
    links_hold(way, made, link_between(before, after), 5)
    if way == "new":
        boxes_show_nothing(made, before, after)


@BOTH_WAYS
def test_places_with_one_form_link_codes_the_old_way_and_none_the_new(engine: Engine, known: Known, way: Way) -> None:
    """Sixty forms in thirty places, and the code that was used in each: one look is enough."""
    made = known(way, classes=30)
    made.answer(60)
    with engine.connect() as connection:
        seen = look(connection)
    nothing = Seen(spent={}, forms=Counter(), boxes={})
    links_hold(way, made, link_between(nothing, seen), 3)


@BOTH_WAYS
def test_a_backup_and_the_live_store_link_codes_to_answers_the_old_way_and_none_the_new(
    engine: Engine, known: Known, place: Place, tmp_path: Path, way: Way
) -> None:
    made = known(way, classes=30)
    made.answer(FORMS - BETWEEN)
    before = look_at_backup(engine, tmp_path / "night.backup", place())
    made.answer(BETWEEN)
    with engine.connect() as connection:
        after = look(connection)
    links_hold(way, made, link_between(before, after), 5)
    if way == "new":
        boxes_show_nothing(made, before, after)


@BOTH_WAYS
def test_one_copy_of_file_and_wal_replayed_by_commits_links_codes_the_old_way_and_none_the_new(
    sqlite_engine: Engine, tmp_path: Path, way: Way
) -> None:
    made = open_known(sqlite_engine, way, 6)
    with closing(sqlite_engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    made.answer(BETWEEN)
    store = Path(str(sqlite_engine.url.database))
    states = replay(store, tmp_path)
    made.writer.stop()
    assert len(states) == BETWEEN + 1
    links: dict[bytes, str] = {}
    for before, after in pairwise(states):
        links |= link_between(before, after)
    links_hold(way, made, links, BETWEEN)
    if way == "new":
        boxes_show_nothing(made, states[0], states[-1])


def replay(store: Path, folder: Path) -> list[Seen]:
    """The states of a copy of the live files: the database alone, then after each commit in its write-ahead file."""
    database = store.read_bytes()
    wal = Path(f"{store}-wal").read_bytes()
    page = int.from_bytes(wal[8:12], "big")
    starts = range(WAL_HEAD, len(wal) - FRAME_HEAD - page + 1, FRAME_HEAD + page)
    commits = [start for start in starts if int.from_bytes(wal[start + 4 : start + 8], "big")]
    ends = [WAL_HEAD, *(start + FRAME_HEAD + page for start in commits)]
    states = []
    for number, end in enumerate(ends):
        copy = folder / f"replayed {number}" / "survey.db"
        copy.parent.mkdir()
        copy.write_bytes(database)
        Path(f"{copy}-wal").write_bytes(wal[:end])
        states.append(look_at(f"sqlite:///{copy}"))
        shutil.rmtree(copy.parent)
    return states


@BOTH_WAYS
def test_rows_of_one_transaction_link_codes_on_live_postgresql_the_old_way_and_none_the_new(
    postgresql_engine: Engine, way: Way
) -> None:
    made = open_known(postgresql_engine, way, 26)
    made.answer(FORMS)
    made.writer.stop()
    join = "SELECT spent.ticket, {0} FROM spent JOIN {1} ON spent.xmin = {1}.xmin"
    with postgresql_engine.connect() as connection:
        forms = connection.execute(text(join.format("form.answers", "form"))).all()
        boxes = connection.execute(text(join.format("box.sealed", "box"))).all()
    links_hold(way, made, {bytes(row[0]): row[1] for row in forms}, FORMS)
    assert len(boxes) == (FORMS if way == "new" else 0)
    assert not any(shows(bytes(row[1]), made.given[bytes(row[0])]) for row in boxes)
