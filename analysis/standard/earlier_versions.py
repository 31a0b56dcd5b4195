"""A standard in the version that somebody judged by: the bytes in use, or those that a release shipped before."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.standard.edition import FOLDER, Standard, list_standards, load_standard, read_standard, standard_digests
from questionnaires.frozen import find_frozen


def load_version(name: str, digests: Mapping[str, str]) -> Standard | None:
    """The standard whose file, and those it extends, have these SHA-256 by name; None where one of them is not here.

    >>> found = load_version("national-2017", standard_digests(load_standard("national-2017")))
    >>> found == load_standard("national-2017"), load_version("national-2017", {"national-2017": "0" * 64})
    (True, None)
    """
    standard = load_standard(name)
    if standard_digests(standard) == digests:
        return standard
    with TemporaryDirectory() as folder:
        for pack, digest in digests.items():
            kept = find_frozen(FOLDER, digest) if pack in list_standards() else None
            if kept is None:
                return None
            Path(folder, f"{pack}.toml").write_bytes(kept.read_bytes())
        own = Path(folder, f"{name}.toml")
        return read_standard(own) if own.exists() else None
