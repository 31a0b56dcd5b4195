"""The server's keys: a file each in a folder of its own, outside the database and outside every backup."""

import os
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from pwd import getpwuid
from secrets import token_bytes

from survey_app.core.errors import ConflictError, SurveyError
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import SEED_BYTES, key_mark, public_key

OWNER_ALONE = 0o600
FOLDER_OF_OWNER = 0o700
HEAD = "county-recognition-survey round key 1"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundKey:
    """A round's seed, and the name that people know the round by."""

    round_name: str
    seed: bytes


class KeyFault(Enum):
    """Why a key file cannot be used."""

    GONE = "gone"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"


def key_path(folder: Path, public: bytes) -> Path:
    """The file of one key; its name says nothing of the seed."""
    return folder / f"{key_mark(public).hex()}.key"


def store_key(folder: Path, key: RoundKey) -> None:
    """Write a key and have it on disk; raises SurveyError when that cannot be done."""
    try:
        folder.mkdir(mode=FOLDER_OF_OWNER, parents=True, exist_ok=True)
        write_new(key_path(folder, public_key(key.seed)), key_text(key))
    except OSError as problem:
        raise SurveyError(KEY_WORDS.not_written.format(file=folder, problem=problem.strerror)) from None


def load_key(folder: Path, public: bytes) -> bytes | None:
    """The seed of a public key, or nothing if its file is not here or holds another key."""
    found = _read_seed(folder, public)
    return None if isinstance(found, KeyFault) else found


def find_key_fault(folder: Path, public: bytes) -> KeyFault | None:
    """Why the file of a public key cannot be used, if it cannot."""
    found = _read_seed(folder, public)
    return found if isinstance(found, KeyFault) else None


def say_key_fault(folder: Path, public: bytes, round_name: str, fault: KeyFault) -> str:
    """What is wrong with the file of a round's key and what to do, for who keeps the server."""
    file = key_path(folder, public)
    match fault:
        case KeyFault.GONE:
            return KEY_WORDS.missing.format(round=round_name, folder=folder)
        case KeyFault.DAMAGED:
            return KEY_WORDS.damaged.format(round=round_name, file=file)
    return KEY_WORDS.unreadable.format(
        round=round_name, file=file, folder=folder, owner=_name_owner(file), user=_name_user(os.geteuid())
    )


def _read_seed(folder: Path, public: bytes) -> bytes | KeyFault:
    """What the file of a public key holds, or why it holds nothing for us."""
    try:
        key = read_key(key_path(folder, public).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return KeyFault.GONE
    except PermissionError:
        return KeyFault.UNREADABLE
    except (OSError, UnicodeDecodeError):
        return KeyFault.DAMAGED
    return key.seed if key and public_key(key.seed) == public else KeyFault.DAMAGED


def _name_owner(file: Path) -> str:
    """Who owns a file, or the nearest folder above it that can be looked at."""
    for path in (file, *file.parents):
        with suppress(PermissionError):
            return _name_user(path.stat().st_uid)
    return ""


def _name_user(number: int) -> str:
    try:
        return getpwuid(number).pw_name
    except KeyError:
        return str(number)


def destroy_key(folder: Path, public: bytes) -> None:
    """Overwrite a key's file, then remove it; one that is gone already is no error."""
    overwrite_and_remove(key_path(folder, public))


def overwrite_and_remove(path: Path) -> None:
    """Write zeros over a file, then remove it; one that is gone already is no error."""
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        os.write(descriptor, bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()
    flush_folder(path.parent)


def export_key(key: RoundKey, target: Path) -> None:
    """Copy a key into a new file of its owner alone, read it back; raises ConflictError for a file that is there."""
    try:
        write_new(target, key_text(key))
        copied = read_key(target.read_text(encoding="utf-8"))
    except FileExistsError:
        raise ConflictError(KEY_WORDS.never_over.format(file=target)) from None
    except OSError as problem:
        raise SurveyError(KEY_WORDS.not_written.format(file=target, problem=problem.strerror)) from None
    if copied != key:
        raise SurveyError(KEY_WORDS.not_written.format(file=target, problem=KEY_WORDS.read_back))


def key_text(key: RoundKey) -> str:
    """What a key file holds.

    >>> read_key(key_text(RoundKey(round_name="2025-1", seed=bytes(16)))).round_name
    '2025-1'
    """
    return f"{HEAD}\nround {key.round_name}\npublic {public_key(key.seed).hex()}\nseed {key.seed.hex()}\n"


def read_key(text: str) -> RoundKey | None:
    """The key that a file's text holds, or nothing if it is no key file or one that was cut short."""
    lines = text.splitlines()
    if len(lines) != 4 or lines[0] != HEAD:
        return None
    fields = dict(line.partition(" ")[::2] for line in lines[1:])
    try:
        seed = bytes.fromhex(fields.get("seed", ""))
    except ValueError:
        return None
    if len(seed) != SEED_BYTES or public_key(seed).hex() != fields.get("public"):
        return None
    return RoundKey(
        round_name=fields.get("round", ""),
        seed=seed,
    )


def load_or_make_secret(path: Path, size: int) -> bytes:
    """The random bytes of a file beside the round's key; made, whole and on disk, where there are none yet.

    Of several processes that make it at once one does, and all read that one's.
    """
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(mode=FOLDER_OF_OWNER, parents=True, exist_ok=True)
    begun = path.with_name(f"{path.name}.{token_bytes(4).hex()}")
    write_new(begun, token_bytes(size))
    with suppress(FileExistsError):
        os.link(begun, path)
    begun.unlink()
    flush_folder(path.parent)
    return path.read_bytes()


def write_new(path: Path, content: str | bytes) -> None:
    """A new file of its owner alone, whole and on disk; raises FileExistsError."""
    data = content.encode() if isinstance(content, str) else content
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ALONE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Have the folder's own list of names on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
