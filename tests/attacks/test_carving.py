"""Every byte of every file, searched for 300 forms whose answers are known, while the round is open and after."""

import subprocess
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.answering import REFUSED
from survey_app.closing.close import close_round
from survey_app.core.db import connect
from survey_app.core.models import Box, Form, Remark, RemarkBox, Spent
from survey_app.rounds.key_files import key_path, load_key
from survey_app.rounds.keys import private_key
from survey_app.upkeep.backup import backup_store, restore_store
from tests.attacks.known_answers import CLOSES, NOW, KnownRound, Way, look, ways_to_write
from tests.attacks.pairing import CHANCE, attack
from tests.keyring import keys_of
from tests.postgresql import find_postgresql

Files = Callable[[], Iterator[bytes]]
Known = Callable[..., KnownRound]
FORMS = 300
BOTH_WAYS = pytest.mark.parametrize("way", ["old", "new"])


def carve(contents: Iterator[bytes], made: KnownRound) -> tuple[set[int], set[int]]:
    """Which forms' answers and which remarks occur anywhere, however they are written."""
    answers = {way: number for number, form in enumerate(made.given.values()) for way in ways_to_write(form)}
    codes = ("utf-8", "utf-16-be", "utf-16-le")
    texts = {text.encode(code): number for number, text in enumerate(made.remarks) for code in codes}
    found = find_any(contents, answers | texts)
    return {answers[token] for token in found & answers.keys()}, {texts[token] for token in found & texts.keys()}


def find_any(contents: Iterator[bytes], tokens: Iterable[bytes]) -> set[bytes]:
    """Which tokens, of two bytes or more, occur in any of the contents."""
    wanted = set(tokens)
    lengths = sorted(set(map(len, wanted)))
    begins = np.zeros(1 << 16, dtype=bool)
    begins[[int.from_bytes(token[:2], "little") for token in wanted]] = True
    found: set[bytes] = set()
    for data in contents:
        single = np.frombuffer(data, dtype=np.uint8).astype(np.uint16)
        likely = np.flatnonzero(begins[single[:-1] | single[1:] << 8]).tolist()
        found.update(token for at in likely for length in lengths if (token := data[at : at + length]) in wanted)
    return found


def unpacked(backup: Path) -> bytes:
    """A backup as its finder reads it: PostgreSQL packs its own."""
    if not backup.read_bytes().startswith(b"PGDMP"):
        return backup.read_bytes()
    return subprocess.run(
        [find_postgresql() / "pg_restore", "--file=-", backup], check=True, capture_output=True
    ).stdout


@BOTH_WAYS
def test_no_file_and_no_backup_of_an_open_round_shows_an_answer_or_a_remark_unless_it_is_the_old_way(
    engine: Engine, known: Known, files: Files, tmp_path: Path, way: Way
) -> None:
    made = known(way, classes=25)
    made.answer(FORMS)
    live = carve(files(), made)
    backup_store(engine, tmp_path / "night.backup", actor="test", now=NOW)
    copied = carve(iter([unpacked(tmp_path / "night.backup")]), made)
    if way == "new":
        assert (live, copied) == ((set(), set()), (set(), set()))
    else:
        assert min(map(len, (*live, *copied))) > FORMS * 9 // 10


def test_boxes_of_a_round_have_one_length_and_do_not_compress(engine: Engine, known: Known) -> None:
    made = known("new", classes=5)
    made.answer(50)
    made.answer(1, answers=REFUSED)
    with Session(engine) as session:
        boxes = session.scalars(select(Box.sealed)).all()
        remarks = session.scalars(select(RemarkBox.sealed)).all()
    for sealed in (boxes, remarks):
        assert len(sealed) == 51
        assert len(set(map(len, sealed))) == 1
        behind_the_suite = b"".join(bytes(box)[1:] for box in sealed)
        assert len(zlib.compress(behind_the_suite, 9)) >= len(behind_the_suite)


def test_the_key_of_an_open_round_is_in_its_own_file_and_in_no_copy_of_the_store(
    engine: Engine, known: Known, files: Files, tmp_path: Path
) -> None:
    made = known("new", classes=2)
    made.answer(5)
    folder = keys_of(engine)
    seed = load_key(folder, made.public_key or b"") or b""
    secrets = [seed, seed.hex().encode(), bytes(private_key(seed)), bytes(private_key(seed)).hex().encode()]
    key_file = key_path(folder, made.public_key or b"").read_bytes()
    backup_store(engine, tmp_path / "night.backup", actor="test", now=NOW)
    copies = [data for data in files() if data != key_file.rstrip(b"\0")]
    assert any(secret in key_file for secret in secrets)
    for data in (*copies, unpacked(tmp_path / "night.backup")):
        assert not any(secret in data for secret in secrets)


def test_a_closed_round_keeps_no_key_no_box_and_no_spent_mark(engine: Engine, known: Known) -> None:
    made = known("new", classes=5)
    made.answer(50)
    close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES)
    assert load_key(keys_of(engine), made.public_key or b"") is None
    assert not key_path(keys_of(engine), made.public_key or b"").exists()
    with Session(engine) as session:
        left = [session.scalar(select(func.count()).select_from(table)) for table in (Box, RemarkBox, Spent)]
        kept = [session.scalar(select(func.count()).select_from(table)) for table in (Form, Remark)]
    assert (left, kept) == ([0, 0, 0], [50, 50])


def test_a_closed_round_pairs_no_code_with_its_form_by_any_order_of_rows_or_bytes(
    engine: Engine, known: Known, files: Files
) -> None:
    made = known("new", classes=25)
    made.answer(FORMS)
    close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES)
    tokens = {"ticket": list(made.given), "answers": [answers.encode() for answers in made.given.values()]}
    assert {name: right for name, right in attack(engine, files, tokens).items() if right > CHANCE} == {}


def test_live_files_of_the_old_way_pair_codes_with_forms_by_their_order(
    engine: Engine, known: Known, files: Files
) -> None:
    made = known("old", classes=25)
    made.answer(FORMS)
    tokens = {"ticket": list(made.given), "answers": [answers.encode() for answers in made.given.values()]}
    assert max(attack(engine, files, tokens).values()) > FORMS // 4


def test_every_copy_ever_made_and_the_closed_store_pair_boxes_and_forms_by_no_order(
    engine: Engine, known: Known, tmp_path: Path, place: Callable[[], str]
) -> None:
    made = known("new", classes=25)
    made.answer(FORMS)
    backup_store(engine, tmp_path / "last.backup", actor="test", now=NOW)
    where = place()
    restore_store(where, tmp_path / "last.backup", actor="finder", now=NOW)
    copy = connect(where)
    with copy.connect() as connection:
        tickets = list(look(connection).spent)
        stored = [bytes(number) for number in connection.scalars(select(Box.id))]
    copy.dispose()
    close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES)
    with engine.connect() as connection:
        lying = list(connection.scalars(select(Form.answers)))
        keyed = list(connection.scalars(select(Form.answers).order_by(Form.key)))
    assert len(tickets) == len(stored) == len(keyed) == FORMS
    for order in (list(made.given), tickets, sorted(tickets), by_box(made, stored), by_box(made, sorted(stored))):
        for forms in (lying, keyed):
            assert made.count_right(dict(zip(order, forms, strict=True))) <= CHANCE


def by_box(made: KnownRound, numbers: list[bytes]) -> list[bytes]:
    """The tickets in the order of their boxes: who held every copy between two answers knows these pairs."""
    owner = {number: ticket for ticket, number in made.boxes.items()}
    return [owner[number] for number in numbers]


def test_sixty_forms_of_a_closed_store_stand_alone_in_no_place(engine: Engine, known: Known) -> None:
    made = known("new", classes=30)
    made.answer(60)
    close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES)
    with Session(engine) as session:
        smallest = session.scalars(select(func.count()).select_from(Form).group_by(Form.place_id)).all()
    assert min(smallest) >= 10
