"""Checking a county's package: signature, sums, packs, and the judgement computed again from its tables."""

from collections.abc import Iterator
from hashlib import sha256

from msgspec import ValidationError
from msgspec.structs import replace

from analysis.indicators.sections import TableError
from analysis.results import as_json
from analysis.standard import list_standards, load_standard, standard_digests
from analysis.standard.earlier_versions import load_version
from reports.evidence.bundle_check import compare
from reports.packages.county_package import MEMBERS, RECORD, SHOWN_DIGITS, SIGNATURE, Package, is_signed, judge_members
from reports.packages.package_words import load_package_words

DISTURBED = (ValueError, LookupError, TypeError, AttributeError, ValidationError, TableError)


def check_package(package: Package) -> list[str]:
    """What is wrong with a package, a sentence each: signature and sums first, then what is computed anew."""
    return [*find_changes(package), *_computed_anew(package)]


def say_earlier(package: Package) -> list[str]:
    """Of each pack in another version than this program's own, that it was computed anew by that version."""
    record = package.record
    if record.standard not in list_standards():
        return []
    own = standard_digests(load_standard(record.standard))
    words = load_package_words()
    return [
        words.earlier_pack.format(name=name, digest=record.packs[name][:SHOWN_DIGITS])
        for name in own
        if name in record.packs and record.packs[name] != own[name]
    ]


def find_changes(package: Package) -> Iterator[str]:
    """What of a package is not as it was signed."""
    words = load_package_words()
    if not is_signed(package):
        yield words.forged
    listed = package.record.files
    for name in sorted(MEMBERS - {RECORD, SIGNATURE}):
        if name not in package.members:
            yield words.not_there.format(name=name)
        elif listed.get(name) != sha256(package.members[name]).hexdigest():
            yield words.changed.format(name=name)
    for name in sorted(package.members.keys() - MEMBERS):
        yield words.not_listed.format(name=name)


def _computed_anew(package: Package) -> Iterator[str]:
    words = load_package_words()
    record = package.record
    if record.standard not in list_standards():
        yield words.no_such_standard.format(name=record.standard)
        return
    standard = load_version(record.standard, record.packs)
    if standard is None:
        sums = "、".join(f"{name} {digest[:SHOWN_DIGITS]}" for name, digest in record.packs.items())
        yield words.unknown_pack.format(sums=sums)
        return
    try:
        judged = judge_members(package.members, standard, record)
        again = as_json(replace(judged, provenance=replace(judged.provenance, packs=record.packs)))
    except DISTURBED as error:
        yield words.not_computable.format(error=f"{type(error).__name__} {error}".rstrip())
        return
    yield from (
        words.difference.format(difference=difference) for difference in compare(as_json(package.judgement), again)
    )
