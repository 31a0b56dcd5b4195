"""The sealed evidence bundle: one archive from which every published figure can be computed again."""

import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

import pandas as pd
from msgspec import to_builtins

from analysis.disclosure.unit_rows import COLUMNS
from analysis.published import Units
from reports.evidence.evidence_texts import README, REVISITS, RoundRecord, Texts, write_json, write_readme, write_table
from reports.evidence.minute_record import FILE as MINUTE
from reports.evidence.minute_record import MinuteRecord, write_record
from reports.setting.typesetting import TEMPLATES

CHECKSUMS = "checksums.txt"
JOINED = "joined.txt"
"""In the evidence of a round whose cells of small places were deleted when the program was upgraded."""
PUBLISHED = ("recognition", "judgement", "units", "release")
"""`release` is missing in a round that was closed before what is told was audited."""
UNITS = "units.csv"
PUBLISHED_FILES = frozenset({*(f"{name}.json" for name in PUBLISHED), UNITS})
WRITTEN = PUBLISHED_FILES | {
    CHECKSUMS, JOINED, MINUTE, README, REVISITS,
    *("round.json", "versions.json", "recompute.R", "unrounded.json", "design.json", "judged.json"),
    *("cells.csv", "frame.csv", "groups.csv", "labels.csv", "published.csv", "weights.csv", "strata.csv", "raked.csv"),
    *("unit_places.csv", "unrounded_units.csv"),
}  # fmt: skip
"""Every file that a bundle may hold, beside the packs that its round.json names."""
NO_TIME = (1980, 1, 1, 0, 0, 0)


def published_texts(parts: Mapping[str, Any], units: Units) -> Texts:
    """The published objects as files of the bundle, as their checksums were noted when the round was closed.

    `parts` as they are stored, `units` being one of them.
    """
    return {
        **{f"{name}.json": write_json(parts[name]) for name in PUBLISHED if name in parts},
        UNITS: write_table(unit_rows(units)),
    }


def unit_rows(units: Units) -> pd.DataFrame:
    """The published rows of units as a table."""
    return pd.DataFrame(to_builtins(units.rows), columns=COLUMNS)


def build_bundle(evidence: Texts, published: Texts, about: RoundRecord, minute: MinuteRecord | None = None) -> bytes:
    """The archive of a closed round; the same input gives the same bytes.

    `evidence`: of `evidence_texts`; `published`: of `published_texts`; `minute`: what the close fixed, if it did.
    `about` speaks for evidence that an earlier program kept, without what a bundle says of itself.
    """
    texts = {
        README: write_readme(about),
        **evidence,
        **published,
        **({MINUTE: write_record(minute)} if minute else {}),
    }
    members = {name: text.encode() for name, text in texts.items()}
    return seal(members | {CHECKSUMS: write_checksums(members)})


def read_joined_note() -> str:
    """What such evidence says of itself."""
    return (TEMPLATES / JOINED).read_text(encoding="utf-8")


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
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            file.writestr(entry, members[name])
    return archive.getvalue()
