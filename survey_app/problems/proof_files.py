"""Files that prove what is said of an indicator, a school or a problem: checked for size and type, never run."""

from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.standard import list_standards, load_standard
from questionnaires.school_year import SchoolYear
from reports.setting.filing import name_files
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import ProofFile
from survey_app.problems.problem_words import TEMPLATES
from survey_app.problems.register import LARGEST_NUMBER, find_problem, find_school_code

MEGABYTE = 1024 * 1024
MOST_FILES = 50
"""Of one thing in a school year: what is about it can be looked through, and no account fills the store."""
LARGEST_MEGABYTES = 10
PLAIN = {".pdf": b"%PDF-", ".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
OFFICE = {".docx": "word/", ".xlsx": "xl/", ".pptx": "ppt/"}
MACROS = "vbaproject.bin"


class ProofWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; `abouts` are the things that a file may be about."""

    too_large: str
    empty: str
    bad_kind: str
    not_as_named: str
    macros: str
    no_about: str
    no_indicator: str
    no_file: str
    there: str
    kept: str
    dropped: str
    none: str
    line: str
    need: str
    packed: str
    no_choice: str
    no_year: str
    too_many: str
    not_yours: str
    looked_at: str
    closed: str
    archive: str
    abouts: dict[str, str]


PROOF_WORDS = msgspec.toml.decode((TEMPLATES / "proofs.toml").read_bytes(), type=ProofWords)


class Proof(NamedTuple):
    """What a file is about, by kind and key, in a school year."""

    year: SchoolYear
    about: str
    key: str


def read_about(session: Session, year: SchoolYear, *, indicator: str, school: str, problem: int | None) -> Proof:
    """What was named, one thing of three; raises SurveyError or NotFoundError where it is not there."""
    if sum(map(bool, (indicator, school, problem))) != 1:
        raise SurveyError(PROOF_WORDS.no_about)
    if indicator:
        if indicator not in known_ids():
            raise SurveyError(PROOF_WORDS.no_indicator.format(key=indicator))
        return Proof(year, "indicator", indicator)
    if school:
        return Proof(year, "school", find_school_code(session, school))
    return Proof(year, "problem", str(find_problem(session, problem or 0).number))


def known_ids() -> set[str]:
    """The indicators with their parts, preconditions and vetoes of every standard."""
    known: set[str] = set()
    for standard in map(load_standard, list_standards()):
        known |= {*standard.entries, *standard.preconditions, *standard.vetoes}
        for entry in standard.entries.values():
            known |= {name for requirement in entry.requires.values() for name in requirement.ids}
    return known


def store_proof(session: Session, proof: Proof, name: str, content: bytes, *, actor: str, now: datetime) -> ProofFile:
    """Keep a file; raises SurveyError for one that is too large or of no kind that is taken, ConflictError if there."""
    [name] = name_files([name])
    if fault := find_fault(name, content):
        raise SurveyError(fault)
    digest = sha256(content).hexdigest()
    there = [kept.sum for kept in list_about(session, proof.about, proof.key) if kept.school_year == str(proof.year)]
    if digest in there:
        raise ConflictError(PROOF_WORDS.there.format(name=name, key=proof.key))
    if len(there) >= MOST_FILES:
        raise ConflictError(PROOF_WORDS.too_many.format(most=MOST_FILES))
    kept = ProofFile(
        school_year=str(proof.year),
        about=proof.about,
        key=proof.key,
        name=name,
        size=len(content),
        sum=digest,
        content=content,
        made_by=actor,
        made_at=now,
    )
    session.add(kept)
    session.flush()
    record(session, actor, "proof_add", kept.subject, at=now, file=name, sha256=digest)
    return kept


def find_fault(name: str, content: bytes) -> str:
    """Why a file is not taken; empty where it is: what its bytes say has to be what its name says."""
    words = PROOF_WORDS
    suffix = Path(name).suffix.lower()
    if not content:
        return words.empty.format(name=name)
    if len(content) > LARGEST_MEGABYTES * MEGABYTE:
        return words.too_large.format(name=name, largest=LARGEST_MEGABYTES)
    if suffix in PLAIN:
        return "" if content.startswith(PLAIN[suffix]) else words.not_as_named.format(name=name)
    if suffix in OFFICE:
        return _find_office_fault(name, content, OFFICE[suffix])
    return words.bad_kind.format(name=name)


def _find_office_fault(name: str, content: bytes, folder: str) -> str:
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.namelist()
    except (BadZipFile, ValueError, NotImplementedError):
        parts = []
    if any(part.lower().endswith(MACROS) for part in parts):
        return PROOF_WORDS.macros.format(name=name)
    whole = "[Content_Types].xml" in parts and any(part.startswith(folder) for part in parts)
    return "" if whole else PROOF_WORDS.not_as_named.format(name=name)


def list_proofs(session: Session, year: SchoolYear) -> list[ProofFile]:
    """The files of a school year, their contents left where they are."""
    of_year = select(ProofFile).where(ProofFile.school_year == str(year))
    return list(session.scalars(of_year.order_by(ProofFile.about, ProofFile.key, ProofFile.id)))


def list_about(session: Session, about: str, key: str) -> list[ProofFile]:
    """The files about one thing, the oldest first."""
    wanted = select(ProofFile).where(ProofFile.about == about, ProofFile.key == key)
    return list(session.scalars(wanted.order_by(ProofFile.id)))


def find_proof(session: Session, number: int) -> ProofFile:
    """The file of that number; raises NotFoundError."""
    found = session.get(ProofFile, number) if 0 < number <= LARGEST_NUMBER else None
    if found is None:
        raise NotFoundError(PROOF_WORDS.no_file.format(number=number))
    return found


def drop_proof(session: Session, number: int, *, actor: str, now: datetime) -> None:
    """Take a file back; what it was stays in the log."""
    found = find_proof(session, number)
    record(session, actor, "proof_drop", found.subject, at=now, file=found.name, sha256=found.sum)
    session.delete(found)
    session.flush()
