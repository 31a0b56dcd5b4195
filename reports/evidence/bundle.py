"""The sealed evidence bundle: one archive from which every published figure can be computed again."""

import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

import pandas as pd

from analysis.disclosure.unit_rows import COLUMNS
from reports.evidence.evidence_texts import Row, Texts, write_json, write_table
from reports.handouts.slips import load_words
from reports.setting.typesetting import TEMPLATES

CHECKSUMS = "checksums.txt"
PUBLISHED = ("recognition", "judgement", "units")
NO_TIME = (1980, 1, 1, 0, 0, 0)


def published_texts(published: Mapping[str, Row]) -> Texts:
    """The published objects as files of the bundle, as their checksums were noted when the round was closed."""
    return {
        **{f"{name}.json": write_json(published[name]) for name in PUBLISHED},
        "units.csv": write_table(unit_rows(published["units"])),
    }


def unit_rows(units: Row) -> pd.DataFrame:
    """The published rows of units as a table."""
    return pd.DataFrame(units["rows"], columns=COLUMNS)


def build_bundle(evidence: Texts, published: Mapping[str, Row], about: Mapping[str, Any]) -> bytes:
    """The archive of a closed round; the same input gives the same bytes.

    `evidence`: of `evidence_texts`; `about`: county, round and invented, for the words in front.
    """
    readme = (TEMPLATES / "evidence.txt").read_text(encoding="utf-8")
    mark = f"\n{load_words()['invented']}\n" if about["invented"] else ""
    texts = {
        **evidence,
        **published_texts(published),
        "README.txt": readme.format(county=about["county"], round=about["round"], mark=mark),
    }
    members = {name: text.encode() for name, text in texts.items()}
    return seal(members | {CHECKSUMS: write_checksums(members)})


def write_checksums(members: Mapping[str, bytes]) -> bytes:
    """One line a file, as `sha256sum -c` reads them.

    >>> write_checksums({"a": b""})[:12], write_checksums({"a": b""})[-4:]
    (b'e3b0c44298fc', b'  a\\n')
    """
    return "".join(f"{sha256(members[name]).hexdigest()}  {name}\n" for name in sorted(members)).encode()


def seal(members: Mapping[str, bytes]) -> bytes:
    """The archive of these files: stored, without time, so that whoever packs them again gets the same bytes."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            file.writestr(entry, members[name])
    return archive.getvalue()
