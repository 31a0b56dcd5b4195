"""Where the key of the open round is, said before people answer for nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.cli import survey
from survey_app.core.errors import SurveyError
from survey_app.rounds.key_custody import Given, export_round_key, find_seed
from survey_app.rounds.key_files import destroy_key, key_path, load_key
from survey_app.rounds.key_watch import KeyLook, look_for_key, name_key_state, needs_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.round_words import ROUND_WORDS
from tests.county import NOW, open_county
from tests.keyring import keys_of


def public_of(engine: Engine) -> bytes:
    with Session(engine) as session:
        return find_round(session).public_key or b""


def told(engine: Engine) -> tuple[KeyLook, str]:
    with Session(engine) as session:
        return look_for_key(session, keys_of(engine)), name_key_state(session, keys_of(engine))


def move(engine: Engine, target: Path) -> None:
    with Session(engine) as session, session.begin():
        export_round_key(session, find_round(session), keys_of(engine), target, move=True, actor="test", now=NOW)


def test_a_store_without_rounds_has_no_warning_and_needs_no_key(engine: Engine) -> None:
    assert told(engine) == (KeyLook(), "")
    with Session(engine) as session:
        assert not needs_key(session)


def test_a_key_that_lies_where_it_should_is_not_spoken_of_and_a_backup_needs_it(engine: Engine) -> None:
    open_county(engine)
    assert told(engine) == (KeyLook(), "")
    with Session(engine) as session:
        assert needs_key(session)


def test_a_lost_key_is_told_with_its_folder_to_officials_and_in_a_word_to_everybody(engine: Engine) -> None:
    open_county(engine)
    destroy_key(keys_of(engine), public_of(engine))
    key, state = told(engine)
    assert str(keys_of(engine)) in key.fault
    assert "请立即暂停批次" in key.fault
    assert state == "密钥缺失"


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_a_damaged_key_is_told_as_that_and_asks_for_a_copy(engine: Engine, content: bytes) -> None:
    open_county(engine)
    key_path(keys_of(engine), public_of(engine)).write_bytes(content)
    key, state = told(engine)
    assert "已经损坏" in key.fault
    assert "副本" in key.fault
    assert state == "密钥损坏"


def test_a_key_that_may_not_be_read_is_no_lost_key_for_officials_health_close_and_export(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_county(engine)

    def refuse(path: Path, **_: str) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    key, state = told(engine)
    assert "读不了：它属于用户" in key.fault
    assert "不见了" not in key.fault
    assert state == "密钥读不了"
    with pytest.raises(SurveyError, match="读不了"):
        move(engine, tmp_path / "key")
    with Session(engine) as session, pytest.raises(SurveyError, match="读不了"):
        find_seed(find_round(session), keys_of(engine), Given())


def test_a_key_moved_on_purpose_is_told_as_kept_apart(engine: Engine, tmp_path: Path) -> None:
    open_county(engine)
    move(engine, tmp_path / "key")
    destroy_key(keys_of(engine), public_of(engine))
    assert told(engine) == (KeyLook(note=KEY_WORDS.kept_apart), "密钥另存")


def test_a_key_moved_on_purpose_is_no_fault_for_the_doctor_who_says_where_it_is(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    open_county(sqlite_engine)
    move(sqlite_engine, tmp_path / "key")
    destroy_key(keys_of(sqlite_engine), public_of(sqlite_engine))
    folder = str(keys_of(sqlite_engine).parent)
    said = CliRunner().invoke(survey, ["doctor", "--dir", folder], env={"SURVEY_DATABASE_URL": ""})
    assert (said.exit_code, said.output.splitlines()) == (0, [ROUND_WORDS.store_sound, KEY_WORDS.kept_apart])


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
    assert told(engine) == (KeyLook(), "")
