import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam, getpwuid
from secrets import token_bytes

import pytest

from survey_app.core.errors import ConflictError, SurveyError
from survey_app.rounds.key_files import (
    KeyFault,
    RoundKey,
    destroy_key,
    export_key,
    find_key_fault,
    key_path,
    key_text,
    load_key,
    read_key,
    say_key_fault,
    store_key,
)
from survey_app.rounds.keys import public_key


def some_key() -> RoundKey:
    return RoundKey(round_name="2025-1", seed=token_bytes(16))


def test_a_key_is_a_file_of_its_owner_alone_in_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    key, folder = some_key(), tmp_path / "keys"
    store_key(folder, key)
    path = key_path(folder, public_key(key.seed))
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert load_key(folder, public_key(key.seed)) == key.seed
    assert key.seed.hex() not in path.name


def test_a_key_that_is_gone_cut_short_or_of_another_round_is_no_key(tmp_path: Path) -> None:
    key, other = some_key(), some_key()
    path = key_path(tmp_path, public_key(key.seed))
    assert load_key(tmp_path, public_key(key.seed)) is None
    store_key(tmp_path, key)
    whole = path.read_text()
    for length in range(len(whole) - 1):
        path.write_text(whole[:length])
        assert load_key(tmp_path, public_key(key.seed)) is None
    store_key(tmp_path, other)
    path.write_bytes(key_path(tmp_path, public_key(other.seed)).read_bytes())
    assert load_key(tmp_path, public_key(key.seed)) is None


@contextmanager
def somebody_else() -> Iterator[str]:
    """Root reads every file: so it is nobody for a while. Their name."""
    if os.geteuid():
        yield getpwuid(os.geteuid()).pw_name
        return
    os.seteuid(getpwnam("nobody").pw_uid)
    try:
        yield "nobody"
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("locked", ["file", "folder", "above"])
def test_a_key_that_may_not_be_read_is_told_with_its_owner_and_who_reads(tmp_path: Path, locked: str) -> None:
    key, folder = some_key(), tmp_path / "keys"
    public = public_key(key.seed)
    store_key(folder, key)
    path = {"file": key_path(folder, public), "folder": folder, "above": tmp_path}[locked]
    path.chmod(0)
    owner = getpwuid(path.stat().st_uid).pw_name
    with somebody_else() as reader:
        fault = find_key_fault(folder, public)
        assert fault == KeyFault.UNREADABLE
        sentence = say_key_fault(folder, public, "2025-1", fault)
    path.chmod(0o700)
    assert f"属于用户 {owner}，现在运行的用户 {reader} 没有权限" in sentence
    assert "让运行服务的用户拥有" in sentence


def test_a_key_that_is_gone_is_told_apart_from_one_that_is_damaged(tmp_path: Path) -> None:
    key, other = some_key(), some_key()
    public = public_key(key.seed)
    path = key_path(tmp_path, public)
    assert find_key_fault(tmp_path, public) == find_key_fault(tmp_path / "no" / "folder", public) == KeyFault.GONE
    for content in (b"", b"garbage", b"\xff\xfe", key_text(other).encode(), key_text(key).encode()[:-2]):
        path.write_bytes(content)
        assert find_key_fault(tmp_path, public) == KeyFault.DAMAGED
    sentence = say_key_fault(tmp_path, public, "2025-1", KeyFault.DAMAGED)
    assert "已经损坏" in sentence
    assert str(path) in sentence
    path.write_text(key_text(key))
    assert find_key_fault(tmp_path, public) is None


def test_a_destroyed_key_is_in_no_file_and_destroying_twice_is_no_error(tmp_path: Path) -> None:
    key = some_key()
    store_key(tmp_path, key)
    path = key_path(tmp_path, public_key(key.seed))
    with path.open("rb") as still_open:
        destroy_key(tmp_path, public_key(key.seed))
        assert set(still_open.read()) == {0}
    destroy_key(tmp_path, public_key(key.seed))
    assert list(tmp_path.iterdir()) == []


def test_an_exported_key_is_private_and_read_back_and_never_over_a_file(tmp_path: Path) -> None:
    key, target = some_key(), tmp_path / "key.txt"
    export_key(key, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert read_key(target.read_text()) == key
    with pytest.raises(ConflictError, match="不覆盖"):
        export_key(some_key(), target)
    assert read_key(target.read_text()) == key


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for write in (
        lambda: store_key(tmp_path / "file", some_key()),
        lambda: export_key(some_key(), tmp_path / "no" / "x"),
    ):
        with pytest.raises(SurveyError, match="没有写成"):
            write()
