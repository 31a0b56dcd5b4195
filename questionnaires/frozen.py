"""Frozen packs: what a release shipped stays findable, byte for byte, for as long as rounds refer to it.

`packs.lock` in a folder of packs lists each pack of the last tag with the sha256 of its bytes. A pack that was
corrected has one more line: the newest bytes are the file's, all earlier ones lie in `frozen/`, named by their sum.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from questionnaires.pack import PackError, read_toml

LOCK = "packs.lock"
FROZEN = "frozen"


def sum_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex; "" where there is no such file."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def find_frozen(folder: Path, digest: str) -> Path | None:
    """The pack of this folder that has this sha256, the one in use or one of before; None where there is none."""
    for path in [*sorted(folder.glob("*.toml")), folder / FROZEN / f"{digest}.toml"]:
        if sum_of(path) == digest:
            return path
    return None


def read_lock(folder: Path) -> Mapping[str, list[str]]:
    """The sums of every locked pack of a folder by file name, the oldest first; raises PackError when unreadable."""
    packs: Mapping[str, list[str]] = read_toml(folder / LOCK).get("packs", {})
    return packs


def frozen_problems(folder: Path) -> Iterator[str]:
    """One sentence for every pack that is not what its release shipped, and for every earlier one that is lost."""
    try:
        packs = read_lock(folder)
    except PackError as error:
        yield from error.problems
        return
    for name, sums in packs.items():
        if sum_of(folder / name) != sums[-1]:
            yield f"{name}: a published pack is frozen, its bytes are not those of {LOCK}; a change is a new file"
        for digest in sums[:-1]:
            if sum_of(folder / FROZEN / f"{digest}.toml") != digest:
                yield f"{name}: its earlier bytes {digest[:12]} are not in {FROZEN}/"
