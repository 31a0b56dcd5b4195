"""The files of an evidence bundle: unpacked, held against its list of checksums, named where no program wrote them."""

import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from io import BytesIO

import msgspec
from msgspec import ValidationError

from questionnaires.bad_input import BadInputError
from questionnaires.text import clean_text
from reports.evidence.bundle import CHECKSUMS, WRITTEN, seal, write_checksums
from reports.evidence.evidence_texts import README, RoundRecord
from reports.evidence.minute_record import FILE as MINUTE
from reports.evidence.minute_record import read_record

LARGEST = 1 << 30
NAMES = re.compile(r"(packs/(rules|papers|standards)/)?\w[\w.-]*", re.ASCII)


class NotABundleError(BadInputError):
    """The file is no evidence bundle; the message is the sentence for the person."""


class SealedRound(RoundRecord, frozen=True, kw_only=True):
    """The record of the round in a bundle, with the packs it names."""

    rule: str
    standard: str
    papers: list[str]


def open_bundle(content: bytes) -> dict[str, bytes]:
    """The bundle's files; one that cannot be unpacked is empty, so that its checksum does not hold."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise NotABundleError("这个文件不是复算材料包：展开后太大。")
            members = {name: _read(archive, name) for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise NotABundleError("这个文件不是复算材料包，或者已经损坏。") from error
    if odd := [clean_text(name) for name in members if not NAMES.fullmatch(name)]:
        raise NotABundleError(f"这个文件不是复算材料包：含有复算材料包不会有的文件：{' '.join(odd)}")
    if CHECKSUMS not in members or "recognition.json" not in members:
        raise NotABundleError("这个文件不是复算材料包：缺少校验值或公布的结果。")
    return members


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, EOFError, RuntimeError, OSError, NotImplementedError):
        return b""


def find_unsummed(members: Mapping[str, bytes]) -> Iterator[str]:
    """What the list of checksums says otherwise than the files, a sentence each."""
    lines = members[CHECKSUMS].decode(errors="replace").splitlines()
    noted = {name: sum_ for sum_, _, name in (line.partition("  ") for line in lines)}
    there = set(members) - {CHECKSUMS}
    for name in sorted(set(noted) | there):
        if name not in members:
            yield f"{name}：包内没有这个文件。"
        elif name not in noted:
            yield f"{name}：不在校验值清单中。"
        elif sha256(members[name]).hexdigest() != noted[name]:
            yield f"{name}：内容与校验值不符。"


def seal_again(members: Mapping[str, bytes]) -> bytes:
    """The archive of these files as the program seals it, its list of checksums written anew, too."""
    rest = {name: content for name, content in members.items() if name != CHECKSUMS}
    return seal(rest | {CHECKSUMS: write_checksums(rest)})


def find_foreign(members: Mapping[str, bytes]) -> set[str]:
    """The files that no program wrote into this bundle: neither of a name it writes nor a pack of the round's.

    Where there is the record of a close, only what that names, with itself, the checksums and README.txt (which an
    earlier program did not sum).
    """
    written = WRITTEN | _find_packs(members)
    record = read_record(members.get(MINUTE, b""))
    if record:
        written &= {*record.texts, CHECKSUMS, MINUTE, README}
    return set(members) - written


def _find_packs(members: Mapping[str, bytes]) -> set[str]:
    """The packs that round.json names, and the standards that the standard extends.

    Where they cannot be read, all that there are: the bundle is not computed again then, and that is told.
    """
    try:
        about = msgspec.json.decode(members["round.json"], type=SealedRound)
        names = {f"packs/rules/{about.rule}.toml", *(f"packs/papers/{paper}.toml" for paper in about.papers)}
        standard = about.standard
        while standard and (name := f"packs/standards/{standard}.toml") not in names:
            names.add(name)
            standard = tomllib.loads(members[name].decode()).get("extends", "")
    except (ValueError, LookupError, ValidationError):
        return {name for name in members if name.startswith("packs/")}
    return names
