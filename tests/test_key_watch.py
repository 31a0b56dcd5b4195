"""Where the key of the open round is, said before people answer for nothing."""

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.rounds.key_custody import export_round_key
from survey_app.rounds.key_files import destroy_key, load_key
from survey_app.rounds.key_watch import find_key_warning, name_key_state, needs_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.round_rows import find_round
from tests.county import NOW, open_county
from tests.keyring import keys_of


def public_of(engine: Engine) -> bytes:
    with Session(engine) as session:
        return find_round(session).public_key or b""


def told(engine: Engine) -> tuple[str, str]:
    with Session(engine) as session:
        return find_key_warning(session, keys_of(engine)), name_key_state(session, keys_of(engine))


def move(engine: Engine, target: Path) -> None:
    with Session(engine) as session, session.begin():
        export_round_key(session, find_round(session), keys_of(engine), target, move=True, actor="test", now=NOW)


def test_a_store_without_rounds_has_no_warning_and_needs_no_key(engine: Engine) -> None:
    assert told(engine) == ("", "")
    with Session(engine) as session:
        assert not needs_key(session)


def test_a_key_that_lies_where_it_should_is_not_spoken_of_and_a_backup_needs_it(engine: Engine) -> None:
    open_county(engine)
    assert told(engine) == ("", "")
    with Session(engine) as session:
        assert needs_key(session)


def test_a_lost_key_is_told_with_its_folder_to_officials_and_in_a_word_to_everybody(engine: Engine) -> None:
    open_county(engine)
    destroy_key(keys_of(engine), public_of(engine))
    warning, state = told(engine)
    assert str(keys_of(engine)) in warning
    assert "请立即暂停批次" in warning
    assert state == "密钥缺失"


def test_a_key_moved_on_purpose_is_told_as_kept_apart(engine: Engine, tmp_path: Path) -> None:
    open_county(engine)
    move(engine, tmp_path / "key")
    destroy_key(keys_of(engine), public_of(engine))
    assert told(engine) == (KEY_WORDS.kept_apart, KEY_WORDS.kept_apart)


def test_the_servers_file_is_still_there_when_the_audit_of_a_move_is_not_committed(
    engine: Engine, tmp_path: Path
) -> None:
    open_county(engine)
    with Session(engine) as session:
        export_round_key(
            session, find_round(session), keys_of(engine), tmp_path / "key", move=True, actor="test", now=NOW
        )
        session.rollback()
    assert load_key(keys_of(engine), public_of(engine)) is not None
    assert told(engine) == ("", "")
