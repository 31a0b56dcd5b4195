"""A county's package: its judgement with the tables it follows from, signed, so that others can compute it again."""

import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import NamedTuple

import msgspec
import pandas as pd
from msgspec import Struct, ValidationError
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from analysis.results import as_json
from analysis.standard import Standard
from analysis.verdict import CountyTables, Judgement, SurveyedRate, judge
from analysis.verdict.judgement import with_provenance
from questionnaires.bad_input import BadInputError
from reports.evidence.bundle import seal
from reports.evidence.evidence_texts import table_records, write_json
from reports.packages.package_words import load_package_words

RECORD = "package.json"
SIGNATURE = "signature.json"
JUDGEMENT = "judgement.json"
TABLES = "tables.json"
SURVEYED = "surveyed.json"
PROBLEMS = "problems.json"
MEMBERS = frozenset({RECORD, SIGNATURE, JUDGEMENT, TABLES, SURVEYED, PROBLEMS})
LARGEST = 1 << 28
SHOWN_DIGITS = 16


class NotAPackageError(BadInputError):
    """The file is no county's package; the message is the sentence for the person."""


class RegisterCounts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many problems a county's register holds: not closed yet, of those overdue, and closed."""

    open: int
    overdue: int
    closed: int


class PackagedTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the county as the package holds it."""

    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


class PackageRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed: whose package, of which year, by what it was judged, and the SHA-256 of every other file."""

    county: str
    school_year: str
    standard: str
    as_of: int
    program: str
    packs: dict[str, str]
    files: dict[str, str]


class Signature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public key and the signature (Ed25519) over the record's bytes, both in hexadecimal."""

    public_key: str
    signature: str


class Source(NamedTuple):
    """What a county is judged by."""

    tables: CountyTables
    surveyed: SurveyedRate | None
    as_of: int
    school_year: str
    county: str
    program: str


class Package(NamedTuple):
    """A package that was read: its files, and what they say."""

    members: Mapping[str, bytes]
    record: PackageRecord
    signature: Signature
    judgement: Judgement
    problems: RegisterCounts

    @property
    def key(self) -> str:
        """The beginning of the public key, to be compared with what the county said."""
        return self.signature.public_key[:SHOWN_DIGITS]


def build_package(source: Source, standard: Standard, problems: RegisterCounts, key: SigningKey) -> bytes:
    """The archive; the same source and key give the same bytes. Raises TableError where the tables do not fit."""
    members = {
        TABLES: write_json(table_records(source.tables._asdict())).encode(),
        SURVEYED: msgspec.json.encode(source.surveyed),
        PROBLEMS: msgspec.json.encode(problems),
    }
    judgement = judge_members(members, standard, source)
    members[JUDGEMENT] = write_json(as_json(judgement)).encode()
    record = PackageRecord(
        county=source.county,
        school_year=source.school_year,
        standard=standard.id,
        as_of=source.as_of,
        program=source.program,
        packs=judgement.provenance.packs,
        files={name: sha256(content).hexdigest() for name, content in sorted(members.items())},
    )
    members[RECORD] = msgspec.json.encode(record)
    signed = key.sign(members[RECORD]).signature
    signature = Signature(public_key=key.verify_key.encode().hex(), signature=signed.hex())
    return seal({**members, SIGNATURE: msgspec.json.encode(signature)})


def judge_members(members: Mapping[str, bytes], standard: Standard, source: Source | PackageRecord) -> Judgement:
    """The judgement on the tables of a package, with where it comes from."""
    tables = msgspec.json.decode(members[TABLES], type=dict[str, PackagedTable])
    surveyed = msgspec.json.decode(members[SURVEYED], type=SurveyedRate | None)
    found = judge(standard, _read_tables(tables), surveyed, as_of=source.as_of)
    return with_provenance(
        found,
        program=source.program,
        school_year=source.school_year,
        county=source.county,
        inputs={name: sha256(members[name]).hexdigest() for name in (SURVEYED, TABLES)},
    )


def _read_tables(tables: Mapping[str, PackagedTable]) -> CountyTables:
    frames = {name: pd.DataFrame(table.rows, columns=table.columns) for name, table in tables.items()}
    return CountyTables(**frames)


def read_package(name: str, content: bytes) -> Package:
    """A package as it is, neither its signature nor its figures checked; raises NotAPackageError."""
    words = load_package_words()
    try:
        members = _unpack(content)
        return Package(
            members=members,
            record=msgspec.json.decode(members[RECORD], type=PackageRecord),
            signature=msgspec.json.decode(members[SIGNATURE], type=Signature),
            judgement=msgspec.json.decode(members[JUDGEMENT], type=Judgement),
            problems=msgspec.json.decode(members[PROBLEMS], type=RegisterCounts),
        )
    except (zipfile.BadZipFile, KeyError, ValidationError, msgspec.DecodeError, NotImplementedError) as error:
        raise NotAPackageError(words.not_a_package.format(name=name)) from error
    except (OverflowError, RuntimeError, OSError) as error:
        raise NotAPackageError(words.too_large.format(name=name)) from error


def is_package(content: bytes) -> bool:
    """Whether a file calls itself a county's package."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return RECORD in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _unpack(content: bytes) -> dict[str, bytes]:
    """The files of an archive that holds just those of a package; raises OverflowError for more."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        infos = archive.infolist()
        if len(infos) > len(MEMBERS) or sum(info.file_size for info in infos) > LARGEST:
            raise OverflowError
        return {info.filename: archive.read(info) for info in infos}


def is_signed(package: Package) -> bool:
    """Whether the record is signed with the key that the package names."""
    try:
        key = VerifyKey(bytes.fromhex(package.signature.public_key))
        key.verify(package.members[RECORD], bytes.fromhex(package.signature.signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
